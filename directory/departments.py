"""Say which departments there are at a day, where they sit and who stands above them in their own line.

Laws: a department's id is permanent and opaque. Its line (条) runs upward through departments only: the next above sits in the same
hall or in one above it. No line runs in a circle, and none is longer than MAX_LINE.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from directory.errors import DepartmentsMalformed, UnknownDepartment
from directory.halls import Province
from directory.validity import Period, at, clashes, gaps

MAX_LINE = 16
"""Departments above one another: the tiers are three, and a hall may have a few steps of its own."""


@dataclass(frozen=True, slots=True)
class Department:
    """A department (部门) of a hall for a period; `superior` is empty at the top of its line."""

    department: str
    uscc: str
    name: str
    hall: str
    superior: str
    period: Period

    @property
    def key(self) -> tuple[str, ...]:
        """Name it among all versions of all departments."""
        return (self.department, self.period.start.isoformat())


class Departments:
    """The departments of a province at one day; it never changes once built.

    Raises DepartmentsMalformed when they are no forest in their halls on that day.
    """

    __slots__ = ("_departments", "_of_hall", "_superiors")

    def __init__(self, versions: Iterable[Department], province: Province, day: date) -> None:
        present = tuple(version for version in versions if day in version.period)
        for _, fault in faults([*present], province):
            raise DepartmentsMalformed(fault)
        self._departments = {department.department: department for department in present}
        self._superiors = {department: tuple(_line(self._departments, department)) for department in self._departments}
        of_hall: defaultdict[str, list[str]] = defaultdict(list)
        for department in present:
            of_hall[department.hall].append(department.department)
        self._of_hall = {hall: tuple(departments) for hall, departments in of_hall.items()}

    def __len__(self) -> int:
        return len(self._departments)

    def __iter__(self) -> Iterator[Department]:
        return iter(self._departments.values())

    def __contains__(self, department: object) -> bool:
        return department in self._departments

    def get(self, department: str) -> Department | None:
        """Return a department, or None when there is none of this id."""
        return self._departments.get(department)

    def department(self, department: str) -> Department:
        """Return a department, or raise UnknownDepartment."""
        try:
            return self._departments[department]
        except KeyError:
            raise UnknownDepartment(department) from None

    def line(self, department: str) -> tuple[str, ...]:
        """Return the departments above one, nearest first; raises UnknownDepartment."""
        return self._superiors[self.department(department).department]

    def in_line(self, department: str, other: str) -> bool:
        """Tell whether two departments are one, or one stands above the other in its line; raises UnknownDepartment."""
        return department == other or other in self.line(department) or department in self.line(other)

    def top(self, department: str) -> str:
        """Return the department at the head of a line; raises UnknownDepartment."""
        return (department, *self.line(department))[-1]

    def of_hall(self, hall: str) -> tuple[str, ...]:
        """Return the departments that sit in a hall, in the order given; none for a hall that has none."""
        return self._of_hall.get(hall, ())


def faults(versions: Sequence[Department], province: Province) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these versions from being a forest in their halls at some day."""
    known: defaultdict[str, list[Department]] = defaultdict(list)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for position, version in enumerate(versions):
        known[version.department].append(version)
        places[version.department].append(position)
    for department, of_one in known.items():
        for place, other in clashes([version.period for version in of_one]):
            yield places[department][place], f"{department!r} has another version in {of_one[other].period}"
    yield from _shared_codes(versions)
    for position, version in enumerate(versions):
        for fault in _faults(version, known, province):
            yield position, fault


def _shared_codes(versions: Sequence[Department]) -> Iterator[tuple[int, str]]:
    """One organ may sit in several halls; in one hall it is one department."""
    holders: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for position, version in enumerate(versions):
        holders[version.hall, version.uscc].append(position)
    for positions in holders.values():
        for place, other in clashes([versions[position].period for position in positions]):
            one, two = versions[positions[place]], versions[positions[other]]
            if one.department != two.department:
                yield positions[place], f"{one.department!r} has the USCC of {two.department!r} in the same hall"


def _faults(version: Department, known: Mapping[str, Sequence[Department]], province: Province) -> Iterator[str]:
    if version.hall not in province:
        yield f"the hall {version.hall!r} of {version.department!r} is not known"
    if not version.superior:
        return
    above = known.get(version.superior, ())
    if gap := next(gaps((superior.period for superior in above), version.period), None):
        yield f"the superior {version.superior!r} of {version.department!r} is not there in {gap}"
    if version.hall in province:
        halls = {version.hall, *province.superiors(version.hall)}
        for superior in above:
            if superior.period.overlaps(version.period) and superior.hall not in halls:
                yield f"the superior {version.superior!r} sits in {superior.hall!r}, which is not above {version.hall!r}"
    yield from _circle(version, known)


def _circle(version: Department, known: Mapping[str, Sequence[Department]]) -> Iterator[str]:
    """Follow the line on the day on which a version begins: a circle is closed on the day on which its last part begins."""
    seen = {version.department}
    following: Department | None = version
    while following is not None and following.superior:
        if following.superior in seen:
            if following.superior == version.department:
                yield f"the line above {version.department!r} runs in a circle"
            return
        if len(seen) > MAX_LINE:
            yield f"the line above {version.department!r} is longer than {MAX_LINE}"
            return
        seen.add(following.superior)
        following = at(known.get(following.superior, ()), version.period.start)


def _line(departments: Mapping[str, Department], start: str) -> Iterator[str]:
    while start := departments[start].superior:
        yield start
