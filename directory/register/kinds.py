"""Say of which kinds the register's documents are, and how each kind is read and written.

Laws: a document is a row of its kind's own file: what reads the file reads the register. Rows are read one by one here; how they stand
to each other is judged in `judging`. Kinds are in the order in which one may refer to those before it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Final, Generic, TypeVar

from directory import calendar_file, department_list, division_list, hall_versions
from directory.calendar_file import CalendarDay
from directory.catalogue import catalogue_file
from directory.catalogue.resources import ResourceVersion
from directory.clocks import local_rules
from directory.departments import Department
from directory.divisions import Division
from directory.documents import Table, write_json, write_toml
from directory.guidance import hours_file, knowledge
from directory.hall_versions import HallVersion
from directory.items import item_list, offer_list
from directory.items.offers import Offer
from directory.items.service_items import ItemVersion
from directory.reading import Columns, Read, write_csv
from directory.register.changes import Place, spell
from directory.scopes import reading as rule_file
from directory.scopes.rules import Rule
from directory.supervision import reading as supervision_file

_T = TypeVar("_T")


class Kind(StrEnum):
    """What a document is of."""

    DIVISION = "division"
    CALENDAR_DAY = "calendar-day"
    HALL = "hall"
    DEPARTMENT = "department"
    ITEM = "item"
    OFFER = "offer"
    RESOURCE = "resource"
    RULE = "rule"
    LIMIT_RULE = "limit-rule"
    SUPERVISION_RULE = "supervision-rule"
    GUIDANCE_RULE = "guidance-rule"
    KNOWLEDGE = "knowledge"


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    TOML = "toml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Form(Generic[_T]):
    """How things of one kind are read from files and written to them.

    `columns` are those of a CSV; a kind without them is an array of tables, `array`, in TOML or JSON. `read` judges row by row.
    """

    kind: Kind
    read: Callable[[bytes], Read[_T]]
    write: Callable[[Iterable[_T], Format], bytes]
    name: Callable[[_T], tuple[str, str]]
    columns: Columns | None = None
    array: str = ""

    @property
    def formats(self) -> tuple[Format, ...]:
        """How files of the kind may be written, the usual way first."""
        return (Format.CSV,) if self.columns else (Format.TOML, Format.JSON)

    def place(self, thing: _T) -> Place:
        """Say where a thing stands in the register."""
        return Place(self.kind.value, *self.name(thing))

    def documents(self, things: Sequence[_T]) -> list[str]:
        """Write things as documents, in their order."""
        if self.columns:
            rows: Iterable[Mapping[str, Any]] = csv.DictReader(io.StringIO(self.write(things, Format.CSV).decode(), newline=""))
        else:
            rows = json.loads(self.write(things, Format.JSON))[self.array]
        return [spell(row) for row in rows]

    def things(self, documents: Sequence[str]) -> Read[_T]:
        """Read documents; the line of a row or a fault is the document's place in the list, counted from 1."""
        if self.columns:
            return self._csv_things(documents)
        rows = ",\n".join(documents)  # one a line, so that a fault's line names its document
        return self.read(f"{{{json.dumps(self.array)}:[{rows}]}}".encode())

    def _csv_things(self, documents: Sequence[str]) -> Read[_T]:
        """Read documents as CSV: those that follow each other with the same columns together, for a release may have added one."""
        rows: list[_T] = []
        lines: list[int] = []
        faults = []
        first = 0
        tables: Iterable[dict[str, str]] = map(json.loads, documents)
        for columns, group in groupby(tables, key=_names):
            table = list(group)
            read = self.read(write_csv(Columns(columns), table))
            rows += read.rows
            lines += [first + line - 1 for line in read.lines]
            faults += [type(fault)(first + max(fault.line - 1, 1), fault.what, fault.path) for fault in read.faults]
            first += len(table)
        return Read(tuple(rows), tuple(faults), tuple(lines))


def _names(table: dict[str, str]) -> tuple[str, ...]:
    return tuple(table)


def _as_csv(write: Callable[[Iterable[_T]], bytes]) -> Callable[[Iterable[_T], Format], bytes]:
    return lambda things, _: write(things)


def _as_tables(tables: Callable[[Iterable[_T]], Table]) -> Callable[[Iterable[_T], Format], bytes]:
    return lambda things, form: write_toml(tables(things)) if form is Format.TOML else write_json(tables(things))


def _rules(things: Iterable[Rule], form: Format) -> bytes:
    return rule_file.rules_as_toml(things) if form is Format.TOML else rule_file.rules_as_json(things)


def _division(division: Division) -> tuple[str, str]:
    return division.code, division.period.start.isoformat()


def _day(day: CalendarDay) -> tuple[str, str]:
    return f"{day.day}/{day.kind}", "" if day.calendar == calendar_file.COUNTRY else day.calendar


def _hall(hall: HallVersion) -> tuple[str, str]:
    return hall.hall, hall.period.start.isoformat()


def _department(department: Department) -> tuple[str, str]:
    return department.department, department.period.start.isoformat()


def _item(version: ItemVersion) -> tuple[str, str]:
    return version.code, str(version.number)


def _offer(offer: Offer) -> tuple[str, str]:
    return "/".join(word for word in offer.where if word), offer.period.start.isoformat()


def _resource(version: ResourceVersion) -> tuple[str, str]:
    return version.resource.resource, str(version.version)


def _rule(rule: Rule) -> tuple[str, str]:
    return rule.rule, str(rule.version)


_FORMS: tuple[Form[Any], ...] = (
    Form(
        Kind.DIVISION,
        lambda data: division_list.read_divisions(data, judge=False),
        _as_csv(division_list.write_divisions),
        _division,
        columns=division_list.COLUMNS,
    ),
    Form(
        Kind.CALENDAR_DAY,
        lambda data: calendar_file.read_days(data, judge=False),
        _as_csv(calendar_file.write_days),
        _day,
        columns=calendar_file.COLUMNS,
    ),
    Form(
        Kind.HALL,
        lambda data: hall_versions.read_hall_versions(data, judge=False),
        _as_csv(hall_versions.write_hall_versions),
        _hall,
        columns=hall_versions.COLUMNS,
    ),
    Form(
        Kind.DEPARTMENT,
        lambda data: department_list.read_departments(data, None),
        _as_csv(department_list.write_departments),
        _department,
        columns=department_list.COLUMNS,
    ),
    Form(
        Kind.ITEM,
        item_list.read_items,
        lambda things, form: item_list.write_items(things, as_json=form is Format.JSON),
        _item,
        array="item",
    ),
    Form(
        Kind.OFFER,
        offer_list.read_offers,
        lambda things, form: offer_list.write_offers(things, as_json=form is Format.JSON),
        _offer,
        array="offer",
    ),
    Form(
        Kind.RESOURCE,
        catalogue_file.read_resources,
        _as_tables(catalogue_file.tables),
        _resource,
        array="resource",
    ),
    Form(Kind.RULE, rule_file.read_rules, _rules, _rule, array=rule_file.ARRAY),
    Form(
        Kind.LIMIT_RULE,
        lambda data: local_rules.read_rules(data, judge=False),
        _as_tables(local_rules.tables),
        local_rules.key,
        array=local_rules.ARRAY,
    ),
    Form(
        Kind.SUPERVISION_RULE,
        lambda data: supervision_file.read_rules(data, judge=False),
        _as_tables(supervision_file.tables),
        supervision_file.key,
        array=supervision_file.ARRAY,
    ),
    Form(
        Kind.GUIDANCE_RULE,
        lambda data: hours_file.read_rules(data, judge=False),
        _as_tables(hours_file.tables),
        hours_file.key,
        array=hours_file.ARRAY,
    ),
    Form(
        Kind.KNOWLEDGE,
        knowledge.read_knowledge,
        _as_tables(knowledge.tables),
        knowledge.key,
        array=knowledge.ARRAY,
    ),
)
FORMS: Final[Mapping[str, Form[Any]]] = {form.kind: form for form in _FORMS}
"""By kind; every kind has one."""
