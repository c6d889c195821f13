"""Every question about cases is written into the ledger before it is answered, and only an auditor reads what was written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import grpc
import pytest
import sqlalchemy as sa

from certs.entries import LEDGER_MESSAGE
from certs.names import HUB
from hub.consumers import digest_rows, rebuild
from hub.db import models_url, open_database, transaction
from hub.decisions.consumer import DecisionConsumer
from hub.decisions.tables import decision_cases, decisions
from hub.errors import StorageBusy, StorageFull
from hub.exchange.committer import Committer
from hub.exchange.own_journal import OwnJournal
from hub.exchange.segments import read_after
from hub.tables import mailbox_entries, segments
from tests.hub.hall_client import Journal, case_envelope
from tests.hub.people import Person, Told, eventually, now, refusal, tell
from tests.hub.running import RunningHub, running
from tests.hub.test_evidence import exported
from tests.hub.test_submit import opened, reason_of, receipt
from tongban.directory.v1 import decisions_pb2
from tongban.directory.v1.decisions_pb2 import DecisionRecord
from tongban.directory.v1.scopes_pb2 import Principal, Purpose
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch

WHY = Purpose(purpose="complaint 12", basis="行政许可法 Art 60", case_hall="yushu", case_number="1")


@pytest.fixture
async def clerk(hub: RunningHub) -> AsyncIterator[Person]:
    """Give a clerk of 榆树, whose hall has told of two cases."""
    client = await hub.join("yushu")
    await tell(client, [Told("1"), Told("2")])
    person = Person(client, "clerk")
    await eventually(lambda: refusal(person.case("yushu", "2")), lambda reason: not reason)
    yield person
    await client.close()


@pytest.fixture
async def auditor(hub: RunningHub) -> AsyncIterator[Person]:
    client = await hub.join("jilin-sheng")
    yield Person(client, "auditor", person="1")
    await client.close()


def logged(hub: RunningHub) -> list[tuple[Header, DecisionRecord]]:
    """Return the records of the ledger, as they stand in the database."""
    query = sa.select(segments.c.batch).where(segments.c.author == HUB, segments.c.kind == LEDGER_MESSAGE)
    with hub.hub.rooms.database.reader.begin() as connection:
        batches = list(connection.scalars(query.order_by(segments.c.ledger_first)))
    envelopes = [Envelope.FromString(raw) for batch in batches for raw in Batch.FromString(batch).envelopes]
    return [(Header.FromString(one.header), DecisionRecord.FromString(one.payload)) for one in envelopes]


async def told_to(auditor: Person, least: int, **asked: Any) -> list[DecisionRecord]:
    """List decisions as an auditor, as soon as there are so many."""
    page = await eventually(lambda: auditor.decisions(**asked), lambda seen: len(seen.decisions) >= least)
    return [decision.record for decision in page.decisions]


async def test_when_an_answer_is_there_its_record_is_in_the_ledger(hub: RunningHub, clerk: Person) -> None:
    before = len(logged(hub))
    await clerk.case("yushu", "1", WHY)
    header, record = logged(hub)[before]
    assert (header.resource, header.type, list(header.recipients)) == ("decision-record", "tongban.directory.v1.DecisionRecord", [])
    assert (record.hall, record.asked_by, record.purpose) == ("yushu", Principal(role="clerk", person="7"), WHY)
    assert [(cited.rule, cited.version) for cited in record.rules] == [("clerk-reads-own-hall", 1)]
    assert [(case.hall, case.case_number) for case in record.cases] == [("yushu", "1")]
    assert abs(record.decided_at.ToDatetime(now().tzinfo) - now()) < timedelta(minutes=1)
    with hub.hub.rooms.database.reader.begin() as connection:
        delivered = set(connection.scalars(sa.select(mailbox_entries.c.ledger_first)))
        own = set(connection.scalars(sa.select(segments.c.ledger_first).where(segments.c.author == HUB, segments.c.kind == LEDGER_MESSAGE)))
    assert not delivered & own


async def test_what_the_clear_header_says_names_no_person_and_no_case(hub: RunningHub, clerk: Person) -> None:
    await clerk.case("yushu", "1", WHY)
    header, _ = logged(hub)[-1]
    assert (header.subject, header.HasField("actor")) == ("yushu", False)


async def test_an_auditor_finds_decisions_by_hall_person_case_and_time(hub: RunningHub, clerk: Person, auditor: Person) -> None:
    colleague = replace(clerk, person="8")
    start = len(logged(hub))
    await colleague.timeline("yushu", "2")
    since = now()
    assert await refusal(clerk.case("dehui", "5")) == "REASON_NOT_FOUND"
    await clerk.cases(page_size=1)
    await told_to(auditor, start + 3)
    assert [(one.action, one.asked_case) for one in await told_to(auditor, 1, person="8")] == [("case.read", "2")]
    assert [one.asked_case for one in await told_to(auditor, 1, case_hall="yushu", case_number="2") if one.asked_by.person == "8"] == ["2"]
    assert [one.action for one in await told_to(auditor, 1, case_hall="yushu", case_number="1")] == ["case.list"]
    in_vain = await told_to(auditor, 1, case_hall="dehui", case_number="5")
    assert [(one.verdict, one.hall) for one in in_vain] == [(decisions_pb2.VERDICT_NOT_FOUND, "yushu")]
    assert len(await told_to(auditor, 2, accepted_from=since)) == 2
    assert [one.asked_by.person for one in await told_to(auditor, 1, accepted_before=since)][-1] == "8"
    for nothing in ({"hall": "dehui"}, {"person": "9"}, {"hall": "dehui", "person": "8"}, {"accepted_from": now() + timedelta(hours=1)}):
        assert not (await auditor.decisions(**nothing)).decisions
    assert not (await auditor.decisions(accepted_before=since - timedelta(hours=1))).decisions


async def test_pages_of_decisions_hold_each_once_for_their_asker_alone(hub: RunningHub, clerk: Person, auditor: Person) -> None:
    for number in range(5):
        assert await refusal(clerk.case("yushu", f"no-{number}")) == "REASON_NOT_FOUND"
    everything = [record.SerializeToString() for _, record in logged(hub)]
    await told_to(auditor, len(everything))
    found: list[decisions_pb2.Decision] = []
    token = ""
    while True:
        page = await auditor.decisions(page_size=2, page_token=token)
        found += page.decisions
        if not page.next_page_token:
            break
        token = page.next_page_token
    assert [one.record.SerializeToString() for one in found] == everything
    assert [one.ledger_index for one in found] == sorted({one.ledger_index for one in found})
    assert {one.journal for one in found} == {"jilin.example/journal/hub/1"}
    for other, asked in ((replace(auditor, person="2"), {}), (auditor, {"hall": "yushu"})):
        before = len(logged(hub))
        assert await refusal(other.decisions(page_token=token, **asked)) == "REASON_PAGE_TOKEN_INVALID"
        (_, record), *_ = logged(hub)[before:]
        assert (record.verdict, record.why, record.method.rpartition("/")[2]) == (
            decisions_pb2.VERDICT_DENIED,
            "not-its-page",
            "ListDecisions",
        )


@pytest.mark.parametrize(
    ("role", "reason"),
    [("", "SCOPE_DENIED"), ("supervisor", "SCOPE_DENIED"), ("clerk", "SCOPE_DENIED"), ("operator", "FOREIGN_ACTOR"), ("auditor", "")],
)
async def test_at_the_province_only_auditors_read_decisions(auditor: Person, role: str, reason: str) -> None:
    assert (await refusal(replace(auditor, role=role).decisions())).removeprefix("REASON_") == reason


async def test_no_other_hall_has_auditors(clerk: Person) -> None:
    for hall_only in ({}, {"hall": "yushu"}):
        assert await refusal(replace(clerk, role="auditor").decisions(**hall_only)) == "REASON_FOREIGN_ACTOR"


@pytest.mark.parametrize("asked", [{"case_hall": "yushu"}, {"case_number": "1"}, {"person": "\0"}, {"hall": "x" * 201}])
async def test_a_filter_that_names_nothing_is_refused(auditor: Person, asked: dict[str, str]) -> None:
    assert await refusal(auditor.decisions(**asked)) == "REASON_FIELD_INVALID"


async def test_an_auditor_reads_no_case(auditor: Person, clerk: Person) -> None:
    assert await refusal(auditor.case("yushu", "1")) == "REASON_SCOPE_DENIED"
    assert await refusal(replace(auditor, role="supervisor").case("yushu", "1")) == ""


async def test_no_hall_gets_evidence_of_a_decision_not_even_the_province(hub: RunningHub, clerk: Person, auditor: Person) -> None:
    await clerk.case("yushu", "1")
    await told_to(auditor, 1)
    decision = (await auditor.decisions()).decisions[0]
    for person in (clerk, auditor):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await exported(person.client, (decision.journal, decision.journal_index))
        assert reason_of(caught.value) == "REASON_NOT_FOUND"


async def test_a_decision_that_cannot_be_written_down_is_not_told(hub: RunningHub, clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_journal: OwnJournal, _messages: Sequence[object]) -> None:
        raise StorageFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(OwnJournal, "say", full)
        for asked in (clerk.case("yushu", "1"), clerk.timeline("yushu", "1"), clerk.cases(), replace(clerk, role="guide").cases()):
            assert await refusal(asked) == "REASON_STORAGE_FULL"
    assert await refusal(clerk.case("yushu", "1")) == ""


async def test_a_record_whose_commits_answer_was_lost_is_kept_and_the_journal_goes_on(
    hub: RunningHub, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Committer.batch

    async def deaf(committer: Committer, batch: Any) -> None:
        await commit(committer, batch)
        raise StorageBusy("nobody heard")

    before = len(logged(hub))
    with monkeypatch.context() as patched:
        patched.setattr(Committer, "batch", deaf)
        assert await refusal(clerk.case("yushu", "1")) == "REASON_STORAGE_BUSY"
    await clerk.case("yushu", "2")
    assert [record.asked_case for _, record in logged(hub)[before:]] == ["1", "2"]


async def test_questions_of_one_moment_are_written_down_together_each_in_full(hub: RunningHub, clerk: Person) -> None:
    before = len(logged(hub))
    numbers = [str(1 + at % 2) for at in range(24)]
    await asyncio.gather(*(clerk.case("yushu", number) for number in numbers))
    records = [record for _, record in logged(hub)[before:]]
    assert sorted(record.asked_case for record in records) == sorted(numbers)
    with hub.hub.rooms.database.reader.begin() as connection:
        query = sa.select(segments.c.count).where(segments.c.author == HUB, segments.c.kind == LEDGER_MESSAGE)
        counts = list(connection.scalars(query.order_by(segments.c.ledger_first)))
    assert max(counts) > 1


async def test_whoever_stops_waiting_stops_nothing(hub: RunningHub, clerk: Person) -> None:
    for milliseconds in (0, 1, 2, 4, 8):
        asked = asyncio.ensure_future(clerk.case("yushu", "1"))
        await asyncio.sleep(milliseconds / 1000)
        asked.cancel()
    await clerk.case("yushu", "2")
    assert logged(hub)[-1][1].asked_case == "2"


async def test_a_hall_that_calls_its_message_a_decision_is_refused_and_not_believed(clerk: Person, auditor: Person) -> None:
    stream, where = await opened(auditor.client)
    assert where.size == 0
    kind = {"resource": "decision-record", "type": "tongban.directory.v1.DecisionRecord", "recipients": []}
    got = await receipt(stream, Journal(auditor.client.identity).seal([case_envelope(auditor.client.identity, "1", **kind)]))
    assert list(got.reasons) == [errors_pb2.REASON_UNKNOWN_RESOURCE]
    await stream.end()


async def test_what_is_changed_in_the_read_model_is_as_it_was_after_a_rebuild(hub: RunningHub, clerk: Person, auditor: Person) -> None:
    await clerk.cases()
    await told_to(auditor, len(logged(hub)))
    hub.hub.stop()
    ledger, models = open_database(hub.config.database), open_database(models_url(hub.config.database), durable=False)
    consumer = DecisionConsumer()
    with models.reader.begin() as connection:
        before = digest_rows(connection, consumer.tables)
    for change in (decisions.update().values(person="9"), decisions.update().values(record=b""), decision_cases.delete()):
        with transaction(models.writer) as connection:
            connection.execute(change)
        with models.reader.begin() as connection:
            assert digest_rows(connection, consumer.tables) != before
        rebuild(ledger.reader, models.writer, consumer, partial(read_after, author=consumer.author), limit=5)
        with models.reader.begin() as connection:
            assert digest_rows(connection, consumer.tables) == before
    ledger.dispose()
    models.dispose()


async def test_a_reader_of_one_author_gets_every_segment_and_no_body_of_others(hub: RunningHub, clerk: Person) -> None:
    await clerk.cases()
    with hub.hub.rooms.database.reader.begin() as connection:
        whole, own = read_after(connection, 0, 1_000), read_after(connection, 0, 1_000, author=HUB)
    assert {segment.author for segment in whole} == {HUB, "yushu"}
    assert own == [segment if segment.author == HUB else replace(segment, batch=b"") for segment in whole]


async def test_decisions_are_there_after_a_restart(hub: RunningHub, clerk: Person, auditor: Person) -> None:
    await clerk.case("yushu", "1", WHY)
    records = [record for _, record in logged(hub)]
    hub.hub.stop()
    async with running(hub.folder, hub.config) as second:
        again = replace(auditor, client=type(auditor.client)(auditor.client.identity, second.exchange))
        assert await told_to(again, len(records)) == records
        await replace(clerk, client=again.client, role="supervisor").case("yushu", "1")
        await told_to(again, len(records) + 1)
        await again.client.close()
