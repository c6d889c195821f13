"""A thread stands as what was said in it comes to, whichever way that came."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.guidance.thread import Question, Reply, Said, Thread, fault, fold, in_order, next_moment
from directory.guidance.vocabulary import WAITING, Flag, Kind, State

COUNTY, CITY, OTHER = "gongzhuling", "changchun", "siping"
QUESTION = Question(asking_hall=COUNTY, guiding_hall=CITY)
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
BY = {Kind.ANSWERED: CITY}


def said(kind: Kind, minute: int, hall: str = "", grade: int = 0) -> Said:
    by = hall or BY.get(kind, COUNTY)
    question = QUESTION if kind is Kind.ASKED else None
    return Said(ref=minute, kind=kind, hall=by, at=START + timedelta(minutes=minute), place=minute, grade=grade, question=question)


def told(*kinds: Kind) -> list[Said]:
    return [said(kind, minute, grade=4 if kind is Kind.RATED else 0) for minute, kind in enumerate(kinds)]


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("kinds", "state", "since"),
    [
        ([Kind.ASKED], State.ASKED, 0),
        ([Kind.ASKED, Kind.FOLLOWED_UP], State.FOLLOWED_UP, 0),
        ([Kind.ASKED, Kind.ANSWERED], State.ANSWERED, None),
        ([Kind.ASKED, Kind.ANSWERED, Kind.ANSWERED], State.ANSWERED, None),
        ([Kind.ASKED, Kind.ANSWERED, Kind.FOLLOWED_UP], State.FOLLOWED_UP, 2),
        ([Kind.ASKED, Kind.CLOSED], State.CLOSED, None),
        ([Kind.ASKED, Kind.ANSWERED, Kind.CLOSED, Kind.RATED], State.CLOSED, None),
        ([Kind.ASKED, Kind.ANSWERED, Kind.CLOSED, Kind.REOPENED], State.REOPENED, 3),
    ],
)
def test_a_thread_goes_its_way(kinds: list[Kind], state: State, since: int | None) -> None:
    thread = fold(told(*kinds)).thread
    assert (thread.state, thread.flags) == (state, frozenset())
    assert thread.waiting_since == (None if since is None else minute(since))
    assert thread.is_waiting == (state in WAITING) == (since is not None)


@pytest.mark.parametrize(
    ("kinds", "flag", "state"),
    [
        ([Kind.ANSWERED], Flag.NOT_ASKED, State.UNKNOWN),
        ([Kind.ASKED, Kind.ASKED], Flag.REPEATED, State.ASKED),
        ([Kind.ASKED, Kind.CLOSED, Kind.CLOSED], Flag.REPEATED, State.CLOSED),
        ([Kind.ASKED, Kind.CLOSED, Kind.ANSWERED], Flag.AFTER_CLOSE, State.CLOSED),
        ([Kind.ASKED, Kind.REOPENED], Flag.NOT_CLOSED, State.ASKED),
        ([Kind.ASKED, Kind.ANSWERED, Kind.RATED], Flag.NOT_CLOSED, State.ANSWERED),
        ([Kind.ASKED, Kind.CLOSED, Kind.RATED, Kind.RATED], Flag.REPEATED, State.CLOSED),
    ],
)
def test_what_should_not_have_been_said_is_flagged_and_changes_nothing(kinds: list[Kind], flag: Flag, state: State) -> None:
    folded = fold(told(*kinds))
    assert folded.thread.state is state
    assert folded.odd == {len(kinds) - 1: flag}
    assert folded.thread.flags == {flag}
    assert folded.thread.messages == len(kinds)


def test_a_further_question_to_a_closed_thread_is_never_out_of_sight() -> None:
    thread = fold(told(Kind.ASKED, Kind.ANSWERED, Kind.CLOSED, Kind.FOLLOWED_UP)).thread
    assert (thread.state, thread.waiting_since) == (State.REOPENED, minute(3))
    assert thread.flags == {Flag.AFTER_CLOSE}
    assert thread.closed_at is None


def test_each_closing_is_rated_once() -> None:
    first = told(Kind.ASKED, Kind.ANSWERED, Kind.CLOSED, Kind.RATED, Kind.REOPENED, Kind.CLOSED)
    assert fold(first).thread.grade == 0
    again = fold([*first, said(Kind.RATED, 6, grade=5)])
    assert (again.thread.grade, again.odd) == (5, {})


@pytest.mark.parametrize("grade", [0, 6])
def test_a_grade_is_one_to_five(grade: int) -> None:
    rated = [*told(Kind.ASKED, Kind.CLOSED), said(Kind.RATED, 2, grade=grade)]
    assert fold(rated).odd == {2: Flag.NO_GRADE}


@pytest.mark.parametrize(
    "foreign", [said(Kind.ANSWERED, 1, COUNTY), said(Kind.FOLLOWED_UP, 1, CITY), said(Kind.CLOSED, 1, OTHER), said(Kind.ASKED, 1, CITY)]
)
def test_a_hall_says_only_what_is_its_own_to_say(foreign: Said) -> None:
    folded = fold([*told(Kind.ASKED), foreign])
    assert (folded.thread.state, folded.odd) == (State.ASKED, {1: Flag.FOREIGN_HALL})


def test_each_answer_that_was_waited_for_is_a_reply() -> None:
    thread = fold(told(Kind.ASKED, Kind.FOLLOWED_UP, Kind.ANSWERED, Kind.ANSWERED, Kind.FOLLOWED_UP, Kind.ANSWERED)).thread
    assert thread.replies == (Reply(minute(0), minute(2)), Reply(minute(4), minute(5)))


def test_what_a_hall_dates_back_stays_behind_what_it_said_before() -> None:
    asked, closed = told(Kind.ASKED, Kind.CLOSED)
    early = replace(said(Kind.REOPENED, 2), at=minute(-60))
    assert [one.ref for one in in_order([early, closed, asked])] == [0, 1, 2]
    assert fold([early, closed, asked]).thread.state is State.REOPENED


def test_whoever_would_say_what_is_odd_is_told_before() -> None:
    asked = told(Kind.ASKED)
    assert fault(asked, said(Kind.RATED, 1, grade=3)) is Flag.NOT_CLOSED
    assert fault(asked, said(Kind.ANSWERED, 1)) is None


def test_nobody_answers_before_the_question_whatever_the_clocks_say() -> None:
    early = replace(said(Kind.ANSWERED, 1), at=minute(-10))
    assert fault(told(Kind.ASKED), early) is None
    assert fold([early, *told(Kind.ASKED)]).thread.state is State.ANSWERED


def test_what_is_said_now_comes_behind_what_was_said() -> None:
    asked = told(Kind.ASKED, Kind.FOLLOWED_UP)
    closed = replace(said(Kind.CLOSED, 2, CITY), at=next_moment(asked, minute(-60)))
    assert [one.ref for one in in_order([closed, *asked])] == [0, 1, 2]
    assert next_moment(asked, minute(60)) == minute(60)


@given(
    st.lists(st.tuples(st.sampled_from(Kind), st.sampled_from([COUNTY, CITY, OTHER]), st.integers(-5, 5), st.integers(0, 6)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_however_it_comes_a_thread_stands_alike(parts: list[tuple[Kind, str, int, int]], random: Random) -> None:
    everything = [
        Said(ref=place, kind=kind, hall=hall, at=minute(at), place=place, grade=grade, question=QUESTION if kind is Kind.ASKED else None)
        for place, (kind, hall, at, grade) in enumerate(parts)
    ]
    whole = fold(everything)
    mixed = list(everything)
    random.shuffle(mixed)
    assert fold(mixed) == whole
    assert whole.thread.messages == len(everything)
    assert whole.thread.is_waiting == (whole.thread.waiting_since is not None)
    assert set(whole.odd) <= {one.ref for one in everything}
    for hall in (COUNTY, CITY, OTHER):
        assert [one.ref for one in whole.order if one.hall == hall] == sorted(one.ref for one in everything if one.hall == hall)


def test_nothing_said_is_no_thread() -> None:
    assert fold([]).thread == Thread()
