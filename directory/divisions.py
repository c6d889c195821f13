"""Say which administrative divisions there were at a day, and what became of a code.

Laws: a code names a division for a period and may later name another; what replaces it is its successor. A code says nothing
about the tier of a hall or who stands above it. An unknown code is refused, never guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from directory.errors import UnknownDivision
from directory.halls import RANK, Tier
from directory.identifiers import area_code_fault
from directory.validity import Period, at, clashes, gaps

DIVISION_DIGITS = 6
NO_PART = "0" * 6
"""The last six digits of an area code that means a whole division."""
BEGINNING = date(1980, 1, 1)
"""GB/T 2260 was first published in 1980; what was there before any change that is known is taken to begin here."""


@dataclass(frozen=True, slots=True)
class Division:
    """A county, city or province (GB/T 2260) while it had this code, name and superior; the province's `parent` is empty."""

    code: str
    name: str
    tier: Tier
    parent: str
    period: Period
    successors: tuple[str, ...] = ()


class Divisions:
    """All divisions with their history; it never changes once built. See `faults` for what must hold."""

    __slots__ = ("_versions",)

    def __init__(self, divisions: Iterable[Division]) -> None:
        versions: defaultdict[str, list[Division]] = defaultdict(list)
        for division in divisions:
            versions[division.code].append(division)
        self._versions = {code: tuple(sorted(of_code, key=lambda division: division.period.start)) for code, of_code in versions.items()}

    def __iter__(self) -> Iterator[Division]:
        return (division for versions in self._versions.values() for division in versions)

    def at(self, code: str, day: date) -> Division:
        """Return the division that a code of 6 or 12 digits names at a day; raises UnknownDivision.

        Of twelve digits the last six must be 0: a part of a division has no row of its own.
        """
        found = at(self._versions.get(_whole(code), ()), day)
        if found is None:
            raise UnknownDivision(code, f"at {day}")
        return found

    def around(self, area: str, day: date) -> Division:
        """Return the division in which a township or village lies, given by its code of 12 digits; raises UnknownDivision."""
        if area_code_fault(area):
            raise UnknownDivision(area, f"at {day}")
        return self.at(area[:DIVISION_DIGITS], day)

    def history(self, code: str) -> tuple[Division, ...]:
        """Return everything that a code has ever named, earliest first; raises UnknownDivision."""
        versions = self._versions.get(_whole(code))
        if not versions:
            raise UnknownDivision(code, "at any day")
        return versions

    def last(self, code: str) -> Division:
        """Return what a code named last; raises UnknownDivision."""
        return self.history(code)[-1]

    def chain(self, code: str, day: date) -> tuple[Division, ...]:
        """Return the division that a code names at a day, and what it became, step by step, the present one last.

        Where it was divided the first successor is followed. Raises UnknownDivision.
        """
        chain = [self.at(code, day)]
        while following := self._successor(chain[-1]):
            chain.append(following)
        return tuple(chain)

    def became(self, code: str, then: date, now: date) -> Division:
        """Return what the division that a code named `then` is `now`; raises UnknownDivision when it is no more."""
        found = at(self.chain(code, then), now)
        if found is None:
            raise UnknownDivision(code, f"at {now}, as it was at {then}")
        return found

    def _successor(self, division: Division) -> Division | None:
        """Return what follows a division. A successor that begins only later is taken too: lists of codes come once a year."""
        end = division.period.end
        for code in division.successors if end else ():
            for version in self._versions.get(code, ()):
                if end is not None and (version.period.end is None or version.period.end > end):
                    return version
        return None


def faults(divisions: Sequence[Division]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these divisions from being a history."""
    known: defaultdict[str, list[int]] = defaultdict(list)
    for position, division in enumerate(divisions):
        known[division.code].append(position)
    for code, positions in known.items():
        for place, other in clashes([divisions[position].period for position in positions]):
            yield (
                positions[place],
                f"{code} already names {divisions[positions[other]].name} {divisions[positions[other]].period}",
            )
    for position, division in enumerate(divisions):
        for fault in _faults(division, [divisions[above] for above in known.get(division.parent, ())], known):
            yield position, fault


def _faults(division: Division, above: Sequence[Division], known: defaultdict[str, list[int]]) -> Iterator[str]:
    for code in division.successors:
        if code not in known:
            yield f"the successor {code!r} of {division.code!r} is not in the list"
    if division.successors and division.period.end is None:
        yield f"{division.code!r} has a successor and no end"
    if not division.parent:
        if division.tier is not Tier.PROVINCE:
            yield f"{division.code!r} is at {division.tier} tier and needs a parent"
        return
    if gap := next(gaps((superior.period for superior in above), division.period), None):
        yield f"the parent {division.parent!r} of {division.code!r} is not there in {gap}"
    if any(RANK[superior.tier] >= RANK[division.tier] for superior in above if superior.period.overlaps(division.period)):
        yield f"the parent {division.parent!r} of {division.code!r} is not above {division.tier} tier"


def _whole(code: str) -> str:
    return code[:DIVISION_DIGITS] if len(code) == DIVISION_DIGITS + len(NO_PART) and code.endswith(NO_PART) else code
