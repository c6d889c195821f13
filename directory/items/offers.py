"""Say where a service item is offered, and what its implementation list is there.

Laws: an offer says only who handles the item, where, when and who answers questions; all other elements are the item's, so they are equal
at every tier by construction. Codes of what is offered are made of the organ's USCC, the level and the base code, never kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from directory.departments import Department
from directory.halls import Province
from directory.identifiers import handling_code_fault
from directory.items.requirements import faults as item_faults
from directory.items.service_items import Handling, ItemVersion
from directory.items.vocabulary import LEVEL_DIGIT, LEVEL_OF_TIER, ItemState, Level
from directory.validity import Period, clashes, gaps

VILLAGE_DIGITS = 3
"""The last digits of an area code, all 0 for a township."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A place where an item is handled: a department's window at a hall, or a township (12 digits) below the hall."""

    item: str
    handling: str
    hall: str
    township: str
    department: str
    place: str
    hours: str
    consultation: str
    complaint: str
    period: Period

    @property
    def key(self) -> tuple[str, ...]:
        """Name it among all offers."""
        return (*self.where, self.period.start.isoformat())

    @property
    def where(self) -> tuple[str, ...]:
        """Name the window that handles it, whatever the day."""
        return (self.item, self.handling, self.hall, self.township, self.department)


@dataclass(frozen=True, slots=True)
class Implementation:
    """The implementation list of an item at one place (实施清单): the item's version as it is, and what the place adds."""

    version: ItemVersion
    offer: Offer
    handling: Handling
    level: Level
    organ_name: str
    organ_uscc: str

    @property
    def code(self) -> str:
        """Return the implementation code (实施编码): USCC, level, base code."""
        return f"{self.organ_uscc}{LEVEL_DIGIT[self.level]}{self.version.code}"

    @property
    def handling_code(self) -> str:
        """Return the code of the handling item (业务办理项编码)."""
        return f"{self.code}{self.handling.number}"


def level_of(offer: Offer, province: Province) -> Level:
    """Return at which level an offer is exercised: the tier at which its hall acts, or below it; raises UnknownHall."""
    hall = province.hall(offer.hall)
    if offer.township:
        return Level.TOWNSHIP if offer.township.endswith("0" * VILLAGE_DIGITS) else Level.VILLAGE
    return LEVEL_OF_TIER[hall.tier]


def implementation(version: ItemVersion, offer: Offer, department: Department, province: Province) -> Implementation:
    """Return the implementation list of an item where it is offered; see `implementation_faults` for what must hold.

    Raises UnknownHall, and KeyError when the item has no such handling.
    """
    handlings = {handling.number: handling for handling in version.item.handlings}
    return Implementation(
        version=version,
        offer=offer,
        handling=handlings[offer.handling],
        level=level_of(offer, province),
        organ_name=department.name,
        organ_uscc=department.uscc,
    )


def implementation_faults(listed: Implementation) -> Iterator[str]:
    """Yield what is wrong with an implementation list, codes and elements."""
    if fault := handling_code_fault(listed.handling_code):
        yield fault
    if listed.level not in listed.version.item.levels:
        yield f"the item is not exercised at {listed.level} level"
    yield from (f"{path}: {what}" for path, what in item_faults(listed.version.item))


def offer_faults(
    offers: Sequence[Offer], versions: Iterable[ItemVersion], departments: Iterable[Department], province: Province
) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for every offer of an unknown item, by an unknown organ, at a wrong level, or given twice."""
    items: defaultdict[str, list[ItemVersion]] = defaultdict(list)
    for version in versions:
        if version.state is not ItemState.DRAFT:
            items[version.code].append(version)
    organs: defaultdict[str, list[Department]] = defaultdict(list)
    for department in departments:
        organs[department.department].append(department)
    windows: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, offer in enumerate(offers):
        windows[offer.where].append(position)
        for fault in (*_item_faults(offer, items, province), *_organ_faults(offer, organs, province)):
            yield position, fault
    for positions in windows.values():
        for place, other in clashes([offers[position].period for position in positions]):
            yield positions[place], f"{offers[positions[place]].item} is already offered there in {offers[positions[other]].period}"


def _item_faults(offer: Offer, items: Mapping[str, Sequence[ItemVersion]], province: Province) -> Iterator[str]:
    versions = [version for version in items.get(offer.item, ()) if version.period.overlaps(offer.period)]
    if gap := next(gaps((version.period for version in versions), offer.period), None):
        yield f"there is no item {offer.item} in {gap}"
    level = level_of(offer, province) if offer.hall in province else None
    for version in versions:
        if level and level not in version.item.levels:
            yield f"version {version.number} of {offer.item} is not exercised at {level} level"
        if offer.handling not in {handling.number for handling in version.item.handlings}:
            yield f"version {version.number} of {offer.item} has no handling {offer.handling}"


def _organ_faults(offer: Offer, organs: Mapping[str, Sequence[Department]], province: Province) -> Iterator[str]:
    if offer.hall not in province:
        yield f"the hall {offer.hall!r} is not known"
    elif offer.township and not province.hall(offer.hall).superior:
        yield f"{offer.hall!r} is the province's own hall, below which no township hands in"
    versions = organs.get(offer.department, ())
    if gap := next(gaps((version.period for version in versions), offer.period), None):
        yield f"there is no department {offer.department!r} in {gap}"
    for version in versions:
        if version.period.overlaps(offer.period) and version.hall != offer.hall:
            yield f"the department {offer.department!r} sits in {version.hall!r}, not in {offer.hall!r}"
