"""A grant that is withdrawn ends at once what it let through: questions, what is handed on, and what waits for an open stream."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certs.entries import FULL, WITHDRAWN
from directory.calendar import beijing_day
from tests.directory.catalogue.made import SAMPLE
from tests.hub.copies import Made
from tests.hub.hall_client import Inbox, Journal, Stream
from tests.hub.people import eventually, refusal
from tests.hub.records_sent import Provider, put, said, wait_said
from tests.hub.sharing_ground import HOUSING, READER, RESOURCE, Clock, Member, Scene, sharing
from tests.hub.test_receive import acknowledgement, begun, checked, forms_of, next_of
from tests.hub.test_records_rpc import Asker
from tests.hub.test_submit import opened
from tongban.directory.v1.records_pb2 import Extract, RecordsJudged
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.directory.v1.sharing_pb2 import Term

WINDOW = 65_536
BATCH = 200
"""Extracts of so many records are more than the window, so that what is behind them waits."""
WHY = Purpose(purpose="核验申请人的企业登记信息")


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with sharing(tmp_path, made_province.copy(tmp_path), Clock(datetime.now(UTC))) as found:
        yield found


def records(first: int) -> list[Any]:
    return [put(str(number), json.loads(SAMPLE)) for number in range(first, first + BATCH)]


async def granted(reader: Member, provider: Member) -> str:
    end = beijing_day(datetime.now(UTC)) + timedelta(days=90)
    applied = await reader.apply(term=Term(end=end.isoformat()))
    ident: str = applied.share.application.application
    await provider.act("Grant", ident)
    return ident


async def taken(scene: Scene, stream: Stream, inbox: Inbox) -> tuple[list[int], Any]:
    """Take one delivery; return the forms of its entries, and its acknowledgement, not said yet."""
    delivery = await next_of(stream, "delivery")
    assert delivery.first == inbox.frontier.size
    parts = [(segment, *checked(scene.hub, segment)) for segment in delivery.segments]
    forms = [form for segment, _, entries, _ in parts for form in forms_of(segment, len(entries))]
    leaves = [leaf for _, _, entries, _ in parts for leaf in entries]
    return forms, acknowledgement(inbox, [at for _, indices, _, _ in parts for at in indices], leaves, forms)


async def test_a_withdrawn_grant_stops_deliveries_and_questions_at_once_on_an_open_stream_too(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = await granted(reader, provider)
    stream, where = await begun(scene.clients[READER], window_bytes=WINDOW)
    inbox = Inbox(scene.clients[READER].identity)
    while inbox.frontier.size < where.waiting:
        _, done = await taken(scene, stream, inbox)
        stream.say(done)
    sending, _ = await opened(provider.client)
    sender = Provider(provider.client, sending, Journal(provider.client.identity))
    await sender.send(*records(0), resource=RESOURCE)
    full, unsaid = await taken(scene, stream, inbox)
    assert full == [FULL] * BATCH
    await sender.send(*records(BATCH), resource=RESOURCE)
    await wait_said(scene.hub, Extract, 2 * BATCH)  # behind the window
    clerk = Asker(reader.client, department=HOUSING)
    await eventually(lambda: refusal(clerk.record("1", resource=RESOURCE, purpose=WHY)), lambda reason: not reason)

    await provider.act("Withdraw", ident, ground="用途已经结束")

    assert await refusal(clerk.record("1", resource=RESOURCE, purpose=WHY)) == "REASON_SCOPE_DENIED"
    stream.say(unsaid)
    forms, done = await taken(scene, stream, inbox)
    stream.say(done)
    while len(forms) < BATCH + 1:  # behind the extracts, the word that the grant was withdrawn
        more, done = await taken(scene, stream, inbox)
        stream.say(done)
        forms += more
    assert forms == [WITHDRAWN] * BATCH + [FULL]
    await sender.send(*records(2 * BATCH), resource=RESOURCE)
    await sender.send(put("last", {"name": 7}), resource=RESOURCE)
    await wait_said(scene.hub, RecordsJudged, 4)
    assert len(said(scene.hub, Extract)) == 2 * BATCH
