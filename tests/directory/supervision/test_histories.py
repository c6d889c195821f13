"""What happens to cards, orders and ratings is added, never edited; what should not have happened is flagged."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.supervision import card_history, orders, rectification
from directory.supervision.card_history import CARD_PHASE_TITLES, CardEvent, CardEventKind, CardFlag, CardHistory, CardPhase
from directory.supervision.orders import ORDER_PHASE_TITLES, Escalation, Order, OrderEvent, OrderEventKind, OrderFlag, OrderPhase
from directory.supervision.rectification import (
    CONTACT_TITLES,
    RECTIFICATION_TITLES,
    Contact,
    RatingEvent,
    RatingEventKind,
    RatingFlag,
    Rectification,
    RectificationPhase,
)
from tests.directory.clocks.made import OFFICIAL, at

START = at("2026-09-01")
HOURS = st.integers(0, 100)


def moment(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def card(*kinds: str, ground: str = "申诉理由成立") -> CardHistory:
    return card_history.fold_all(CardEvent(kind, moment(hours), ground) for hours, kind in enumerate(kinds))


def order(*kinds: str) -> Order:
    return orders.fold_all(OrderEvent(kind, moment(hours)) for hours, kind in enumerate(kinds))


def rated(*told: tuple[str, int]) -> Rectification:
    return rectification.fold_all(RatingEvent(kind, moment(hours), grade) for hours, (kind, grade) in enumerate(told))


@pytest.mark.parametrize(
    ("kinds", "phase", "counts"),
    [
        ("", CardPhase.UNKNOWN, False),
        ("issued", CardPhase.ISSUED, True),
        ("issued replied", CardPhase.REPLIED, True),
        ("issued appealed", CardPhase.APPEALED, True),
        ("issued appealed replied", CardPhase.APPEALED, True),
        ("issued appealed upheld", CardPhase.UPHELD, True),
        ("issued replied appealed withdrawn", CardPhase.WITHDRAWN, False),
        ("issued withdrawn", CardPhase.WITHDRAWN, False),
    ],
)
def test_a_card_goes_its_way(kinds: str, phase: CardPhase, *, counts: bool) -> None:
    history = card(*kinds.split())
    assert (history.phase, history.counts, history.flags) == (phase, counts, frozenset())


@pytest.mark.parametrize(
    ("kinds", "phase", "flag"),
    [
        ("issued issued", CardPhase.ISSUED, CardFlag.REPEATED),
        ("issued upheld", CardPhase.UPHELD, CardFlag.WITHOUT_APPEAL),
        ("issued appealed appealed", CardPhase.APPEALED, CardFlag.REPEATED),
        ("issued appealed withdrawn appealed", CardPhase.WITHDRAWN, CardFlag.AFTER_DECISION),
        ("issued appealed withdrawn upheld", CardPhase.WITHDRAWN, CardFlag.AFTER_DECISION),
        ("issued appealed upheld withdrawn", CardPhase.WITHDRAWN, CardFlag.AFTER_DECISION),
        ("issued withdrawn withdrawn", CardPhase.WITHDRAWN, CardFlag.REPEATED),
        ("withdrawn issued", CardPhase.WITHDRAWN, CardFlag.NOT_ISSUED),
        ("replied issued", CardPhase.ISSUED, CardFlag.NOT_ISSUED),
        ("issued torn", CardPhase.ISSUED, CardFlag.UNKNOWN_KIND),
    ],
)
def test_what_should_not_happen_to_a_card_is_flagged(kinds: str, phase: CardPhase, flag: CardFlag) -> None:
    history = card(*kinds.split())
    assert (history.phase, history.flags, history.events) == (phase, frozenset({flag}), len(kinds.split()))


def test_a_card_is_withdrawn_with_a_ground_and_keeps_when_it_was_issued() -> None:
    history = card("issued", "appealed", "withdrawn", ground=" ")
    assert history.flags == {CardFlag.WITHOUT_GROUND}
    assert (history.issued_at, history.appealed_at, history.decided_at) == (moment(0), moment(1), moment(2))


def test_a_card_wants_a_reply_within_working_days() -> None:
    due = card_history.reply_due(card("issued"), 5, OFFICIAL)
    assert due is not None
    assert due.day == date(2026, 9, 8)
    assert not card_history.reply_is_late(card("issued"), 5, OFFICIAL, date(2026, 9, 8))
    assert card_history.reply_is_late(card("issued"), 5, OFFICIAL, date(2026, 9, 9))
    for kinds in ("issued replied", "issued withdrawn", ""):
        assert card_history.reply_due(card(*kinds.split()), 5, OFFICIAL) is None


@pytest.mark.parametrize(
    ("kinds", "phase"),
    [
        ("issued", OrderPhase.ISSUED),
        ("issued answered", OrderPhase.ANSWERED),
        ("issued answered returned", OrderPhase.ISSUED),
        ("issued answered returned answered closed", OrderPhase.CLOSED),
        ("issued escalated", OrderPhase.ESCALATED),
        ("issued escalated answered closed", OrderPhase.CLOSED),
    ],
)
def test_an_order_goes_its_way(kinds: str, phase: OrderPhase) -> None:
    state = order(*kinds.split())
    assert (state.phase, state.flags) == (phase, frozenset())


@pytest.mark.parametrize(
    ("kinds", "phase", "flag"),
    [
        ("answered", OrderPhase.ANSWERED, OrderFlag.NOT_ISSUED),
        ("answered issued", OrderPhase.ANSWERED, OrderFlag.NOT_ISSUED),
        ("issued issued", OrderPhase.ISSUED, OrderFlag.REPEATED),
        ("issued answered answered", OrderPhase.ANSWERED, OrderFlag.REPEATED),
        ("issued returned", OrderPhase.ISSUED, OrderFlag.NOT_ANSWERED),
        ("issued escalated escalated", OrderPhase.ESCALATED, OrderFlag.REPEATED),
        ("issued closed answered", OrderPhase.CLOSED, OrderFlag.AFTER_END),
        ("issued closed escalated", OrderPhase.CLOSED, OrderFlag.AFTER_END),
        ("issued closed closed", OrderPhase.CLOSED, OrderFlag.REPEATED),
        ("issued sung", OrderPhase.ISSUED, OrderFlag.UNKNOWN_KIND),
    ],
)
def test_what_should_not_happen_to_an_order_is_flagged(kinds: str, phase: OrderPhase, flag: OrderFlag) -> None:
    state = order(*kinds.split())
    assert (state.phase, state.flags) == (phase, frozenset({flag}))


def test_an_order_goes_up_when_its_limit_is_over_and_says_whether_the_hall_was_heard_of() -> None:
    issued = order("issued")  # five working days: until 2026-09-08
    end, after = at("2026-09-09", 0), at("2026-09-09", 1)
    assert orders.goes_up(issued, OFFICIAL, end, end) is None
    assert orders.goes_up(issued, OFFICIAL, after, after) is Escalation.UNANSWERED
    assert orders.goes_up(issued, OFFICIAL, end, after) is Escalation.SILENT
    assert orders.goes_up(issued, OFFICIAL, None, after) is Escalation.SILENT
    for kinds in ("issued answered", "issued closed", "issued escalated", ""):
        assert orders.goes_up(order(*kinds.split()), OFFICIAL, after, at("2026-12-01")) is None


def test_an_answer_that_does_not_do_is_asked_for_anew() -> None:
    again = orders.fold_all([OrderEvent("issued", START), OrderEvent("answered", START), OrderEvent("returned", at("2026-09-07"), 2)])
    due = orders.answer_due(again, OFFICIAL)
    assert due is not None
    assert due.day == date(2026, 9, 9)


@pytest.mark.parametrize("grade", [1, 2])
def test_a_bad_rating_opens_a_rectification_with_a_limit_of_its_own(grade: int) -> None:
    state = rated(("rated", grade))
    assert state.phase is RectificationPhase.OPEN
    due = rectification.rectification_due(state, OFFICIAL)
    assert due is not None
    assert due.day == date(2026, 9, 21)
    assert not rectification.is_overdue(state, OFFICIAL, date(2026, 9, 21))
    assert rectification.is_overdue(state, OFFICIAL, date(2026, 9, 22))
    answered = rated(("rated", grade), ("answered", 0))
    assert (answered.phase, rectification.rectification_due(answered, OFFICIAL)) == (RectificationPhase.ANSWERED, None)
    assert rated(("rated", grade), ("answered", 0), ("closed", 0)).phase is RectificationPhase.CLOSED


@pytest.mark.parametrize("grade", [3, 4, 5])
def test_a_rating_that_is_not_bad_opens_nothing(grade: int) -> None:
    assert rated(("rated", grade)).phase is RectificationPhase.NONE
    assert rated(("rated", grade), ("answered", 0)).flags == {RatingFlag.NOTHING_TO_RECTIFY}


@pytest.mark.parametrize(
    ("told", "flag"),
    [
        ([("rated", 0)], RatingFlag.NO_SUCH_GRADE),
        ([("rated", 6)], RatingFlag.NO_SUCH_GRADE),
        ([("rated", 1), ("rated", 5)], RatingFlag.REPEATED),
        ([("rated", 1), ("closed", 0)], RatingFlag.NOT_ANSWERED),
        ([("rated", 1), ("answered", 0), ("answered", 0)], RatingFlag.REPEATED),
        ([("closed", 0)], RatingFlag.NOTHING_TO_RECTIFY),
        ([("rated", 1), ("returned", 0)], RatingFlag.NOT_ANSWERED),
        ([("rated", 1), ("escalated", 0), ("escalated", 0)], RatingFlag.REPEATED),
        ([("rated", 1), ("answered", 0), ("escalated", 0)], RatingFlag.REPEATED),
        ([("rated", 1), ("answered", 0), ("closed", 0), ("answered", 0)], RatingFlag.AFTER_END),
        ([("rated", 1), ("answered", 0), ("closed", 0), ("withdrawn", 0)], RatingFlag.AFTER_END),
        ([("rated", 1), ("withdrawn", 0), ("answered", 0)], RatingFlag.AFTER_END),
        ([("rated", 1), ("withdrawn", 0), ("withdrawn", 0)], RatingFlag.REPEATED),
        ([("starred", 5)], RatingFlag.UNKNOWN_KIND),
    ],
)
def test_what_should_not_happen_to_a_rating_is_flagged(told: list[tuple[str, int]], flag: RatingFlag) -> None:
    assert rated(*told).flags == {flag}
    assert rated(*told, ("rated", 5)).grade == next((grade for kind, grade in told if kind == "rated" and 0 < grade < 6), 5)


def test_a_rectification_counts_from_when_the_hall_was_asked_and_anew_from_its_return() -> None:
    asked = [RatingEvent("rated", START, 1, asked_at=at("2026-09-07"), within=5)]
    due = rectification.rectification_due(rectification.fold_all(asked), OFFICIAL)
    assert due is not None
    assert due.day == date(2026, 9, 14)
    again = [*asked, RatingEvent("answered", at("2026-09-15")), RatingEvent("returned", at("2026-09-16"), within=2)]
    assert rectification.answered_late(rectification.fold_all(again[:2]), OFFICIAL)
    assert not rectification.answered_late(rectification.fold_all([asked[0], RatingEvent("answered", at("2026-09-14"))]), OFFICIAL)
    due = rectification.rectification_due(rectification.fold_all(again), OFFICIAL)
    assert due is not None
    assert due.day == date(2026, 9, 18)


def test_a_rectification_goes_up_once_and_says_whether_the_hall_was_heard_of() -> None:
    opened = rated(("rated", 1))  # fifteen working days: until 2026-09-21, for a Sunday is worked
    end, after = at("2026-09-22", 0), at("2026-09-22", 1)
    assert rectification.goes_up(opened, OFFICIAL, end, end) is None
    assert rectification.goes_up(opened, OFFICIAL, after, after) is Escalation.UNANSWERED
    assert rectification.goes_up(opened, OFFICIAL, end, after) is Escalation.SILENT
    assert rectification.goes_up(opened, OFFICIAL, None, after) is Escalation.SILENT
    for kinds in ("escalated", "answered", "answered closed", "withdrawn", "escalated answered returned"):
        state = rated(("rated", 1), *((kind, 0) for kind in kinds.split()))
        assert rectification.goes_up(state, OFFICIAL, after, at("2026-12-01")) is None
    assert rectification.is_overdue(rated(("rated", 1), ("escalated", 0)), OFFICIAL, date(2026, 9, 22)), "it is still listed"


@given(st.lists(st.tuples(st.sampled_from([*CardEventKind, "x"]), HOURS), max_size=12), st.data())
def test_a_card_stands_where_its_events_put_it_however_they_were_batched(told: list[tuple[str, int]], data: st.DataObject) -> None:
    events = [CardEvent(kind, moment(hours), "x") for kind, hours in told]
    cut = data.draw(st.integers(0, len(events)))
    state = card_history.fold_all(events[:cut])
    for event in events[cut:]:
        state = card_history.fold(state, event)
    assert state == card_history.fold_all(events)
    assert state.events == len(events)
    withdrawn = any(kind == CardEventKind.WITHDRAWN for kind, _ in told)
    assert (state.phase is CardPhase.WITHDRAWN) == withdrawn
    assert (CardFlag.BACK_IN_TIME in state.flags) == (sorted(told, key=lambda one: one[1]) != told)


@given(st.lists(st.tuples(st.sampled_from([*OrderEventKind, "x"]), HOURS), max_size=12))
def test_no_history_makes_an_order_fail_and_a_closed_one_stays_closed(told: list[tuple[str, int]]) -> None:
    state, closed = Order(), False
    for kind, hours in told:
        state = orders.fold(state, OrderEvent(kind, moment(hours)))
        closed |= kind == OrderEventKind.CLOSED
        assert (state.phase is OrderPhase.CLOSED) == closed
        orders.goes_up(state, OFFICIAL, moment(hours), moment(hours))


@given(st.lists(st.tuples(st.sampled_from([*RatingEventKind, "x"]), HOURS, st.integers(-1, 7)), max_size=12))
def test_no_history_makes_a_rating_fail_and_the_first_rating_counts(told: list[tuple[str, int, int]]) -> None:
    state = rectification.fold_all(RatingEvent(kind, moment(hours), grade) for kind, hours, grade in told)
    assert state.events == len(told)
    assert state.grade == next((grade for kind, _, grade in told if kind == "rated" and 1 <= grade <= 5), None)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    for event in (CardEvent, OrderEvent, RatingEvent):
        with pytest.raises(ValueError, match="time zone"):
            event("rated", datetime(2026, 9, 1))  # noqa: DTZ001  the test is about it
        event("rated", datetime(2026, 9, 1, tzinfo=UTC))


def test_every_phase_has_its_title() -> None:
    assert set(CARD_PHASE_TITLES) == set(CardPhase)
    assert set(ORDER_PHASE_TITLES) == set(OrderPhase)
    assert set(RECTIFICATION_TITLES) == set(RectificationPhase)
    assert set(CONTACT_TITLES) == set(Contact)
