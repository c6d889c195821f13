"""Send records of a catalogued resource to a running hub, grant them, and read what the hub said of them: synthetic."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from certs.names import HUB, journal_origin, source_uri
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import ItemType, Manner
from directory.department_list import write_departments
from directory.departments import Department
from directory.identifiers import uscc_of
from directory.records import TYPE, spelled
from directory.register.importing import File
from directory.register.kinds import FORMS, Format, Kind
from directory.sharing.applications import Grant
from directory.validity import Period
from hub.exchange import segments
from hub.exchange.segments import Segment
from hub.records.handing import Handing
from hub.records.judging import Judging
from tests.directory.catalogue.made import USCC, item, version
from tests.hub.hall_client import TRUST_DOMAIN, HallClient, Identity, Journal, Stream
from tests.hub.running import RunningHub
from tests.hub.test_submit import opened, receipt
from tongban.directory.v1.records_pb2 import Extract, InvalidRecord, Record, RecordsJudged
from tongban.directory.v1.register_pb2 import OPERATION_PUT, OPERATION_REMOVE
from tongban.envelope.v1.envelope_pb2 import Actor, Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, Receipt

M = TypeVar("M", bound=Message)

BEFORE = date(2020, 1, 1)
FIRMS, PERMITS = "firms", "permits"
PROVIDER = "changchun"
OTHER_PROVIDER = "siping"
PURPOSE = "核验申请人的登记信息"
SECONDS = 20.0

ITEMS = (item("name"), item("staff", ItemType.INTEGER, required=False), item("phone", required=False))


def department(name: str, hall: str, number: int) -> Department:
    return Department(name, uscc_of(f"1122000000{number:07}"), "示例部门", hall, "", Period(BEFORE))


DEPARTMENTS = (
    department("market-regulation", PROVIDER, 101),
    department("housing", OTHER_PROVIDER, 102),
    department("window-permits", "yushu", 103),
)


def resource_version(resource: str = FIRMS, provider: str = "market-regulation", number: int = 1, **changes: Any) -> ResourceVersion:
    """Make a version of a resource with a name, a number and a telephone."""
    usual: dict[str, Any] = {"items": ITEMS, "samples": ('{"name":"示例"}',), "code": f"30700{len(resource)}/{len(provider)}"}
    usual["provider_uscc"] = next((one.uscc for one in DEPARTMENTS if one.department == provider), USCC)
    return version(number, resource=resource, provider=provider, start=changes.pop("start", BEFORE), **(usual | changes))


CATALOGUE = (resource_version(), resource_version(PERMITS, "housing"))


def granted(grant: str = "g-1", hall: str = "yushu", **changes: Any) -> Grant:
    """Make a grant of the names and numbers of firms, that began long ago."""
    usual: dict[str, Any] = {
        "grant": grant,
        "application": f"a-{grant}",
        "hall": hall,
        "department": "window-permits",
        "resource": FIRMS,
        "version": 1,
        "fields": frozenset({"name", "staff"}),
        "purpose": PURPOSE,
        "basis": "行政许可法第三十一条",
        "period": Period(BEFORE),
        "manner": Manner.DELIVERY,
        "approver": "示例人员",
        "granted_at": datetime(2020, 1, 2, tzinfo=UTC),
    }
    return Grant(**(usual | changes))


@dataclass(slots=True)
class Shares:
    """Grants as whoever keeps them gives them."""

    grants: dict[str, Grant] = field(default_factory=dict)

    def add(self, *grants: Grant) -> None:
        self.grants |= {grant.grant: grant for grant in grants}

    def end(self, grant: str) -> None:
        self.grants[grant] = replace(self.grants[grant], ended_at=datetime.now(UTC) + timedelta(days=900))

    def grants_of(self, resource: str) -> Sequence[Grant]:
        return [grant for grant in self.grants.values() if grant.resource == resource]

    def grant(self, grant: str) -> Grant | None:
        return self.grants.get(grant)


def with_catalogue(hub: RunningHub, versions: Sequence[ResourceVersion] = CATALOGUE) -> Shares:
    """Put departments and resources in force at a hub, as its register would; return what it asks for grants."""
    registrar, shares = hub.hub.rooms.registrar, Shares()
    registrar.departments, registrar.resources = DEPARTMENTS, tuple(versions)
    handing_of(hub).grants = shares
    return shares


def catalogue_files() -> list[File]:
    """Return the same departments and resources as files that an operator imports."""
    resources = FORMS[Kind.RESOURCE].write(CATALOGUE, Format.TOML)
    return [File("departments.csv", write_departments(DEPARTMENTS)), File("resources.toml", resources)]


def judging_of(hub: RunningHub) -> Judging:
    return hub.hub.rooms.records._judging


def handing_of(hub: RunningHub) -> Handing:
    return hub.hub.rooms.records._handing


@contextmanager
def held_up(hub: RunningHub) -> Iterator[None]:
    """Let nothing be judged or handed on meanwhile."""
    records = hub.hub.rooms.records

    async def idle(_may_go_on: object) -> None:
        return

    real, records._until_idle = records._until_idle, idle  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        records._until_idle = real  # type: ignore[method-assign]


def put(key: str, document: Mapping[str, Any] | bytes, version: int = 1) -> tuple[str, Record]:
    data = document if isinstance(document, bytes) else spelled(document)
    return key, Record(version=version, operation=OPERATION_PUT, document=data)


def remove(key: str, version: int = 1) -> tuple[str, Record]:
    return key, Record(version=version, operation=OPERATION_REMOVE)


def record_envelope(identity: Identity, key: str, record: Record, resource: str = FIRMS, **changes: Any) -> bytes:
    """Serialise a record; `changes` replace fields of the header."""
    now = datetime.now(UTC)
    header = Header(
        version=1,
        id=str(UUID(bytes=os.urandom(16))),
        source=source_uri(TRUST_DOMAIN, identity.hall, "register"),
        type=TYPE,
        subject=key,
        dataschema=str(record.version),
        attempt=1,
        salt=os.urandom(16),
        resource=resource,
        actor=Actor(role="node"),
        journal=journal_origin(TRUST_DOMAIN, identity.hall, identity.epoch),
    )
    header.time.FromDatetime(now)
    header.recorded_at.FromDatetime(now)
    for name, value in changes.items():
        if name == "recipients":
            header.recipients.extend(value)
        elif name == "department":
            header.actor.department = value
        else:
            setattr(header, name, value)
    return Envelope(header=header.SerializeToString(), payload=record.SerializeToString()).SerializeToString()


@dataclass(slots=True)
class Provider:
    """A hall that sends records."""

    client: HallClient
    stream: Stream
    journal: Journal

    @classmethod
    async def at(cls, hub: RunningHub, hall: str = PROVIDER) -> "Provider":
        client = await hub.join(hall)
        stream, _ = await opened(client)
        return cls(client, stream, Journal(client.identity))

    @classmethod
    async def again(cls, hub: RunningHub, identity: Identity, journal: Journal) -> "Provider":
        """Connect a hall that was enrolled before and has sent what is in its journal."""
        client = HallClient(identity, hub.exchange)
        stream, where = await opened(client)
        assert where.size == journal.frontier.size
        return cls(client, stream, journal)

    async def send(self, *records: tuple[str, Record], resource: str = FIRMS, **changes: Any) -> Receipt:
        """Send records in one batch; return its receipt."""
        return await self.submit([record_envelope(self.client.identity, *record, resource, **changes) for record in records])

    async def submit(self, envelopes: Sequence[bytes]) -> Receipt:
        found: Receipt = await receipt(self.stream, self.journal.seal(envelopes))
        return found


@dataclass(slots=True)
class Catalogued:
    """A running hub with a catalogue, what it asks for grants, and the halls that speak to it."""

    hub: RunningHub
    shares: Shares
    providers: list[Provider] = field(default_factory=list)

    async def provider(self, hall: str = PROVIDER) -> Provider:
        self.providers.append(await Provider.at(self.hub, hall))
        return self.providers[-1]

    async def close(self) -> None:
        for provider in self.providers:
            await provider.client.close()


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the hub's own, and where it stands."""

    ledger_index: int
    journal_index: int
    header: Header
    payload: bytes

    def read(self, kind: type[M]) -> M:
        found = kind()
        found.ParseFromString(self.payload)
        return found

    @property
    def extract(self) -> Extract:
        return self.read(Extract)

    @property
    def shown(self) -> tuple[str, Any]:
        """Return the key of an extract, and its document; None where it is removed."""
        document = self.extract.document
        return self.header.subject, json.loads(document) if document else None


def said(hub: RunningHub, kind: type[Message]) -> list[Said]:
    """Return what the hub has said of a kind, in the order of its journal."""
    with hub.hub.rooms.database.reader.begin() as connection:
        return own_messages(segments.journal_after(connection, HUB, 1, 0, 100_000), kind)


def own_messages(own: Sequence[Segment], kind: type[Message]) -> list[Said]:
    """Return the messages of a kind in segments of the hub's journal."""
    found = []
    for segment in own:
        for member, raw in enumerate(Batch.FromString(segment.batch).envelopes):
            envelope = Envelope.FromString(raw)
            header = Header.FromString(envelope.header)
            if header.type == kind.DESCRIPTOR.full_name:
                found.append(Said(segment.ledger_first + member, segment.journal_first + member, header, envelope.payload))
    return found


async def wait_said(hub: RunningHub, kind: type[Message], count: int) -> list[Said]:
    """Wait until the hub has said so much of a kind; more is a fault."""
    async with asyncio.timeout(SECONDS):
        while len(found := said(hub, kind)) < count:  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.02)
    assert len(found) == count
    return found


def judged(hub: RunningHub) -> list[RecordsJudged]:
    return [one.read(RecordsJudged) for one in said(hub, RecordsJudged)]


def invalid(hub: RunningHub) -> list[InvalidRecord]:
    return [one.read(InvalidRecord) for one in said(hub, InvalidRecord)]
