"""A calendar's days are taken as they are, or every fault is named with its line."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar import Calendar
from directory.calendar_file import KIND_TITLES, CalendarDay, DayKind, build, official, read_days, read_local_days
from directory.errors import ListMalformed

HEAD = "date,kind,name"
YEAR = (HEAD, "2025-01-01,off,New Year's Day", "2025-10-01,off,National Day", "2025-09-28,work,National Day")


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode() + b"\n"


def faults(data: bytes) -> list[tuple[int, str]]:
    return [(fault.line, fault.what) for fault in read_days(data).faults]


def test_the_official_days_are_those_of_23_years() -> None:
    calendar = official()
    assert calendar.years == frozenset(range(2004, 2027))
    assert (len(calendar.off), len(calendar.working), len(calendar.local_off)) == (621, 150, 0)


def test_a_calendar_is_built_of_its_rows() -> None:
    rows = read_days(csv(*YEAR, "2025-09-03,local_off,自治州成立纪念日")).whole()
    assert rows[2] == CalendarDay(date(2025, 9, 28), DayKind.WORK, "National Day")
    assert build("yanbian", 2, rows) == Calendar(
        "yanbian",
        2,
        frozenset({2025}),
        frozenset({date(2025, 1, 1), date(2025, 10, 1)}),
        frozenset({date(2025, 9, 28)}),
        frozenset({date(2025, 9, 3)}),
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("2025-10-01,off,again", "2025-10-01 is given twice"),
        ("2025-10-01,work,both", "2025-10-01 is both a day off and a working day"),
        ("2025-09-28,off,both", "2025-09-28 is both a day off and a working day"),
        ("2025-09-28,local_off,both", "2025-09-28 is both a day off and a working day"),
        ("2025-09-29,work,a Monday", "2025-09-29 is no weekend"),
        ("2025-02-29,off,no day", "'2025-02-29' is not a date"),
        ("20250501,off,no hyphens", "'20250501' is not a date"),
        ("２025-05-01,off,look-alike", "is not a date"),
        (",off,no date", "the date is empty"),
        ("2025-05-01,,no kind", "the kind is empty"),
        ("2025-05-01,holiday,kind", "'holiday' is not a kind of day"),
        ("2025-05-01,off,", "the name"),
        ("2025-05-01,off,May\u202eDay", "the name"),
        ("2025-05-01,off", "2 fields where there are 3 columns"),
    ],
)
def test_a_bad_row_is_named_with_its_line(line: str, what: str) -> None:
    found = faults(csv(*YEAR, line))
    assert {at for at, _ in found} == {5}
    assert any(what in text for _, text in found), found


def test_all_faults_are_reported_and_not_only_the_first() -> None:
    found = faults(csv(*YEAR, "2025-09-29,work,a Monday", "2025-05-01,off,fine", "2025-10-01,work,both"))
    assert [line for line, _ in found] == [5, 7, 7]


def test_a_gap_in_the_years_is_named_where_they_go_on() -> None:
    later = [f"{year}-{day},off,holiday" for year in (2027, 2028) for day in ("01-01", "10-01")]
    assert faults(csv(*YEAR, *later)) == [(5, "there is a gap in front of 2027: 2026 is not in the file")]


@pytest.mark.parametrize(("half", "missing"), [("2026-01-01", "2026-10-01"), ("2026-10-01", "2026-01-01")])
def test_a_year_half_typed_in_is_not_published(half: str, missing: str) -> None:
    assert faults(csv(*YEAR, f"{half},off,half a year")) == [(5, f"2026 is not complete: {missing} is not off")]


def test_the_days_of_a_hall_alone_publish_no_year() -> None:
    assert faults(csv(HEAD, "2025-09-03,local_off,own day")) == [(0, "there is no official day in the file")]


def test_a_hall_sets_days_off_of_its_own_and_nothing_else() -> None:
    read = read_local_days(
        csv(HEAD, "2026-09-03,local_off,own day", "2026-09-04,off,official", "2026-09-20,local_off,works", "2027-09-03,local_off,ahead"),
        official(),
    )
    assert [(fault.line, fault.what) for fault in read.faults] == [
        (3, "2026-09-04 is off, and a hall sets only days off of its own: local_off"),
        (4, "2026-09-20 is both a day off and a working day"),
    ]


def test_nothing_is_half_applied() -> None:
    with pytest.raises(ListMalformed):
        read_days(csv(*YEAR, "2025-09-29,work,a Monday")).whole()


def test_every_kind_has_its_chinese_title() -> None:
    assert set(KIND_TITLES) == set(DayKind)


@given(st.lists(st.tuples(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.sampled_from(DayKind)), max_size=30))
def test_rows_without_faults_are_always_a_calendar(days: list[tuple[date, DayKind]]) -> None:
    with suppress(ListMalformed):
        rows = read_days(csv(*YEAR, *(f"{day},{kind},x" for day, kind in days))).whole()
        calendar = build("any", 1, rows)
        assert all(calendar.is_working_day(row.day) == (row.kind is DayKind.WORK) for row in rows)


@given(st.binary(max_size=200))
def test_any_bytes_are_days_or_faults(data: bytes) -> None:
    read = read_days(csv(*YEAR) + data)
    if not read.faults:
        assert build("any", 1, read.rows).years
