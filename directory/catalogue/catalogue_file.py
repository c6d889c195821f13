"""Read and write resources as TOML or JSON.

Laws: one table `resource` a version; every bad one is reported with its line, and nothing of a file with a fault is used.
Samples are tables of plain values: days and moments are texts in them, as they are in a record.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from directory.catalogue.requirements import LONGEST_TEXT, faults
from directory.catalogue.resources import Code, Resource, ResourceItem, ResourceVersion
from directory.catalogue.vocabulary import (
    Format,
    ItemType,
    Manner,
    Openness,
    Pattern,
    ResourceClass,
    Sensitivity,
    SharingType,
    State,
    UpdateCycle,
)
from directory.documents import Table, read_document
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.reading import Read, ordered
from directory.validity import clashes, disorder

MOST_VERSIONS: Final = 1_000_000
_NAME: Final = "resource"


def read_resources(data: bytes) -> Read[ResourceVersion]:
    """Read versions of resources from TOML or JSON, with every fault of the file."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    whole = Fields(document.tables)
    rows: list[ResourceVersion] = []
    lines: list[int] = []
    found: list[Fault] = []
    for place, table in enumerate(_rows(whole)):
        line = document.line(_NAME, place)
        version, wrong = _version(Fields(table, line))
        found += wrong
        if version is not None:
            rows.append(version)
            lines.append(line)
    whole.end()
    return Read(tuple(rows), ordered((*whole.faults, *found)), tuple(lines)).judged(catalogue_faults(rows))


def catalogue_faults(versions: Sequence[ResourceVersion]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for versions that cannot stand side by side in one catalogue."""
    places: dict[str, list[int]] = {}
    codes: dict[str, str] = {}
    for position, version in enumerate(versions):
        resource = version.resource
        places.setdefault(resource.resource, []).append(position)
        if codes.setdefault(resource.code, resource.resource) != resource.resource:
            yield position, f"the code {resource.code} is that of {codes[resource.code]!r} already"
    for resource_id, positions in places.items():
        yield from _history_faults(resource_id, [(position, versions[position]) for position in positions])


def unknown_related(versions: Sequence[ResourceVersion], known: Iterable[str] = ()) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for related resources that are neither among these nor known otherwise."""
    ids = {version.resource.resource for version in versions} | set(known)
    for position, version in enumerate(versions):
        yield from ((position, f"there is no related resource {other!r}") for other in version.resource.related if other not in ids)


def tables(versions: Iterable[ResourceVersion]) -> Table:
    """Return versions as a document to be written; reading it gives the same versions."""
    return {_NAME: [_table(version) for version in versions]}


def _history_faults(resource: str, rows: Sequence[tuple[int, ResourceVersion]]) -> Iterator[tuple[int, str]]:
    numbers: dict[int, int] = {}
    for position, version in rows:
        if numbers.setdefault(version.version, position) != position:
            yield position, f"version {version.version} of {resource!r} is given twice"
    held = [(position, version) for position, version in rows if version.state is not State.DRAFT]
    for later, earlier in clashes([version.period for _, version in held]):
        yield held[later][0], f"versions {held[earlier][1].version} and {held[later][1].version} of {resource!r} hold at the same time"
    for later, earlier in disorder([(version.version, version.period) for _, version in held]):
        yield held[later][0], f"version {held[later][1].version} of {resource!r} follows version {held[earlier][1].version}"
    last = max(version.version for _, version in rows)
    yield from (
        (position, f"version {version.version} of {resource!r} is a draft, and not the last")
        for position, version in rows
        if version.state is State.DRAFT and version.version != last
    )


def _rows(whole: Fields) -> Sequence[object]:
    given = whole.raw(_NAME)
    if not isinstance(given, list):
        whole.refuse(_NAME, "is not a list of tables")
        return ()
    return given


def _version(fields: Fields) -> tuple[ResourceVersion | None, tuple[Fault, ...]]:
    """Return a version, or None, and all that is wrong with its table."""
    version = ResourceVersion(
        resource=_resource(fields),
        version=fields.number("version", 1, MOST_VERSIONS),
        state=fields.choice("state", State),
        period=fields.period(),
        withdrawn_on=fields.day("withdrawn_on", None),
        ground=fields.text("ground", _any_text, ""),
        items=tuple(_item(item) for item in fields.tables("items")),
        samples=tuple(_samples(fields)),
    )
    fields.end()
    if not fields.failed:
        for fault in faults(version):
            fields.refuse(fault.path, fault.what)
    return (None if fields.failed else version), fields.faults


def _resource(fields: Fields) -> Resource:
    """Take the description of a resource; what its texts must be like is judged with the whole version."""
    return Resource(
        resource=fields.text("resource", _any_text),
        code=fields.text("code", _any_text),
        resource_class=fields.choice("class", ResourceClass),
        display_name=fields.text("name", _any_text),
        provider=fields.text("provider", _any_text),
        provider_uscc=fields.text("provider_uscc", _any_text),
        abstract=fields.text("abstract", _any_text),
        format=fields.choice("format", Format),
        sharing=fields.choice("sharing", SharingType),
        sharing_terms=fields.text("sharing_terms", _any_text, ""),
        manner=fields.choice("manner", Manner),
        openness=fields.choice("openness", Openness),
        openness_terms=fields.text("openness_terms", _any_text, ""),
        update_cycle=fields.choice("update_cycle", UpdateCycle),
        related=fields.texts("related", _any_text, ()),
        encrypted=fields.flag("encrypted", default=False),
    )


def _item(fields: Fields) -> ResourceItem:
    item = ResourceItem(
        name=fields.text("name", _any_text),
        title=fields.text("title", _any_text),
        type=fields.choice("type", ItemType),
        sensitivity=fields.choice("sensitivity", Sensitivity),
        required=fields.flag("required", default=True),
        max_length=fields.number("max_length", 1, LONGEST_TEXT) if fields.has("max_length") else None,
        pattern=fields.choice("pattern", Pattern) if fields.has("pattern") else None,
        codes=tuple(_code(code) for code in fields.tables("codes", ())),
    )
    fields.end()
    return item


def _code(fields: Fields) -> Code:
    code = Code(fields.text("code", _any_text), fields.text("title", _any_text))
    fields.end()
    return code


def _any_text(_text: str) -> str:
    return ""


def _samples(fields: Fields) -> Iterator[str]:
    given = fields.raw("samples") or ()
    if not isinstance(given, list | tuple):
        fields.refuse("samples", "is not a list")
        return
    for place, sample in enumerate(given):
        try:
            yield json.dumps(sample, ensure_ascii=False)
        except (TypeError, ValueError):
            fields.refuse(f"samples[{place}]", "holds a day or a moment that is no text: write it as a text")


def _table(version: ResourceVersion) -> Mapping[str, Any]:
    resource = version.resource
    return {
        "resource": resource.resource,
        "version": version.version,
        "state": version.state.value,
        "from": version.period.start,
        "to": version.period.end,
        "withdrawn_on": version.withdrawn_on,
        "ground": version.ground or None,
        "code": resource.code,
        "class": resource.resource_class.value,
        "name": resource.display_name,
        "provider": resource.provider,
        "provider_uscc": resource.provider_uscc,
        "abstract": resource.abstract,
        "format": resource.format.value,
        "sharing": resource.sharing.value,
        "sharing_terms": resource.sharing_terms or None,
        "manner": resource.manner.value,
        "openness": resource.openness.value,
        "openness_terms": resource.openness_terms or None,
        "update_cycle": resource.update_cycle.value,
        "related": list(resource.related) or None,
        "encrypted": resource.encrypted,
        "items": [_item_table(item) for item in version.items],
        "samples": [json.loads(sample) for sample in version.samples] or None,
    }


def _item_table(item: ResourceItem) -> Mapping[str, Any]:
    return {
        "name": item.name,
        "title": item.title,
        "type": item.type.value,
        "sensitivity": item.sensitivity.value,
        "required": item.required,
        "max_length": item.max_length,
        "pattern": item.pattern.value if item.pattern else None,
        "codes": [{"code": code.code, "title": code.title} for code in item.codes] or None,
    }
