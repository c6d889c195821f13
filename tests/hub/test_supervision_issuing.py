"""What was found is issued, once, to those whom it concerns; whatever is cut off, lost or made anew meanwhile."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from certs.entries import LEDGER_MESSAGE
from certs.names import source_uri
from directory.lifecycle import Event
from directory.supervision.vocabulary import Effect
from hub.cases.tables import case_events, cases
from hub.cases.tables import findings as findings_table
from hub.db import open_database, transaction
from hub.dockets import store
from hub.errors import HubError, StorageBusy
from hub.supervision import cursor, forms, issuing
from hub.supervision.cursor import START, Cursor
from hub.tables import findings_issued, metadata, segments
from tests.directory.clocks.made import at, event, ms
from tests.hub.cases_told import envelope, run
from tests.hub.copies import Made
from tests.hub.hall_client import TRUST_DOMAIN, Journal
from tests.hub.people import eventually
from tests.hub.running import RunningHub
from tests.hub.supervision_ground import (
    CITY,
    COUNTY,
    ELSEWHERE,
    PROVINCE,
    Scene,
    found_card,
    found_silence,
    supervising,
)
from tests.hub.test_register import lost_answers
from tests.hub.test_submit import opened, receipt
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.supervision.v1 import supervision_pb2 as said


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with supervising(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def test_a_card_goes_to_the_hall_and_to_those_above_it_and_cites_what_it_rests_on(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE, ELSEWHERE)
    await scene.issue(found_card())
    (listed,) = await scene.cards()
    card = listed.card.card
    assert (card.effect, card.hall, card.issuer, card.reply_days) == ("yellow-card", COUNTY, CITY, 5)
    assert card.cause == said.Cause(
        rule="promise-broken",
        version=1,
        trigger="after-due",
        case_hall=COUNTY,
        case_number="1",
        subject="case-promised",
        due="2026-11-20",
        events=[3, 5],
        since=card.cause.since,
    )
    assert card.cause.since.ToDatetime(UTC) == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert (listed.card.phase, listed.reply.due, listed.reply.overdue) == ("issued", "2026-11-30", False)
    for hall in (COUNTY, CITY, PROVINCE):
        ((header, envelope),) = await scene.received(hall)
        event = said.CardEvent.FromString(envelope.payload)
        assert (header.subject, event.kind, event.card) == (card.card, "issued", card)
        assert not event.HasField("by")
    assert await scene.received(ELSEWHERE) == []


async def test_a_reminder_goes_to_the_hall_alone_and_asks_for_no_answer(scene: Scene) -> None:
    await scene.join(COUNTY, CITY)
    await scene.issue(found_card(effect=Effect.REMINDER))
    ((header, envelope),) = await scene.received(COUNTY)
    assert header.type == "tongban.supervision.v1.Reminder"
    assert said.Reminder.FromString(envelope.payload).cause.case_number == "1"
    assert await scene.received(CITY) == []
    assert await scene.cards() == []


async def test_a_silent_hall_gets_an_order_to_report_and_no_card(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE)
    await scene.issue(found_silence())
    (order,) = await scene.orders()
    assert (order.order.order.hall, order.order.order.issuer, order.order.order.cause.trigger) == (COUNTY, CITY, "silence")
    assert order.answer.due == "2026-11-30"
    assert [len(await scene.received(hall)) for hall in (COUNTY, CITY, PROVINCE)] == [1, 1, 0]
    assert await scene.cards() == []


async def test_one_thing_is_issued_once_whoever_finds_it_again(scene: Scene) -> None:
    await scene.issue(found_card(), found_card(rule="another-rule"), found_card("2"))
    await scene.issue(found_card(version=2), found_card(effect=Effect.RED_CARD))
    await scene.room.sweep()
    effects = sorted((one.card.card.cause.case_number, one.card.card.effect) for one in await scene.cards())
    assert effects == [("1", "red-card"), ("1", "yellow-card"), ("2", "yellow-card")]


async def test_findings_that_were_made_anew_are_gone_through_again_and_issued_if_they_were_not(scene: Scene) -> None:
    await scene.issue(found_card("1"), found_card("2"))
    with transaction(scene.models.writer) as connection:
        connection.execute(findings_table.delete())
    scene.clock.forward(minutes=1)
    await scene.issue(found_card("3"), found_card("2"), found_card("1"), found_card("4"))
    numbers = [one.card.card.cause.case_number for one in await scene.cards()]
    assert sorted(numbers) == ["1", "2", "3", "4"]


async def test_a_finding_that_cannot_be_read_holds_up_no_other(scene: Scene) -> None:
    scene.find(found_card("1"), found_card("2"), found_card("3"))
    with transaction(scene.models.writer) as connection:
        connection.execute(findings_table.update().where(findings_table.c.case_number == "2").values(document='{"effect": "green"}'))
    await scene.room.sweep()
    assert sorted(one.card.card.cause.case_number for one in await scene.cards()) == ["1", "3"]


async def test_more_findings_than_a_batch_holds_are_issued_in_several(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "FINDINGS_A_ROUND", 4)
    await scene.issue(*(found_card(str(number)) for number in range(11)))
    assert len(await scene.cards()) == 11
    assert sizes(scene.hub) == [4, 4, 3]


def sizes(hub: RunningHub) -> list[int]:
    with hub.hub.rooms.database.reader.begin() as connection:
        return list(connection.scalars(sa.select(segments.c.count).where(segments.c.author == "hub", segments.c.kind == LEDGER_MESSAGE)))


async def test_when_the_answer_to_a_commit_is_lost_nothing_is_issued_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.find(found_card("1"), found_card("2"))
    with lost_answers(monkeypatch, scene.room.ground.own) as lost:
        with pytest.raises(StorageBusy):
            await scene.room.sweep()
        assert lost == [2]
    await scene.room.sweep()
    assert len(await scene.cards()) == 2


async def test_what_was_not_committed_is_issued_after_the_next_start(tmp_path: Path, made_province: Made) -> None:
    config = made_province.copy(tmp_path)
    async with supervising(tmp_path, config) as scene:
        scene.find(found_card("1"))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(scene.room.ground.own.committer, "_write", lambda *_: 1 // 0)
            with pytest.raises(Exception, match=r".*"):
                await scene.room.sweep()
        assert scene.kept() == 0
    async with supervising(tmp_path, config) as scene:
        await scene.room.sweep()
        assert scene.kept() == 1


async def test_what_is_kept_is_what_the_ledger_holds(scene: Scene) -> None:
    await scene.issue(found_card("1"), found_silence(), found_card("2", effect=Effect.REMINDER))
    county = await scene.officer(COUNTY, "reviewer")
    (card,), (order,) = await scene.cards(), await scene.orders()
    await county.ask("ReplyToCard", card=card.card.card.card, text="系统故障")
    await county.ask("AppealCard", card=card.card.card.card, text="已按期办结")
    await county.ask("AnswerOrder", order=order.order.order.order, text="已恢复报送")
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        assert store.differing(connection, forms.CARDS) == []
        assert store.differing(connection, forms.ORDERS) == []
        assert connection.scalar(sa.select(sa.func.count()).select_from(findings_issued)) == 3


async def test_a_hall_that_told_of_a_broken_promise_gets_a_card_and_one_cut_off_past_a_limit_that_it_met_does_not(scene: Scene) -> None:
    await scene.join(COUNTY, "dehui")
    told = [event("applied", "2026-11-02"), event("accepted", "2026-11-03", promised_by_ms=ms("2026-11-17"))]
    decided = event("decided", "2026-11-16", outcome=1)
    late, cut_off = Telling(scene, COUNTY), Telling(scene, "dehui")
    await late.tell(told, "2026-11-23")
    await cut_off.tell(told, "2026-11-10")
    scene.clock.forward(hours=2)  # silent halls are looked for once a minute, and not in the hour behind a start
    await eventually(lambda: swept(scene), lambda found: (COUNTY, "yellow-card") in found and ("dehui", "order-to-report") in found)
    await cut_off.tell([decided], "2026-11-23")
    await late.tell([decided], "2026-11-23")
    await reckoned(scene)
    found = await swept(scene)
    assert {hall for hall, effect in found if effect.endswith("card")} == {COUNTY}, "the one that was cut off had met its limit"
    (card,) = await scene.cards()
    assert (card.card.card.cause.rule, card.card.card.cause.due) == ("promise-broken", "2026-11-17")
    assert card.card.card.cause.reported_up_to.ToDatetime(UTC) == at("2026-11-23")
    applied, accepted = card.card.card.cause.events[0] - 1, card.card.card.cause.events[0]
    assert applied + 1 == accepted


@dataclass(slots=True)
class Telling:
    """A hall's system, which tells of one case."""

    scene: Scene
    hall: str
    journal: Journal = field(init=False)
    runs: int = 0

    def __post_init__(self) -> None:
        self.journal = Journal(self.scene.clients[self.hall].identity)

    async def tell(self, events: Sequence[Event], day: str) -> None:
        """Tell of events, and that this is all there was up to a day."""
        self.runs += 1
        said = [self._envelope(envelope(self.hall, "1", one, f"{self.hall}/{self.runs}/{at}")) for at, one in enumerate(events)]
        stream, _ = await opened(self.scene.clients[self.hall])
        await receipt(stream, self.journal.seal([*said, self._envelope(run(self.hall, "business", ms(day), f"{self.hall} {self.runs}"))]))
        await stream.end()

    def _envelope(self, made: bytes) -> bytes:
        """Let an envelope be of this province, and of the department's clerk."""
        whole = Envelope.FromString(made)
        header = Header.FromString(whole.header)
        header.source, header.journal = source_uri(TRUST_DOMAIN, self.hall, "business"), self.journal.identity.journal.name
        if header.resource == "source-run":
            header.ClearField("actor")
        whole.header = header.SerializeToString()
        return whole.SerializeToString()


async def swept(scene: Scene) -> set[tuple[str, str]]:
    """Sweep, and return what the halls got: cards and orders."""
    await scene.room.sweep()
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        cards_kept = {(one.card.hall, one.card.effect.value) for one in store.load(connection, forms.CARDS)}
        return cards_kept | {(one.order.hall, "order-to-report") for one in store.load(connection, forms.ORDERS)}


async def reckoned(scene: Scene) -> None:
    """Wait until what was told is taken in and nothing is left to be reckoned."""

    async def waits() -> bool:
        with scene.models.reader.begin() as connection:
            decided = connection.scalar(sa.select(sa.func.count()).select_from(case_events))
            left = connection.scalar(sa.select(sa.func.count()).select_from(cases).where(cases.c.next_look_ms <= 0))
        return decided == 6 and left == 0

    await eventually(waits, bool)


def test_what_is_looked_for_is_found_by_an_index(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(database.writer)
    awaited, due = "SELECT id FROM {} WHERE due_ms IS NOT NULL AND (due_ms, id) > (0, '')", "SELECT id FROM orders WHERE goes_up_ms <= 9"
    with database.reader.begin() as connection:
        plans = {
            query: " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
            for query in (
                awaited.format("cards") + " ORDER BY due_ms, id LIMIT 9",
                awaited.format("orders") + " ORDER BY due_ms, id LIMIT 9",
                due + " ORDER BY goes_up_ms, id LIMIT 9",
                "SELECT id FROM cards WHERE hall = 'yushu' ORDER BY opened_at_ms DESC, id DESC LIMIT 9",
                "SELECT id FROM orders ORDER BY opened_at_ms DESC, id DESC LIMIT 9",
            )
        }
    database.dispose()
    for query, plan in plans.items():
        assert "USING" in plan, (query, plan)
        assert "TEMP B-TREE" not in plan, (query, plan)


async def test_findings_that_were_taken_in_from_another_place_meanwhile_are_not_taken_in_twice(scene: Scene) -> None:
    scene.find(found_card("1"), found_card("2"))
    to = Cursor(1, found_card("1").id, int(scene.clock().timestamp() * 1000))
    committer = scene.room.ground.own.committer
    await committer.plain(partial(cursor.move, was=START, to=to), patient=False)
    with pytest.raises(HubError, match="from another place"):
        await committer.plain(partial(cursor.move, was=START, to=to), patient=False)
    await scene.room.sweep()
    assert [one.card.card.cause.case_number for one in await scene.cards()] == ["2"]
