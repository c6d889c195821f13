"""What a hall in quarantine sends reaches nobody and is not lost; nothing reaches the hall; and nobody else notices."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from certs.checkpoints import open_checkpoint
from certs.entries import HELD
from certs.merkle import leaf_hashes, root_from_range
from hub.cli import main
from hub.db import transaction
from hub.exchange import segments
from hub.quarantine import forwards
from hub.quarantine.release import HELD_FOR
from hub.rpc import lawful
from hub.tables import held, mailboxes, quarantine_acts, quarantines
from tests.hub.hall_client import SUCCESSOR, HallClient, Inbox, Journal, Stream, case_envelope
from tests.hub.people import Person, eventually, refusal
from tests.hub.running import RunningHub, running
from tests.hub.test_evidence import exported, findings, position
from tests.hub.test_receive import begun, next_of, take
from tests.hub.test_submit import opened, reason, reason_of, receipt
from tongban.directory.v1 import directory_pb2, directory_pb2_grpc
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1 import exchange_pb2
from tongban.exchange.v1.forward_pb2 import Forward
from tongban.ledger.v1 import ledger_pb2, ledger_pb2_grpc

HALL = "yushu"
PROVINCE = "jilin-sheng"
SECONDS = 20.0


def command(hub: RunningHub, *words: str) -> str:
    """Run a command beside the hub; return what it says."""
    done = CliRunner().invoke(main, [*words, "--config", str(hub.folder / "hub.toml")])
    assert done.exit_code == 0, done.output
    return done.output


async def quarantine(hub: RunningHub, hall: str = HALL) -> None:
    """Put a hall into quarantine, and have the running hub look at once."""
    command(hub, "hall", "quarantine", hall, "--reason", "sends nonsense", "--operator", "op-1")
    await hub.hub.rooms.quarantine.take_in(hub.hub.calls)


async def released(hub: RunningHub, hall: str = HALL) -> None:
    """Release a hall, and wait until the hub has done so."""
    command(hub, "hall", "release", hall, "--operator", "op-2")
    async with asyncio.timeout(SECONDS):
        while rows(hub, quarantines):  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.05)


def rows(hub: RunningHub, table: sa.Table) -> Sequence[sa.Row[Any]]:
    with hub.hub.rooms.database.reader.begin() as connection:
        return connection.execute(sa.select(table)).all()


@dataclass(slots=True)
class Sender:
    """A hall that submits."""

    client: HallClient
    journal: Journal
    stream: Stream

    @classmethod
    async def of(cls, client: HallClient, journal: Journal | None = None) -> "Sender":
        stream, _ = await opened(client)
        return cls(client, journal or Journal(client.identity), stream)

    async def send(self, *numbers: str, **changes: Any) -> exchange_pb2.Receipt:
        return await receipt(self.stream, self.journal.seal([case_envelope(self.client.identity, n, **changes) for n in numbers]))


def checked(hub: RunningHub, data: bytes) -> tuple[Forward, Header]:
    """Verify a forward as whoever receives it must; return it with the header of the message in it."""
    outer = Envelope.FromString(data)
    header = Header.FromString(outer.header)
    assert header.type == forwards.TYPE
    forward = Forward.FromString(outer.payload)
    inner = Header.FromString(Envelope.FromString(forward.envelope).header)
    size = int(forward.journal_checkpoint.split("\n")[1])
    note = open_checkpoint(forward.journal_checkpoint, hub.hub.rooms.keyring.log_key(inner.journal.split("/")[2], 1, size))
    run = [(forward.journal_index, forward.journal_index + 1)]
    assert root_from_range(size, run, leaf_hashes([forward.envelope]), list(forward.journal_proof)) == note.root
    assert (header.resource, header.subject, list(header.recipients)) == (inner.resource, inner.subject, list(inner.recipients))
    return forward, inner


def mailbox_size(hub: RunningHub, hall: str) -> int:
    with hub.hub.rooms.database.reader.begin() as connection:
        return connection.scalar(sa.select(mailboxes.c.size).where(mailboxes.c.hall == hall)) or 0


async def test_what_a_hall_in_quarantine_sends_is_held_and_reaches_nobody(hub: RunningHub) -> None:
    yushu, province = await hub.join(HALL), await hub.join(PROVINCE)
    sender = await Sender.of(yushu)
    assert list((await sender.send("before")).dispositions) == []
    before = mailbox_size(hub, PROVINCE)
    await quarantine(hub)
    got = await sender.send("a", "b")  # on the stream that was open
    assert list(got.dispositions) == [HELD, HELD]
    assert list(got.reasons) == []
    assert mailbox_size(hub, PROVINCE) == before
    assert [(row.hall, row.waiting) for row in rows(hub, held)] == [(HALL, 2)]
    supervisor = Person(province, "supervisor")
    await eventually(lambda: refusal(supervisor.case(HALL, "before")), lambda found: not found)
    other = await Sender.of(await hub.join("dehui"))
    await other.send("theirs", recipients=[])
    await eventually(lambda: refusal(supervisor.case("dehui", "theirs")), lambda found: not found)
    assert await refusal(supervisor.case(HALL, "a")) == "REASON_NOT_FOUND"
    for client in (yushu, province, other.client):
        await client.close()


async def test_what_is_refused_is_refused_in_quarantine_too_and_no_key_is_named(hub: RunningHub) -> None:
    yushu = await hub.join(HALL)
    sender = await Sender.of(yushu)
    await quarantine(hub)
    identity = yushu.identity
    key = case_envelope(identity, "key", **SUCCESSOR)
    envelopes = [case_envelope(identity, "a"), case_envelope(identity, "b", recipients=["atlantis"]), key]
    got = await receipt(sender.stream, sender.journal.seal(envelopes))
    assert list(got.dispositions) == [exchange_pb2.DISPOSITION_HELD, exchange_pb2.DISPOSITION_REFUSED, exchange_pb2.DISPOSITION_REFUSED]
    assert list(got.reasons) == [0, errors_pb2.REASON_UNKNOWN_RECIPIENT, errors_pb2.REASON_HALL_QUARANTINED]
    await yushu.close()


async def test_nothing_is_delivered_to_a_hall_in_quarantine_and_all_of_it_when_it_is_released(hub: RunningHub) -> None:
    yushu, changchun = await hub.join(HALL), await hub.join("changchun")
    stream, first = await begun(yushu)
    inbox = Inbox(yushu.identity)
    await take(hub, stream, inbox, first.waiting)
    await quarantine(hub)
    assert await reason(stream) == "REASON_HALL_QUARANTINED"
    sender = await Sender.of(changchun)
    await sender.send("for-yushu", recipients=[HALL])
    again = await yushu.receive()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await again.hear()
    assert reason_of(caught.value) == "REASON_HALL_QUARANTINED"
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    await released(hub)
    stream, _ = await begun(yushu, checkpoint=inbox.acknowledge((), ()))
    (message,) = await take(hub, stream, inbox, inbox.frontier.size + 1)
    assert Header.FromString(Envelope.FromString(message).header).subject == "for-yushu"
    await yushu.close()
    await changchun.close()


async def test_a_hall_in_quarantine_reads_its_own_journal_and_the_ledger_and_asks_nothing(hub: RunningHub) -> None:
    yushu = await hub.join(HALL)
    sender = await Sender.of(yushu)
    await sender.send("1", recipients=[])
    clerk = Person(yushu, "clerk")
    await eventually(lambda: refusal(clerk.case(HALL, "1")), lambda found: not found)
    await quarantine(hub)
    await sender.send("2", recipients=[])
    journal = exchange_pb2.GetJournalRequest(journal=yushu.identity.journal.name)
    assert [answer.receipt.journal_size async for answer in yushu.exchange.GetJournal(journal)] == [1, 2]
    ledger = ledger_pb2_grpc.LedgerServiceStub(yushu.channel)
    assert (await ledger.GetCheckpoint(ledger_pb2.GetCheckpointRequest())).checkpoint
    halls = directory_pb2_grpc.DirectoryServiceStub(yushu.channel)
    assert (await halls.ListHalls(directory_pb2.ListHallsRequest())).halls
    for asked in (clerk.case(HALL, "1"), clerk.timeline(HALL, "1"), clerk.cases(), clerk.decisions()):
        assert await refusal(asked) == "REASON_HALL_QUARANTINED"
    assert await refusal(exported(yushu, position(yushu, 0))) == "REASON_HALL_QUARANTINED"
    await yushu.close()


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


async def test_the_switch_outlives_the_hub_and_is_thrown_while_it_is_away(hub: RunningHub) -> None:
    yushu = await hub.join(HALL)
    sender = await Sender.of(yushu)
    await sender.send("before")
    await yushu.close()
    hub.hub.stop()
    command(hub, "hall", "quarantine", HALL, "--reason", "while the hub was away")
    async with running(hub.folder, hub.config) as second:
        client = HallClient(yushu.identity, second.exchange)
        sender = await Sender.of(client, sender.journal)
        assert list((await sender.send("a")).dispositions) == [HELD]
        await client.close()
    async with running(hub.folder, hub.config) as third:
        client = HallClient(yushu.identity, third.exchange)
        sender = await Sender.of(client, sender.journal)
        assert list((await sender.send("b")).dispositions) == [HELD]
        await client.close()
        third.hub.stop()
        command(hub, "hall", "release", HALL)
    async with running(hub.folder, hub.config) as fourth:
        async with asyncio.timeout(SECONDS):
            while rows(fourth, quarantines):  # noqa: ASYNC110 - as seen from outside
                await asyncio.sleep(0.05)
        assert not rows(fourth, held)
        client = HallClient(yushu.identity, fourth.exchange)
        sender = await Sender.of(client, sender.journal)
        assert list((await sender.send("c")).dispositions) == []
        await client.close()


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


def linked(hub: RunningHub) -> set[str]:
    return {hall.hall for hall in hub.hub.rooms.registry.province if hall.linked}


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


async def test_auditors_read_who_did_it_and_why(hub: RunningHub) -> None:
    province = await hub.join(PROVINCE)
    await hub.join(HALL)
    await quarantine(hub)
    await released(hub)
    auditor = Person(province, "auditor")
    found = await eventually(lambda: auditor.decisions(hall="hub"), lambda page: len(page.decisions) == 2)
    records = [one.record for one in found.decisions]
    assert [(one.method, one.asked_by.person, one.asked_hall, one.purpose.purpose) for one in records] == [
        ("tongban-hub hall quarantine", "op-1", HALL, "sends nonsense"),
        ("tongban-hub hall release", "op-2", HALL, ""),
    ]
    assert [rule.rule for one in records for rule in one.rules] == ["operator-runs-the-hub"] * 2
    assert not rows(hub, quarantine_acts)
    await province.close()


async def test_operators_see_who_is_in_quarantine(hub: RunningHub) -> None:
    yushu = await hub.join(HALL)
    sender = await Sender.of(yushu)
    assert "quarantined" not in command(hub, "hall", "list") + command(hub, "status")
    assert "already" not in command(hub, "hall", "quarantine", HALL, "--reason", "x")
    assert "already" in command(hub, "hall", "quarantine", HALL, "--reason", "x")
    await hub.hub.rooms.quarantine.take_in(hub.hub.calls)
    await sender.send("a", "b", "c")
    assert f"{HALL:<24} county    changchun        quarantined" in command(hub, "hall", "list")
    assert "3 of its messages are held" in command(hub, "status")
    doctor = CliRunner().invoke(main, ["doctor", "--config", str(hub.folder / "hub.toml")])
    assert doctor.exit_code == 1
    assert "yushu is quarantined, 3 of its messages are held" in doctor.output
    assert "3 held messages go out" in command(hub, "hall", "release", HALL)
    await released_already(hub)
    assert "not in quarantine" in command(hub, "hall", "release", HALL)
    unknown = CliRunner().invoke(main, ["hall", "quarantine", "atlantis", "--reason", "x", "--config", str(hub.folder / "hub.toml")])
    assert (unknown.exit_code, "no hall has the id" in unknown.output) == (1, True)
    await yushu.close()


async def released_already(hub: RunningHub) -> None:
    async with asyncio.timeout(SECONDS):
        while rows(hub, quarantines):  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.05)


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


async def test_calls_that_the_law_opens_no_more_end_within_a_second(hub: RunningHub) -> None:
    yushu, other = await hub.join(HALL), await hub.join("dehui")
    sender, receiving = await Sender.of(yushu), await begun(yushu)
    laws = hub.hub.rooms.laws
    sources = laws._sources
    rules, province, departments = sources()
    less = tuple(rule for rule in rules if "exchange.receive" not in rule.actions)
    laws._sources = lambda: type(sources())(less, province, departments)
    begun_at = asyncio.get_running_loop().time()
    assert await reason(receiving[0]) == "REASON_SCOPE_DENIED"
    assert asyncio.get_running_loop().time() - begun_at < SECONDS
    assert await reason(sender.stream) == "REASON_SCOPE_DENIED"  # one rule opens both
    laws._sources = sources
    await next_of((await begun(other))[0], "proposal")
    await yushu.close()
    await other.close()


async def test_a_new_law_ends_no_call_that_it_opens_too(hub: RunningHub) -> None:
    yushu = await hub.join(HALL)
    sender = await Sender.of(yushu)
    laws = hub.hub.rooms.laws
    sources = laws._sources
    watch = lawful.LawWatch(laws, hub.hub.calls)
    watch.look()
    laws._sources = lambda: type(sources())(tuple(sources().rules), sources().province, ())
    watch.look()
    await sender.send("a")
    await yushu.close()
