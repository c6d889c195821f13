"""What waits in a mailbox is judged again when it leaves: a hall that may no longer have a body gets its hashes only."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.entries import ERASED, FULL, WITHDRAWN
from certs.evidence_findings import Verdict
from certs.evidence_words import limits
from certs.merkle import Frontier, leaf_hashes
from certs.names import HUB
from directory.scopes.law import Law
from hub.db import open_database, transaction
from hub.exchange import forms, mailboxes
from hub.exchange.delivery import Frame, _within
from hub.exchange.mailboxes import Acknowledged, Entry
from hub.exchange.own_journal import Message
from hub.exchange.segments import Segment
from hub.exchange.withholding import Extracts, Withholding
from hub.registry import halls
from hub.registry.changes import apply_pending
from tests.hub.hall_client import HallClient, Inbox, Journal, Stream, case_envelope
from tests.hub.running import RunningHub
from tests.hub.test_evidence import exported, findings, position, refused
from tests.hub.test_receive import acknowledgement, begun, checked, forms_of, next_of, take
from tests.hub.test_submit import opened, reason, receipt
from tongban.exchange.v1 import exchange_pb2

AUTHOR, FORMER, LATER = "gongzhuling", "changchun", "siping"
BIG = "x" * 100_000
WINDOW = 65_536


async def moved(hub: RunningHub, hall: str = AUTHOR, superior: str = LATER) -> None:
    """Put a hall under another superior, as an operator's command does beside the running hub."""
    rooms = hub.hub.rooms
    database = open_database(hub.config.database)
    with transaction(database.writer) as connection:
        halls.store(connection, [replace(rooms.registry.province.hall(hall), superior=superior)])
    database.dispose()
    await apply_pending(rooms.registry, hub.hub.calls)


async def sent(client: HallClient, *batches: Sequence[list[str]], text: str = "") -> list[list[bytes]]:
    """Send batches from a hall that has sent nothing yet: for each envelope its recipients."""
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    out = []
    for number, batch in enumerate(batches):
        envelopes = [case_envelope(client.identity, f"{number}-{at}", recipients=to, dataschema=text) for at, to in enumerate(batch)]
        await receipt(stream, journal.seal(envelopes))
        out.append(envelopes)
    await stream.end()
    return out


async def halls_of(hub: RunningHub, *names: str) -> list[HallClient]:
    return [await hub.join(name) for name in names]


def noted(hub: RunningHub, hall: str = FORMER) -> dict[int, int]:
    with hub.hub.rooms.database.reader.begin() as connection:
        return forms.noted(connection, hall, 0, 1_000)


def settled(hub: RunningHub, hall: str = FORMER) -> dict[int, int]:
    with hub.hub.rooms.database.reader.begin() as connection:
        return forms.acknowledged(connection, hall, 0, 1_000)


async def test_a_superior_that_was_changed_gets_no_body_of_what_waits_on_the_open_stream_and_all_else(hub: RunningHub) -> None:
    author, former, later, other = await halls_of(hub, AUTHOR, FORMER, LATER, "yushu")
    before = [one for batch in await sent(author, *[[[FORMER]] * 4] * 8, text=BIG) for one in batch]
    [[still_entitled]] = await sent(other, [[FORMER]])
    stream, where = await begun(former, window_bytes=WINDOW)
    assert where.waiting == 4 + len(before) + 1
    inbox = Inbox(former.identity)
    bodies: list[bytes] = []
    while not bodies:
        bodies += await take_one(hub, stream, inbox)
    await moved(hub)
    while inbox.frontier.size < where.waiting:
        bodies += await take_one(hub, stream, inbox)
    await until_acknowledged(stream, where.waiting)
    left_before = len(bodies) - 1
    assert 0 < left_before < len(before)
    assert bodies == [*before[:left_before], still_entitled]
    assert settled(hub) == noted(hub) == dict.fromkeys(range(4 + left_before, 4 + len(before)), WITHDRAWN)
    for client in (author, former, later, other):
        await client.close()


async def take_one(hub: RunningHub, stream: Stream, inbox: Inbox) -> list[bytes]:
    """Take one delivery, acknowledge it, and return the bodies of messages in it."""
    delivery = await next_of(stream, "delivery")
    assert delivery.first == inbox.frontier.size
    parts = [(segment, *checked(hub, segment)) for segment in delivery.segments]
    leaves = [leaf for _, _, entries, _ in parts for leaf in entries]
    taken = [form for segment, _, entries, _ in parts for form in forms_of(segment, len(entries))]
    stream.say(acknowledgement(inbox, [at for _, indices, _, _ in parts for at in indices], leaves, taken))
    return [body for segment, _, _, envelopes in parts if segment.kind == exchange_pb2.LEDGER_KIND_MESSAGE for body in envelopes]


async def until_acknowledged(stream: Stream, size: int) -> None:
    while (await next_of(stream, "acknowledged")).size < size:
        pass


async def test_of_a_mixed_batch_only_what_is_out_of_reach_is_withheld_and_others_get_all(hub: RunningHub) -> None:
    author, former, province = await halls_of(hub, AUTHOR, FORMER, "jilin-sheng")
    mixed = [["jilin-sheng"], [FORMER], [FORMER, "jilin-sheng"], []]
    [envelopes] = await sent(author, mixed)
    await moved(hub)
    stream, _ = await begun(former)
    assert await take(hub, stream, Inbox(former.identity), 3 + 2) == []
    stream, _ = await begun(province)
    assert await take(hub, stream, Inbox(province.identity), 3 + 2) == [envelopes[0], envelopes[2]]
    assert (noted(hub), noted(hub, "jilin-sheng")) == ({3: WITHDRAWN, 4: WITHDRAWN}, {})
    for client in (author, former, province):
        await client.close()


async def test_a_frame_that_was_composed_before_the_change_leaves_without_the_body(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, [[FORMER]])
    laws: list[Law] = []
    before = law_of(hub)
    await moved(hub)
    after = law_of(hub)
    delivery = hub.hub.rooms.delivery
    monkeypatch.setattr(delivery, "withholding", Withholding(lambda: laws[-1]))
    laws.append(before)
    composed: list[Frame] = []
    real = delivery.frame

    def composing(*asked: Any, **more: Any) -> Frame | None:
        frame = real(*asked, **more)
        if frame is not None:
            composed.append(frame)
        laws.append(after)  # between the composing and the leaving
        return frame

    monkeypatch.setattr(delivery, "frame", composing)
    stream, _ = await begun(former)
    assert await take(hub, stream, Inbox(former.identity), 3) == []
    assert [list(frame.withheld) for frame in composed] == [[], [2]]
    for client in (author, former):
        await client.close()


def law_of(hub: RunningHub) -> Law:
    return hub.hub.rooms.laws.in_force().law


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


async def heard(hub: RunningHub, client: HallClient, **opening: Any) -> tuple[Stream, list[int], list[bytes], list[int]]:
    """Open a stream and take what waits without acknowledging it: ledger indices, ledger leaves and forms."""
    stream, where = await begun(client, **opening)
    indices: list[int] = []
    leaves: list[bytes] = []
    got: list[int] = []
    while len(got) < where.waiting:
        for segment in (await next_of(stream, "delivery")).segments:
            at, entries, _ = checked(hub, segment)
            indices, leaves, got = indices + at, leaves + entries, got + forms_of(segment, len(entries))
    return stream, indices, leaves, got


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


def journal_behind(*envelopes: bytes) -> Frontier:
    return Frontier.empty().extend(leaf_hashes(envelopes))


async def replay(hub: RunningHub, client: HallClient) -> tuple[Stream, list[tuple[int, bool]]]:
    """Lose everything and open; return for each acknowledged entry the form of its leaf, and whether its body came."""
    stream, where = await begun(client)
    found: list[tuple[int, bool]] = []
    while len(found) < where.size:
        delivery = await next_of(stream, "delivery")
        assert delivery.replay
        for segment in delivery.segments:
            entries = checked(hub, segment)[1]
            bare = {one.position for one in segment.withheld}
            found += [(form, at not in bare) for at, form in enumerate(forms_of(segment, len(entries)))]
    return stream, found


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


async def test_of_the_hubs_own_messages_the_judge_of_extracts_decides_and_never_of_what_is_for_all(hub: RunningHub) -> None:
    former, _ = await halls_of(hub, FORMER, LATER)
    rooms = hub.hub.rooms
    state: list[frozenset[int]] = [frozenset({0, 1})]
    asked: list[tuple[str, str]] = []

    def judge(hall: str, segment: Segment) -> frozenset[int]:
        asked.append((hall, segment.author))
        return state[-1]

    rooms.delivery.withholding = Withholding(lambda: law_of(hub), Extracts(judge, lambda: len(state)))
    await said_by_hub(hub, FORMER, 3)
    await said_by_hub(hub, "*", 1)
    stream, _, _, got = await heard(hub, former)
    assert got == [FULL] * 2 + [WITHDRAWN, WITHDRAWN, FULL] + [FULL]
    assert set(asked) == {(FORMER, HUB)}
    await stream.end()
    state.append(frozenset())
    *_, got = await heard(hub, former)
    assert got == [FULL] * 6
    await former.close()


async def said_by_hub(hub: RunningHub, recipient: str, count: int) -> None:
    at = hub.hub.rooms.clock()
    messages = [Message(source="x", resource="record", type="x", subject=str(n), payload=b"x", at=at) for n in range(count)]
    await hub.hub.rooms.registry.own.say(messages, (recipient,), lambda _connection, _first: None)


async def test_a_frame_that_was_composed_before_a_grant_ended_leaves_without_the_body(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = await hub.join(FORMER)
    granted: list[frozenset[int]] = [frozenset()]
    delivery = hub.hub.rooms.delivery
    judge = Extracts(lambda _hall, _segment: granted[-1], lambda: len(granted))
    monkeypatch.setattr(delivery, "withholding", Withholding(lambda: law_of(hub), judge))
    await said_by_hub(hub, FORMER, 2)
    real = delivery.frame

    def composing(*asked: Any, **more: Any) -> Frame | None:
        frame = real(*asked, **more)
        granted.extend([frozenset({1})] if len(granted) == 1 else [])
        return frame

    monkeypatch.setattr(delivery, "frame", composing)
    *_, got = await heard(hub, former)
    assert got == [FULL, FULL, WITHDRAWN]
    await former.close()


async def test_in_the_subtree_only_what_goes_upward_alone_is_out_of_reach(hub: RunningHub) -> None:
    city, county = await halls_of(hub, FORMER, "yushu")
    [envelopes] = await sent(city, [["yushu"], ["yushu"]], text="source-run")  # as some text, not as the resource
    stream, _ = await begun(county)
    assert await take(hub, stream, Inbox(county.identity), 4) == envelopes
    await city.close()
    await county.close()


async def test_bodies_that_may_go_out_again_go_in_as_many_frames_as_they_need(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    author, former = await halls_of(hub, AUTHOR, FORMER)
    await sent(author, *[[[FORMER]] * 4] * 8, text=BIG)
    delivery = hub.hub.rooms.delivery
    await moved(hub)
    bare = delivery.frame(FORMER, 1, 40)
    assert bare is not None
    assert (bare.first, bare.end, bare.message.waiting, len(bare.withheld)) == (1, 14, 26, 12)
    await moved(hub, superior=FORMER)
    monkeypatch.setattr(delivery, "_frame_bytes", 400_000)
    again = list(delivery.as_of_now(FORMER, bare))
    assert [frame.first for frame in again[1:]] == [frame.end for frame in again[:-1]]
    assert (again[0].first, again[-1].end, len(again)) == (1, 14, 3)
    assert [frame.message.waiting for frame in again] == [40 - frame.end for frame in again]
    assert not any(frame.withheld for frame in again)
    await author.close()
    await former.close()


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
