"""What was held goes out when its hall is released: all of it, once, in order, to those who may have it, before anything else."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from certs.entries import HELD
from hub.db import transaction
from hub.exchange import segments
from hub.exchange.intake import Admitted
from hub.quarantine import forwards
from hub.quarantine.release import HELD_FOR
from hub.rpc.submit import SubmitSession
from hub.tables import held, quarantines
from tests.hub.hall_client import Inbox, case_envelope
from tests.hub.people import Person, eventually, refusal
from tests.hub.quarantining import (
    HALL,
    PROVINCE,
    SECONDS,
    Sender,
    checked,
    command,
    linked,
    mailbox_size,
    quarantine,
    released,
    rows,
)
from tests.hub.running import RunningHub
from tests.hub.test_evidence import findings, position
from tests.hub.test_receive import begun, take
from tests.hub.test_submit import opened, reason, receipt
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1 import exchange_pb2


async def test_what_was_held_goes_out_in_its_order_before_anything_that_comes_later(hub: RunningHub) -> None:
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    await sender.send("0")
    await quarantine(hub)
    await sender.send("1", "2")
    await sender.send("3", "no-longer", resource="nonsense")  # refused, and stays so
    await sender.send("4", recipients=["changchun", PROVINCE])
    await released(hub)
    assert await reason(sender.stream) == "REASON_HALL_QUARANTINED"
    sender = await Sender.of(yushu, sender.journal)
    await sender.send("5")
    stream, box = await begun(province)
    taken = await take(hub, stream, Inbox(province.identity), box.waiting)
    said = [Header.FromString(Envelope.FromString(data).header) for data in taken]
    assert [header.subject for header in said] == ["0", "1", "2", "4", "5"]
    found = [checked(hub, data)[0] for data in taken[1:4]]
    assert [one.journal_index for one in found] == [1, 2, 5]
    assert not rows(hub, held)
    supervisor = Person(province, "supervisor")
    await eventually(lambda: refusal(supervisor.case(HALL, "5")), lambda nothing: not nothing)
    shown = (await supervisor.timeline(HALL, "2")).entries
    assert [(one.journal, one.journal_index) for one in shown] == [(yushu.identity.journal.name, 2)]
    assert shown[0].accepted_at == found[1].accepted_at
    assert await refusal(supervisor.case(HALL, "3")) == "REASON_NOT_FOUND"
    await yushu.close()
    await province.close()


async def test_many_messages_are_forwarded_in_bounded_batches_each_once(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwards, "BATCH_MESSAGES", 7)
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    numbers = [f"{n:02}" for n in range(40)]
    await sender.send(*numbers[:25])
    await sender.send(*numbers[25:])
    await released(hub)
    stream, box = await begun(province)
    taken = await take(hub, stream, Inbox(province.identity), box.waiting)
    assert [checked(hub, data)[1].subject for data in taken] == numbers
    await yushu.close()
    await province.close()


async def test_a_hall_sends_nothing_while_what_was_held_is_forwarded(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    await sender.send("a", "b")
    room, going_on = hub.hub.rooms.release, asyncio.Event()
    forward = type(room)._forward

    async def slowly(*args: Any) -> None:
        await going_on.wait()
        await forward(*args)

    monkeypatch.setattr(type(room), "_forward", slowly)
    command(hub, "hall", "release", HALL)
    assert await reason(sender.stream) == "REASON_HALL_QUARANTINED"
    second = await yushu.submit()
    assert await reason(second) == "REASON_HALL_QUARANTINED"
    stream, _ = await begun(yushu)  # it receives again
    assert rows(hub, held)
    going_on.set()
    async with asyncio.timeout(SECONDS):
        while rows(hub, quarantines):  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.05)
    await Sender.of(yushu, sender.journal)
    await stream.end()
    await yushu.close()
    await province.close()


async def test_nothing_is_forwarded_twice_when_the_answer_to_a_commit_is_lost(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    await sender.send("a", "b")
    committer = hub.hub.rooms.committer
    write = committer._write

    def losing(batches: Sequence[Any], deeds: Sequence[Any]) -> Any:
        done = write(batches, deeds)
        if any(batch.tail.hall == "hub" and batch.also is not None and batch.count == 2 for batch in batches):
            monkeypatch.setattr(committer, "_write", write)
            raise ConnectionError("the connection broke behind COMMIT")
        return done

    monkeypatch.setattr(committer, "_write", losing)
    await released(hub)
    assert committer._write is write
    stream, box = await begun(province)
    taken = await take(hub, stream, Inbox(province.identity), box.waiting)
    assert [checked(hub, data)[1].subject for data in taken] == ["a", "b"]
    await yushu.close()
    await province.close()


async def test_what_was_held_goes_to_those_who_may_still_have_it(hub: RunningHub) -> None:
    yushu = await hub.join(HALL)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    await sender.send("a", recipients=["changchun", PROVINCE])
    command(hub, "hall", "unlink", "changchun")
    async with asyncio.timeout(SECONDS):
        while "changchun" in linked(hub):  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.05)
    await released(hub)
    with hub.hub.rooms.database.reader.begin() as connection:
        kept = segments.read_after(connection, 0, 1_000)
    envelopes = [envelope for one in kept for envelope in exchange_pb2.Batch.FromString(one.batch).envelopes]
    (forward,) = [said for data in envelopes if (said := Header.FromString(Envelope.FromString(data).header)).type == forwards.TYPE]
    assert list(forward.recipients) == [PROVINCE]
    await yushu.close()


async def test_what_was_held_for_too_long_is_forwarded_no_more_and_stays_in_the_ledger(hub: RunningHub) -> None:
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    old = await sender.send("old")
    rooms, before = hub.hub.rooms, mailbox_size(hub, PROVINCE)
    with transaction(rooms.database.writer) as connection:
        long_ago = int((rooms.clock() - HELD_FOR - timedelta(minutes=1)).timestamp() * 1000)
        connection.execute(held.update().values(accepted_at_ms=long_ago))
    await sender.send("young")
    await rooms.release.drop_old()
    assert [row.waiting for row in rows(hub, held)] == [1]
    assert rows(hub, held)[0].ledger_first > old.ledger_first
    await released(hub)
    assert mailbox_size(hub, PROVINCE) == before + 1
    (found,) = await findings(yushu, position(yushu, 0))
    assert found.acceptance.disposition == HELD
    await yushu.close()
    await province.close()


async def test_a_hall_that_is_put_back_while_it_is_released_keeps_what_is_left(hub: RunningHub) -> None:
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    await sender.send("a")
    command(hub, "hall", "release", HALL)
    command(hub, "hall", "quarantine", HALL, "--reason", "again")
    await hub.hub.rooms.quarantine.take_in(hub.hub.calls)
    assert [row.state for row in rows(hub, quarantines)] == ["quarantined"]
    assert list((await sender.send("b")).dispositions) == [HELD]  # the hub saw nothing of the release
    await released(hub)
    stream, box = await begun(province)
    taken = await take(hub, stream, Inbox(province.identity), box.waiting)
    assert [checked(hub, data)[1].subject for data in taken] == ["a", "b"]
    await yushu.close()
    await province.close()


async def test_what_was_on_its_way_when_the_release_began_is_not_left_behind(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    going_on, ended = asyncio.Event(), asyncio.Event()
    commit = SubmitSession._commit

    async def late(session: SubmitSession, batch: Admitted) -> Any:
        await going_on.wait()
        try:
            return await commit(session, batch)
        finally:
            ended.set()

    monkeypatch.setattr(SubmitSession, "_commit", late)
    batch = sender.journal.seal([case_envelope(yushu.identity, "late")])
    sender.stream.say(exchange_pb2.SubmitRequest(batch=batch))
    async with asyncio.timeout(SECONDS):
        while not hub.hub.rooms.owned._tasks:  # noqa: ASYNC110 - until it was judged as held
            await asyncio.sleep(0.01)
    await released(hub)
    monkeypatch.undo()
    going_on.set()
    await asyncio.wait_for(ended.wait(), SECONDS)
    assert not rows(hub, held)
    stream, where = await opened(yushu)
    assert where.size == 0
    assert list((await receipt(stream, batch)).dispositions) == []
    await yushu.close()
    await province.close()
