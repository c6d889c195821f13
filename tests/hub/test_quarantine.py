"""What a hall in quarantine sends reaches nobody and is not lost; nothing reaches the hall; and nobody else notices."""

import asyncio

import grpc
import pytest
from click.testing import CliRunner

from certs.entries import HELD
from hub.cli import main
from hub.tables import held, quarantine_acts, quarantines
from tests.hub.hall_client import SUCCESSOR, HallClient, Inbox, case_envelope
from tests.hub.people import Person, eventually, refusal
from tests.hub.quarantining import (
    HALL,
    PROVINCE,
    SECONDS,
    Sender,
    command,
    mailbox_size,
    quarantine,
    released,
    released_already,
    rows,
)
from tests.hub.running import RunningHub, running
from tests.hub.test_enrolment import renew
from tests.hub.test_evidence import exported, position
from tests.hub.test_receive import begun, take
from tests.hub.test_submit import reason, reason_of, receipt
from tongban.directory.v1 import directory_pb2, directory_pb2_grpc
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1 import exchange_pb2
from tongban.ledger.v1 import ledger_pb2, ledger_pb2_grpc


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
    assert await renew(hub, yushu.identity)
    halls = directory_pb2_grpc.DirectoryServiceStub(yushu.channel)
    assert (await halls.ListHalls(directory_pb2.ListHallsRequest())).halls
    for asked in (clerk.case(HALL, "1"), clerk.timeline(HALL, "1"), clerk.cases(), clerk.decisions()):
        assert await refusal(asked) == "REASON_HALL_QUARANTINED"
    assert await refusal(exported(yushu, position(yushu, 0))) == "REASON_HALL_QUARANTINED"
    await yushu.close()


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
