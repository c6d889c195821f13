"""Give tests a hub that supervises: findings as the read model makes them, people of its halls, and a clock that they set."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from directory.supervision.book import Book, compiled
from directory.supervision.cards import Card
from directory.supervision.lights import Sight
from directory.supervision.reading import default_rules
from directory.supervision.vocabulary import Effect, Trigger
from hub import following, schedule
from hub.cases import findings
from hub.cases.findings import Finding
from hub.cases.queries import find_case
from hub.config import Config
from hub.db import Database, transaction
from hub.dockets import store
from hub.supervision import forms
from hub.supervision.room import Supervision
from tests.directory.clocks.made import OFFICIAL
from tests.hub.hall_client import HallClient, Inbox
from tests.hub.people import SECONDS, Person, Told, eventually, tell
from tests.hub.running import RunningHub, running
from tests.hub.sharing_ground import NOON, Clock
from tests.hub.test_receive import begun, take
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.supervision.v1 import supervision_pb2 as said
from tongban.supervision.v1 import supervision_pb2_grpc

COUNTY, CITY, PROVINCE, ELSEWHERE = "yushu", "changchun", "jilin-sheng", "siping"
NEVER_SECONDS = 86_400.0
BOOK: Book = compiled(default_rules())


def due_card(number: str = "1", effect: Effect = Effect.YELLOW_CARD, hall: str = COUNTY, **changes: Any) -> Card:
    """Make a card, or a reminder, that a case is due."""
    usual = Card(
        effect=effect,
        rule="promise-broken",
        version=1,
        trigger=Trigger.AFTER_DUE,
        hall=hall,
        case_number=number,
        subject="case-promised",
        of="",
        due=date(2026, 11, 20),
        events=(3, 5),
        since=datetime(2026, 11, 20, 16, tzinfo=UTC),
        reply_days=5,
        late_recorded=False,
        key=(effect.value, "case-promised", "", 1, 3),
    )
    return replace(usual, **changes)


def found_card(number: str = "1", effect: Effect = Effect.YELLOW_CARD, hall: str = COUNTY, **changes: Any) -> Finding:
    """Make the finding that one is due."""
    return findings.of_card(hall, due_card(number, effect, hall, **changes))


def found_rating(number: str = "1", grade: int = 1, hall: str = COUNTY, ref: int = 7) -> Finding:
    """Make the finding that a bad rating opens a rectification."""
    said = {"rule": "bad-rating", "trigger": Trigger.BADLY_RATED, "subject": "badly-rated", "of": str(grade), "due": None}
    key = (Effect.RECTIFICATION.value, "badly-rated", str(grade), 1, ref)
    return found_card(number, Effect.RECTIFICATION, hall, **said, events=(ref,), reply_days=15, key=key)


def found_unfounded(number: str = "1", grade: int = 1, hall: str = COUNTY, ref: int = 7) -> Finding:
    """Make the finding that its rating does not count any more."""
    return findings.of_unfounded(hall, number, (Effect.RECTIFICATION.value, "badly-rated", str(grade), 1, ref))


def found_silence(hall: str = COUNTY, reported: datetime | None = None) -> Finding:
    """Make the finding that a hall is silent."""
    rule = next(rule for rule in default_rules() if rule.effect is Effect.ORDER_TO_REPORT)
    return findings.of_silence(hall, rule, Sight(BOOK, OFFICIAL, {hall: reported} if reported else {}, NOON))


@dataclass(frozen=True, slots=True)
class Officer(Person):
    """A person who is supervised, or supervises."""

    @property
    def stub(self) -> Any:
        return supervision_pb2_grpc.SupervisionServiceStub(self.client.channel)

    async def ask(self, verb: str, **asked: Any) -> Any:
        """Call a method in this person's name."""
        request = getattr(said, f"{verb}Request")(asked_by=self.said, **asked)
        return await getattr(self.stub, verb)(request, timeout=SECONDS)

    async def order(self, **changes: Any) -> said.OrderStanding:
        """Order the county's hall to do something."""
        usual: dict[str, Any] = {"hall": COUNTY, "rule": "promise-broken", "text": "请说明原因"}
        standing: said.OrderStanding = await self.ask("IssueOrder", **(usual | changes))
        return standing


@dataclass(slots=True)
class Scene:
    """A running hub, whose supervision goes by `clock` and sweeps when it is told to, and the halls that have joined."""

    hub: RunningHub
    clock: Clock
    clients: dict[str, HallClient] = field(default_factory=dict)

    @property
    def room(self) -> Supervision:
        return self.hub.hub.rooms.supervision

    @property
    def models(self) -> Database:
        return self.room.ground.models

    async def officer(self, hall: str, role: str, person: str = "7") -> Officer:
        await self.join(hall)
        return Officer(self.clients[hall], role, "", person)

    async def join(self, *halls: str) -> None:
        for hall in halls:
            if hall not in self.clients:
                self.clients[hall] = await self.hub.join(hall)

    def find(self, *found: Finding) -> None:
        """Let the read model find something."""
        with transaction(self.models.writer) as connection:
            findings.add(connection, found, int(self.clock().timestamp() * 1000))

    async def issue(self, *found: Finding) -> None:
        """Find something, and have it issued."""
        await asyncio.to_thread(self.find, *found)
        await self.room.sweep()

    async def tell(self, hall: str, *told: Told) -> None:
        """Have a hall that has sent nothing yet tell of its cases, and wait until the read model has them."""
        await self.join(hall)
        await tell(self.clients[hall], told)

        async def known() -> bool:
            with self.models.reader.begin() as connection:
                return all(find_case(connection, hall, one.case_number, self.clock()) for one in told)

        await eventually(known, bool)

    def kept(self) -> int:
        """Count the cards that are kept."""
        with self.hub.hub.rooms.database.reader.begin() as connection:
            return len(list(store.load(connection, forms.CARDS)))

    async def cards(self, hall: str = CITY, **asked: Any) -> Sequence[said.CardStanding]:
        """List what a supervisor of a hall may read."""
        answer: said.ListCardsResponse = await (await self.officer(hall, "supervisor")).ask("ListCards", **asked)
        return answer.cards

    async def orders(self, hall: str = CITY, **asked: Any) -> Sequence[said.OrderStanding]:
        """Do the same for orders."""
        answer: said.ListOrdersResponse = await (await self.officer(hall, "supervisor")).ask("ListOrders", **asked)
        return answer.orders

    async def rectifications(self, hall: str = CITY, **asked: Any) -> Sequence[said.RectificationStanding]:
        """Do the same for rectifications."""
        answer: said.ListRectificationsResponse = await (await self.officer(hall, "supervisor")).ask("ListRectifications", **asked)
        return answer.rectifications

    async def received(self, hall: str, resource: str = "supervision") -> list[tuple[Header, Envelope]]:
        """Take all that a hall's mailbox holds of a resource."""
        size = self.hub.hub.rooms.mail.size(hall)
        stream, _ = await begun(self.clients[hall])
        taken = [Envelope.FromString(data) for data in await take(self.hub, stream, Inbox(self.clients[hall].identity), size)]
        heard = [(Header.FromString(envelope.header), envelope) for envelope in taken]
        return [(header, envelope) for header, envelope in heard if header.resource == resource]


@asynccontextmanager
async def supervising(folder: Path, config: Config, clock: Clock | None = None) -> AsyncIterator[Scene]:
    """Run a hub that sweeps when it is told to, and reckons with cases by the same clock."""
    ticking = clock or Clock()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(schedule, "SUPERVISION_EVERY_SECONDS", NEVER_SECONDS)
        patched.setattr(following, "in_a_thread", lambda database, models, _more: _follow(database, models, ticking))
        async with running(folder, config) as hub:
            scene = Scene(hub, ticking)
            scene.room.ground.clock = ticking
            await scene.room.sweep()  # behind the one that comes with the start
            yield scene
            for client in scene.clients.values():
                await client.close()


async def _follow(database: Database, models: Database, clock: Clock) -> None:
    followed = await asyncio.to_thread(following.Followed, database, models, clock)
    while True:  # noqa: ASYNC110 - as the hub's own
        await asyncio.sleep(await asyncio.to_thread(followed.run))
