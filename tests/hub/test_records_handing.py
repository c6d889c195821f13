"""Records that hold are handed on under every live grant: reduced, in order, once."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from certs.names import HUB, journal_origin
from directory.catalogue.vocabulary import Manner, SharingType, State
from directory.event_ids import extract_id
from directory.sharing.applications import Grant
from directory.validity import Period
from hub.errors import HubError, StorageBusy
from hub.exchange import segments
from hub.records import extracting, handing, places
from hub.records.tables import records
from hub.tables import extracts, mailbox_entries
from tests.hub.hall_client import TRUST_DOMAIN, Inbox
from tests.hub.people import eventually
from tests.hub.records_sent import (
    BEFORE,
    CATALOGUE,
    FIRMS,
    OTHER_PROVIDER,
    PERMITS,
    PROVIDER,
    Catalogued,
    Said,
    granted,
    handing_of,
    held_up,
    judging_of,
    put,
    remove,
    resource_version,
    said,
    wait_said,
    with_catalogue,
)
from tests.hub.test_evidence import findings, refused
from tests.hub.test_receive import begun, take
from tests.hub.test_register import lost_answers
from tongban.directory.v1.records_pb2 import Extract, Record
from tongban.directory.v1.register_pb2 import OPERATION_REMOVE
from tongban.envelope.v1.envelope_pb2 import Envelope, Header


def under(found: list[Said], grant: str) -> list[tuple[str, object]]:
    """Return what was handed on under a grant, in its order."""
    return [one.shown for one in found if one.extract.grant == grant]


async def settled(catalogued: Catalogued) -> None:
    """Judge and hand on until nothing is left, beside the hub's own worker being held up."""
    while judged := await judging_of(catalogued.hub).round():
        handing_of(catalogued.hub).newest |= judged
    while await handing_of(catalogued.hub).round():
        pass


async def test_what_is_granted_of_a_record_reaches_the_hall_of_the_grant_and_proves_itself(catalogued: Catalogued) -> None:
    catalogued.shares.add(granted())
    reader = await catalogued.provider("yushu")
    provider = await catalogued.provider()
    got = await provider.send(put("1", {"name": "甲", "phone": "88888888", "staff": 3}), put("2", {"name": 7}), remove("1"))
    found = await wait_said(catalogued.hub, Extract, 2)
    assert [one.shown for one in found] == [("1", {"name": "甲", "staff": 3}), ("1", None)]
    first, second = (one.extract for one in found)
    assert (first.grant, first.version, second.operation, second.ledger_index) == ("g-1", 1, OPERATION_REMOVE, got.ledger_first + 2)
    assert (first.journal, first.journal_index) == (provider.client.identity.journal.name, 0)
    assert first.accepted_at.ToDatetime(UTC) == got.accepted_at.ToDatetime(UTC)
    assert first.rules_digest == catalogued.hub.hub.rooms.laws.in_force().rules_digest
    with catalogued.hub.hub.rooms.database.reader.begin() as connection:
        (segment,) = segments.at_ledger(connection, [got.ledger_first])
    assert first.leaf == segments.hashes(segment.leaves)[0]
    assert found[0].header.id == extract_id(first.leaf, "g-1")
    receiving, _ = await begun(reader.client)
    delivered = await take(catalogued.hub, receiving, Inbox(reader.client.identity), 4)
    assert [Envelope.FromString(one).payload for one in delivered] == [one.payload for one in found]
    assert [list(Header.FromString(Envelope.FromString(one).header).recipients) for one in delivered] == [["yushu"]] * 2
    position = (journal_origin(TRUST_DOMAIN, HUB, 1), found[0].journal_index)
    (proved,) = await findings(reader.client, position)
    assert [received.hall for received in proved.received] == ["yushu"]
    assert (proved.sender.hall, proved.event is not None and proved.event.subject) == (HUB, "1")
    assert (await refused(provider.client, *position))[0] == "REASON_NOT_FOUND"


async def test_nobody_else_gets_it_and_a_field_that_is_not_granted_is_nowhere_in_it(catalogued: Catalogued) -> None:
    catalogued.shares.add(granted(), granted("g-2", PROVIDER), granted("g-3", "dehui", resource=PERMITS))
    provider = await catalogued.provider()
    for hall in ("dehui", "yushu"):
        await catalogued.provider(hall)
    await provider.send(put("1", {"name": "甲", "phone": "88888888"}))
    (only,) = await wait_said(catalogued.hub, Extract, 1)
    assert b"88888888" not in only.payload
    await provider.send(put("2", {"name": "乙"}))
    assert [one.extract.grant for one in await wait_said(catalogued.hub, Extract, 2)] == ["g-1"] * 2
    with catalogued.hub.hub.rooms.database.reader.begin() as connection:
        to = connection.scalars(sa.select(mailbox_entries.c.hall).where(mailbox_entries.c.ledger_first == only.ledger_index)).all()
        assert (to, places.grant_of(connection, only.ledger_index)) == (["yushu"], "g-1")


TODAY = datetime.now(UTC).date()
NOT_YET = Period(TODAY + timedelta(days=9))
OVER = Period(BEFORE, TODAY - timedelta(days=9))


@pytest.mark.parametrize(
    "dead",
    [
        granted(period=NOT_YET),
        granted(period=OVER),
        granted(ended_at=datetime(2020, 2, 2, tzinfo=UTC)),
        granted(manner=Manner.QUERY),
        granted(manner=Manner.FILE),
        granted(fields=frozenset({"colour"})),
    ],
    ids=["not-yet", "over", "ended", "query", "file", "no-field"],
)
async def test_under_a_grant_that_does_not_hold_nothing_is_handed_on(catalogued: Catalogued, dead: Grant) -> None:
    catalogued.shares.add(dead, granted("g-2"))
    provider = await catalogued.provider()
    await provider.send(put("1", {"name": "甲"}))
    found = await wait_said(catalogued.hub, Extract, 1)
    assert found[0].extract.grant == "g-2"


async def test_a_resource_that_is_not_shared_any_more_is_handed_on_to_nobody(catalogued: Catalogued) -> None:
    catalogued.shares.add(granted())
    provider = await catalogued.provider()
    with held_up(catalogued.hub):
        await provider.send(put("1", {"name": "甲"}))
        closed = resource_version(sharing=SharingType.NOT_SHARED, sharing_terms="个人信息保护法第二十八条")
        for versions in ((closed,), (replace(CATALOGUE[0], state=State.WITHDRAWN, withdrawn_on=date(2026, 1, 1)),)):
            catalogued.hub.hub.rooms.registrar.resources = versions
            await settled(catalogued)
            assert said(catalogued.hub, Extract) == []
        catalogued.hub.hub.rooms.registrar.resources = CATALOGUE
        await settled(catalogued)
        assert len(said(catalogued.hub, Extract)) == 1


async def test_a_hall_without_a_mailbox_finds_everything_when_it_has_one(catalogued: Catalogued) -> None:
    catalogued.shares.add(granted(hall="changbai"))
    provider = await catalogued.provider()
    with held_up(catalogued.hub):
        await provider.send(put("1", {"name": "甲"}))
        await settled(catalogued)
        assert said(catalogued.hub, Extract) == []
        handing_of(catalogued.hub).committer.desk.mailbox_sizes["changbai"] = 0  # type: ignore[union-attr]
        await settled(catalogued)
        assert len(said(catalogued.hub, Extract)) == 1


async def test_a_grant_that_is_behind_catches_up_in_bounded_batches_and_in_order(
    catalogued: Catalogued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracting, "BATCH_EXTRACTS", 3)
    monkeypatch.setattr(extracting, "PLACES_A_BATCH", 2)
    provider = await catalogued.provider()
    keys = [str(number) for number in range(14)]
    with held_up(catalogued.hub):
        for start in range(0, 10, 5):
            await provider.send(*(put(key, {"name": f"第{key}家"}) for key in keys[start : start + 5]))
        await settled(catalogued)
        catalogued.shares.add(granted(), granted("g-2", "dehui"))
        assert await handing_of(catalogued.hub).round() == 2
        await provider.send(*(put(key, {"name": f"第{key}家"}) for key in keys[10:]))
        await settled(catalogued)
    found = said(catalogued.hub, Extract)
    assert [key for key, _ in under(found, "g-1")] == [key for key, _ in under(found, "g-2")] == keys
    assert all(count <= 3 for count in per_batch(catalogued))


def per_batch(catalogued: Catalogued) -> list[int]:
    with catalogued.hub.hub.rooms.database.reader.begin() as connection:
        firsts = connection.scalars(sa.select(extracts.c.ledger_first)).all()
        return [segment.count for segment in segments.at_ledger(connection, firsts)]


async def test_what_was_committed_and_not_answered_is_not_handed_on_again(catalogued: Catalogued, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogued.shares.add(granted())
    provider = await catalogued.provider()
    with held_up(catalogued.hub):
        await provider.send(put("1", {"name": "甲"}), put("2", {"name": "乙"}))
        handing_of(catalogued.hub).newest |= await judging_of(catalogued.hub).round() or {}
        with lost_answers(monkeypatch, catalogued.hub.hub.rooms.registry.own) as lost, pytest.raises(StorageBusy):
            await handing_of(catalogued.hub).round()
        assert lost == [2]
        with pytest.raises(HubError, match="another place"):
            await handing_of(catalogued.hub).round()
        await handing_of(catalogued.hub).open()
        assert await handing_of(catalogued.hub).round() == 0
    await provider.send(put("3", {"name": "丙"}))
    found = await wait_said(catalogued.hub, Extract, 3)
    assert [key for key, _ in under(found, "g-1")] == ["1", "2", "3"]


async def test_a_fault_under_one_grant_holds_up_no_other(catalogued: Catalogued, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogued.shares.add(granted(), granted("g-2", "dehui"))
    real = extracting.take

    def fail(connection: sa.Connection, opened: Any, newest: Any, terms: extracting.Terms, cursor: places.Cursor) -> extracting.Taken:
        if terms.grant.grant == "g-1":
            raise ZeroDivisionError
        return real(connection, opened, newest, terms, cursor)

    provider = await catalogued.provider()
    with monkeypatch.context() as patched:
        patched.setattr(handing, "take", fail)
        await provider.send(put("1", {"name": "甲"}))
        (found,) = await wait_said(catalogued.hub, Extract, 1)
        assert found.extract.grant == "g-2"
        await asyncio.sleep(0.1)
    await provider.send(put("2", {"name": "乙"}))
    assert {one.extract.grant for one in await wait_said(catalogued.hub, Extract, 2)} == {"g-2"}


async def test_what_was_handed_on_is_withheld_as_soon_as_its_grant_does_not_hold(catalogued: Catalogued) -> None:
    catalogued.shares.add(granted(), granted("g-2", "dehui"))
    provider = await catalogued.provider()
    await provider.send(put("1", {"name": "甲"}), put("2", {"name": 7}))
    found = await wait_said(catalogued.hub, Extract, 2)
    records, database = catalogued.hub.hub.rooms.records, catalogued.hub.hub.rooms.database
    with database.reader.begin() as connection:
        own = segments.journal_after(connection, "hub", 1, 0, 100)
    of_grant = {one.extract.grant: next(s for s in own if s.ledger_first == one.ledger_index) for one in found}
    mine, other = of_grant["g-1"], of_grant["g-2"]
    assert not any(records.withheld("yushu", segment) for segment in own if segment is not other)
    assert records.withheld("dehui", mine)  # which never was its own
    catalogued.shares.end("g-1")
    assert [records.withheld("yushu", segment) for segment in own] == [segment in {mine, other} for segment in own]
    assert not records.withheld("dehui", other)
    with_catalogue(catalogued.hub, [CATALOGUE[1]]).add(granted("g-2", "dehui"))
    assert records.withheld("dehui", other)
    handing_of(catalogued.hub).grants = with_catalogue(catalogued.hub)
    assert records.withheld("dehui", other)


async def test_two_providers_of_one_resource_over_time_keep_each_its_order(catalogued: Catalogued) -> None:
    catalogued.shares.add(granted())
    first, second = await catalogued.provider(), await catalogued.provider(OTHER_PROVIDER)
    with held_up(catalogued.hub):
        await first.send(put("1", {"name": "甲"}), put("1", {"name": "乙"}))
        moved = replace(catalogued.hub.hub.rooms.registrar.departments[0], hall=OTHER_PROVIDER)
        catalogued.hub.hub.rooms.registrar.departments = (moved, *catalogued.hub.hub.rooms.registrar.departments[1:])
        await second.send(put("1", {"name": "丙"}), resource=FIRMS)
        await settled(catalogued)
    names = [document["name"] for _, document in under(said(catalogued.hub, Extract), "g-1")]  # type: ignore[index]
    assert [name for name in names if name != "丙"] == ["甲", "乙"]
    assert len(names) == 3


async def test_a_grant_made_later_begins_with_what_is_current_and_then_misses_nothing(catalogued: Catalogued) -> None:
    provider = await catalogued.provider()
    with held_up(catalogued.hub):
        await provider.send(put("1", {"name": "甲"}), put("2", {"name": "乙"}), put("3", {"name": "丙"}))
        await provider.send(put("1", {"name": "新甲"}), remove("3"), put("4", {"name": 7}))
        await settled(catalogued)
        await eventually(partial(current, catalogued), lambda found: found == {"1": "新甲", "2": "乙", "3": None})
        catalogued.shares.add(granted(granted_at=datetime.now(UTC)), granted("g-2", "dehui"))
        await provider.send(put("2", {"name": "新乙"}), put("2", {"name": "又乙"}), remove("2"))
        await settled(catalogued)
    found = said(catalogued.hub, Extract)
    later = [("2", {"name": "新乙"}), ("2", {"name": "又乙"}), ("2", None)]
    of_before = [one for one in under(found, "g-1") if one not in later]
    assert of_before[-1] == ("1", {"name": "新甲"})
    assert of_before[:-1] in ([], [("2", {"name": "乙"})])  # which may have been replaced by the time it was handed on
    assert under(found, "g-1")[-3:] == later
    assert len(under(found, "g-2")) == 8  # it held all the time


async def current(catalogued: Catalogued) -> dict[str, str | None]:
    """Return the names that the read model holds."""
    with handing_of(catalogued.hub).models.reader.begin() as connection:
        rows = connection.execute(sa.select(records.c.key, records.c.removed, records.c.record)).all()
    return {key: None if removed else json.loads(Record.FromString(record).document)["name"] for key, removed, record in rows}
