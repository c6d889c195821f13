"""Read and write types of licences as TOML or JSON.

Laws: one table `licence-type` a version; every bad one is reported with its line. How types stand to each other, to halls, departments and
resources is judged in `requirements`.
"""

from collections.abc import Iterable
from typing import Any, Final

from directory.documents import Table, read_document
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.halls import Tier
from directory.identifiers import licence_type_fault
from directory.licences.types import Group, LicenceType
from directory.reading import Read, ordered
from directory.texts import department_id_fault, hall_id_fault, id_fault, name_fault

ARRAY: Final = "licence-type"
"""The name under which a document lists types: `[[licence-type]]`."""
MAX_TYPES: Final = 10_000
MOST_MONTHS: Final = 1_200


def read_types(data: bytes) -> Read[LicenceType]:
    """Read versions of types from TOML or JSON in UTF-8, with every fault of the file."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows = document.tables.get(ARRAY, [])
    found = [Fault(0, f"{name!a} is nothing here: types stand under {ARRAY!r}") for name in document.tables if name != ARRAY]
    if not isinstance(rows, list) or len(rows) > MAX_TYPES:
        return Read((), ordered((*found, Fault(0, f"{ARRAY!r} must be a list of at most {MAX_TYPES} types"))))
    types: list[LicenceType] = []
    lines: list[int] = []
    for place, table in enumerate(rows):
        given = Fields(table, document.line(ARRAY, place))
        licence_type = _type(given)
        found += given.faults
        if not given.failed:
            types.append(licence_type)
            lines.append(document.line(ARRAY, place))
    return Read(tuple(types), ordered(found), tuple(lines))


def tables(types: Iterable[LicenceType]) -> Table:
    """Return the tables that `read_types` reads as these types."""
    return {ARRAY: [_row(licence_type) for licence_type in types]}


def key(licence_type: LicenceType) -> tuple[str, str]:
    """Return what tells one version of a type from every other."""
    return licence_type.type, licence_type.period.start.isoformat()


def _type(given: Fields) -> LicenceType:
    licence_type = LicenceType(
        type=given.text("type", licence_type_fault),
        resource=given.text("resource", id_fault),
        name=given.text("name", name_fault),
        halls=frozenset(given.texts("halls", hall_id_fault, ())),
        tiers=frozenset(given.choices("tiers", Tier, ())),
        departments=frozenset(given.texts("departments", department_id_fault, ())),
        validity_months=given.number("validity_months", 1, MOST_MONTHS) if given.has("validity_months") else None,
        renewable=given.flag("renewable"),
        layout=tuple(_group(group) for group in given.tables("layout")),
        period=given.period(),
    )
    given.end()
    return licence_type


def _group(given: Fields) -> Group:
    group = Group(given.text("title", name_fault), given.texts("fields"))
    given.end()
    return group


def _row(licence_type: LicenceType) -> dict[str, Any]:
    return {
        "type": licence_type.type,
        "resource": licence_type.resource,
        "name": licence_type.name,
        "halls": sorted(licence_type.halls),
        "tiers": sorted(licence_type.tiers),
        "departments": sorted(licence_type.departments),
        "validity_months": licence_type.validity_months,
        "renewable": licence_type.renewable,
        "from": licence_type.period.start,
        "to": licence_type.period.end,
        "layout": [{"title": group.title, "fields": list(group.fields)} for group in licence_type.layout],
    }
