"""A hall that provides a resource of the catalogue: its business table, its agent's store with the replica, and the source between."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import ItemType
from directory.departments import Department
from directory.register.changes import Change, Place
from directory.register.kinds import FORMS, Kind
from directory.validity import Period
from node_agent import db, directory_replica
from node_agent.directory_replica import SaidChange
from node_agent.outbox import EnvelopeWriter
from node_agent.sources import progress
from node_agent.sources.catalogue import Provided, provided
from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig, read_source
from node_agent.sources.source_run import SourceReport
from node_agent.sources.sql import SqlSource
from node_agent.tables import outbox
from tests.directory.catalogue.made import USCC, item, version
from tongban.directory.v1.records_pb2 import Record
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

HALL = "gongzhuling"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
WRITER = EnvelopeWriter("tongban.example", HALL, 1)
RESOURCE, PROVIDER = "enterprise-register", "market-regulation"
AT = "2026-03-01T08:00:00Z"
ITEMS = (
    item("name"),
    item("staff", ItemType.INTEGER),
    item("uscc", ItemType.USCC),
    item("founded", ItemType.DATE, required=False),
    item("owner", ItemType.CITIZEN_ID, required=False),
)
SAMPLE = f'{{"name": "某某公司(示例)", "staff": 12, "uscc": "{USCC}"}}'
TABLE: dict[str, Any] = {
    "name": "register",
    "kind": "sql",
    "url": "sqlite:///business.db",
    "query": "SELECT * FROM enterprises WHERE n >= :cursor ORDER BY n LIMIT :limit",
    "cursor": "n",
    "key": "reg_no",
    "overlap": 10,
    "resource": RESOURCE,
    "record": {"occurred_at": "changed_at", "removed": {"column": "state", "values": ["gone"]}},
}


def resource(number: int = 1, **changes: Any) -> ResourceVersion:
    """Make a version of the resource that the hall provides."""
    return version(number, **({"items": ITEMS, "samples": (SAMPLE,)} | changes))


def department(hall: str = HALL, department_id: str = PROVIDER) -> Department:
    return Department(department_id, USCC, "市场监督管理局（示例）", hall, "", Period(date(2020, 1, 1)))


def said(ledger_index: int, kind: Kind, *things: Any, remove: bool = False) -> list[SaidChange]:
    """Return what the hub says of things, as it is delivered."""
    form = FORMS[kind]
    return [
        SaidChange(ledger_index + at, 1, ledger_index + at, b"", Change(_place(form, thing), None if remove else document))
        for at, (thing, document) in enumerate(zip(things, form.documents(things), strict=True))
    ]


def _place(form: Any, thing: Any) -> Place:
    place: Place = form.place(thing)
    return place


def configured(folder: Path = Path("/hall"), **changes: Any) -> SqlSourceConfig | FolderSourceConfig:
    return read_source(TABLE | changes, folder)


class RecordHall:
    """A hall that sends records."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "business.db"
        self.store = db.open_store(folder / "agent.db")
        self._ledger = 0
        with self.business() as connection:
            connection.execute(
                "CREATE TABLE enterprises (n INTEGER PRIMARY KEY, reg_no TEXT, name TEXT, staff, uscc TEXT, founded TEXT, owner TEXT,"
                " state TEXT, changed_at TEXT)"
            )

    def business(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self.path, isolation_level=None))

    def hears(self, kind: Kind, *things: Any, remove: bool = False) -> None:
        """Receive what the hub says of the register."""
        with db.begin(self.store) as connection:
            directory_replica.store(connection, said(self._ledger, kind, *things, remove=remove))
        self._ledger += len(things)

    def hears_all(self, *versions: ResourceVersion) -> None:
        self.hears(Kind.DEPARTMENT, department())
        self.hears(Kind.RESOURCE, *(versions or (resource(),)))

    def provided(self) -> Provided:
        with db.reading(self.store) as connection:
            found = provided(connection, RESOURCE, HALL, TODAY)
        assert isinstance(found, Provided)
        return found

    def insert(self, *numbers: int, **values: object) -> None:
        rows = [row(number) | values for number in numbers]
        with self.business() as connection, connection:
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO enterprises VALUES (:n, :reg_no, :name, :staff, :uscc, :founded, :owner, :state, :changed_at)", rows
            )

    def change(self, statement: str) -> None:
        with self.business() as connection:
            connection.execute(statement)

    def config(self, **changes: Any) -> SqlSourceConfig:
        found = configured(self.folder, **changes)
        assert isinstance(found, SqlSourceConfig)
        return found

    def run(self, now: datetime = NOW, **changes: Any) -> SourceReport:
        source = SqlSource(self.config(**changes), HALL)
        try:
            return source.run(self.store, WRITER, now)
        finally:
            source.close()

    def sent(self) -> list[tuple[Header, Record]]:
        return waiting_records(self.store)

    def documents(self) -> list[bytes]:
        return [record.document for _, record in self.sent()]

    def rejects(self) -> dict[str, str]:
        with db.reading(self.store) as connection:
            return {reject.row_key: reject.reason for reject in progress.rejects(connection)}


def row(number: int) -> dict[str, object]:
    """Return a row that holds."""
    return {
        "n": number,
        "reg_no": f"R-{number}",
        "name": f"某某公司{number}(示例)",
        "staff": number % 100,
        "uscc": USCC,
        "founded": "2020-02-29",
        "owner": None,
        "state": "open",
        "changed_at": AT,
    }


def waiting_records(engine: sa.Engine) -> list[tuple[Header, Record]]:
    """Return the records in the outbox with their headers, in order."""
    with db.reading(engine) as connection:
        data: Sequence[bytes] = connection.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id)).all()
    opened = [(Header.FromString(envelope.header), envelope.payload) for envelope in map(Envelope.FromString, data)]
    return [(header, Record.FromString(payload)) for header, payload in opened if header.type == Record.DESCRIPTOR.full_name]
