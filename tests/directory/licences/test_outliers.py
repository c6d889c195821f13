"""What stands out is told with its records and what would be usual; an ordinary day is not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from directory.calendar_file import official
from directory.licences.outliers import AROUND_A_CASE, MANY_HOLDERS, SHOWN, Look, Outlier, OutlierKind, outliers

CALENDAR = official()
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""Ten in the morning in Beijing."""
HOURS = [MONDAY + timedelta(minutes=minute) for minute in range(0, 7 * 60, 7)]


def look(number: int, at: datetime = MONDAY, person: str = "1024", **changes: Any) -> Look:
    usual: dict[str, Any] = {
        "hall": "yushu",
        "department": "yushu-rs",
        "person": person,
        "role": "licence-reader",
        "at": at,
        "holders": frozenset({number.to_bytes(32)}),
        "ledger_index": number,
    }
    return Look(**(usual | changes))


def a_day(count: int, at: datetime = MONDAY, person: str = "1024") -> list[Look]:
    return [look(number, at + timedelta(seconds=number), person) for number in range(count)]


def kinds(looks: list[Look]) -> list[OutlierKind]:
    return [one.kind for one in outliers(looks, CALENDAR)]


def test_an_ordinary_day_does_not_stand_out() -> None:
    assert outliers(a_day(MANY_HOLDERS), CALENDAR) == []
    assert outliers([], CALENDAR) == []


def test_many_holders_on_one_day_stand_out_with_their_first_records() -> None:
    (found,) = outliers(a_day(MANY_HOLDERS + 1), CALENDAR)
    assert found == Outlier(
        hall="yushu",
        department="yushu-rs",
        person="1024",
        kind=OutlierKind.MANY_HOLDERS,
        day=date(2026, 11, 23),
        count=MANY_HOLDERS + 1,
        usual=0,
        ledger_indices=tuple(range(SHOWN)),
    )


def test_many_looks_at_one_holder_are_no_many_holders() -> None:
    same = [look(number, holders=frozenset({b"h" * 32})) for number in range(100)]
    assert kinds(same) == []


def test_a_person_is_measured_by_the_own_days_once_there_are_enough() -> None:
    busy = [one for day in range(-7, 0) for one in a_day(30, MONDAY + timedelta(days=day))]
    working = [one for one in busy if CALENDAR.is_working_day(one.at.date())]
    assert kinds([*working, *a_day(60)]) == []
    (found,) = outliers([*working, *a_day(91)], CALENDAR)
    assert (found.count, found.usual) == (91, 30)


def test_a_newcomer_is_measured_by_the_role() -> None:
    others = [one for person in range(6) for one in a_day(30, person=f"p{person}")]
    assert outliers([*others, *a_day(60)], CALENDAR) == []
    (found,) = outliers([*others, *a_day(100)], CALENDAR)
    assert (found.person, found.usual) == ("1024", 30)


def test_a_look_outside_working_hours_stands_out() -> None:
    at_six, before, at_eight = (datetime(2026, 11, 23, hour, minute, tzinfo=UTC) for hour, minute in ((10, 0), (9, 59), (0, 0)))
    assert kinds([look(1, at_six)]) == [OutlierKind.ODD_HOURS]
    assert kinds([look(1, before)]) == kinds([look(1, at_eight)]) == []
    assert kinds([look(1, at_eight - timedelta(seconds=1))]) == [OutlierKind.ODD_HOURS]
    # A Saturday on which everybody works, and a holiday on a Friday.
    assert kinds([look(1, datetime(2026, 10, 10, 2, tzinfo=UTC))]) == []
    assert kinds([look(1, datetime(2026, 10, 2, 2, tzinfo=UTC))]) == [OutlierKind.ODD_HOURS]


def test_a_case_opened_just_before_or_closed_just_after_stands_out() -> None:
    near, far = AROUND_A_CASE, AROUND_A_CASE + timedelta(seconds=1)
    assert kinds([look(1, case_opened_at=MONDAY - near)]) == [OutlierKind.CASE_JUST_OPENED]
    assert kinds([look(1, case_closed_at=MONDAY + near)]) == [OutlierKind.CASE_JUST_CLOSED]
    assert kinds([look(1, case_opened_at=MONDAY - far, case_closed_at=MONDAY + far)]) == []


@given(st.lists(st.builds(look, st.integers(0, 50), st.sampled_from(HOURS), st.sampled_from(["a", "b"])), max_size=60), st.randoms())
def test_the_order_of_records_makes_no_difference(looks: list[Look], random: Any) -> None:
    shuffled = list(looks)
    random.shuffle(shuffled)
    assert outliers(shuffled, CALENDAR) == outliers(looks, CALENDAR)


def test_a_licence_of_a_type_that_the_case_does_not_need_stands_out() -> None:
    looks = [*a_day(3), look(9, MONDAY + timedelta(minutes=1), is_unneeded=True)]
    (found,) = outliers(looks, CALENDAR)
    assert (found.kind, found.count, found.ledger_indices) == (OutlierKind.UNNEEDED_TYPE, 1, (9,))
