"""A version goes from draft to published to withdrawn, and nothing that was published is ever changed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.publication import History, discard, draft, in_force, publish, withdraw
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State
from directory.refusal import Refused
from directory.validity import Period, clashes
from tests.directory.catalogue.made import version

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def drafted(number: int, **changes: Any) -> ResourceVersion:
    return version(number, state=State.DRAFT, **changes)


def moved(found: History | Refused) -> History:
    assert not isinstance(found, Refused), found
    return found


def refused(found: History | Refused) -> str:
    assert isinstance(found, Refused)
    return found.why


def published(*days: date) -> History:
    history: History = ()
    for number, day in enumerate(days, start=1):
        history = moved(publish(moved(draft(history, drafted(number))), day))
    return history


def test_a_draft_is_not_in_force_until_it_is_published() -> None:
    history = moved(draft((), drafted(1, start=JANUARY)))
    assert in_force(history, JANUARY) is None
    history = moved(publish(history, FEBRUARY))
    assert in_force(history, JANUARY) is None
    assert in_force(history, FEBRUARY) == history[0]
    assert (history[0].state, history[0].period) == (State.PUBLISHED, Period(FEBRUARY))


def test_a_draft_is_edited_and_discarded() -> None:
    history = moved(draft(published(JANUARY), drafted(2)))
    edited = moved(draft(history, drafted(2, abstract="另一摘要")))
    assert edited[1].resource.abstract == "另一摘要"
    assert moved(discard(edited)) == published(JANUARY)
    assert refused(discard(published(JANUARY))) == "there is no draft"


def test_a_new_version_ends_the_one_before() -> None:
    first, second = published(JANUARY, MARCH)
    assert first.period == Period(JANUARY, MARCH)
    assert first.state is State.PUBLISHED
    assert second.period == Period(MARCH)
    assert [in_force((first, second), day) for day in (MARCH - timedelta(days=1), MARCH)] == [first, second]


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (drafted(1), "version 1 is published and never edited: the next one is 3"),
        (drafted(2), "version 2 is withdrawn and never edited: the next one is 3"),
        (drafted(4), "the next version is 3, not 4"),
        (version(3), "version 3 is published, and only a draft can be edited"),
        (drafted(3, resource="another"), "'enterprise-register', not of 'another'"),
    ],
)
def test_what_was_published_is_never_edited(edit: ResourceVersion, why: str) -> None:
    history = moved(withdraw(published(JANUARY, FEBRUARY), 2, MARCH, "发现差错"))
    assert why in refused(draft(history, edit))


def test_a_version_that_does_not_meet_the_requirements_is_not_published() -> None:
    found = publish(moved(draft((), drafted(1, samples=(), abstract=""))), JANUARY)
    assert isinstance(found, Refused)
    assert {fault.path for fault in found.faults} == {"samples", "abstract"}


@pytest.mark.parametrize("day", [JANUARY, JANUARY - timedelta(days=1)])
def test_a_successor_holds_from_a_later_day_on(day: date) -> None:
    assert "from a later day on" in refused(publish(moved(draft(published(JANUARY), drafted(2))), day))


def test_there_is_nothing_to_publish_without_a_draft() -> None:
    assert refused(publish((), JANUARY)) == "there is no draft to publish"
    assert refused(publish(published(JANUARY), MARCH)) == "there is no draft to publish"


def test_a_withdrawal_takes_effect_on_its_day() -> None:
    history = moved(withdraw(published(JANUARY), 1, MARCH, "发现差错"))
    assert in_force(history, MARCH - timedelta(days=1)) == history[0]
    assert in_force(history, MARCH) is None
    assert (history[0].state, history[0].withdrawn_on, history[0].ground) == (State.WITHDRAWN, MARCH, "发现差错")


def test_what_was_published_by_mistake_is_withdrawn_on_the_same_day() -> None:
    history = moved(withdraw(published(JANUARY), 1, JANUARY, "误发布"))
    assert in_force(history, JANUARY) is None
    again = moved(draft(history, drafted(2)))
    assert "a later day" in refused(publish(again, JANUARY))
    assert in_force(moved(publish(again, JANUARY + timedelta(days=1))), JANUARY + timedelta(days=1)) is not None


def test_a_withdrawal_ahead_holds_the_successor_back() -> None:
    history = moved(draft(moved(withdraw(published(JANUARY), 1, MARCH, "停用")), drafted(2)))
    assert "its successor holds from 2026-03-01 on" in refused(publish(history, FEBRUARY))
    assert len(moved(publish(history, MARCH))) == 2


@pytest.mark.parametrize(
    ("number", "day", "ground", "why"),
    [
        (0, MARCH, "停用", "there is no version 0"),
        (4, MARCH, "停用", "there is no version 4"),
        (3, MARCH, "停用", "version 3 is draft"),
        (2, MARCH, " ", "names its ground"),
        (1, MARCH, "停用", "has not been in force since 2026-02-01"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused_with_its_reason(number: int, day: date, ground: str, why: str) -> None:
    history = moved(draft(published(JANUARY, FEBRUARY), drafted(3)))
    assert why in refused(withdraw(history, number, day, ground))


def test_a_withdrawal_is_not_undone() -> None:
    history = moved(withdraw(published(JANUARY), 1, FEBRUARY, "停用"))
    assert refused(withdraw(history, 1, MARCH, "停用")) == "version 1 is withdrawn, and only a published one is withdrawn"


DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 12))
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("draft"), st.integers(1, 4)),
        st.tuples(st.just("publish"), DAYS),
        st.tuples(st.just("withdraw"), st.integers(1, 4), DAYS),
        st.tuples(st.just("discard")),
    ),
    max_size=14,
)


def made(history: History, move: tuple[Any, ...]) -> History | Refused:
    if move[0] == "draft":
        return draft(history, drafted(move[1]))
    if move[0] == "publish":
        return publish(history, move[1])
    return withdraw(history, move[1], move[2], "停用") if move[0] == "withdraw" else discard(history)


@given(MOVES)
def test_no_order_of_moves_makes_a_history_that_contradicts_itself(moves: list[tuple[Any, ...]]) -> None:
    history: History = ()
    for move in moves:
        found = made(history, move)
        if isinstance(found, Refused):
            assert found.why
            continue
        kept = [(old, new) for old, new in zip(history, found, strict=False) if old.state is not State.DRAFT]
        assert all(
            old == replace(new, period=old.period, state=old.state, withdrawn_on=old.withdrawn_on, ground=old.ground) for old, new in kept
        )
        assert all(not (old.state is State.WITHDRAWN and new != old) for old, new in kept)
        history = found
        assert [entry.version for entry in history] == list(range(1, len(history) + 1))
        assert not any(entry.state is State.DRAFT for entry in history[:-1])
        done = [entry for entry in history if entry.state is not State.DRAFT]
        assert not list(clashes([entry.period for entry in done]))
        assert all(sum(entry.in_force(date(2026, 1, day)) for entry in history) <= 1 for day in range(1, 31))
