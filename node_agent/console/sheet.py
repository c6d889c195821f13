"""Lay a licence out as its type says: fields in their groups, by their titles, masked.

Law: a page shows of a licence what it was given and nothing else; what the register does not know is shown by its own name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from certs.credential import VerifiedLicence
from directory.catalogue.resources import ResourceItem, ResourceVersion
from directory.licences.disclosing import fields_of
from directory.licences.types import Group, LicenceType
from node_agent.errors import LicenceDeclined
from node_agent.licences.masking import masked
from node_agent.licences.register import Register
from tongban.licence.v1.licence_service_pb2 import FoundLicence

_UNTITLED: Final = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a page shows it; `title` is its name where the register has none."""

    name: str
    title: str
    value: Any


@dataclass(frozen=True, slots=True)
class Panel:
    """Fields that stand together."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One licence that was found, as its hall signed it; how it stands is the hub's word, as of `read_up_to`."""

    licence_id: str
    type: str
    hall: str
    valid_from: datetime
    valid_to: datetime | None
    trust_level: str
    status: str
    ground: str
    since: Any
    read_up_to: Any
    hidden: int
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the register says of a type; nothing of one that it does not know."""

    name: str
    groups: tuple[Group, ...] = ()
    items: Mapping[str, ResourceItem] | None = None


def layout_of(register: Register | None, code: str) -> Layout:
    """Return how licences of a type are laid out, as far as the hall has heard."""
    found = register.issuing.types.newest(code, register.day) if register is not None else None
    if register is None or found is None:
        return Layout(code)
    version = _version(register, found)
    return Layout(found.name, found.layout, {item.name: item for item in version.items} if version is not None else None)


def _version(register: Register, licence_type: LicenceType) -> ResourceVersion | None:
    try:
        return register.resource(licence_type)
    except LicenceDeclined:
        return None


def panels(layout: Layout, fields: Mapping[str, Any]) -> tuple[Panel, ...]:
    """Return fields in the groups of a layout; what belongs to none comes last."""
    found = [Panel(group.title, tuple(_shown(layout, group.fields, fields))) for group in layout.groups]
    placed = {name for group in layout.groups for name in group.fields}
    rest = Panel(_UNTITLED, tuple(_shown(layout, [name for name in sorted(fields) if name not in placed], fields)))
    return tuple(panel for panel in (*found, rest) if panel.fields)


def _shown(layout: Layout, names: Any, fields: Mapping[str, Any]) -> Iterator[Field]:  # noqa: ANN401 - names in any collection
    for name in names:
        if name in fields:
            item = (layout.items or {}).get(name)
            value = masked(name, fields)
            coded = next((code.title for code in item.codes if code.code == value), value) if item is not None else value
            yield Field(name, item.title if item is not None else name, coded)


def sheet(found: FoundLicence, proved: VerifiedLicence, register: Register | None) -> Sheet:
    """Lay out what was found and holds."""
    claims, layout = proved.claims, layout_of(register, proved.claims.type)
    return Sheet(
        licence_id=claims.licence_id,
        type=layout.name,
        hall=claims.hall,
        valid_from=claims.valid_from,
        valid_to=claims.valid_to,
        trust_level=claims.trust_level,
        status=found.status,
        ground=found.ground,
        since=found.status_since,
        read_up_to=found.read_up_to,
        hidden=proved.hidden,
        panels=panels(layout, fields_of({**proved.public, **proved.disclosed})),
    )
