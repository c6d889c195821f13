"""Say in which hall a department sits at a day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from directory.departments import Department
from directory.validity import at

NOWHERE: Final = ""
"""The hall of a department that there never was."""


class Seats:
    """All versions of all departments, by their ids; it never changes once built."""

    __slots__ = ("_versions",)

    def __init__(self, departments: Iterable[Department] = ()) -> None:
        found: dict[str, list[Department]] = {}
        for department in sorted(departments, key=lambda version: version.period.start):
            found.setdefault(department.department, []).append(department)
        self._versions: Mapping[str, list[Department]] = found

    def hall(self, department: str, day: date) -> str:
        """Return the hall of a department at a day; of one that has ended or is yet to begin, the last or first that it had."""
        versions = self._versions.get(department, [])
        begun = [version for version in versions if version.period.start <= day]
        found = at(versions, day) or (begun[-1] if begun else next(iter(versions), None))
        return found.hall if found else NOWHERE
