"""A rectification stays what it was, whatever is done to it, and is read from the ledger as it was written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import MessageMalformed
from directory.refusal import Refused
from directory.scopes.principal import Principal
from directory.supervision import rectification, rectification_file, rectification_messages
from directory.supervision.cause import Cause
from directory.supervision.rectification import RatingEventKind, RectificationPhase
from directory.supervision.rectification_file import OpenedRectification, RectificationAct, RectificationFile
from tests.directory.clocks.made import OFFICIAL

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
OPENED = OpenedRectification(
    rectification="rc-1",
    hall="yushu",
    issuer="changchun",
    cause=Cause(rule="bad-rating", version=1, trigger="badly-rated", case_hall="yushu", case_number="1", of="1", events=(7,), since=AT),
    grade=1,
    rated_at=AT - timedelta(days=9),
    reply_days=3,
    opened_at=AT,
)
RATED = RectificationAct(kind=RatingEventKind.RATED, at=AT, reply_days=3, opened=OPENED)
WHO = Principal("yushu", "clerk", "", "7")
ENDS = frozenset({RectificationPhase.CLOSED, RectificationPhase.WITHDRAWN})

acts = st.lists(st.tuples(st.sampled_from(list(RatingEventKind)[1:]), st.sampled_from(["甲", "乙"])), max_size=8)


@given(acts)
def test_it_never_changes_goes_up_once_ends_once_and_nothing_odd_is_done_to_it(told: Sequence[tuple[str, str]]) -> None:
    file, events = rectification_file.fold(None, RATED), [rectification_messages.write_act("rc-1", RATED, None)]
    kinds: list[str] = []
    for turn, (kind, text) in enumerate(told):
        act = RectificationAct(kind=kind, at=AT + timedelta(hours=turn), text=text, contact="content", reply_days=turn + 1)
        after = rectification_file.done(file, act)
        if isinstance(after, Refused) or after is file:
            continue
        assert file.state.phase not in ENDS
        if kind != RatingEventKind.ESCALATED:
            assert rectification_file.done(after, act) is after, "what is done twice is done once"
        file = after
        kinds.append(kind)
        events.append(rectification_messages.write_act("rc-1", act, WHO))
    assert (file.opened, file.state.flags, file.state.events) == (OPENED, frozenset(), len(events))
    assert kinds.count(RatingEventKind.ESCALATED) <= 1
    assert (rectification.rectification_due(file.state, OFFICIAL) is None) == (file.state.phase not in {"open", "escalated"})
    folded: RectificationFile | None = None
    for event in events:
        folded = rectification_file.fold(folded, rectification_messages.read_act(event))
    assert folded == file
    assert rectification_messages.from_bytes(rectification_messages.to_bytes(file)) == file


def test_its_limit_counts_from_the_day_on_which_the_hall_was_asked() -> None:
    due = rectification.rectification_due(rectification_file.fold(None, RATED).state, OFFICIAL)
    assert due is not None
    assert due.day.isoformat() == "2026-11-26", "though the rating itself was heard of late"


def test_a_rating_dated_a_little_ahead_of_the_hub_is_still_answered() -> None:
    ahead = replace(OPENED, rated_at=AT + timedelta(minutes=4))
    file = rectification_file.fold(None, replace(RATED, opened=ahead))
    assert file.state.last_at == ahead.rated_at, "no act is dated before it"
    assert rectification_file.done(file, RectificationAct(kind="answered", at=ahead.rated_at, text="x")) != file


def test_an_event_of_one_that_nobody_opened_cannot_be_read() -> None:
    with pytest.raises(MessageMalformed, match="nobody opened"):
        rectification_file.fold(None, RectificationAct(kind="answered", at=AT))
    for data in (b"\xff", rectification_messages.write_state(rectification_file.fold(None, RATED)).SerializeToString()[:9]):
        with pytest.raises(MessageMalformed):
            rectification_messages.from_bytes(data)
