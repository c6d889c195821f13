"""Give tests a province that shares: a provider in 榆树, a reader in 公主岭, two resources, and a clock that they set. All synthetic."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from directory.catalogue.catalogue import Catalogue
from directory.catalogue.catalogue_file import tables
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import SharingType
from directory.documents import write_toml
from directory.identifiers import uscc_of
from directory.register.importing import File
from directory.register.lookup import Lookup
from hub.config import Config
from hub.sharing.room import Sharing
from tests.directory.catalogue.made import USCC, version
from tests.hub.hall_client import HallClient, Inbox
from tests.hub.people import SECONDS, Person
from tests.hub.running import RunningHub, running
from tests.hub.test_receive import begun, take
from tests.hub.test_register import stage
from tests.hub.test_submit import reason_of
from tongban.directory.v1 import catalogue_pb2_grpc, corrections_pb2_grpc, sharing_pb2, sharing_pb2_grpc
from tongban.directory.v1.sharing_pb2 import ShareStanding, Term
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
"""A Monday, 12:00 in Beijing."""
PROVIDER, READER, NEIGHBOUR = "yushu", "gongzhuling", "dehui"
MARKET, HOUSING, WATER = "market-regulation", "housing", "water"
RESOURCE, SECRET, OPEN = "enterprise-register", "household-register", "holiday-list"

USCCS = {
    MARKET: USCC,
    "yushu-roads": uscc_of("11220000000000103"),
    HOUSING: uscc_of("11220000000000104"),
    WATER: uscc_of("11220000000000105"),
}
SEATS = {MARKET: PROVIDER, "yushu-roads": PROVIDER, HOUSING: READER, WATER: NEIGHBOUR}


def departments(seats: Mapping[str, str]) -> File:
    """Write a list of departments, given the hall in which each sits."""
    rows = [f"{one},{USCCS[one]},{one}（示例）,{hall}," for one, hall in seats.items()]
    return File("departments.csv", "\n".join(["department,uscc,name,hall,superior", *rows, ""]).encode())


def catalogue() -> File:
    """Write the resources down."""
    return File("resources.toml", write_toml(tables(resources())))


def resources() -> list[ResourceVersion]:
    """Make a conditional resource, one that is not shared, and an unconditional one."""
    secret: dict[str, Any] = {
        "resource": SECRET,
        "code": "307001/2",
        "sharing": SharingType.NOT_SHARED,
        "sharing_terms": "户口登记条例(示例)",
    }
    unconditional: dict[str, Any] = {"resource": OPEN, "code": "307001/3", "sharing": SharingType.UNCONDITIONAL, "sharing_terms": ""}
    return [version(), version(**secret), version(**unconditional)]


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Member(Person):
    """A person who takes part in sharing."""

    role: str = "catalogue-administrator"

    @property
    def sharing(self) -> Any:
        return sharing_pb2_grpc.SharingServiceStub(self.client.channel)

    @property
    def corrections(self) -> Any:
        return corrections_pb2_grpc.CorrectionServiceStub(self.client.channel)

    @property
    def catalogue(self) -> Any:
        return catalogue_pb2_grpc.CatalogueServiceStub(self.client.channel)

    async def apply(self, **changes: Any) -> ShareStanding:
        """Apply for two fields until 1 June."""
        usual: dict[str, Any] = {
            "resource": RESOURCE,
            "fields": ["name", "uscc"],
            "purpose": "核验申请人的企业登记信息",
            "basis": "行政许可法第三十一条",
            "term": Term(end="2027-06-01"),
        }
        request = sharing_pb2.ApplyRequest(**(usual | changes), asked_by=self.said)
        standing: ShareStanding = await self.sharing.Apply(request, timeout=SECONDS)
        return standing

    async def act(self, verb: str, application: str, **said: Any) -> ShareStanding:
        """Answer, Grant, Refuse, Withdraw or GetShare."""
        request = getattr(sharing_pb2, f"{verb}Request")(application=application, asked_by=self.said, **said)
        standing: ShareStanding = await getattr(self.sharing, verb)(request, timeout=SECONDS)
        return standing

    async def list(self, **asked: Any) -> sharing_pb2.ListSharesResponse:
        request = sharing_pb2.ListSharesRequest(asked_by=self.said, **asked)
        found: sharing_pb2.ListSharesResponse = await self.sharing.ListShares(request, timeout=SECONDS)
        return found


@dataclass(slots=True)
class Scene:
    """A running hub, whose rooms of sharing go by `clock`, and the halls that have joined."""

    hub: RunningHub
    clock: Clock
    clients: dict[str, HallClient] = field(default_factory=dict)

    @property
    def rooms(self) -> Sharing:
        return self.hub.hub.rooms.sharing

    async def member(self, hall: str, department: str = "", role: str = "catalogue-administrator", person: str = "7") -> Member:
        if hall not in self.clients:
            self.clients[hall] = await self.hub.join(hall)
        return Member(self.clients[hall], role, department, person)

    async def reader(self) -> Member:
        return await self.member(READER, HOUSING)

    async def provider(self) -> Member:
        return await self.member(PROVIDER, MARKET)


@asynccontextmanager
async def sharing(folder: Path, config: Config, clock: Clock | None = None) -> AsyncIterator[Scene]:
    """Run a hub whose register holds departments and resources."""
    stage(config, departments(SEATS), catalogue())
    async with running(folder, config) as hub:
        scene = Scene(hub, clock or Clock())
        for room in (scene.rooms.shares, scene.rooms.grants, scene.rooms.corrections):
            room.clock = scene.clock
        yield scene
        for client in scene.clients.values():
            await client.close()


def with_resources(scene: Scene, *versions: ResourceVersion) -> Lookup:
    """Return what would be looked up if the catalogue held these versions alone."""
    was = scene.hub.hub.rooms.registrar.lookup
    return Lookup(Catalogue(versions), was.seats, was.calendar)


async def received(scene: Scene, hall: str) -> list[tuple[Header, Envelope]]:
    """Take all that a hall's mailbox holds."""
    size = scene.hub.hub.rooms.mail.size(hall)
    stream, _ = await begun(scene.clients[hall])
    taken = [Envelope.FromString(data) for data in await take(scene.hub, stream, Inbox(scene.clients[hall].identity), size)]
    return [(Header.FromString(envelope.header), envelope) for envelope in taken]


async def fault(asked: Awaitable[object]) -> tuple[str, str]:
    """Return the reason for which something is refused, and the field that BadRequest names; empty where there is none."""
    try:
        await asked
    except grpc.aio.AioRpcError as error:
        return reason_of(error), _field_at_fault(error)
    return "", ""


def _field_at_fault(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            return str(bad.field_violations[0].field)
    return ""
