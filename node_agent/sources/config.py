"""Model the configuration of a source.

Laws: a wrong key, an unknown kind or a query without its binds stops the start; a password is in a file, never in a URL; relative
paths are relative to the configuration file; `mapping` names a TOML file whose keys are the source's unless the source has them.
"""

import codecs
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, field_validator, model_validator

from node_agent.config import Duration, Section, faults
from node_agent.errors import ConfigInvalid
from node_agent.sources import database_url
from node_agent.sources.database_url import DatabaseUrl
from node_agent.sources.kinds import KINDS

REPORTED_WITHIN = timedelta(days=1)
"""A source says at least so often how far it was read: a hall that does not for two working days is told to report."""
REJECT = "reject"
SKIP = "skip"
CASE = "case"


def _column(value: object) -> object:
    """Read a bare string as the name of a column."""
    return {"column": value} if isinstance(value, str) else value


def _texts(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"{value!r} is no kind of case event; there are {', '.join(KINDS)}")
    return value


def _kind_or_no_event(value: str) -> str:
    if value in {REJECT, SKIP}:
        return value
    try:
        return _kind(value)
    except ValueError as error:
        raise ValueError(f"{error}; or {SKIP}, or {REJECT}") from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is no time zone of the IANA database") from error
    return value


class Value(Section):
    """Where a field comes from: a column, or a fixed value; `prefix` stands before either."""

    column: str = ""
    value: str = ""
    prefix: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if bool(self.column) == bool(self.value):
            raise ValueError("give either a column or a value")
        return self


FieldValue = Annotated[Value, BeforeValidator(_column)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Kind = Annotated[str, AfterValidator(_kind)]


class EventFields(Section):
    """Fields of tongban.case.v1.CaseEvent and of its header that a row may fill."""

    recorded_at: FieldValue | None = None
    """When the hall wrote it down; without it, `occurred_at`."""
    item_code: FieldValue | None = None
    step_name: FieldValue | None = None
    step_code: FieldValue | None = None
    department: FieldValue | None = None
    officer: FieldValue | None = None
    outcome: FieldValue | None = None
    ground: FieldValue | None = None
    extension_days: FieldValue | None = None
    promised_by: FieldValue | None = None
    due_at: FieldValue | None = None
    source_row: FieldValue | None = None
    """Without it, the values of the key columns joined by slashes."""
    position: FieldValue | None = None
    referred_to: FieldValue | None = None
    procedure: FieldValue | None = None
    basis: FieldValue | None = None
    limit_days: FieldValue | None = None
    valid_until: FieldValue | None = None
    grade: FieldValue | None = None
    fee_project: FieldValue | None = None
    approver: FieldValue | None = None
    document: FieldValue | None = None
    of_hall: FieldValue | None = None
    of_case: FieldValue | None = None


class Fields(EventFields):
    """What every row must have, beside what it may have."""

    case_number: FieldValue
    occurred_at: FieldValue


class Code(Section):
    """The columns that say what happened; rows with one of `skip_answers` say that it did not."""

    column: str
    answer: str = ""
    skip_answers: Texts = ()


class EventRule(Section):
    """What a code, with one of these answers if any are given, means; its fields win over the source's."""

    code: Texts
    answer: Texts = ()
    kind: Kind | None = None
    skip: bool = False
    fields: EventFields = EventFields()

    @model_validator(mode="after")
    def _kind_or_skip(self) -> Self:
        if self.skip == (self.kind is not None):
            raise ValueError("give either a kind or skip = true")
        return self


class Otherwise(Section):
    """What a row means that no rule names."""

    kind: Annotated[str, AfterValidator(_kind_or_no_event)] = REJECT


class Removal(Section):
    """Rows with one of `values` in the column say that their record is no more."""

    column: str
    values: Annotated[Texts, Field(min_length=1)]


class RecordMapping(Section):
    """How a row becomes a record of the catalogued resource that the source names."""

    occurred_at: str
    """Column with the time of the row's last change. It is part of the event's id: what goes back to what it was is a change too."""
    fields: Mapping[str, FieldValue] = {}
    """Where the resource's fields come from; without any, each is the column of its name."""
    removed: Removal | None = None


class SourceSection(Section):
    """What all sources have."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    every: Duration | None = None
    cron: str | None = None
    report_every: Duration = Field(default="10m", validate_default=True, le=REPORTED_WITHIN)
    """A run that read nothing is reported at most this often."""
    settles_after: Duration | None = None
    """How long after something happened the source is sure to show it: what tells of a quiet source up to when it has told all."""
    resource: str = CASE
    recipients: tuple[str, ...] = ()
    dataschema: str = ""
    actor_role: str = "clerk"
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    """Of times without an offset."""
    time_formats: tuple[str, ...] = ()
    """strptime formats of times that are not ISO 8601."""
    key: Annotated[Texts, Field(min_length=1)]
    """Columns that together name a row for ever."""
    overlap: float = Field(default=0, ge=0)
    """How far behind its end a source is read again, because rows appear late: units of the first cursor column, seconds for times."""
    page: int = Field(default=1000, ge=1, le=10_000)
    """Rows in one transaction of the agent's store."""
    fields: Fields | None = None
    """Of case events."""
    record: RecordMapping | None = None
    """Of records of a catalogued resource."""
    code: Code | None = None
    event: tuple[EventRule, ...] = ()
    otherwise: Otherwise = Otherwise()
    outcomes: Mapping[str, Literal["granted", "refused"]] = {"granted": "granted", "refused": "refused"}

    @model_validator(mode="after")
    def _sense(self) -> Self:
        if self.every is not None and self.cron is not None:
            raise ValueError("give either every or cron")
        if (self.fields is None) == (self.record is None):
            raise ValueError("give either fields, for case events, or record, for records of a resource of the catalogue")
        if self.record is not None:
            self._sense_of_records()
        if self.event and self.code is None:
            raise ValueError("rules for events need [source.code], the column with the code")
        if self.code is not None and not self.code.answer and (self.code.skip_answers or any(rule.answer for rule in self.event)):
            raise ValueError("rules for answers need the column with the answer, code.answer")
        return self

    def _sense_of_records(self) -> None:
        """Refuse what is said of case events alone."""
        if self.resource == CASE:
            raise ValueError("record needs resource, the id of the resource in the catalogue")
        if self.recipients:
            raise ValueError("records go to the hub alone: grants say who else has them, so leave recipients out")
        if self.dataschema:
            raise ValueError("the version of a record is the one in force: leave dataschema out")
        if self.code or self.event:
            raise ValueError("code and event are of case events: say with record.removed which rows are removals")


class SqlSourceConfig(SourceSection):
    """A query on a database of the hall.

    The query gives at most :limit rows whose first cursor column is at least :cursor (never only greater), ordered by the cursor
    columns and then by whatever is unique. The bind of a further cursor column is :cursor_ and its name.
    """

    kind: Literal["sql"]
    url: DatabaseUrl
    password_file: Path | None = None
    timeout: Duration = Field(default="5s", validate_default=True)
    """How long to wait for a lock or a connection."""
    query: str
    cursor: Annotated[Texts, Field(min_length=1)]
    start: tuple[int | float | datetime | date | str, ...] = ()
    """The cursor before anything was read; zeros without it, so a time column needs it: its type decides the cursor's."""
    reread: float | None = Field(default=None, ge=0)
    """How far behind the cursor the reconciliation reads again, in the units of `overlap`; ten times the overlap without it."""
    pages_a_run: int = Field(default=200, ge=1)

    @field_validator("query")
    @classmethod
    def _query_with_binds(cls, value: str) -> str:
        if not value.lstrip().lower().startswith(("select", "with")):
            raise ValueError("a source only reads: the query begins with SELECT or WITH")
        missing = {"cursor", "limit"} - sa.text(value).compile().params.keys()
        if missing:
            raise ValueError(f"the query lacks {', '.join(f':{name}' for name in sorted(missing))}")
        return value

    @model_validator(mode="after")
    def _one_start_a_cursor_column(self) -> Self:
        if self.start and len(self.start) != len(self.cursor):
            raise ValueError("start has one value for each cursor column")
        return self

    @property
    def first(self) -> tuple[int | float | datetime | date | str, ...]:
        """The cursor before anything was read."""
        return self.start or (0,) * len(self.cursor)

    def binds(self, values: Sequence[object]) -> dict[str, object]:
        """Return what the query's binds but :limit get for a cursor; a further cursor column may go unused."""
        named = {"cursor": values[0]} | {f"cursor_{name}": value for name, value in zip(self.cursor[1:], values[1:], strict=True)}
        wanted = sa.text(self.query).compile().params
        return {name: value for name, value in named.items() if name in wanted}


class FolderSourceConfig(SourceSection):
    """A folder in which the hall's system drops CSV or JSON lines files."""

    kind: Literal["folder"]
    path: Path
    archive: Path = Path("archive")
    """Where files go that were read, within `path` or on the same file system."""
    quarantine: Path = Path("quarantine")
    """Where rows and files go that cannot be read."""
    settle: Duration = Field(default="5s", validate_default=True)
    """How long a file must have been left alone, unless a file of the same name and `.done` stands beside it."""
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    files_a_run: int = Field(default=100, ge=1)

    @field_validator("encoding")
    @classmethod
    def _line_by_line(cls, value: str) -> str:
        try:
            name = codecs.lookup(value).name
            if "\n".encode(name) == b"\n":
                return name
        except LookupError as error:
            raise ValueError(f"unknown encoding {value!r}") from error
        raise ValueError(f"{value!r} cannot be read line by line")


SourceConfig = Annotated[SqlSourceConfig | FolderSourceConfig, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[SqlSourceConfig | FolderSourceConfig] = TypeAdapter(SourceConfig)


def read_sources(raw: Sequence[Mapping[str, Any]], folder: Path) -> tuple[SqlSourceConfig | FolderSourceConfig, ...]:
    """Read the [[source]] tables of a configuration file that stands in `folder`, or raise ConfigInvalid naming source and key."""
    sources = tuple(read_source(table, folder) for table in raw)
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise ConfigInvalid(f"source {name!r} is configured twice")
    return sources


def read_source(raw: Mapping[str, Any], folder: Path) -> SqlSourceConfig | FolderSourceConfig:
    """Read one [[source]] table, or raise ConfigInvalid."""
    name = raw.get("name", "?")
    try:
        return _ADAPTER.validate_python(_resolved(_with_mapping(raw, folder), folder))
    except ValidationError as error:
        model = FolderSourceConfig if raw.get("kind") == "folder" else SqlSourceConfig
        raise ConfigInvalid(f"source {name!r}: {faults(error, model, str(raw.get('kind')))}") from error


def _with_mapping(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    own = dict(raw)
    mapping = own.pop("mapping", None)
    if mapping is None:
        return own
    path = folder / str(mapping)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) | own
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigInvalid(f"source {own.get('name', '?')!r}: mapping {path}: {error}") from error


def _resolved(raw: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make paths absolute, that of a SQLite database too."""
    for key in ("path", "password_file"):
        if isinstance(raw.get(key), str):
            raw[key] = str(folder / raw[key])
    if isinstance(raw.get("url"), str):
        raw["url"] = database_url.resolved(raw["url"], folder)
    return raw
