"""Turn a row of a hall's system into a record of a catalogued resource, as the configuration says.

Laws: pure — the same row gives the same event for as long as the version is in force; a record that does not hold under its version is
rejected here, before it is sent. A reason names fields and says what is wrong with them, never what they hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from directory.catalogue.resources import ResourceVersion
from directory.errors import RecordMalformed
from directory.record_json import read_record
from directory.records import key_fault
from directory.register.changes import spell
from node_agent.outbox import Actor
from node_agent.sources import event_ids
from node_agent.sources.catalogue import Provided
from node_agent.sources.config import RecordMapping, Removal, SourceSection, Value
from node_agent.sources.errors import RowRejected, SourceMisconfigured
from node_agent.sources.mapped import Mapped
from node_agent.sources.record_values import Converter, Field, converter
from node_agent.sources.row_columns import RowColumns, row_key
from node_agent.sources.times import TimeReader, microseconds
from tongban.directory.v1.records_pb2 import Record
from tongban.directory.v1.register_pb2 import OPERATION_PUT, OPERATION_REMOVE

PUT: Final = "put"
REMOVE: Final = "remove"
ROLE: Final = "node"
"""A record is said by the hall's system, not by a person."""
FAULTS_TOLD: Final = 5
_DOCUMENT, _OCCURRED_AT = event_ids.prefixed(b"document"), event_ids.prefixed(b"occurred_at")


@dataclass(frozen=True, slots=True)
class _Filling:
    """How one field is filled: the column at `index`, or `fixed` where there is none."""

    name: str
    index: int
    fixed: str
    prefix: str
    convert: Converter


class RecordMapper:
    """Map the rows of one source; `columns` are the row's, in order.

    Raises SourceMisconfigured for a column that is not there, and where no column fills a field that every record must have.
    """

    def __init__(self, config: SourceSection, resource: Provided, columns: Sequence[str]) -> None:
        record = _mapping(config)
        self._columns = RowColumns(columns, config.key)
        self._times = TimeReader(config.timezone, config.time_formats)
        self._occurred_at = self._columns.index(record.occurred_at)
        self._removed = _Removed(self._columns, record.removed) if record.removed else None
        self._version = resource.version.version
        self._checker = resource.checker
        self._actor = Actor("", ROLE, resource.version.resource.provider)
        chosen = record.fields or _of_equal_name(resource.version, self._columns)
        if fault := fields_fault(resource.version, chosen):
            raise SourceMisconfigured(f"source {config.name!r}: {fault}")
        self._fillings = tuple(self._filling(name, value, resource.version) for name, value in chosen.items())

    def map(self, row: Sequence[object]) -> Mapped[Record]:
        """Return the record of a row. Raises RowRejected."""
        texts = self._columns.key_texts(row)
        subject = _subject(texts)
        occurred_at = self._time(row)
        is_removed = self._removed is not None and self._removed.says(row)
        document = b"" if is_removed else self._document(row)
        operation = OPERATION_REMOVE if is_removed else OPERATION_PUT
        hashed = ((_DOCUMENT, document), (_OCCURRED_AT, b"%d" % microseconds(occurred_at)))
        return Mapped(
            kind=REMOVE if is_removed else PUT,
            row_name=subject,
            row_key=row_key(texts),
            subject=subject,
            message=Record(version=self._version, operation=operation, document=document),
            occurred_at=occurred_at,
            recorded_at=occurred_at,
            fields_hash=event_ids.fields_hash(hashed),
            actor=self._actor,
            dataschema=str(self._version),
        )

    def row_name(self, row: Sequence[object]) -> str:
        """Return the key of a row as a person reads it."""
        return self._columns.row_name(row)

    def _time(self, row: Sequence[object]) -> datetime:
        value = row[self._occurred_at]
        if value is None or value == "":
            raise RowRejected("occurred_at: is missing")
        try:
            return self._times.read(value)
        except (ValueError, OverflowError):
            raise RowRejected("occurred_at: is no moment that can be read") from None

    def _document(self, row: Sequence[object]) -> bytes:
        """Return the record as it is sent; it is read again as every receiver does."""
        try:
            document = spell(self._values(row)).encode()
            faults = self._checker.faults(read_record(document))
        except UnicodeEncodeError:
            raise RowRejected("a text holds half of a surrogate pair") from None
        except RecordMalformed as error:
            raise RowRejected(str(error)) from None
        if faults:
            raise _rejected([str(fault) for fault in faults])
        return document

    def _values(self, row: Sequence[object]) -> dict[str, Field]:
        values: dict[str, Field] = {}
        faults = []
        for filling in self._fillings:
            raw = filling.fixed if filling.index < 0 else row[filling.index]
            if raw is None or (isinstance(raw, str) and not raw.strip()):
                continue
            try:
                values[filling.name] = filling.convert(f"{filling.prefix}{raw}" if filling.prefix else raw)
            except ValueError as error:
                faults.append(f"{filling.name}: {error}")
        if faults:
            raise _rejected(faults)
        return values

    def _filling(self, name: str, value: Value, version: ResourceVersion) -> _Filling:
        kind = next(item.type for item in version.items if item.name == name)
        index = self._columns.index(value.column) if value.column else -1
        return _Filling(name, index, value.value, value.prefix, converter(kind, self._times))


class _Removed:
    """Tell the rows whose record is no more."""

    def __init__(self, columns: RowColumns, removal: Removal) -> None:
        self._index = columns.index(removal.column)
        self._values = frozenset(value.strip().casefold() for value in removal.values)

    def says(self, row: Sequence[object]) -> bool:
        return event_ids.text(row[self._index]).casefold() in self._values


def fields_fault(version: ResourceVersion, chosen: Mapping[str, Value]) -> str:
    """Say which fields are not of this version, or are needed and come from nowhere."""
    where = f"version {version.version} of {version.resource.resource!r}"
    if foreign := sorted(chosen.keys() - version.item_names):
        return f"{where} has no field {', '.join(foreign)}"
    if missing := [item.name for item in version.items if item.required and item.name not in chosen]:
        return f"{where} needs {', '.join(missing)}: say in record.fields where it comes from, or name a column so"
    return ""


def columns_named(config: SourceSection, version: ResourceVersion) -> list[str]:
    """Return every column that key and fields name, for rows that bring their own names."""
    record = _mapping(config)
    fields = [value.column for value in record.fields.values()] if record.fields else [item.name for item in version.items]
    removed = [record.removed.column] if record.removed else []
    return list(dict.fromkeys(name for name in (*config.key, record.occurred_at, *removed, *fields) if name))


def _mapping(config: SourceSection) -> RecordMapping:
    if config.record is None:
        raise SourceMisconfigured(f"source {config.name!r} maps no records")
    return config.record


def _of_equal_name(version: ResourceVersion, columns: RowColumns) -> dict[str, Value]:
    found = {item.name: columns.like(item.name) for item in version.items}
    return {name: Value(column=columns.names[index]) for name, index in found.items() if index is not None}


def _subject(texts: Sequence[str]) -> str:
    """Return the record's key: it stands in clear before the record, and must name one record only."""
    if not all(texts):
        raise RowRejected("the key is empty")
    if len(texts) > 1 and any("/" in text for text in texts):
        raise RowRejected("the key is of several columns, and one of them holds a slash")
    subject = "/".join(texts)
    if fault := key_fault(subject):  # as the hub will judge it
        raise RowRejected(fault)
    return subject


def _rejected(faults: Sequence[str]) -> RowRejected:
    more = len(faults) - FAULTS_TOLD
    return RowRejected("; ".join(faults[:FAULTS_TOLD]) + (f"; and {more} more" if more > 0 else ""))
