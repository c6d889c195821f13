"""A value is written as its field wants it, the same from whatever column it comes, and is never repeated by what refuses it."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.vocabulary import ItemType
from directory.record_json import LARGEST_INTEGER, read_record
from directory.record_schema import Checker
from directory.register.changes import spell
from node_agent.sources.catalogue import Provided
from node_agent.sources.errors import RowRejected
from node_agent.sources.record_mapping import RecordMapper
from node_agent.sources.record_values import converter
from node_agent.sources.times import TimeReader
from tests.directory.catalogue.made import CITIZEN_ID, EVERY_TYPE, USCC, item, of_items
from tests.node_agent.catalogued import AT, TABLE, configured

BEIJING = TimeReader("Asia/Shanghai", ["%Y/%m/%d"])
_NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15)
_MOMENTS = st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1900 < moment.year < 2200)


def written(kind: ItemType, value: object) -> object:
    return converter(kind, BEIJING)(value)


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        (ItemType.TEXT, " 甲 ", "甲"),
        (ItemType.TEXT, 13812345678.0, "13812345678"),
        (ItemType.TEXT, Decimal("1E+3"), "1000"),
        (ItemType.INTEGER, "-007", -7),
        (ItemType.INTEGER, Decimal("7.00"), 7),
        (ItemType.INTEGER, 7.0, 7),
        (ItemType.DECIMAL, "100.50", "100.5"),
        (ItemType.DECIMAL, Decimal("1E-6"), "0.000001"),
        (ItemType.DECIMAL, "-.50", "-0.5"),
        (ItemType.DECIMAL, -0.0, "0"),
        (ItemType.BOOLEAN, "是", True),
        (ItemType.BOOLEAN, Decimal(0), False),
        (ItemType.BOOLEAN, "F", False),
        (ItemType.DATE, "20200229", "2020-02-29"),
        (ItemType.DATE, "2020/02/29", "2020-02-29"),
        (ItemType.DATE, datetime(2020, 2, 29, 23, 30), "2020-02-29"),  # noqa: DTZ001 - as a database gives it
        (ItemType.DATE, "2020-02-28T23:30:00Z", "2020-02-29"),
        (ItemType.DATETIME, "2026-11-23 09:30:00", "2026-11-23T01:30:00Z"),
        (ItemType.DATETIME, datetime(2026, 11, 23, 9, 30, 0, 250_000, timezone(timedelta(hours=8))), "2026-11-23T01:30:00.250000Z"),
        (ItemType.CODE, 1, "1"),
        (ItemType.USCC, f"{USCC.lower()} ", USCC),
        (ItemType.CITIZEN_ID, CITIZEN_ID.lower(), CITIZEN_ID),
        (ItemType.DIVISION, 220184, "220184"),
    ],
)
def test_a_value_is_written_as_its_field_wants_it(kind: ItemType, value: object, wanted: object) -> None:
    assert written(kind, value) == wanted
    assert type(written(kind, value)) is type(wanted)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ItemType.TEXT, b"\1"),
        (ItemType.TEXT, {"a": 1}),
        (ItemType.INTEGER, "7.5"),
        (ItemType.INTEGER, 7.5),
        (ItemType.INTEGER, True),
        (ItemType.INTEGER, "７"),
        (ItemType.INTEGER, "1_000"),
        (ItemType.DECIMAL, "1,000.5"),
        (ItemType.DECIMAL, "1e5"),
        (ItemType.DECIMAL, "NaN"),
        (ItemType.DECIMAL, float("inf")),
        (ItemType.DECIMAL, Decimal("1E+999999")),
        (ItemType.DECIMAL, ""),
        (ItemType.BOOLEAN, "perhaps"),
        (ItemType.BOOLEAN, 2),
        (ItemType.DATE, "2021-02-29"),
        (ItemType.DATE, 20210228),
        (ItemType.DATETIME, "noon"),
    ],
)
def test_what_cannot_be_read_is_refused_without_being_repeated(kind: ItemType, value: object) -> None:
    with pytest.raises(ValueError, match=r"^is ") as caught:
        written(kind, value)
    assert str(value) not in str(caught.value) or value == ""


@given(_NUMBERS)
def test_a_number_has_one_spelling_from_whatever_column(number: Decimal) -> None:
    spelt = written(ItemType.DECIMAL, number)
    assert spelt == written(ItemType.DECIMAL, format(number, "f")) == written(ItemType.DECIMAL, number.normalize())
    assert Decimal(str(spelt)) == number
    assert Checker.compile(of_items(item("x", ItemType.DECIMAL))).faults({"x": spelt}) == ()


@given(st.integers(-LARGEST_INTEGER, LARGEST_INTEGER))
def test_a_whole_number_has_one_spelling_from_whatever_column(number: int) -> None:
    assert {written(ItemType.INTEGER, value) for value in (number, str(number), Decimal(number))} == {number}


@given(_MOMENTS, st.integers(-12, 14))
def test_a_moment_has_one_spelling_from_whatever_offset(moment: datetime, hours: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    spelt = written(ItemType.DATETIME, moment)
    assert spelt == written(ItemType.DATETIME, elsewhere) == written(ItemType.DATETIME, elsewhere.isoformat())
    assert datetime.fromisoformat(str(spelt)) == moment
    assert Checker.compile(of_items(item("x", ItemType.DATETIME))).faults({"x": spelt}) == ()


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_has_one_spelling_from_whatever_column(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - as a database gives it
    spellings = (day, midnight, day.isoformat(), str(midnight), day.strftime("%Y%m%d"))
    assert {written(ItemType.DATE, value) for value in spellings} == {day.isoformat()}


_COLUMNS = ("key", "changed_at", *(field.name for field in EVERY_TYPE))
_ANY = (
    st.none()
    | st.text(max_size=30)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.binary(max_size=4)
    | _NUMBERS
    | _MOMENTS
    | st.dates()
)
_GOOD: dict[str, st.SearchStrategy[object]] = {
    "name": st.text(min_size=1, max_size=20),
    "phone": st.none() | st.just(13812345678),
    "staff": st.integers(0, 10**6),
    "capital": _NUMBERS | st.floats(0, 10**6),
    "open": st.booleans(),
    "founded": st.dates(date(1949, 10, 1), date(2026, 1, 1)),
    "changed": _MOMENTS,
    "status": st.sampled_from(["01", "02"]),
    "uscc": st.just(USCC),
    "legal_person": st.none() | st.just(CITIZEN_ID),
    "division": st.sampled_from(["220184", 220184]),
}
_ROWS = st.tuples(*((_GOOD[field.name] | _ANY) for field in EVERY_TYPE))


@given(_ROWS)
def test_a_row_is_a_record_that_every_reader_finds_valid_or_is_rejected(values: tuple[object, ...]) -> None:
    provided = Provided(version := of_items(*EVERY_TYPE), checker := Checker.compile(version))
    config = configured(key="key", record=TABLE["record"] | {"removed": None})
    mapper = RecordMapper(config, provided, _COLUMNS)
    row = ("k", AT, *values)
    try:
        mapped = mapper.map(row)
    except RowRejected as rejected:
        told = [value for value in values if isinstance(value, str) and len(value) > len("legal_person") and value in str(rejected)]
        assert not told
        return
    record = read_record(mapped.message.document)
    assert checker.faults(record) == ()
    assert spell(record).encode() == mapped.message.document
    assert mapper.map(row) == mapped
