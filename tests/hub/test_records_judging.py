"""Records that a hall sends are judged by the hub: those that hold count, the others go back to their provider."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from certs.entries import REFUSED
from directory.calendar import beijing_day
from directory.records import Versions
from hub.errors import HubError, StorageBusy
from hub.exchange import record_work
from hub.records import updates
from hub.records.tables import records
from hub.tables import record_segments
from tests.hub.copies import Made
from tests.hub.hall_client import Inbox
from tests.hub.people import eventually, now
from tests.hub.records_sent import (
    CATALOGUE,
    FIRMS,
    OTHER_PROVIDER,
    PERMITS,
    PROVIDER,
    Catalogued,
    Provider,
    catalogue_files,
    granted,
    handing_of,
    held_up,
    invalid,
    judged,
    judging_of,
    put,
    record_envelope,
    remove,
    resource_version,
    wait_said,
    with_catalogue,
)
from tests.hub.running import RunningHub, running
from tests.hub.test_receive import begun, take
from tests.hub.test_register import doctor, lost_answers, stage
from tongban.directory.v1.records_pb2 import Extract, InvalidRecord, RecordsJudged
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2

MANY, BATCH = 10_000, 250
BAD = {3, 250, 4_999, 5_000, 9_999}


def waiting(hub: RunningHub) -> int:
    with hub.hub.rooms.database.reader.begin() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(sa.table("record_work"))) or 0)


async def test_records_that_hold_count_and_the_others_go_back_to_their_provider(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    got = await provider.send(put("1", {"name": "甲"}), put("2", {"name": 7}), put("3", {"name": "丙", "staff": 3}), remove("1"))
    await wait_said(hub, InvalidRecord, 1)
    (verdict,) = judged(hub)
    assert (verdict.ledger_index, verdict.count, list(verdict.runs)) == (got.ledger_first, 4, [0, 1, 1, 2])
    (report,) = invalid(hub)
    assert (report.resource, report.subject, report.version, report.ledger_index) == (FIRMS, "2", 1, got.ledger_first + 1)
    assert [(fault.path, fault.what) for fault in report.faults] == [("name", "must be of type string")]
    receiving, _ = await begun(provider.client)
    (delivered,) = await take(hub, receiving, Inbox(provider.client.identity), 2)
    assert Header.FromString(Envelope.FromString(delivered).header).resource == "invalid-record"
    assert waiting(hub) == 0


@pytest.mark.parametrize(
    ("hall", "changes", "reason"),
    [
        (OTHER_PROVIDER, {}, errors_pb2.REASON_FOREIGN_RESOURCE),
        (PROVIDER, {"resource": PERMITS}, errors_pb2.REASON_FOREIGN_RESOURCE),
        (PROVIDER, {"resource": "firmѕ"}, errors_pb2.REASON_UNKNOWN_RESOURCE),
        (PROVIDER, {"recipients": ["yushu"]}, errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),
        (PROVIDER, {"type": "tongban.case.v1.CaseEvent"}, errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH),
        (PROVIDER, {"department": "housing"}, errors_pb2.REASON_FOREIGN_ACTOR),
    ],
)
async def test_what_may_not_be_sent_is_refused_and_never_judged(
    catalogued: Catalogued, hall: str, changes: dict[str, Any], reason: errors_pb2.Reason
) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider(hall)
    envelope = record_envelope(provider.client.identity, *put("1", {"name": "甲"}), **changes)
    got = await provider.submit([envelope, envelope])
    assert (list(got.dispositions), list(got.reasons)) == ([REFUSED] * 2, [reason] * 2)
    assert waiting(hub) == 0
    assert judged(hub) == []


async def test_of_ten_thousand_records_exactly_the_bad_ones_are_reported(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    for start in range(0, MANY, BATCH):
        numbers = range(start, start + BATCH)
        await provider.send(*(put(str(at), {"name": "x" * 21} if at in BAD else {"name": f"第{at}家"}) for at in numbers))
    reports = [one.read(InvalidRecord) for one in await wait_said(hub, InvalidRecord, len(BAD))]
    assert [int(report.subject) for report in reports] == sorted(BAD)
    await wait_said(hub, RecordsJudged, MANY // BATCH)
    assert sum(sum(verdict.runs[1::2]) for verdict in judged(hub)) == MANY - len(BAD)
    with hub.hub.rooms.database.reader.begin() as connection:
        row = connection.execute(sa.select(sa.table("resource_updates", *map(sa.column, ("records", "hall"))))).one()
        assert tuple(row) == (MANY - len(BAD), PROVIDER)
        assert updates.last_updates(connection, [FIRMS, PERMITS]) == {FIRMS: beijing_day(now())}


async def test_authors_take_turns_and_each_keeps_its_order(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    busy, quiet = await catalogued.provider(), await catalogued.provider(OTHER_PROVIDER)
    with held_up(hub):
        firsts = [(await busy.send(put(str(at), {"name": "甲"}))).ledger_first for at in range(6)]
        late = (await quiet.send(put("1", {"name": "乙"}), resource=PERMITS)).ledger_first
    hub.hub.rooms.records.look()
    await wait_said(hub, RecordsJudged, 7)
    order = [verdict.ledger_index for verdict in judged(hub)]
    assert [first for first in order if first != late] == firsts
    assert order.index(late) <= 1


async def test_batches_of_which_nothing_holds_are_judged_without_a_pause_between_them(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    with held_up(hub):
        for at in range(12):  # with a pause behind each it would take a minute
            await provider.send(put(str(at), {"name": 7}))
        await provider.send(put("12", {"name": "甲"}))
    hub.hub.rooms.records.look()
    await wait_said(hub, RecordsJudged, 13)
    assert len(invalid(hub)) == 12


async def test_the_same_event_again_has_no_effect(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    same = {"id": "0f0e0d0c-0b0a-8908-8706-050403020100"}
    await provider.send(put("1", {"name": "甲"}), put("1", {"name": "乙"}), **same)
    await provider.send(put("1", {"name": "丙"}), **same)
    await wait_said(hub, RecordsJudged, 2)
    assert [list(verdict.runs) for verdict in judged(hub)] == [[0, 1], []]
    assert invalid(hub) == []


async def test_a_corrected_record_of_the_same_event_counts(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    same = {"id": "0f0e0d0c-0b0a-8908-8706-050403020100"}
    await provider.send(put("1", {"name": ""}), **same)
    await provider.send(put("1", {"name": "甲"}), attempt=2, **same)
    await wait_said(hub, RecordsJudged, 2)
    assert [list(verdict.runs) for verdict in judged(hub)] == [[], [0, 1]]


async def test_a_record_of_an_older_version_holds_by_that_version(catalogued: Catalogued) -> None:
    later = resource_version(number=2, items=CATALOGUE[0].items[:1])
    hub = catalogued.hub
    with_catalogue(hub, (CATALOGUE[0], later))
    provider = await catalogued.provider()
    await provider.send(put("1", {"name": "甲", "staff": 1}, 1), put("1", {"name": "甲", "staff": 1}, 2), put("1", {"name": "甲"}, 3))
    await wait_said(hub, InvalidRecord, 2)
    assert [(report.version, report.faults[0].what) for report in invalid(hub)] == [
        (2, "is no field of this version"),
        (3, f"version 3 was never in force until {beijing_day(now())}"),
    ]


async def test_a_batch_that_cannot_be_judged_holds_up_its_author_alone_until_the_next_start(
    catalogued: Catalogued, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = catalogued.hub
    broken, quiet = await catalogued.provider(), await catalogued.provider(OTHER_PROVIDER)
    real = Versions.checker

    def fail(self: Versions, resource: str, number: int) -> object:
        if resource == FIRMS:
            raise ZeroDivisionError
        return real(self, resource, number)

    with monkeypatch.context() as patched:
        patched.setattr(Versions, "checker", fail)
        firsts = [(await broken.send(put("1", {"name": name}))).ledger_first for name in "甲乙"]
        other = (await quiet.send(put("1", {"name": "丙"}), resource=PERMITS)).ledger_first
        await wait_said(hub, RecordsJudged, 1)
        assert [verdict.ledger_index for verdict in judged(hub)] == [other]
        with hub.hub.rooms.database.reader.begin() as connection:
            assert record_work.next_after(connection, "") == record_work.Waiting(PROVIDER, firsts[0], "ZeroDivisionError")
            assert record_work.parked_authors(connection) == [PROVIDER]
        assert doctor(hub.folder)["records"].startswith(f"records of {PROVIDER} are parked")
    hub.hub.rooms.records.look()
    await asyncio.sleep(0.1)
    assert len(judged(hub)) == 1
    await judging_of(hub).open()
    assert doctor(hub.folder)["records"] == ""
    hub.hub.rooms.records.look()
    await wait_said(hub, RecordsJudged, 3)
    assert [verdict.ledger_index for verdict in judged(hub)] == [other, *firsts]


async def test_what_was_committed_and_not_answered_is_not_said_again(catalogued: Catalogued, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    with held_up(hub):
        await provider.send(put("1", {"name": "甲"}), put("2", {"name": ""}))
        with lost_answers(monkeypatch, hub.hub.rooms.registry.own) as lost:
            with pytest.raises(StorageBusy):
                await judging_of(hub).round()
            assert lost == [2]
        assert await judging_of(hub).round() is None
    await provider.send(put("3", {"name": "丙"}))
    await wait_said(hub, RecordsJudged, 2)
    assert len(invalid(hub)) == 1
    with hub.hub.rooms.database.reader.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(record_segments)) == 2


async def test_what_waits_is_judged_by_the_next_hub_by_the_catalogue_that_was_imported(tmp_path: Path, made_province: Made) -> None:
    config = made_province.copy(tmp_path)
    stage(config, *catalogue_files())
    async with running(tmp_path, config) as hub:
        provider = await Provider.at(hub)
        with held_up(hub):
            got = await provider.send(put("1", {"name": "甲"}), put("2", {"name": ""}))
            assert judged(hub) == []
        await provider.client.close()
    async with running(tmp_path, config) as again:
        # A hub says nothing by itself before a hall agrees with its ledger.
        hall = await Provider.again(again, provider.client.identity, provider.journal)
        await wait_said(again, RecordsJudged, 1)
        await hall.client.close()
        assert [(verdict.ledger_index, list(verdict.runs)) for verdict in judged(again)] == [(got.ledger_first, [0, 1])]
        assert [report.subject for report in invalid(again)] == ["2"]


async def test_a_batch_that_left_the_queue_is_not_judged_again_by_whoever_still_holds_it(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    with held_up(hub):
        got = await provider.send(put("1", {"name": "甲"}))
        held = judging_of(hub)._judged(got.ledger_first)
        await judging_of(hub).round()
        with pytest.raises(HubError, match="do not wait"):
            await judging_of(hub).own.say(held.messages(now()), also=held.keep)
    assert len(judged(hub)) == 1


async def test_a_key_that_no_database_takes_disturbs_nobody(catalogued: Catalogued) -> None:
    hub = catalogued.hub
    provider = await catalogued.provider()
    await provider.send(put("a\u0000", {"name": "甲"}), put("1", {"name": "乙"}))
    (report,) = await wait_said(hub, InvalidRecord, 1)
    assert (report.header.subject, report.read(InvalidRecord).subject) == ("0", "a\u0000")
    models = handing_of(hub).models

    async def current() -> list[str]:
        with models.reader.begin() as connection:
            return list(connection.scalars(sa.select(records.c.key)))

    await eventually(current, lambda keys: keys == ["1"])


async def test_a_worker_whose_answers_were_lost_goes_on_where_the_ledger_stands(
    catalogued: Catalogued, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = catalogued.hub
    catalogued.shares.add(granted())
    await catalogued.provider("yushu")
    provider = await catalogued.provider()
    for number in range(1, 4):
        with held_up(hub):
            await provider.send(put("1", {"name": f"第{number}家"}), put("2", {"name": ""}))
        with lost_answers(monkeypatch, hub.hub.rooms.registry.own) as lost:
            hub.hub.rooms.records.look()
            async with asyncio.timeout(20):
                while not lost:  # noqa: ASYNC110 - as seen from outside
                    await asyncio.sleep(0.01)
        await wait_said(hub, Extract, number)
    assert len(judged(hub)) == len(invalid(hub)) == 3
