"""Pin the bytes of what supervision says: halls keep it, and old cards, orders and rectifications have to be read for decades."""

from datetime import UTC, date, datetime

import pytest

from directory.contract import timestamp
from directory.scopes.principal import Principal
from directory.supervision import card_file, card_messages, order_file, order_messages, rectification_file, rectification_messages
from directory.supervision.card_file import CardAct, IssuedCard
from directory.supervision.cause import Cause, write_cause
from directory.supervision.order_file import IssuedOrder, OrderAct
from directory.supervision.rectification_file import OpenedRectification, RectificationAct
from directory.supervision.vocabulary import Effect
from tongban.supervision.v1 import supervision_pb2 as said

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 4, tzinfo=UTC)
CAUSE = Cause(
    rule="promise-broken",
    version=2,
    trigger="after-due",
    case_hall="yushu",
    case_number="2026-1",
    subject="step",
    of="审查",
    due=date(2026, 11, 20),
    events=(3, 500),
    since=datetime(2026, 11, 20, 16, tzinfo=UTC),
    reported_up_to=datetime(2026, 11, 23, 3, tzinfo=UTC),
    late_recorded=True,
)
RATING = Cause(rule="bad-rating", version=1, trigger="badly-rated", case_hall="yushu", case_number="2026-1", of="1", events=(7,), since=AT)
CARD = IssuedCard(card="c-1", effect=Effect.RED_CARD, hall="yushu", issuer="changchun", cause=CAUSE, reply_days=5, issued_at=AT)
ORDER = IssuedOrder(order="o-1", hall="yushu", issuer="changchun", cause=CAUSE, text="请说明", reply_days=3, issued_at=AT, person="7")
RECTIFICATION = OpenedRectification(
    rectification="rc-1", hall="yushu", issuer="changchun", cause=RATING, grade=1, rated_at=AT, reply_days=15, opened_at=LATER
)
WHO = Principal("yushu", "clerk", "windows", "7")

CARD_ACTS = {
    "issued": (CardAct(kind="issued", at=AT, card=CARD), None),
    "replied": (CardAct(kind="replied", at=LATER, text="已补办"), WHO),
}
ORDER_ACTS = {
    "issued": (OrderAct(kind="issued", at=AT, reply_days=3, order=ORDER), WHO),
    "escalated": (OrderAct(kind="escalated", at=LATER, escalation="silent"), None),
}
RECTIFICATION_ACTS = {
    "rated": (RectificationAct(kind="rated", at=LATER, opened=RECTIFICATION), None),
    "answered": (RectificationAct(kind="answered", at=LATER, text="已致歉", contact="content"), WHO),
    "withdrawn": (RectificationAct(kind="withdrawn", at=LATER), None),
}
BYTES = {
    "card issued": (
        "0a03632d3112066973737565641a0608c0f48ed806228a010a03632d3112087265642d636172641a05797573687522096368616e676368756e2a5d0a"
        "0e70726f6d6973652d62726f6b656e10021a0961667465722d647565220579757368752a06323032362d313204737465703a06e5aea1e69fa5420a32"
        "3032362d31312d32304a0303f40352060880dd81d8065a0608b0d88ed806600130053a0608c0f48ed806"
    ),
    "card replied": (
        "0a03632d3112077265706c6965641a0608c09794d8062a09e5b7b2e8a1a5e58a9e320579757368753a130a05636c65726b120777696e646f77731a0137"
    ),
    "order issued": (
        "0a036f2d3112066973737565641a0608c0f48ed806228e010a036f2d31120579757368751a096368616e676368756e225d0a0e70726f6d6973652d62"
        "726f6b656e10021a0961667465722d647565220579757368752a06323032362d313204737465703a06e5aea1e69fa5420a323032362d31312d32304a"
        "0303f40352060880dd81d8065a0608b0d88ed80660012a09e8afb7e8afb4e6988e30033a0608c0f48ed8064201373003420579757368754a130a0563"
        "6c65726b120777696e646f77731a0137"
    ),
    "order escalated": ("0a036f2d311209657363616c617465641a0608c09794d80630053a0673696c656e74"),
    "rectification rated": (
        "0a0472632d31120572617465641a0608c09794d80622660a0472632d31120579757368751a096368616e676368756e22380a0a6261642d726174696e"
        "6710011a0b6261646c792d7261746564220579757368752a06323032362d313a01314a0107520608c0f48ed8062801320608c0f48ed806380f420608"
        "c09794d806380f"
    ),
    "rectification answered": (
        "0a0472632d311208616e7377657265641a0608c09794d8062a09e5b7b2e887b4e6ad893207636f6e74656e74380f4a05797573687552130a05636c65"
        "726b120777696e646f77731a0137"
    ),
    "rectification withdrawn": ("0a0472632d31120977697468647261776e1a0608c09794d806380f"),
    "reminder": (
        "0a057975736875125d0a0e70726f6d6973652d62726f6b656e10021a0961667465722d647565220579757368752a06323032362d313204737465703a"
        "06e5aea1e69fa5420a323032362d31312d32304a0303f40352060880dd81d8065a0608b0d88ed80660011a0608c0f48ed806"
    ),
}
STATES = {
    "card": (
        "0a8a010a03632d3112087265642d636172641a05797573687522096368616e676368756e2a5d0a0e70726f6d6973652d62726f6b656e10021a096166"
        "7465722d647565220579757368752a06323032362d313204737465703a06e5aea1e69fa5420a323032362d31312d32304a0303f40352060880dd81d8"
        "065a0608b0d88ed806600130053a0608c0f48ed80612077265706c6965641a0608c09794d8062209e5b7b2e8a1a5e58a9e520608c09794d8065802"
    ),
    "order": (
        "0a8e010a036f2d31120579757368751a096368616e676368756e225d0a0e70726f6d6973652d62726f6b656e10021a0961667465722d647565220579"
        "757368752a06323032362d313204737465703a06e5aea1e69fa5420a323032362d31312d32304a0303f40352060880dd81d8065a0608b0d88ed80660"
        "012a09e8afb7e8afb4e6988e30033a0608c0f48ed8064201371209657363616c617465641a0608c0f48ed80620033a0608c09794d806420673696c65"
        "6e74620608c09794d8066802"
    ),
    "rectification": (
        "0a660a0472632d31120579757368751a096368616e676368756e22380a0a6261642d726174696e6710011a0b6261646c792d72617465642205797573"
        "68752a06323032362d313a01314a0107520608c0f48ed8062801320608c0f48ed806380f420608c09794d8061208616e7377657265641a0608c09794"
        "d806200f2a0608c09794d8063209e5b7b2e887b4e6ad893a07636f6e74656e746a0608c09794d8067002"
    ),
}


@pytest.mark.parametrize("kind", CARD_ACTS)
def test_what_happens_to_a_card_keeps_its_bytes(kind: str) -> None:
    act, who = CARD_ACTS[kind]
    assert card_messages.write_act("c-1", act, who).hex() == BYTES[f"card {kind}"]
    assert card_messages.read_act(bytes.fromhex(BYTES[f"card {kind}"])) == act


@pytest.mark.parametrize("kind", ORDER_ACTS)
def test_what_happens_to_an_order_keeps_its_bytes(kind: str) -> None:
    act, who = ORDER_ACTS[kind]
    assert order_messages.write_act("o-1", act, who).hex() == BYTES[f"order {kind}"]
    assert order_messages.read_act(bytes.fromhex(BYTES[f"order {kind}"])) == act


@pytest.mark.parametrize("kind", RECTIFICATION_ACTS)
def test_what_happens_to_a_rectification_keeps_its_bytes(kind: str) -> None:
    act, who = RECTIFICATION_ACTS[kind]
    assert rectification_messages.write_act("rc-1", act, who).hex() == BYTES[f"rectification {kind}"]
    assert rectification_messages.read_act(bytes.fromhex(BYTES[f"rectification {kind}"])) == act


def test_a_reminder_keeps_its_bytes() -> None:
    reminder = said.Reminder(hall="yushu", cause=write_cause(CAUSE), issued_at=timestamp(AT))
    assert reminder.SerializeToString().hex() == BYTES["reminder"]
    assert said.Reminder.FromString(bytes.fromhex(BYTES["reminder"])) == reminder


def test_what_is_kept_of_a_matter_keeps_its_bytes() -> None:
    card = card_file.fold(card_file.fold(None, CARD_ACTS["issued"][0]), CARD_ACTS["replied"][0])
    order = order_file.fold(order_file.fold(None, ORDER_ACTS["issued"][0]), ORDER_ACTS["escalated"][0])
    rectification = rectification_file.fold(
        rectification_file.fold(None, RECTIFICATION_ACTS["rated"][0]), RECTIFICATION_ACTS["answered"][0]
    )
    assert card_messages.to_bytes(card).hex() == STATES["card"]
    assert order_messages.to_bytes(order).hex() == STATES["order"]
    assert rectification_messages.to_bytes(rectification).hex() == STATES["rectification"]
    assert card_messages.from_bytes(bytes.fromhex(STATES["card"])) == card
    assert order_messages.from_bytes(bytes.fromhex(STATES["order"])) == order
    assert rectification_messages.from_bytes(bytes.fromhex(STATES["rectification"])) == rectification
