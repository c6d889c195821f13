"""Who asks another hall has a clock to go by, like a case."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.clocks.replies import Asked, reply_clock
from directory.clocks.vocabulary import ClockKind, ClockState
from directory.supervision.book import Place, compiled
from directory.supervision.lights import Sight, light
from directory.supervision.reading import default_rules
from directory.supervision.vocabulary import Light
from tests.directory.clocks.made import OFFICIAL, at

BOOK = compiled(default_rules())


def asked(day: str, replied: str = "", days: int = 3) -> Asked:
    return Asked(
        kind=ClockKind.GUIDANCE_REPLY,
        of="t-1",
        hall="changchun",
        asked_at=at(day),
        replied_at=at(replied, 15) if replied else None,
        days=days,
        rule="local rule",
    )


@pytest.mark.parametrize(
    ("now", "state", "left", "shown"),
    [
        ("2026-11-20", ClockState.RUNNING, 3, Light.GREEN),  # a Friday: it is not counted itself
        ("2026-11-22", ClockState.RUNNING, 3, Light.GREEN),
        ("2026-11-24", ClockState.RUNNING, 1, Light.YELLOW),
        ("2026-11-25", ClockState.RUNNING, 0, Light.YELLOW),
        ("2026-11-26", ClockState.OVERDUE, -1, Light.RED),
    ],
)
def test_a_question_is_answered_within_working_days_and_has_a_light(now: str, state: ClockState, left: int, shown: Light) -> None:
    clock = reply_clock(asked("2026-11-20"), OFFICIAL, at(now))
    assert (clock.state, clock.left, clock.due and clock.due.day, clock.halls) == (state, left, date(2026, 11, 25), ("changchun",))
    assert light(clock, Place("changchun"), Sight(BOOK, OFFICIAL, {"changchun": at(now)}, at(now))) is shown


def test_a_reply_ends_the_clock_and_says_how_long_it_took() -> None:
    in_time, late = asked("2026-11-20", "2026-11-25"), asked("2026-11-20", "2026-11-26")
    assert (in_time.took, asked("2026-11-20").took) == (timedelta(days=5, hours=5), None)
    assert [reply_clock(one, OFFICIAL, at("2026-12-01")).state for one in (in_time, late)] == [ClockState.MET, ClockState.MISSED]
    assert reply_clock(in_time, OFFICIAL, at("2026-12-01")).used == 3
    before = reply_clock(late, OFFICIAL, at("2026-11-24"))
    assert (before.state, before.ended) == (ClockState.RUNNING, None), "what has not happened yet ended nothing"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 1)), st.integers(0, 40), st.integers(0, 60))  # noqa: DTZ001 - made aware below
def test_a_reply_is_in_time_up_to_the_last_working_day_and_no_longer(naive: datetime, days: int, later: int) -> None:
    start = at(naive.date())
    replied = start + timedelta(days=later)
    one = Asked(kind=ClockKind.SHARE_APPLICATION, of="s-1", hall="", asked_at=start, replied_at=replied, days=days, rule="x")
    clock = reply_clock(one, OFFICIAL, start + timedelta(days=100))
    last = OFFICIAL.add_working_days(naive.date(), days).day
    assert clock.state is (ClockState.MET if naive.date() + timedelta(days=later) <= last else ClockState.MISSED)
