"""What waits longer than the regulation allows is listed with the working days by which it is late."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar import with_local_days
from directory.calendar_file import official
from directory.catalogue.vocabulary import SharingType
from directory.sharing.history import Share, fold_all
from directory.sharing.limits import NATIONAL, ReplyLimits, overdue, to_expire, waiting
from directory.sharing.vocabulary import Awaited
from tests.directory.sharing.made import DAY, NOON, application, event

CALENDAR = official()


def applied(name: str = "a-1", at: datetime = NOON, sharing: SharingType = SharingType.CONDITIONAL) -> Share:
    return fold_all([event("applied", at, application=application(application=name, applied_at=at), sharing=sharing)])


ANSWERED = fold_all([event("applied"), event("answered", NOON + DAY)])


def test_the_national_limits_are_1_10_and_20_working_days() -> None:
    assert ReplyLimits(unconditional=1, conditional=10, sharing=20) == NATIONAL


@pytest.mark.parametrize(
    ("share", "awaited", "due"),
    [
        (applied(sharing=SharingType.UNCONDITIONAL), Awaited.ANSWER, date(2026, 11, 24)),
        (applied(sharing=SharingType.CONDITIONAL), Awaited.ANSWER, date(2026, 12, 7)),
        (ANSWERED, Awaited.SHARING, date(2026, 12, 22)),
    ],
)
def test_an_application_waits_until_the_last_day_of_its_limit(share: Share, awaited: Awaited, due: date) -> None:
    on_time = waiting(share, due, CALENDAR)
    assert on_time is not None
    assert (on_time.awaited, on_time.due.day, on_time.overdue, on_time.working_days_late) == (awaited, due, False, 0)
    late = waiting(share, due + DAY, CALENDAR)
    assert late is not None
    assert (late.overdue, late.working_days_late) == (True, 1)


@pytest.mark.parametrize("kinds", ["", "applied refused", "applied withdrawn", "applied answered granted", "withdrawn applied"])
def test_what_waits_for_nothing_is_never_overdue(kinds: str) -> None:
    share = fold_all(event(kind, NOON + at * DAY) for at, kind in enumerate(kinds.split()))
    assert waiting(share, date(2030, 1, 1), CALENDAR) is None
    assert overdue([share], date(2030, 1, 1), CALENDAR) == ()


def test_an_application_after_16_hours_utc_is_one_of_the_next_day() -> None:
    late = applied(at=datetime(2026, 11, 23, 16, tzinfo=UTC), sharing=SharingType.UNCONDITIONAL)
    found = waiting(late, date(2026, 11, 25), CALENDAR)
    assert found is not None
    assert (found.due.day, found.overdue) == (date(2026, 11, 25), False)


def test_on_the_weekend_after_it_is_overdue_by_no_working_day_yet() -> None:
    friday = applied(at=datetime(2026, 11, 26, 4, tzinfo=UTC), sharing=SharingType.UNCONDITIONAL)
    (found,) = overdue([friday], date(2026, 11, 28), CALENDAR)
    assert (found.due.day, found.working_days_late) == (date(2026, 11, 27), 0)


def test_the_overdue_are_listed_by_how_late_they_are() -> None:
    shares = [
        applied("b"),
        applied("a"),
        applied("c", NOON - 7 * DAY),
        applied("d", sharing=SharingType.UNCONDITIONAL),
        applied("e", NOON + 30 * DAY),
    ]
    found = overdue(shares, date(2026, 12, 9), CALENDAR)
    assert [(entry.application, entry.working_days_late) for entry in found] == [("d", 11), ("c", 7), ("a", 2), ("b", 2)]


def test_the_limits_are_parameters_and_the_calendar_is_the_halls() -> None:
    local = with_local_days(CALENDAR, "yanbian", 1, [date(2026, 11, 24)])
    assert overdue([applied()], date(2026, 11, 25), CALENDAR, ReplyLimits(conditional=1))
    assert not overdue([applied()], date(2026, 11, 25), local, ReplyLimits(conditional=1))


def test_a_limit_into_a_year_not_published_is_provisional() -> None:
    found = waiting(applied(at=NOON + 30 * DAY), date(2026, 12, 31), CALENDAR)
    assert found is not None
    assert found.due.provisional


def test_grants_that_are_over_wait_to_be_recorded_as_expired() -> None:
    live = fold_all([event("applied"), event("granted", NOON + DAY)])
    done = fold_all([event("applied"), event("granted", NOON + DAY), event("expired", datetime(2027, 6, 2, tzinfo=UTC))])
    assert to_expire([live, done, applied()], date(2027, 5, 31)) == ()
    assert to_expire([live, done, applied()], date(2027, 6, 1)) == (live,)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(SharingType)), max_size=6),
    st.dates(date(2025, 1, 1), date(2026, 12, 31)),
)
def test_a_day_later_nothing_is_less_late(ages: Sequence[tuple[int, SharingType]], today: date) -> None:
    shares = [applied(f"a-{number}", NOON - timedelta(days=age), sharing) for number, (age, sharing) in enumerate(ages)]
    now = {entry.application: entry.working_days_late for entry in overdue(shares, today, CALENDAR)}
    then = {entry.application: entry.working_days_late for entry in overdue(shares, today + DAY, CALENDAR)}
    assert now.keys() <= then.keys()
    assert all(now[name] <= then[name] for name in now)
