"""Read and write departments as CSV.

Laws: every bad row is reported with its line; a USCC must pass its check; ids and names are as `texts` has them.
"""

from collections.abc import Iterable

from directory.departments import Department, faults
from directory.divisions import BEGINNING
from directory.halls import Province
from directory.identifiers import uscc_fault
from directory.reading import Cells, Columns, Read, period_cells, read_csv, write_csv
from directory.texts import department_id_fault, hall_id_fault, name_fault

COLUMNS = Columns(("department", "uscc", "name", "hall", "superior"), ("from", "to"))


def read_departments(data: bytes, province: Province) -> Read[Department]:
    """Read departments of a province from CSV; `from` is the first day, `to` the first day no more, both may be empty.

    How they stand to each other and to the halls is judged when every row holds.
    """
    read = read_csv(data, COLUMNS, _department)
    return read if read.faults else read.judged(faults(read.rows, province))


def write_departments(departments: Iterable[Department]) -> bytes:
    """Write departments as CSV, as `read_departments` reads them."""
    return write_csv(COLUMNS, map(_row, departments))


def _department(cells: Cells) -> Department:
    department = Department(
        department=cells.text("department", department_id_fault),
        uscc=cells.text("uscc", uscc_fault),
        name=cells.text("name", name_fault),
        hall=cells.text("hall", hall_id_fault),
        superior=cells.optional("superior", department_id_fault),
        period=cells.period(BEGINNING),
    )
    cells.check()
    return department


def _row(department: Department) -> dict[str, str]:
    return {
        "department": department.department,
        "uscc": department.uscc,
        "name": department.name,
        "hall": department.hall,
        "superior": department.superior,
        **period_cells(department.period),
    }
