"""Name everything that can be wrong with the directory.

DirectoryError
├── CalendarExceeded   a count of working days that no limit has, or that runs out of the calendar
├── CalendarMalformed  days that contradict each other
├── ChangeMalformed    a change of the register that cannot be read
├── HallsMalformed     a list of halls that does not hold; names the line
├── ListMalformed      a list read from a file that does not hold; names every fault
├── MessageMalformed   a message of the contract that this release cannot read
├── PeriodMalformed    a period of validity without a day in it
├── RecordMalformed    bytes that are no record in JSON
├── DepartmentsMalformed   departments that are no forest in their halls
├── RulesMalformed     rules of access that contradict each other
├── UnknownColumn      a list has no column of this name, or none that a rule looks at
├── UnknownDepartment  no department has this id at this day
├── UnknownDivision    no division has this code at this day
└── UnknownHall        no hall has this id
"""

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 3
"""How many faults the text of an error repeats."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file: on which line (0 where that is not known), and inside which of its fields."""

    line: int
    what: str
    path: str = ""

    def __str__(self) -> str:
        where = " ".join(word for word in (f"line {self.line}" if self.line else "", self.path) if word)
        return f"{where}: {self.what}" if where else self.what


class DirectoryError(Exception):
    """Anything that this package refuses."""


class CalendarExceeded(DirectoryError):
    """A count of working days that no limit has, or that runs out of the calendar."""


class CalendarMalformed(DirectoryError):
    """Days of a calendar that contradict each other."""


class ChangeMalformed(DirectoryError):
    """A change of the register that this release cannot read."""


class HallsMalformed(DirectoryError):
    """A list of halls that does not hold; `line` is the line of the file, 0 where no single line is at fault."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(f"line {line}: {fault}" if line else fault)
        self.line = line
        self.fault = fault


class ListMalformed(DirectoryError):
    """A list read from a file that does not hold; `faults` are all of them, its text the first few."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
        super().__init__("; ".join(map(str, faults[:_SHOWN])) + more)
        self.faults = tuple(faults)


class MessageMalformed(DirectoryError):
    """A message of the contract that this release cannot read; the text never repeats what it holds."""


class PeriodMalformed(DirectoryError):
    """A period of validity without a day in it."""


class RecordMalformed(DirectoryError):
    """Bytes that are no record in JSON; the text never repeats what they hold."""


class DepartmentsMalformed(DirectoryError):
    """Departments that are no forest in their halls."""


class RulesMalformed(DirectoryError):
    """Rules of access that contradict each other."""


class UnknownColumn(DirectoryError):
    """A list has no column of this name, or none that a rule looks at."""

    def __init__(self, column: str) -> None:
        super().__init__(f"there is no column {column!r}")
        self.column = column


class UnknownDepartment(DirectoryError):
    """No department has this id at this day."""

    def __init__(self, department: str) -> None:
        super().__init__(f"no department has the id {department!r}")
        self.department = department


class UnknownDivision(DirectoryError):
    """No division has this code at this day."""

    def __init__(self, code: str, when: str) -> None:
        super().__init__(f"no division has the code {code!r} {when}")
        self.code = code


class UnknownHall(DirectoryError):
    """No hall has this id."""

    def __init__(self, hall: str) -> None:
        super().__init__(f"no hall has the id {hall!r}")
        self.hall = hall
