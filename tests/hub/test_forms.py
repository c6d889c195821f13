"""A hall acknowledges each entry in the form in which it came, and neither replays nor evidence give it what was withheld."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.entries import ERASED, FULL, WITHDRAWN
from certs.evidence_findings import Verdict
from certs.evidence_words import limits
from certs.merkle import Frontier
from hub.exchange import forms, mailboxes
from hub.exchange.delivery import _within
from hub.exchange.mailboxes import Acknowledged, Entry
from tests.hub.hall_client import Inbox, Journal, case_envelope
from tests.hub.running import RunningHub
from tests.hub.test_evidence import exported, findings, position, refused
from tests.hub.test_receive import acknowledgement, begun, take
from tests.hub.test_submit import opened, reason, receipt
from tests.hub.withheld import (
    AUTHOR,
    FORMER,
    LATER,
    halls_of,
    heard,
    journal_behind,
    moved,
    noted,
    replay,
    sent,
    settled,
    until_acknowledged,
)
from tongban.exchange.v1 import exchange_pb2


async def test_what_was_sent_in_full_is_not_acknowledged_as_withdrawn(hub: RunningHub) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER]])
    stream, indices, leaves, got = await heard(hub, former)
    assert got == [FULL] * 3
    stream.say(acknowledgement(Inbox(former.identity), indices, leaves, [FULL, FULL, WITHDRAWN]))
    assert await reason(stream) == "REASON_INBOX_MISMATCH"
    said = acknowledgement(Inbox(former.identity), indices, leaves, [FULL, FULL, WITHDRAWN]).acknowledgement
    stream = await former.receive(checkpoint=said.checkpoint, not_full=list(said.not_full))
    assert await reason(stream) == "REASON_INBOX_MISMATCH"
    await moved(hub)
    stream, indices, leaves, got = await heard(hub, former)
    assert got == [FULL, FULL, WITHDRAWN]
    stream.say(acknowledgement(Inbox(former.identity), indices, leaves, [FULL, FULL, ERASED]))
    assert await reason(stream) == "REASON_INBOX_MISMATCH"
    assert settled(hub) == {}
    for client in (author, former):
        await client.close()


@pytest.mark.parametrize(
    "ranges",
    [
        [(2, 1, WITHDRAWN), (2, 1, WITHDRAWN)],
        [(2, 1, WITHDRAWN), (0, 1, WITHDRAWN)],
        [(2, 2, WITHDRAWN)],
        [(2, 0, WITHDRAWN)],
        [(2, 2**64 - 1, WITHDRAWN)],
    ],
)
async def test_ranges_that_meet_or_end_behind_the_checkpoint_are_refused(hub: RunningHub, ranges: list[tuple[int, int, Any]]) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER]])
    await moved(hub)
    stream, indices, leaves, got = await heard(hub, former)
    request = acknowledgement(Inbox(former.identity), indices, leaves, got)
    del request.acknowledgement.not_full[:]
    request.acknowledgement.not_full.extend(exchange_pb2.FormRange(first=first, count=count, form=form) for first, count, form in ranges)
    stream.say(request)
    assert await reason(stream) == "REASON_FIELD_INVALID"
    for client in (author, former):
        await client.close()


async def test_what_was_withheld_is_acknowledged_by_the_next_opening(hub: RunningHub) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER], [FORMER]], [[FORMER]])
    await moved(hub)
    stream, indices, leaves, got = await heard(hub, former)
    said = acknowledgement(Inbox(former.identity), indices, leaves, got).acknowledgement
    await stream.end()
    bare = await former.receive(checkpoint=said.checkpoint)  # an acknowledgement that does not say so is of another log
    assert await reason(bare) == "REASON_INBOX_MISMATCH"
    stream, where = await begun(former, checkpoint=said.checkpoint, not_full=list(said.not_full))
    assert (where.size, where.waiting) == (5, 0)
    assert settled(hub) == dict.fromkeys((2, 3, 4), WITHDRAWN)
    for client in (author, former):
        await client.close()


async def test_a_body_that_came_on_an_earlier_stream_is_acknowledged_in_full_although_it_is_withheld_now(hub: RunningHub) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER]])
    stream, indices, leaves, got = await heard(hub, former)
    assert got == [FULL] * 3
    await stream.end()  # stored at the hall, and the acknowledgement lost
    await moved(hub)
    stream, *_, got = await heard(hub, former)
    assert got == [FULL, FULL, WITHDRAWN]
    stream.say(acknowledgement(Inbox(former.identity), indices, leaves, [FULL] * 3))
    await until_acknowledged(stream, 3)
    assert (settled(hub), noted(hub)) == ({}, {2: WITHDRAWN})
    for client in (author, former):
        await client.close()


async def test_a_restored_hall_gets_its_forms_back_and_no_body_that_it_may_not_have(hub: RunningHub) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    [[first, second]] = await sent(author, [[FORMER], [FORMER]])
    inbox = Inbox(former.identity)
    stream, _ = await begun(former)
    assert await take(hub, stream, inbox, 4) == [first, second]
    await stream.end()
    await moved(hub)
    journal = Journal(author.identity, journal_behind(first, second))
    sending, _ = await opened(author)
    third = case_envelope(author.identity, "third", recipients=[LATER])
    await receipt(sending, journal.seal([third]))
    again, replayed = await replay(hub, former)
    assert replayed == [(FULL, True)] * 2 + [(FULL, False)] * 2
    await again.end()
    await moved(hub, superior=FORMER)
    again, replayed = await replay(hub, former)
    assert replayed == [(FULL, True)] * 4
    for client in (author, former):
        await client.close()


async def test_what_was_acknowledged_as_withdrawn_is_replayed_as_that_even_where_it_may_be_had_again(hub: RunningHub) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER], [FORMER]])
    await moved(hub)
    stream, _ = await begun(former)
    await take(hub, stream, Inbox(former.identity), 4)
    await stream.end()
    await moved(hub, superior=FORMER)
    _, replayed = await replay(hub, former)
    assert replayed == [(FULL, True)] * 2 + [(WITHDRAWN, False)] * 2
    for client in (author, former):
        await client.close()


async def test_evidence_says_withdrawn_and_goes_to_no_hall_whose_body_was_withheld(hub: RunningHub) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER]], [[FORMER]])
    inbox = Inbox(former.identity)
    stream, indices, leaves, got = await heard(hub, former)
    stream.say(acknowledgement(inbox, indices[:3], leaves[:3], got[:3]))
    await until_acknowledged(stream, 3)
    await stream.end()
    await moved(hub)
    said = acknowledgement(inbox, indices[3:], leaves[3:], [FULL])
    stream, *_, got = await heard(hub, former, checkpoint=Inbox(former.identity).acknowledge(indices[:3], leaves[:3]))
    assert got == [WITHDRAWN]
    assert len(await exported(former, position(author, 0))) == 1  # it has that body, by its own signature
    assert (await refused(former, *position(author, 1)))[0] == "REASON_NOT_FOUND"
    stream.say(said)  # a lie: it has only hashes
    await until_acknowledged(stream, 4)
    assert (await refused(former, *position(author, 1)))[0] == "REASON_NOT_FOUND"
    for client in (author, former):
        await client.close()


async def test_the_authors_evidence_names_what_was_withdrawn_before_it_came(hub: RunningHub) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER]], [[FORMER]])
    await moved(hub)
    stream, _ = await begun(former)
    await take(hub, stream, Inbox(former.identity), 4)
    for found in await findings(author, position(author, 0), position(author, 1)):
        assert found.verdict is Verdict.INCOMPLETE
        assert [(one.hall, one.form) for one in found.received] == [(FORMER, WITHDRAWN)]
        assert any("withdrawn before it came" in limit for limit in limits(found))
    for client in (author, former):
        await client.close()


async def test_acknowledgements_of_two_streams_that_overlap_keep_each_form_once(hub: RunningHub) -> None:
    await (await hub.join(FORMER)).close()
    rooms, empty = hub.hub.rooms, Frontier.empty()
    for size, not_full in ((4, {2: WITHDRAWN, 3: WITHDRAWN}), (6, {2: WITHDRAWN, 3: WITHDRAWN, 4: WITHDRAWN}), (5, {4: WITHDRAWN})):
        done = Acknowledged(FORMER, 1, 0, empty, empty.extend([bytes(32)] * size), "", 0, not_full)
        await rooms.committer.plain(partial(mailboxes.acknowledge, done=done), patient=False)
    assert settled(hub) == dict.fromkeys((2, 3, 4), WITHDRAWN)


@given(st.data())
def test_what_lies_outside_a_range_is_left_out_of_an_entry(data: st.DataObject) -> None:
    members = sorted(data.draw(st.sets(st.integers(0, 30), min_size=1)))
    runs = tuple((at, at + 1) for at in members)
    entry = Entry("hall", 10, len(members), 100, runs)
    start, end = sorted(data.draw(st.tuples(st.integers(0, 60), st.integers(0, 60))))
    held = [member for at, member in enumerate(members, 10) if start <= at < end]
    if held:
        cut = _within(entry, start, end)
        assert [at for first, last in cut.members(31) for at in range(first, last)] == held
        assert (cut.first, cut.count) == (max(start, 10), len(held))


async def test_two_streams_note_the_same_entry_once(hub: RunningHub) -> None:
    rooms = hub.hub.rooms
    await rooms.committer.plain(partial(forms.note, hall=FORMER, forms={3: WITHDRAWN, 4: WITHDRAWN}), patient=False)
    with rooms.database.reader.begin() as connection:
        assert forms.noted(connection, FORMER, 4, 9) == {4: WITHDRAWN}
    for entries in ([3, 4], [4, 5, 9], [1, 2, 3], [9]):
        note = partial(forms.note, hall=FORMER, forms=dict.fromkeys(entries, WITHDRAWN))
        await rooms.committer.plain(note, patient=False)
    assert noted(hub) == dict.fromkeys((1, 2, 3, 4, 5, 9), WITHDRAWN)
    with rooms.database.reader.begin() as connection:
        assert forms.noted(connection, FORMER, 4, 9) == {4: WITHDRAWN, 5: WITHDRAWN}
