"""Write tables as files that offices open: CSV or XLSX.

Laws: a cell that a spreadsheet would take for a formula is made text; a CSV is UTF-8 with the mark that spreadsheets need to see it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

Cell = str | int | float
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""Spreadsheets set to Chinese compute the signs of full width too."""


def harmless(cell: Cell) -> Cell:
    """Return a cell so that no spreadsheet computes it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table, its headings first, as CSV."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_xlsx(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table, its headings first, as the one sheet of an XLSX workbook."""
    from openpyxl import Workbook  # noqa: PLC0415 - half a second, for those who want a workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("statistics")
    for row in rows:
        sheet.append([harmless(cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
