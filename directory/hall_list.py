"""Read a list of halls from a CSV file.

Laws: what does not hold is refused with its line, never repaired; an id is ASCII, so that no look-alike letter
makes two halls of one.
"""

from collections.abc import Collection, Iterator
from importlib.resources import files
from pathlib import Path

from directory.errors import HallsMalformed
from directory.halls import Hall, Province, Tier, faults
from directory.identifiers import division_code_fault
from directory.reading import Cells, Columns, Read, read_csv
from directory.texts import hall_id_fault, name_fault

COLUMNS = Columns(("hall", "name", "tier", "superior", "division_code"), ("kind", "basis", "linked"))

_YES = {"yes": True, "no": False}


def seed(*, unlinked: Collection[str] = ()) -> Province:
    """Return the 53 halls of Jilin, all linked but those named."""
    text = (files("directory") / "data" / "halls_53.csv").read_bytes()
    return read_halls(text, unlinked=unlinked)


def load_halls(path: Path, *, unlinked: Collection[str] = ()) -> Province:
    """Read a province from a file; raises HallsMalformed with the line, and OSError."""
    return read_halls(path.read_bytes(), unlinked=unlinked)


def read_halls(data: bytes, *, unlinked: Collection[str] = ()) -> Province:
    """Read a province from CSV in UTF-8; the halls in `unlinked` are not linked, whatever the list says.

    Raises HallsMalformed with the first line at fault.
    """
    read = read_hall_rows(data, unlinked=unlinked)
    for fault in read.faults:
        raise HallsMalformed(fault.line, fault.what)
    return Province(read.rows)


def read_hall_rows(data: bytes, *, unlinked: Collection[str] = ()) -> Read[Hall]:
    """Read the halls of a province with everything that is wrong with them; the tree is judged when every row holds."""
    read = read_csv(data, COLUMNS, lambda cells: _hall(cells, unlinked))
    return read if read.faults else read.judged((*faults(read.rows), *_absent(read.rows, unlinked)))


def tier(text: str) -> Tier:
    """Read a tier; raises ValueError."""
    try:
        return Tier(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a tier: {', '.join(Tier)}") from None


def linked(text: str) -> bool:
    """Read whether a hall is linked; raises ValueError."""
    if text not in _YES:
        raise ValueError(f"linked is {text!r}, and must be yes or no")
    return _YES[text]


def _absent(halls: Collection[Hall], unlinked: Collection[str]) -> Iterator[tuple[int, str]]:
    for hall in sorted(set(unlinked) - {hall.hall for hall in halls}):
        yield -1, f"the hall {hall!r}, which is said not to be linked, is not in the list"


def _hall(cells: Cells, unlinked: Collection[str]) -> Hall:
    hall = Hall(
        hall=cells.text("hall", hall_id_fault),
        display_name=cells.text("name", name_fault),
        tier=cells.value("tier", tier, Tier.COUNTY),
        superior=cells.optional("superior", hall_id_fault),
        division_code=cells.text("division_code", division_code_fault),
        linked=cells.value("linked", linked, default=True),
    )
    cells.check()
    return (
        hall
        if hall.hall not in unlinked
        else Hall(hall.hall, hall.display_name, hall.tier, hall.superior, hall.division_code, linked=False)
    )
