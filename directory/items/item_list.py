"""Read and write service items as TOML or JSON.

Laws: both syntaxes have one shape; every bad field is reported with the line of its item and its path; what is written is laid open, and is
read again as the same. `shorthand` says what a file may say once for many items.

An item is a table of `[[item]]` with the fields of a `ServiceItem`, and `version`, `state`, `from`, `to`. Written shortly: a basis is a
text, the article behind a blank; a limit is a number of working days; a result is a name; without `handlings` it is handled as itself, 01.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from directory.differences import plain
from directory.documents import Document, read_document, write_json, write_toml
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.identifiers import base_code_fault, handling_number_fault, licence_type_fault
from directory.items.requirements import faults, version_faults
from directory.items.service_items import (
    Basis,
    Fee,
    Handling,
    ItemVersion,
    Limit,
    Material,
    Result,
    ServiceItem,
    SpecialProcedure,
    Step,
)
from directory.items.shorthand import DEFINITIONS, Shorthand
from directory.items.vocabulary import (
    Form,
    ItemState,
    ItemType,
    Kind,
    Level,
    Medium,
    Necessity,
    Organ,
    ProcedureKind,
    ServiceObject,
    Source,
    Unit,
)
from directory.reading import Read, ordered
from directory.texts import text_fault

LONGEST = 3_650
"""No limit is longer, in whatever unit: ten years in days."""
MOST_COPIES, MOST_VISITS, MOST_STEPS, MOST_VERSIONS = 99, 9, 99, 999_999
SECTIONS = frozenset({"about", "synthetic", "item", "offer", *DEFINITIONS})


def read_items(data: bytes) -> Read[ItemVersion]:
    """Read versions of items from TOML or JSON; the file's `synthetic` is said of every item that says nothing of it itself."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows: list[ItemVersion] = []
    lines: list[int] = []
    found = [*section_faults(document)]
    shorthand = Shorthand(document.tables)
    for place, row in enumerate(rows_of(document, "item")):
        line = document.line("item", place)
        fields = Fields(row, line, f"item[{place}]" if line == 0 else "")
        version = _version(_whole(fields, row, shorthand, document), shorthand)
        for path, what in () if fields.failed else faults(version.item):
            fields.refuse(path, what)
        found += fields.faults
        if not fields.failed:
            rows.append(version)
            lines.append(line)
    read = Read(tuple(rows), ordered(found), tuple(lines))
    return read if read.faults else read.judged(version_faults(read.rows))


def write_items(versions: Iterable[ItemVersion], *, as_json: bool = False) -> bytes:
    """Write versions of items, laid open, as TOML or JSON."""
    tables = {"item": [_row(version) for version in versions]}
    return write_json(tables) if as_json else write_toml(tables)


def rows_of(document: Document, section: str) -> list[object]:
    """Return the rows of a section, none when it is absent or no list."""
    rows = document.tables.get(section)
    return rows if isinstance(rows, list) else []


def section_faults(document: Document) -> Iterator[Fault]:
    """Yield what is wrong with the sections of a file of items and offers."""
    for name, value in document.tables.items():
        if name not in SECTIONS:
            yield Fault(0, "is not a section of a file of items", str(name)[:40])
        elif name in {"item", "offer"} and not isinstance(value, list):
            yield Fault(0, "is not a list of tables", name)
        elif name in DEFINITIONS and not isinstance(value, Mapping):
            yield Fault(0, "is not a table", name)
        elif (name == "about" and not isinstance(value, str)) or (
            name == "synthetic" and (not isinstance(value, str) or text_fault(value))
        ):
            yield Fault(0, "is not a text", name)


def _whole(fields: Fields, row: object, shorthand: Shorthand, document: Document) -> Fields:
    whole = shorthand.whole(row, fields)
    if isinstance(whole, Mapping) and isinstance(label := document.tables.get("synthetic", ""), str):
        whole = {"synthetic": label, **whole}
    return fields.instead(whole)


def _version(fields: Fields, shorthand: Shorthand) -> ItemVersion:
    version = ItemVersion(
        item=_item(fields, shorthand),
        number=fields.number("version", 1, MOST_VERSIONS, 1),
        state=fields.choice("state", ItemState, ItemState.IN_FORCE),
        period=fields.period(),
    )
    fields.end()
    return version


def _item(fields: Fields, shorthand: Shorthand) -> ServiceItem:
    name, promised = fields.text("name"), _limit(fields, "promised")
    return ServiceItem(
        code=fields.text("code", base_code_fault),
        name=name,
        type=fields.choice("type", ItemType),
        kind=fields.choice("kind", Kind, Kind.PROMISED if promised.amount else Kind.IMMEDIATE),
        levels=fields.choices("levels", Level),
        organ=fields.choice("organ", Organ, Organ.STATUTORY),
        basis=tuple(_basis(fields, f"basis[{place}]", given) for place, given in enumerate(fields.entries("basis"))),
        objects=fields.choices("objects", ServiceObject),
        conditions=fields.texts("conditions", text_fault),
        materials=tuple(map(_material, shorthand.materials(fields))),
        steps=tuple(map(_step, shorthand.steps(fields, promised.amount))),
        flow=fields.text("flow", text_fault, default=""),
        statutory=_limit(fields, "statutory") if fields.has("statutory") else None,
        promised=promised,
        procedures=tuple(map(_procedure, shorthand.procedures(fields))),
        fees=tuple(map(_fee, fields.tables("fees", ()))),
        results=tuple(_result(fields, f"results[{place}]", given) for place, given in enumerate(fields.entries("results", ()))),
        visits=fields.number("visits", 0, MOST_VISITS),
        quota=fields.text("quota", text_fault, default=""),
        handlings=tuple(map(_handling, fields.tables("handlings"))) if fields.has("handlings") else (Handling("01", name),),
        synthetic=fields.text("synthetic", text_fault, default=""),
        lower_review=_limit(fields, "lower_review") if fields.has("lower_review") else None,
    )


def _basis(fields: Fields, path: str, given: object) -> Basis:
    if isinstance(given, str):
        law, _, article = given.partition(" ")
        given = {"law": law, "article": article}
    inner = fields.inside(path, given)
    basis = Basis(inner.text("law"), inner.text("article", default=""))
    inner.end()
    return basis


def _own_basis(fields: Fields) -> Basis | None:
    return _basis(fields, "basis", fields.raw("basis")) if fields.has("basis") else None


def _limit(fields: Fields, name: str) -> Limit:
    if type(fields.raw(name)) is int:
        return Limit(fields.number(name, 0, LONGEST))
    inner = fields.table(name)
    limit = Limit(inner.number("amount", 0, LONGEST), inner.choice("unit", Unit))
    inner.end()
    return limit


def _material(fields: Fields) -> Material:
    material = Material(
        name=fields.text("name"),
        form=fields.choice("form", Form, Form.ORIGINAL),
        medium=fields.choice("medium", Medium, Medium.EITHER),
        count=fields.number("count", 0, MOST_COPIES, 1),
        necessity=fields.choice("necessity", Necessity, Necessity.REQUIRED),
        source=fields.choice("source", Source, Source.APPLICANT),
        condition=fields.text("condition", text_fault, default=""),
        basis=_own_basis(fields),
        sample=fields.text("sample", default=""),
    )
    fields.end()
    return material


def _step(fields: Fields) -> Step:
    step = Step(
        order=fields.number("order", 1, MOST_STEPS),
        name=fields.text("name"),
        office=fields.text("office"),
        post=fields.text("post"),
        limit=_limit(fields, "limit"),
        procedure=fields.text("procedure", default=""),
    )
    fields.end()
    return step


def _procedure(fields: Fields) -> SpecialProcedure:
    procedure = SpecialProcedure(
        name=fields.text("name"),
        kind=fields.choice("kind", ProcedureKind),
        limit=_limit(fields, "limit"),
        stops_statutory=fields.flag("stops_statutory"),
        stops_promised=fields.flag("stops_promised"),
        basis=_own_basis(fields),
    )
    fields.end()
    return procedure


def _fee(fields: Fields) -> Fee:
    fee = Fee(fields.text("project"), fields.text("standard", text_fault), _basis(fields, "basis", fields.raw("basis")))
    fields.end()
    return fee


def _result(fields: Fields, path: str, given: object) -> Result:
    inner = fields.inside(path, {"name": given} if isinstance(given, str) else given)
    result = Result(inner.text("name"), inner.text("licence_type", licence_type_fault, default=""))
    inner.end()
    return result


def _handling(fields: Fields) -> Handling:
    handling = Handling(fields.text("number", handling_number_fault), fields.text("name"))
    fields.end()
    return handling


def _row(version: ItemVersion) -> dict[str, Any]:
    fields: dict[str, Any] = plain(version.item)
    row = {name: value for name, value in fields.items() if value is not None}
    return {**row, "version": version.number, "state": version.state.value, "from": version.period.start, "to": version.period.end}
