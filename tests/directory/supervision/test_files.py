"""A card and an order stay what they were, whatever is done to them, and are read from the ledger as they were written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import MessageMalformed
from directory.refusal import Refused
from directory.scopes.principal import Principal
from directory.supervision import card_file, card_messages, order_file, order_messages
from directory.supervision.card_file import CardAct, CardFile, IssuedCard
from directory.supervision.card_history import CardEventKind, CardFlag
from directory.supervision.cause import Cause
from directory.supervision.order_file import IssuedOrder, OrderAct, OrderFile, awaited, may_go_up
from directory.supervision.orders import OrderEventKind, OrderPhase
from directory.supervision.vocabulary import Effect
from tests.directory.clocks.made import OFFICIAL

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
CAUSE = Cause(
    rule="promise-broken",
    version=2,
    trigger="after-due",
    case_hall="yushu",
    case_number="1",
    subject="step",
    of="审查",
    due=date(2026, 11, 20),
    events=(3, 5),
    since=AT - timedelta(days=2),
    reported_up_to=AT - timedelta(hours=1),
    late_recorded=True,
)
CARD = IssuedCard(card="c-1", effect=Effect.RED_CARD, hall="yushu", issuer="changchun", cause=CAUSE, reply_days=5, issued_at=AT)
ORDER = IssuedOrder(
    order="o-1",
    hall="yushu",
    issuer="changchun",
    cause=Cause(rule="silent-hall", version=1),
    text="请说明",
    reply_days=3,
    issued_at=AT,
    person="7",
)
ISSUED = CardAct(kind=CardEventKind.ISSUED, at=AT, card=CARD)
ORDERED = OrderAct(kind=OrderEventKind.ISSUED, at=AT, reply_days=3, order=ORDER)
WHO = Principal("yushu", "clerk", "", "7")

card_acts = st.lists(st.tuples(st.sampled_from(list(CardEventKind)[1:]), st.sampled_from(["甲", "乙"])), max_size=8)
order_acts = st.lists(st.tuples(st.sampled_from(list(OrderEventKind)[1:]), st.sampled_from(["甲", "乙"])), max_size=8)


@given(card_acts)
def test_a_card_never_changes_and_nothing_odd_is_done_to_it(acts: Sequence[tuple[str, str]]) -> None:
    file, events = card_file.fold(None, ISSUED), [card_messages.write_act("c-1", ISSUED, None)]
    for turn, (kind, text) in enumerate(acts):
        act = CardAct(kind=kind, at=AT + timedelta(hours=turn), text=text)
        after = card_file.done(file, act)
        if isinstance(after, Refused) or after is file:
            continue
        assert card_file.done(after, act) is after, "what is done twice is done once"
        file = after
        events.append(card_messages.write_act("c-1", act, WHO))
    assert file.card == CARD
    assert file.history.flags <= {CardFlag.AFTER_DECISION}
    assert file.history.events == len(events)
    folded: CardFile | None = None
    for event in events:
        folded = card_file.fold(folded, card_messages.read_act(event))
    assert folded == file
    assert card_messages.from_bytes(card_messages.to_bytes(file)) == file


@given(order_acts)
def test_an_order_never_changes_goes_up_once_and_nothing_odd_is_done_to_it(acts: Sequence[tuple[str, str]]) -> None:
    file, events = order_file.fold(None, ORDERED), [order_messages.write_act("o-1", ORDERED, WHO)]
    for turn, (kind, text) in enumerate(acts):
        act = OrderAct(kind=kind, at=AT + timedelta(hours=turn), text=text, escalation="silent" if kind == "escalated" else "")
        after = order_file.done(file, act)
        if isinstance(after, Refused) or after is file:
            continue
        file = after
        events.append(order_messages.write_act("o-1", act, WHO))
    assert file.order == ORDER
    assert file.state.flags == frozenset()
    assert (file.escalation == "silent") == (file.state.escalated_at is not None)
    assert may_go_up(file) == (file.state.phase is OrderPhase.ISSUED and not file.escalation)
    assert (awaited(file, OFFICIAL) is None) == (file.state.phase in {OrderPhase.ANSWERED, OrderPhase.CLOSED})
    folded: OrderFile | None = None
    for event in events:
        folded = order_file.fold(folded, order_messages.read_act(event))
    assert folded == file
    assert order_messages.from_bytes(order_messages.to_bytes(file)) == file


def test_a_reply_to_a_withdrawn_card_is_refused() -> None:
    withdrawn = card_file.done(card_file.fold(None, ISSUED), CardAct(kind=CardEventKind.WITHDRAWN, at=AT, text="误发"))
    assert isinstance(withdrawn, CardFile)
    assert isinstance(card_file.done(withdrawn, CardAct(kind=CardEventKind.REPLIED, at=AT, text="x")), Refused)


def test_a_withdrawal_without_a_ground_is_refused() -> None:
    assert isinstance(card_file.done(card_file.fold(None, ISSUED), CardAct(kind=CardEventKind.WITHDRAWN, at=AT)), Refused)


def test_nothing_happens_to_what_was_never_issued() -> None:
    with pytest.raises(MessageMalformed, match="nobody issued"):
        card_file.fold(None, CardAct(kind=CardEventKind.REPLIED, at=AT))
    with pytest.raises(MessageMalformed, match="nobody issued"):
        order_file.fold(None, OrderAct(kind=OrderEventKind.ANSWERED, at=AT))


def test_what_this_release_cannot_read_is_told_and_not_half_read() -> None:
    file = card_file.fold(None, ISSUED)
    broken = card_messages.write_state(file)
    broken.card.cause.due = "2026-13-01"
    for data in (b"\xff", broken.SerializeToString(), replace_effect(file)):
        with pytest.raises(MessageMalformed):
            card_messages.from_bytes(data)
    with pytest.raises(MessageMalformed):
        order_messages.from_bytes(b"\xff")


def replace_effect(file: CardFile) -> bytes:
    said = card_messages.write_state(replace(file))
    said.card.effect = "blue-card"
    return said.SerializeToString()
