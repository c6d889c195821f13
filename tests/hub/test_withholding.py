"""What waits in a mailbox is judged again when it leaves: a hall that may no longer have a body gets its hashes only."""

from typing import Any

import pytest

from certs.entries import FULL, WITHDRAWN
from certs.names import HUB
from directory.scopes.law import Law
from hub.exchange.delivery import Frame
from hub.exchange.segments import Segment
from hub.exchange.withholding import Extracts, Withholding
from tests.hub.hall_client import Inbox
from tests.hub.running import RunningHub
from tests.hub.test_receive import begun, take
from tests.hub.withheld import (
    AUTHOR,
    BIG,
    FORMER,
    LATER,
    WINDOW,
    halls_of,
    heard,
    law_of,
    moved,
    noted,
    said_by_hub,
    sent,
    settled,
    take_one,
    until_acknowledged,
)


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
    again = delivery.as_of_now(FORMER, bare)
    assert [frame.first for frame in again[1:]] == [frame.end for frame in again[:-1]]
    assert (again[0].first, again[-1].end, len(again)) == (1, 14, 3)
    assert [frame.message.waiting for frame in again] == [40 - frame.end for frame in again]
    assert not any(frame.withheld for frame in again)
    await author.close()
    await former.close()
