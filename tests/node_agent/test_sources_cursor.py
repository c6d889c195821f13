from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent.sources.cursor import Cursor, earlier, is_time, rank
from node_agent.sources.errors import SourceMisconfigured
from node_agent.sources.times import TimeReader

AMSTERDAM = TimeReader("Europe/Amsterdam")
UTC_TIMES = TimeReader("UTC")
WALL = st.datetimes(min_value=datetime.fromisoformat("1990-01-01"), max_value=datetime.fromisoformat("2060-01-01"))


@pytest.mark.parametrize(
    ("value", "overlap", "before"),
    [
        (100, 30, 70),
        (100, 0.5, 99),
        (1.5, 0.25, 1.25),
        (Decimal("10.5"), 2, Decimal("8.5")),
        ("2012-03-01 10:00:00", 60, "2012-03-01 09:59:00"),
        ("2012-03-01T10:00:00.123", 0.001, "2012-03-01T10:00:00.122"),
        ("2012-03-01T10:00:00.5Z", 60, "2012-03-01T09:59:00.5Z"),
        ("2012-03-01 10:00:00+02:00", 60, "2012-03-01 09:59:00+02:00"),
        ("2012-03-01", 86400, "2012-02-29"),
        (date(2012, 3, 1), 86400, date(2012, 2, 29)),
        (datetime(2012, 3, 1, 10, tzinfo=UTC), 60, datetime(2012, 3, 1, 9, 59, tzinfo=UTC)),
    ],
)
def test_going_behind_a_cursor_keeps_its_type_and_spelling(value: object, overlap: float, before: object) -> None:
    found = earlier(value, overlap, UTC_TIMES)
    assert (found, type(found)) == (before, type(before))


def test_where_clocks_go_back_the_overlap_is_longer_by_that_hour() -> None:
    assert earlier("2012-10-28 02:30:00", 60, AMSTERDAM) == "2012-10-28 01:29:00"
    assert earlier("2012-10-28 02:30:00", 60, TimeReader("Asia/Shanghai")) == "2012-10-28 02:29:00"
    aware = datetime(2012, 10, 28, 2, 30, tzinfo=UTC)
    assert earlier(aware, 60, AMSTERDAM) == datetime(2012, 10, 28, 2, 29, tzinfo=UTC)


@given(WALL, WALL)
def test_the_rank_orders_times_as_the_database_does(one: datetime, other: datetime) -> None:
    assert (rank(one) < rank(other)) == (one < other)
    assert (rank(one.isoformat(" ", "microseconds")) < rank(other.isoformat(" ", "microseconds"))) == (one < other)
    assert (rank(one.replace(tzinfo=UTC)) < rank(other.replace(tzinfo=UTC))) == (one < other)


@given(WALL, st.floats(min_value=0, max_value=1e7))
def test_what_is_behind_is_never_later(moment: datetime, overlap: float) -> None:
    for value in (moment, moment.isoformat(" ", "milliseconds"), moment.isoformat(timespec="seconds"), moment.date().isoformat()):
        assert rank(earlier(value, overlap, AMSTERDAM)) <= rank(value)


@pytest.mark.parametrize("value", [True, b"\0\1", None, "case-1"])
def test_what_is_neither_number_nor_time_cannot_lead_a_cursor(value: object) -> None:
    with pytest.raises(SourceMisconfigured, match=r"number (or|nor) a time|number nor a time"):
        rank(value)


@given(
    st.lists(
        st.one_of(
            st.integers(),
            st.text(),
            st.none(),
            st.binary(),
            st.floats(allow_nan=False),
            st.dates(),
            st.decimals(allow_nan=False),
            st.datetimes(),
            st.datetimes(timezones=st.just(UTC)),
        ),
        min_size=1,
    )
)
def test_a_cursor_comes_back_from_its_text_as_it_was(values: list[object]) -> None:
    found = Cursor.decode(Cursor(tuple(values)).encode())
    assert found.values == tuple(values)
    assert [type(value) for value in found.values] == [type(value) for value in values]


@pytest.mark.parametrize(
    "text", ["", "7", "{}", '[["plain"]]', '[["colour", "red"]]', '[["date", "x"]]', '[["decimal", "x"]]', '[["date", 5]]']
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Cursor.decode(text)


def test_times_as_text_are_times() -> None:
    assert [is_time(value) for value in (1, 1.5, Decimal(1), "2012-03-01", date(2012, 3, 1))] == [False, False, False, True, True]
