"""Read a list of halls from a CSV file.

Laws: what does not hold is refused with its line, never repaired; an id is ASCII, so that no look-alike letter
makes two halls of one.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator
from importlib.resources import files
from pathlib import Path

from directory.errors import HallsMalformed
from directory.halls import Hall, Province, Tier, faults

REQUIRED = ("hall", "name", "tier", "superior", "division_code")
OPTIONAL = frozenset({"kind", "basis", "linked"})
RESERVED = frozenset({"hub"})
"""Names that mean something else as an author or a recipient."""

_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_DIVISION_CODE = re.compile(r"[0-9]{6}")
_YES = {"yes": True, "no": False}
_Row = dict[str, str]


def seed(*, unlinked: Collection[str] = ()) -> Province:
    """Return the 53 halls of Jilin, all linked but those named."""
    text = (files("directory") / "data" / "halls_53.csv").read_bytes()
    return read_halls(text, unlinked=unlinked)


def load_halls(path: Path, *, unlinked: Collection[str] = ()) -> Province:
    """Read a province from a file; raises HallsMalformed with the line, and OSError."""
    return read_halls(path.read_bytes(), unlinked=unlinked)


def read_halls(data: bytes, *, unlinked: Collection[str] = ()) -> Province:
    """Read a province from CSV in UTF-8; the halls in `unlinked` are not linked, whatever the list says.

    Raises HallsMalformed with the line at fault.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise HallsMalformed(line, "not UTF-8") from None
    lines: list[int] = []
    halls: list[Hall] = []
    for line, row in _rows(text):
        lines.append(line)
        halls.append(_hall(line, row, unlinked))
    for position, fault in faults(halls):
        raise HallsMalformed(lines[position] if position >= 0 else 0, fault)
    for hall in sorted(set(unlinked) - {hall.hall for hall in halls}):
        raise HallsMalformed(0, f"the hall {hall!r}, which is said not to be linked, is not in the list")
    return Province(halls)


def _rows(text: str) -> Iterator[tuple[int, _Row]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) != len(columns):
                raise HallsMalformed(line, f"{len(cells)} fields where there are {len(columns)} columns")
            yield line, dict(zip(columns, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise HallsMalformed(reader.line_num, f"not CSV: {error}") from None


def _columns(given: list[str]) -> list[str]:
    missing = [column for column in REQUIRED if column not in given]
    surplus = [column for column in given if column not in OPTIONAL and column not in REQUIRED]
    if missing or surplus or len(set(given)) != len(given):
        raise HallsMalformed(1, f"the columns must be {', '.join(REQUIRED)} and may be {', '.join(sorted(OPTIONAL))}, each once")
    return given


def _hall(line: int, row: _Row, unlinked: Collection[str]) -> Hall:
    hall = _checked_id(line, row["hall"])
    return Hall(
        hall=hall,
        display_name=_checked_name(line, row["name"]),
        tier=_checked_tier(line, row["tier"]),
        superior=_checked_id(line, row["superior"]) if row["superior"] else "",
        division_code=_checked_code(line, row["division_code"]),
        linked=_checked_linked(line, row.get("linked", "yes")) and hall not in unlinked,
    )


def _checked_id(line: int, text: str) -> str:
    odd = [f"U+{ord(sign):04X} {unicodedata.name(sign, 'without a name')}" for sign in text if not sign.isascii()]
    if odd:
        raise HallsMalformed(line, f"the id {text!a} holds {odd[0]}; ids are lower-case ASCII letters, digits and hyphens")
    if not _ID.fullmatch(text):
        raise HallsMalformed(line, f"{text!r} is not a hall id: lower-case ASCII letters, digits and hyphens, a letter first, at most 63")
    if text in RESERVED:
        raise HallsMalformed(line, f"the id {text!r} is reserved")
    return text


def _checked_name(line: int, text: str) -> str:
    # isprintable() refuses control, zero-width and bidirectional signs, which make two names look like one.
    if not text.strip() or text != text.strip() or not text.isprintable() or not unicodedata.is_normalized("NFC", text):
        raise HallsMalformed(line, f"the name {text!a} is empty, not in NFC, or holds signs that are not seen")
    return text


def _checked_tier(line: int, text: str) -> Tier:
    try:
        return Tier(text)
    except ValueError:
        raise HallsMalformed(line, f"{text!r} is not a tier: {', '.join(Tier)}") from None


def _checked_code(line: int, text: str) -> str:
    if not _DIVISION_CODE.fullmatch(text):
        raise HallsMalformed(line, f"{text!r} is not a division code: six digits (GB/T 2260)")
    return text


def _checked_linked(line: int, text: str) -> bool:
    if text not in _YES:
        raise HallsMalformed(line, f"linked is {text!r}, and must be yes or no")
    return _YES[text]
