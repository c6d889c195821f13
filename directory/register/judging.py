"""Judge a whole register: what is in it must hold together.

Laws: what is referred to must be there, of one thing no two versions hold at once, no line of superiors runs in a circle; what is wrong
is said of the document in which it is wrong. A kind is judged by its own room's rules, those that it refers to first; where those do not
hold, nothing that refers to them is judged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from directory import calendar_file, departments, divisions, hall_versions
from directory.calendar_file import COUNTRY
from directory.catalogue.catalogue_file import catalogue_faults, unknown_related
from directory.clocks import local_rules
from directory.clocks.local_rules import LimitRule
from directory.departments import Department
from directory.divisions import Divisions
from directory.errors import HallsMalformed
from directory.guidance import hours_file, knowledge
from directory.guidance.hours import HoursRule
from directory.hall_versions import HallVersion, as_of
from directory.halls import Province
from directory.items.offers import offer_faults
from directory.items.requirements import version_faults
from directory.reading import Read
from directory.register.changes import Place
from directory.register.fold import Documents
from directory.register.kinds import FORMS, Kind
from directory.scopes import rules
from directory.supervision import rules as supervision_rules
from directory.supervision.rules import SupervisionRule


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong with a document; without a place it is the whole kind that does not hold."""

    place: Place | None
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


class Whole:
    """The things that a register's documents say, read when they are asked for; `day` is today in Asia/Shanghai."""

    def __init__(self, documents: Documents, day: date) -> None:
        self.day = day
        self._places: dict[str, list[Place]] = {}
        for place in sorted(documents):
            self._places.setdefault(place.kind, []).append(place)
        self._documents = documents
        self._read: dict[str, Read[Any]] = {}

    def places(self, kind: Kind) -> list[Place]:
        """Return where the documents of a kind stand, in the order of `things` when all can be read."""
        return self._places.get(kind, [])

    def read(self, kind: Kind) -> Read[Any]:
        """Read the documents of a kind."""
        if kind not in self._read:
            self._read[kind] = FORMS[kind].things([self._documents[place] for place in self.places(kind)])
        return self._read[kind]

    def things(self, kind: Kind) -> tuple[Any, ...]:
        """Return the things of a kind; those that cannot be read are left out."""
        return self.read(kind).rows

    @cached_property
    def province(self) -> Province:
        """The halls of today; raises HallsMalformed."""
        halls: tuple[HallVersion, ...] = self.things(Kind.HALL)
        return as_of(halls, self.day)

    @cached_property
    def departments(self) -> Mapping[str, list[Department]]:
        """The versions of each department."""
        found: dict[str, list[Department]] = {}
        for department in self.things(Kind.DEPARTMENT):
            found.setdefault(department.department, []).append(department)
        return found


_Faults = Iterator[tuple[int, str]]


def judge(documents: Documents, kinds: Iterable[str], day: date) -> Iterator[Misfit]:
    """Yield everything that is wrong with documents of these kinds, and of those that refer to them."""
    whole = Whole(documents, day)
    wanted = _with_referrers(frozenset(kinds))
    broken: set[Kind] = set()
    for kind in Kind:
        if broken.intersection(REFERS_TO[kind]):
            broken.add(kind)
        elif kind in wanted:
            found = list(_judged(whole, kind))
            broken.update([kind] if found else [])
            yield from found


def _with_referrers(kinds: frozenset[str]) -> frozenset[str]:
    """Add the kinds that refer to any of these, directly or not."""
    while (more := kinds.union(kind for kind in Kind if kinds.intersection(REFERS_TO[kind]))) != kinds:
        kinds = more
    return kinds


def _judged(whole: Whole, kind: Kind) -> Iterator[Misfit]:
    places, read = whole.places(kind), whole.read(kind)
    if read.faults:
        yield from (Misfit(places[fault.line - 1] if fault.line else None, _told(fault.path, fault.what)) for fault in read.faults)
        return
    form = FORMS[kind]
    for place, thing in zip(places, read.rows, strict=True):
        if form.place(thing) != place:
            yield Misfit(place, f"the document is that of {form.place(thing)}")
    yield from (Misfit(places[position] if position >= 0 else None, what) for position, what in JUDGES[kind](whole))


def _told(path: str, what: str) -> str:
    return f"{path}: {what}" if path else what


def _divisions(whole: Whole) -> _Faults:
    return divisions.faults(whole.things(Kind.DIVISION))


def _days(whole: Whole) -> _Faults:
    return calendar_file.added_faults(whole.things(Kind.CALENDAR_DAY))


def _halls(whole: Whole) -> _Faults:
    halls = whole.things(Kind.HALL)
    if not halls:
        return
    yield from hall_versions.faults(halls)
    yield from hall_versions.calendar_faults(halls, {COUNTRY, *(day.calendar for day in whole.things(Kind.CALENDAR_DAY))})
    if known := whole.things(Kind.DIVISION):
        yield from hall_versions.code_faults(halls, Divisions(known))


def _departments(whole: Whole) -> _Faults:
    found = whole.things(Kind.DEPARTMENT)
    if not found:
        return
    try:
        province = whole.province
    except HallsMalformed as error:
        yield -1, f"departments need the halls they sit in: {error}"
        return
    yield from departments.faults(found, province)


def _items(whole: Whole) -> _Faults:
    return version_faults(whole.things(Kind.ITEM))


def _offers(whole: Whole) -> _Faults:
    found = whole.things(Kind.OFFER)
    if not found:
        return
    try:
        province = whole.province
    except HallsMalformed as error:
        yield -1, f"offers need the halls where items are handled: {error}"
        return
    yield from offer_faults(found, whole.things(Kind.ITEM), whole.things(Kind.DEPARTMENT), province)


def _resources(whole: Whole) -> _Faults:
    versions = whole.things(Kind.RESOURCE)
    yield from catalogue_faults(versions)
    yield from unknown_related(versions)
    for position, version in enumerate(versions):
        provider = whole.departments.get(version.resource.provider)
        if provider is None:
            yield position, f"there is no department {version.resource.provider!r}, its provider"
        elif version.resource.provider_uscc not in {department.uscc for department in provider}:
            yield position, f"the USCC of its provider {version.resource.provider!r} is another one"


def _rules(whole: Whole) -> _Faults:
    return rules.faults(whole.things(Kind.RULE))


def _limit_rules(whole: Whole) -> _Faults:
    found: tuple[LimitRule, ...] = whole.things(Kind.LIMIT_RULE)
    yield from local_rules.faults(found)
    yield from _unknown_places(whole, found)


def _supervision_rules(whole: Whole) -> _Faults:
    found: tuple[SupervisionRule, ...] = whole.things(Kind.SUPERVISION_RULE)
    yield from supervision_rules.faults(found)
    yield from _unknown_places(whole, found)


def _unknown_places(whole: Whole, found: Iterable[LimitRule | SupervisionRule]) -> _Faults:
    """Find the halls and items that rules name and that are not in the register."""
    halls = {version.hall for version in whole.things(Kind.HALL)}
    items = {version.code for version in whole.things(Kind.ITEM)}
    for position, rule in enumerate(found):
        yield from ((position, f"the hall {hall!r} is not known") for hall in sorted(rule.halls - halls))
        yield from ((position, f"there is no item {item}") for item in sorted(rule.items - items))


def _guidance_rules(whole: Whole) -> _Faults:
    found: tuple[HoursRule, ...] = whole.things(Kind.GUIDANCE_RULE)
    yield from hours_file.faults(found)
    halls = {version.hall for version in whole.things(Kind.HALL)}
    for position, rule in enumerate(found):
        yield from ((position, f"the hall {hall!r} is not known") for hall in sorted(rule.halls - halls))


def _knowledge(whole: Whole) -> _Faults:
    return knowledge.faults(whole.things(Kind.KNOWLEDGE))


JUDGES: Final[Mapping[Kind, Callable[[Whole], _Faults]]] = {
    Kind.DIVISION: _divisions,
    Kind.CALENDAR_DAY: _days,
    Kind.HALL: _halls,
    Kind.DEPARTMENT: _departments,
    Kind.ITEM: _items,
    Kind.OFFER: _offers,
    Kind.RESOURCE: _resources,
    Kind.RULE: _rules,
    Kind.LIMIT_RULE: _limit_rules,
    Kind.SUPERVISION_RULE: _supervision_rules,
    Kind.GUIDANCE_RULE: _guidance_rules,
    Kind.KNOWLEDGE: _knowledge,
}
REFERS_TO: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.DIVISION: frozenset(),
    Kind.CALENDAR_DAY: frozenset(),
    Kind.HALL: frozenset({Kind.DIVISION, Kind.CALENDAR_DAY}),
    Kind.DEPARTMENT: frozenset({Kind.HALL}),
    Kind.ITEM: frozenset(),
    Kind.OFFER: frozenset({Kind.HALL, Kind.DEPARTMENT, Kind.ITEM}),
    Kind.RESOURCE: frozenset({Kind.DEPARTMENT}),
    Kind.RULE: frozenset(),
    Kind.LIMIT_RULE: frozenset({Kind.HALL, Kind.ITEM}),
    Kind.SUPERVISION_RULE: frozenset({Kind.HALL, Kind.ITEM}),
    Kind.GUIDANCE_RULE: frozenset({Kind.HALL}),
    # Whoever answered, and for which item, stays true when department and item are no more.
    Kind.KNOWLEDGE: frozenset(),
}
"""Kinds whose things a kind's things name."""
