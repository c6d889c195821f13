"""Say who asks, and what a hall may say of the people who ask through it.

Laws: the hall of a principal is known by its certificate; role, department and person are what that hall asserts, and
are believed only as far as the hall's tier and departments go. No hall asserts an operator; only the hub does.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from directory.halls import Province, Tier
from directory.scopes.decisions import Denied, Why
from directory.scopes.vocabulary import Role, Seat
from directory.validity import Period

HUB: Final = "hub"
"""The hall of whoever acts at the hub itself; no hall may have this id."""

_HALLS: Final = frozenset({Seat.PROVINCE, Seat.CITY, Seat.COUNTY})
SEATS_OF_ROLE: Final[Mapping[str, frozenset[Seat]]] = {
    Role.NODE: _HALLS,
    Role.CLERK: _HALLS,
    Role.REVIEWER: _HALLS,
    Role.GUIDE: frozenset({Seat.PROVINCE, Seat.CITY}),
    Role.SUPERVISOR: _HALLS,
    Role.LICENCE_OFFICER: _HALLS,
    Role.LICENCE_READER: _HALLS,
    Role.CATALOGUE_ADMINISTRATOR: _HALLS,
    Role.HALL_ADMINISTRATOR: _HALLS,
    Role.AUDITOR: frozenset({Seat.PROVINCE}),
    Role.OPERATOR: frozenset({Seat.HUB}),
}
"""Where a role exists at all, whatever the rules say."""

_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
"""Blanks, and signs that are not seen."""

SEAT_AT: Final[Mapping[Tier, Seat]] = {Tier.PROVINCE: Seat.PROVINCE, Tier.CITY: Seat.CITY, Tier.COUNTY: Seat.COUNTY}
"""Where the people of a hall act, by its tier."""


class DepartmentInLine(Protocol):
    """What the law needs to know of a department, such as directory.departments keeps them."""

    @property
    def department(self) -> str:
        """Give its id, unique in the province."""
        ...

    @property
    def hall(self) -> str:
        """Give the hall that it belongs to."""
        ...

    @property
    def superior(self) -> str:
        """Give the department above it in its line; empty at the top."""
        ...

    @property
    def period(self) -> Period:
        """Give the days on which it is so."""
        ...


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks; an empty department or person asserts none."""

    hall: str
    role: str
    department: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Asserted:
    """The hall may say this of its person; `seat` is where the person acts."""

    seat: Seat


def is_same_person(one: str, other: str) -> bool:
    """Tell whether two staff numbers of a hall are one: capitals, wide signs and blanks make nobody another person."""
    return _spelled(one) == _spelled(other)


def _spelled(person: str) -> str:
    plain = unicodedata.normalize("NFKC", person).casefold()
    return "".join(sign for sign in plain if unicodedata.category(sign) not in _UNSEEN)


def may_assert(province: Province, principal: Principal, departments: Mapping[str, DepartmentInLine]) -> Asserted | Denied:
    """Judge what a hall says of its person; `departments` are those of the day, by their id."""
    seat = seat_of(province, principal.hall)
    if seat is None:
        return Denied(Why.UNKNOWN_HALL)
    if principal.role not in SEATS_OF_ROLE:
        return Denied(Why.UNKNOWN_ROLE)
    if not may_have_role(seat, principal.role):
        return Denied(Why.FOREIGN_ROLE)
    if not may_have_department(principal, departments):
        return Denied(Why.FOREIGN_DEPARTMENT)
    return Asserted(seat)


def seat_of(province: Province, hall: str) -> Seat | None:
    """Return where the people of a hall act; None for a hall that there is not."""
    if hall == HUB:
        return Seat.HUB
    known = province.get(hall)
    return SEAT_AT[known.tier] if known else None


def may_have_role(seat: Seat, role: str) -> bool:
    """Tell whether a role exists where someone acts."""
    return seat in SEATS_OF_ROLE.get(role, frozenset())


def may_have_department(principal: Principal, departments: Mapping[str, DepartmentInLine]) -> bool:
    """Tell whether a department belongs to the hall that asserts it; none asserted is none too many.

    Of a hall that has registered none, any name is believed that is not another hall's; such a department stands in no line.
    """
    if not principal.department:
        return True
    known = departments.get(principal.department)
    if known is not None:
        return known.hall == principal.hall
    return all(department.hall != principal.hall for department in departments.values())
