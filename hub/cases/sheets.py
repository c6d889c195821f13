"""Write statistics as a file that offices open: CSV or XLSX.

Laws: a cell that a spreadsheet would take for a formula is made text; a CSV is UTF-8 with the mark that spreadsheets need to see it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from hub.cases.sums import GROUPS, Sum
from hub.cases.tables import COUNTS

HEADINGS: Final = (*GROUPS, *COUNTS)
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""Spreadsheets set to Chinese compute the signs of full width too."""


def harmless(text: str) -> str:
    """Return a cell's text so that no spreadsheet computes it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(rows: Sequence[Sum]) -> bytes:
    """Write a table as CSV."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(_table(rows))
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_xlsx(rows: Sequence[Sum]) -> bytes:
    """Write a table as the one sheet of an XLSX workbook."""
    from openpyxl import Workbook  # noqa: PLC0415 - half a second, for those who want a workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("statistics")
    for row in _table(rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _table(rows: Sequence[Sum]) -> Iterator[list[str | int]]:
    yield list(HEADINGS)
    for row in rows:
        yield [*map(harmless, row.group), *row.counts]
