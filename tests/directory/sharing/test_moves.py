"""What someone does to an application is an event that the fold takes without a word, or nothing, or is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.vocabulary import SharingType
from directory.refusal import Refused
from directory.sharing import moves
from directory.sharing.history import Share, ShareEvent, fold
from directory.sharing.moves import Move, SoAlready
from directory.sharing.vocabulary import ShareEventKind
from directory.validity import Period
from tests.directory.catalogue.made import version
from tests.directory.sharing.made import DAY, NOON, TERM, application, consent

VERBS = ("answer", "grant", "refuse", "withdraw", "expire")
STEP = timedelta(days=40)


def moved(share: Share, verb: str, at: datetime) -> Move:
    if verb == "answer":
        return moves.answered(share, at)
    if verb == "grant":
        return moves.granted(share, version(), consent(granted_at=at))
    if verb == "refuse":
        return moves.refused(share, "超出职责范围", at)
    return moves.withdrawn(share, "不再需要", at) if verb == "withdraw" else moves.expired(share, at)


def after(*verbs: str) -> Share:
    """Return where an application stands after these verbs, each of which must be an event."""
    made = moves.applied(application(), version())
    assert isinstance(made, ShareEvent)
    share = fold(Share(), made)
    for verb in verbs:
        move = moved(share, verb, NOON + DAY if verb != "expire" else NOON + 300 * DAY)
        assert isinstance(move, ShareEvent), (verb, move)
        share = fold(share, move)
    return share


@given(st.lists(st.tuples(st.sampled_from(VERBS), st.integers(-3, 12)), max_size=12))
def test_whatever_is_done_in_whatever_order_the_fold_takes_it_without_a_word(done: list[tuple[str, int]]) -> None:
    share = after()
    for verb, steps in done:
        at = NOON + steps * STEP
        move = moved(share, verb, at)
        if isinstance(move, ShareEvent):
            assert move.at >= (share.last_at or move.at)
            before, share = share, fold(share, move)
            assert share.flags == frozenset()
            assert share.phase is not before.phase
        assert isinstance(moved(share, "withdraw", at), SoAlready | Refused) == (share.phase not in moves.OPEN)


@pytest.mark.parametrize(
    ("verbs", "again"),
    [(("answer",), "answer"), (("grant",), "grant"), (("grant",), "answer"), (("refuse",), "refuse"), (("withdraw",), "withdraw")],
)
def test_what_is_done_again_is_so_already(verbs: tuple[str, ...], again: str) -> None:
    assert moved(after(*verbs), again, NOON + 2 * DAY) == SoAlready()
    assert moved(after("grant", "expire"), "expire", NOON + 400 * DAY) == SoAlready()


@pytest.mark.parametrize("ending", ["refuse", "withdraw"])
@pytest.mark.parametrize("verb", VERBS)
def test_what_has_ended_is_not_opened_again(ending: str, verb: str) -> None:
    if ending != verb:
        assert isinstance(moved(after(ending), verb, NOON + 2 * DAY), Refused)


def test_a_grant_that_differs_is_refused_and_one_that_says_the_same_otherwise_is_not() -> None:
    share = after("grant")
    same: list[dict[str, Any]] = [{}, {"fields": frozenset({"name", "uscc"})}, {"period": TERM}]
    for changes in same:
        assert moves.granted(share, version(), consent(**changes)) == SoAlready()
    other: list[dict[str, Any]] = [{"fields": frozenset({"name"})}, {"period": Period(date(2026, 11, 23), date(2027, 1, 1))}]
    for changes in other:
        assert isinstance(moves.granted(share, version(), consent(**changes)), Refused)


def test_what_is_not_shared_is_neither_applied_for_nor_granted() -> None:
    closed = version(sharing=SharingType.NOT_SHARED, sharing_terms="新规定(示例)")
    for current in (closed, None):
        assert isinstance(moves.applied(application(), current), Refused)
        assert isinstance(moves.granted(after(), current, consent()), Refused)


def test_nothing_is_granted_whose_period_is_over() -> None:
    end = datetime(2027, 5, 31, 16, tzinfo=UTC)  # 24:00 in Beijing
    assert isinstance(moved(after(), "grant", end - timedelta(seconds=1)), ShareEvent)
    refused = moved(after("answer"), "grant", end)
    assert isinstance(refused, Refused)
    assert [str(fault) for fault in refused.faults] == ["period: was over on 2027-06-01: have it applied for anew"]


def test_what_was_consented_to_is_withdrawn_and_not_refused() -> None:
    for verbs in (("answer",), ("grant",)):
        assert isinstance(moved(after(*verbs), "refuse", NOON + 2 * DAY), Refused)
        assert isinstance(moved(after(*verbs), "withdraw", NOON + 2 * DAY), ShareEvent)


def test_nothing_expires_before_its_period_is_over() -> None:
    end = datetime(2027, 5, 31, 16, tzinfo=UTC)  # 24:00 in Beijing
    assert isinstance(moved(after("grant"), "expire", end - timedelta(seconds=1)), Refused)
    assert isinstance(moved(after("grant"), "expire", end), ShareEvent)


@pytest.mark.parametrize("ground", ["", " ", "x\u200b"])
def test_what_closes_names_its_ground(ground: str) -> None:
    for refused in (moves.refused(after(), ground, NOON + DAY), moves.withdrawn(after("grant"), ground, NOON + 2 * DAY)):
        assert isinstance(refused, Refused)
        assert [fault.path for fault in refused.faults] == ["ground"]


def test_two_applications_are_the_same_when_they_differ_in_id_and_time_alone() -> None:
    first = application()
    assert moves.same_request(first, application(application="a-2", applied_at=NOON + DAY))
    for other in ({"hall": "siping"}, {"department": "water"}, {"purpose": "x"}, {"fields": frozenset({"name"})}, {"version": 2}):
        assert not moves.same_request(first, application(application="a-2", **other))


def test_an_event_is_dated_no_earlier_than_the_one_before() -> None:
    move = moves.answered(after(), NOON - 3 * DAY)
    assert isinstance(move, ShareEvent)
    assert (move.kind, move.at) == (ShareEventKind.ANSWERED, NOON)
