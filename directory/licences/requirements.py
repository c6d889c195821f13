"""Judge whether types of licences hold together with the halls, departments and resources of a register.

Laws: a type's resource is catalogued and encrypted for as long as the type holds, so that no record of it ever travels in clear, and has
the fields that say whose licence it is. At any day a type has one version, and a resource is that of one type. What issues it is there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import ItemType, State
from directory.departments import Department
from directory.halls import Province
from directory.licences.types import HOLDER_CODE, HOLDER_CODE_TYPE, HOLDER_FIELDS, HOLDER_NAME, LicenceType
from directory.validity import Period, clashes, gaps

_Faults = Iterator[tuple[int, str]]

_HOLDER_TYPES: Mapping[str, frozenset[ItemType]] = {
    HOLDER_NAME: frozenset({ItemType.TEXT}),
    HOLDER_CODE: frozenset({ItemType.TEXT, ItemType.USCC, ItemType.CITIZEN_ID}),
    HOLDER_CODE_TYPE: frozenset({ItemType.CODE}),
}


def type_faults(types: Sequence[LicenceType]) -> _Faults:
    """Yield (position, what is wrong) for everything that keeps these types from standing side by side."""
    yield from _clashes(
        types, [licence_type.type for licence_type in types], "versions of the type {}, from {} and from {}, hold at one time"
    )
    yield from _clashes(
        types, [licence_type.resource for licence_type in types], "the resource {} is that of two types, from {} and from {}"
    )
    for position, licence_type in enumerate(types):
        yield from ((position, what) for what in _own_faults(licence_type))


def issuer_faults(types: Sequence[LicenceType], province: Province, departments: Iterable[Department]) -> _Faults:
    """Yield (position, what is wrong) where a type names halls or departments that are not there; `province` is that of today."""
    halls: dict[str, set[str]] = {}
    for department in departments:
        halls.setdefault(department.department, set()).add(department.hall)
    for position, licence_type in enumerate(types):
        yield from ((position, f"the hall {hall!r} is not known") for hall in sorted(licence_type.halls) if hall not in province)
        issuing = licence_type.issued_in(province)
        for name in sorted(licence_type.departments):
            if name not in halls:
                yield position, f"there is no department {name!r}"
            elif not halls[name] & issuing:
                yield position, f"the department {name!r} sits in no hall that issues the type"


def resource_faults(types: Sequence[LicenceType], resources: Iterable[ResourceVersion]) -> _Faults:
    """Yield (position, what is wrong) where a type and the versions of its resource do not fit."""
    versions: dict[str, list[ResourceVersion]] = {}
    for version in resources:
        if version.state is not State.DRAFT:
            versions.setdefault(version.resource.resource, []).append(version)
    for position, licence_type in enumerate(types):
        held = [version for version in versions.get(licence_type.resource, []) if version.period.overlaps(licence_type.period)]
        if next(gaps([version.period for version in held], licence_type.period), None) is not None:
            yield (
                position,
                f"there is no published resource {licence_type.resource!r} for as long as the type holds ({licence_type.period})",
            )
        for version in held:
            yield from ((position, f"version {version.version} of its resource: {what}") for what in _version_faults(licence_type, version))


def _clashes(types: Sequence[LicenceType], keys: Sequence[str], what: str) -> _Faults:
    places: dict[str, list[int]] = {}
    for position, key in enumerate(keys):
        places.setdefault(key, []).append(position)
    for key, positions in places.items():
        periods = [types[position].period for position in positions]
        for later, earlier in clashes(periods):
            yield positions[later], what.format(key, _start(periods[earlier]), _start(periods[later]))


def _start(period: Period) -> str:
    return period.start.isoformat()


def _own_faults(licence_type: LicenceType) -> Iterator[str]:
    if not licence_type.halls and not licence_type.tiers:
        yield "no hall issues it: name halls, or tiers"
    if not licence_type.layout:
        yield "its page has no group of fields: name at least one in `layout`"
    named = [field for group in licence_type.layout for field in group.fields]
    yield from (f"the field {field!r} stands twice on its page" for field in sorted({field for field in named if named.count(field) > 1}))
    if licence_type.renewable and licence_type.validity_months is None:
        yield "what is valid without end is not renewed"


def _version_faults(licence_type: LicenceType, version: ResourceVersion) -> Iterator[str]:
    if not version.resource.encrypted:
        yield "it is not encrypted, and what stands on a licence is for its readers alone"
    kinds = {item.name: item for item in version.items}
    for name in HOLDER_FIELDS:
        item = kinds.get(name)
        if item is None or not item.required or item.type not in _HOLDER_TYPES[name]:
            yield f"it needs a required field {name!r} of type {' or '.join(sorted(_HOLDER_TYPES[name]))}"
    for group in licence_type.layout:
        yield from (f"it has no field {field!r}, which stands on the page" for field in group.fields if field not in kinds)
