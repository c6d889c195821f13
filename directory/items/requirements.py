"""Judge whether a service item holds together, and whether its versions follow one another.

Laws: 行政许可法 Art 42 (every licence has a statutory limit, and what is promised is no longer), Art 45 (what stops the statutory clock),
Art 58 (no fee without a basis). Everything that is wrong is said, each with the path of the field.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from directory.items.service_items import ItemVersion, Limit, ServiceItem
from directory.items.vocabulary import ART_45, ItemState, ItemType, Kind, Medium, Necessity, Unit
from directory.validity import clashes, disorder

SHORTEST_MONTH_DAYS = 28

Faults = Iterator[tuple[str, str]]


def faults(item: ServiceItem) -> Faults:
    """Yield (path, what is wrong) for everything that keeps an item from being a full implementation list."""
    yield from _presence(item)
    yield from _limits(item)
    yield from _materials(item)
    yield from _steps(item)
    yield from _procedures(item)
    yield from _repeated(item)


def version_faults(versions: Sequence[ItemVersion]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) where versions of one item share a day, or a later one has no higher number.

    A draft may be for any days.
    """
    known: defaultdict[str, list[int]] = defaultdict(list)
    for position, version in enumerate(versions):
        known[version.code].append(position)
    for code, positions in known.items():
        numbers = Counter(versions[position].number for position in positions)
        for position in positions:
            if numbers[versions[position].number] > 1:
                yield position, f"version {versions[position].number} of {code} is given twice"
        valid = [position for position in positions if versions[position].state is not ItemState.DRAFT]
        for place, other in clashes([versions[position].period for position in valid]):
            yield valid[place], f"version {versions[valid[place]].number} of {code} and version {versions[valid[other]].number} share days"
        for place, other in disorder([(versions[position].number, versions[position].period) for position in valid]):
            yield valid[place], f"version {versions[valid[place]].number} of {code} follows version {versions[valid[other]].number}"


def longer(one: Limit, other: Limit) -> bool:
    """Tell whether a limit is certainly longer than another: n working days last at least n days, a month at least 28."""
    if one.unit is other.unit:
        return one.amount > other.amount
    if one.unit is Unit.WORKING_DAY and other.unit is Unit.DAY:
        return one.amount > other.amount
    return one.unit is Unit.MONTH and other.unit is Unit.DAY and one.amount * SHORTEST_MONTH_DAYS > other.amount


def _presence(item: ServiceItem) -> Faults:
    for path in ("levels", "basis", "objects", "steps", "handlings"):
        if not getattr(item, path):
            yield path, "is empty"
    if item.type is ItemType.LICENCE and not item.results:
        yield "results", "a licence issues something"
    if item.type is ItemType.LICENCE and not item.materials:
        yield "materials", "a licence is applied for in writing (行政许可法 Art 29)"


def _limits(item: ServiceItem) -> Faults:
    if (item.kind is Kind.IMMEDIATE) != (item.promised.amount == 0):
        yield "promised", "an item is immediate exactly when 0 days are promised"
    if item.statutory is None:
        if item.type is ItemType.LICENCE:
            yield "statutory", "a licence has a statutory limit: 20 working days where no law says otherwise (行政许可法 Art 42)"
    elif longer(item.promised, item.statutory):
        yield "promised", "is longer than the statutory limit"
    if item.lower_review is not None and item.lower_review.amount == 0:
        yield "lower_review", "leaves the lower organ no day: leave it out for an item that does not go up (行政许可法 Art 43)"


def _materials(item: ServiceItem) -> Faults:
    for place, material in enumerate(item.materials):
        if (material.necessity is Necessity.CONDITIONAL) != bool(material.condition):
            yield f"materials[{place}].condition", "a material has a condition exactly when it is conditional"
        if material.count == 0 and material.medium is not Medium.ELECTRONIC:
            yield f"materials[{place}].count", "only what is electronic has no copies"


def _steps(item: ServiceItem) -> Faults:
    known = {procedure.name for procedure in item.procedures}
    for place, step in enumerate(item.steps):
        if step.order != place + 1:
            yield f"steps[{place}].order", f"is {step.order}, and the steps are numbered from 1 on without a gap"
        if step.procedure and step.procedure not in known:
            yield f"steps[{place}].procedure", f"{step.procedure!r} is not a special procedure of the item"
    together = sum(step.limit.amount for step in item.steps if not step.procedure and step.limit.unit is item.promised.unit)
    if together > item.promised.amount:
        yield "steps", f"take {together} together, and {item.promised.amount} are promised"


def _procedures(item: ServiceItem) -> Faults:
    if item.procedures and item.kind is Kind.IMMEDIATE:
        yield "procedures", "what is decided while the applicant waits has no special procedure"
    for place, procedure in enumerate(item.procedures):
        if procedure.stops_statutory and procedure.kind not in ART_45 and procedure.basis is None:
            yield f"procedures[{place}].stops_statutory", f"行政许可法 Art 45 does not name {procedure.kind}: a basis of its own is needed"


def _repeated(item: ServiceItem) -> Faults:
    named: dict[str, list[str]] = {
        "materials": [material.name for material in item.materials],
        "procedures": [procedure.name for procedure in item.procedures],
        "results": [result.name for result in item.results],
        "fees": [fee.project for fee in item.fees],
        "handlings": [handling.number for handling in item.handlings],
        "levels": [*item.levels],
        "objects": [*item.objects],
    }
    for path, names in named.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield path, f"{name!r} is given {times} times"
