"""Records that were held are judged and handed on when their hall is released: each once, in their order, as if they had come then."""

import asyncio

import pytest
import sqlalchemy as sa

from certs.entries import HELD
from hub.quarantine import forwards
from hub.records.tables import pending, records
from hub.tables import held, record_work
from tests.hub.hall_client import Inbox, case_envelope
from tests.hub.people import Person, eventually, refusal
from tests.hub.quarantining import SECONDS, checked, quarantine, released, rows
from tests.hub.records_sent import (
    PROVIDER,
    Catalogued,
    Provider,
    granted,
    handing_of,
    invalid,
    judged,
    put,
    record_envelope,
    remove,
    said,
    wait_said,
)
from tests.hub.running import RunningHub
from tests.hub.test_receive import begun, take
from tongban.directory.v1.records_pb2 import Extract, Record, RecordsJudged
from tongban.envelope.v1.envelope_pb2 import Actor

READER, PROVINCE = "yushu", "jilin-sheng"
NODE = Actor(role="node")
FIRST, LATER = {"name": "甲"}, {"name": "甲二"}


def current(hub: RunningHub) -> dict[str, bool]:
    """Return which records the read model knows, and whether each was removed; nothing while some are not judged for it."""
    with handing_of(hub).models.reader.begin() as connection:
        waiting = connection.scalar(sa.select(sa.func.count()).select_from(pending))
        return {} if waiting else {row.key: row.removed for row in connection.execute(sa.select(records.c.key, records.c.removed))}


async def mixed(provider: Provider) -> None:
    """Send two batches of cases and records between each other, one of the records bad."""
    identity = provider.client.identity

    def record(one: tuple[str, Record]) -> bytes:
        return record_envelope(identity, *one)

    def case(number: str) -> bytes:
        return case_envelope(identity, number, recipients=[PROVINCE], actor=NODE)

    first = [
        case("c-1"),
        record(put("1", FIRST)),
        record(put("2", {"name": 7})),
        case("c-2"),
        record(put("3", {"name": "丙"})),
    ]
    second = [record(put("1", LATER)), case("c-3"), record(remove("3"))]
    for envelopes in (first, second):
        got = await provider.submit(envelopes)
        assert list(got.dispositions) == [HELD] * len(envelopes)


@pytest.mark.parametrize("a_batch", [256, 2, 1])
async def test_what_was_held_of_records_is_judged_and_handed_on_once_in_its_order(
    catalogued: Catalogued, monkeypatch: pytest.MonkeyPatch, a_batch: int
) -> None:
    monkeypatch.setattr(forwards, "BATCH_MESSAGES", a_batch)
    hub = catalogued.hub
    catalogued.shares.add(granted(hall=READER))
    await catalogued.provider(READER)
    province = await catalogued.provider(PROVINCE)
    provider = await catalogued.provider()
    await provider.send(put("0", {"name": "先"}))
    await wait_said(hub, Extract, 1)
    await quarantine(hub, PROVIDER)
    await mixed(provider)
    assert not rows(hub, record_work)
    assert (len(judged(hub)), len(said(hub, Extract)), invalid(hub)) == (1, 1, [])
    await released(hub, PROVIDER)
    again = await Provider.again(hub, provider.client.identity, provider.journal)
    catalogued.providers.append(again)
    await again.send(put("4", {"name": "后"}))
    expected = [("0", {"name": "先"}), ("1", FIRST), ("3", {"name": "丙"}), ("1", LATER), ("3", None), ("4", {"name": "后"})]
    assert [one.shown for one in await wait_said(hub, Extract, len(expected))] == expected
    assert [report.subject for report in invalid(hub)] == ["2"]
    await wait_said(hub, RecordsJudged, 4)
    assert not rows(hub, record_work)
    assert not rows(hub, held)
    stream, box = await begun(province.client)
    taken = await take(hub, stream, Inbox(province.client.identity), box.waiting)
    assert [checked(hub, data)[1].subject for data in taken] == ["c-1", "c-2", "c-3"]
    async with asyncio.timeout(SECONDS):
        while current(hub) != {"0": False, "1": False, "3": True, "4": False}:  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.05)
    supervisor = Person(province.client, "supervisor")
    await eventually(lambda: refusal(supervisor.case(PROVIDER, "c-3")), lambda nothing: not nothing)
