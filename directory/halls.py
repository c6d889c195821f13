"""Say which halls there are and who stands above whom.

Laws: a hall's id is opaque and permanent; its tier and superior are attributes, never read from the digits of a code.
A province is a tree under exactly one hall, in which a superior acts at a higher tier than its inferiors.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from directory.errors import HallsMalformed, UnknownHall

_Thing = TypeVar("_Thing")


class Tier(StrEnum):
    """At which tier a hall acts."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


RANK = {Tier.PROVINCE: 0, Tier.CITY: 1, Tier.COUNTY: 2}
"""0 is the highest; a superior's is lower than its inferior's."""


@dataclass(frozen=True, slots=True)
class Hall:
    """One government service hall (政务大厅); `superior` is empty for the province alone."""

    hall: str
    display_name: str
    tier: Tier
    superior: str
    division_code: str
    linked: bool = True


class Province:
    """The halls of one province, in the order given; it never changes once built.

    Raises HallsMalformed (without a line) for halls that are no tree under one province.
    """

    __slots__ = ("_halls", "_inferiors", "_subtrees", "_superiors", "root")

    def __init__(self, halls: Iterable[Hall]) -> None:
        given = tuple(halls)
        for _, fault in faults(given):
            raise HallsMalformed(0, fault)
        self._halls = {hall.hall: hall for hall in given}
        self._superiors = {hall: tuple(_chain(self._halls, hall)) for hall in self._halls}
        self.root = next(hall.hall for hall in given if not hall.superior)
        self._inferiors = {hall: tuple(below.hall for below in given if below.superior == hall) for hall in self._halls}
        self._subtrees = {hall: frozenset({hall} | {h for h, above in self._superiors.items() if hall in above}) for hall in self._halls}

    def __len__(self) -> int:
        return len(self._halls)

    def __iter__(self) -> Iterator[Hall]:
        return iter(self._halls.values())

    def __contains__(self, hall: object) -> bool:
        return hall in self._halls

    def get(self, hall: str) -> Hall | None:
        """Return a hall, or None when there is none of this id."""
        return self._halls.get(hall)

    def hall(self, hall: str) -> Hall:
        """Return a hall, or raise UnknownHall."""
        return _found(self._halls, hall)

    def superiors(self, hall: str) -> tuple[str, ...]:
        """Return the chain above a hall, nearest first, the province last; raises UnknownHall."""
        return _found(self._superiors, hall)

    def inferiors(self, hall: str) -> tuple[str, ...]:
        """Return the halls directly below a hall; raises UnknownHall."""
        return _found(self._inferiors, hall)

    def subtree(self, hall: str) -> frozenset[str]:
        """Return a hall with all halls below it; raises UnknownHall."""
        return _found(self._subtrees, hall)

    def siblings(self, hall: str) -> frozenset[str]:
        """Return the other halls directly below a hall's superior; raises UnknownHall."""
        superior = self.hall(hall).superior
        return frozenset(self._inferiors[superior]) - {hall} if superior else frozenset()


def _found(things: Mapping[str, _Thing], hall: str) -> _Thing:
    try:
        return things[hall]
    except KeyError:
        raise UnknownHall(hall) from None


def faults(halls: Iterable[Hall]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these halls from being a province; -1 is the whole list."""
    given = tuple(halls)
    known = {hall.hall: hall for hall in given}
    first: dict[str, int] = {}
    for position, hall in enumerate(given):
        if first.setdefault(hall.hall, position) != position:
            yield position, f"the id {hall.hall!r} is given twice"
        elif fault := _fault(known, hall):
            yield position, fault
    roots = sum(hall.tier is Tier.PROVINCE for hall in given)
    if roots != 1:
        yield -1, f"there must be exactly one hall at province tier, not {roots}"


def _fault(known: Mapping[str, Hall], hall: Hall) -> str:
    """Say what is wrong with a hall's place in the tree; empty when nothing is."""
    if not hall.superior:
        return "" if hall.tier is Tier.PROVINCE else f"{hall.hall!r} acts at {hall.tier} tier and needs a superior"
    superior = known.get(hall.superior)
    if superior is None:
        return f"the superior {hall.superior!r} of {hall.hall!r} is not in the list"
    if hall.hall in _chain(known, hall.hall):
        return f"the superiors of {hall.hall!r} run in a circle"
    if RANK[superior.tier] >= RANK[hall.tier]:
        return f"{hall.hall!r} acts at {hall.tier} tier, its superior {superior.hall!r} at {superior.tier} tier, which is not above it"
    return ""


def _chain(known: Mapping[str, Hall], start: str) -> list[str]:
    """Follow the superiors, nearest first, as far as they are known and new."""
    chain: list[str] = []
    at: Hall | None = known[start]
    while at is not None and at.superior in known and at.superior not in chain:
        chain.append(at.superior)
        at = known[at.superior]
    return chain
