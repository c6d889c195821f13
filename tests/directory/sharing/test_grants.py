"""A grant holds to the day, dies at once, and lets through what was granted and nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.publication import draft, in_force, publish, withdraw
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import SharingType, State
from directory.refusal import Refused
from directory.sharing.grants import is_live, outside, reduce, why_dead
from directory.validity import Period
from tests.directory.catalogue.made import item, version
from tests.directory.sharing.made import DAY, NOON, granted

GRANT = granted()


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC), "the grant begins on 2026-11-23"),
        (datetime(2026, 11, 22, 16, tzinfo=UTC), ""),
        (datetime(2027, 5, 31, 15, 59, 59, tzinfo=UTC), ""),
        (datetime(2027, 5, 31, 16, tzinfo=UTC), "the grant was over on 2027-06-01"),
    ],
)
def test_a_grant_begins_and_ends_at_midnight_in_beijing(now: datetime, why: str) -> None:
    assert why_dead(GRANT, now, version()) == why
    assert is_live(GRANT, now, version()) == (not why)


@pytest.mark.parametrize("ended_at", [NOON - DAY, NOON, NOON + timedelta(days=365)])
def test_an_end_kills_at_once_whatever_time_it_names(ended_at: datetime) -> None:
    assert why_dead(replace(GRANT, ended_at=ended_at), NOON, version()) == "the grant was ended before its time"


@pytest.mark.parametrize(
    "current",
    [
        None,
        version(resource="another"),
        version(state=State.DRAFT),
        version(state=State.WITHDRAWN, withdrawn_on=date(2026, 11, 23)),
        version(period=Period(date(2026, 1, 1), date(2026, 11, 23))),
    ],
    ids=["none", "another", "draft", "withdrawn", "ended"],
)
def test_a_grant_for_a_resource_that_is_not_in_force_is_dead(current: ResourceVersion | None) -> None:
    assert why_dead(GRANT, NOON, current) == "no version of 'enterprise-register' is in force"


def test_withdrawing_the_resource_kills_its_grants_at_once() -> None:
    history = withdraw((version(),), 1, date(2026, 11, 23), "停用")
    assert not isinstance(history, Refused)
    assert is_live(GRANT, NOON, in_force((version(),), date(2026, 11, 23)))
    assert not is_live(GRANT, NOON, in_force(history, date(2026, 11, 23)))


def test_a_resource_that_is_not_shared_any_more_is_closed_to_its_grants() -> None:
    closed = version(2, sharing=SharingType.NOT_SHARED, sharing_terms="某法第一条")
    assert why_dead(GRANT, NOON, closed) == "'enterprise-register' is not shared any more: 某法第一条"


def test_a_grant_lives_on_under_the_next_version() -> None:
    drafted = draft((version(),), version(2, state=State.DRAFT))
    assert not isinstance(drafted, Refused)
    history = publish(drafted, date(2026, 11, 23))
    assert not isinstance(history, Refused)
    current = in_force(history, date(2026, 11, 23))
    assert current is not None
    assert current.version == 2
    assert is_live(GRANT, NOON, current)


def test_a_grant_none_of_whose_fields_are_left_is_dead() -> None:
    assert why_dead(GRANT, NOON, version(2, items=(item("other"),))) == "version 2 of 'enterprise-register' has none of the fields granted"
    assert is_live(GRANT, NOON, version(2, items=(item("name"),)))


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_live(GRANT, datetime(2026, 11, 23), version())  # noqa: DTZ001  the test is about it


def test_a_record_is_reduced_to_what_was_granted() -> None:
    record = {"uscc": "1", "staff": 3, "name": "某某", "legal_person": "x"}
    assert list(reduce(record, GRANT).items()) == [("uscc", "1"), ("name", "某某")]
    assert len(record) == 4


def test_what_is_asked_for_outside_a_grant_is_named() -> None:
    assert outside(GRANT, ["name", "staff"]) == {"staff"}
    assert outside(GRANT, ["name", "uscc"]) == frozenset()


NAMES = st.sampled_from([*sorted(version().item_names), "colour", "NAME", "name ", "nаme"])


@given(st.dictionaries(NAMES, st.integers()), st.frozensets(NAMES))
def test_nothing_but_granted_fields_ever_comes_through(record: dict[str, Any], fields: frozenset[str]) -> None:
    reduced = reduce(record, replace(GRANT, fields=fields))
    assert reduced == {name: record[name] for name in record.keys() & fields}
    assert reduce(reduced, replace(GRANT, fields=fields)) == reduced


@given(st.datetimes(datetime(2026, 11, 1), datetime(2027, 7, 1), timezones=st.just(UTC)), st.booleans(), st.sampled_from(SharingType))  # noqa: DTZ001  with a zone
def test_a_live_grant_is_inside_its_period_not_ended_and_shared(now: datetime, ended: bool, sharing: SharingType) -> None:  # noqa: FBT001
    held = replace(GRANT, ended_at=NOON) if ended else GRANT
    if is_live(held, now, version(sharing=sharing)):
        assert not ended
        assert sharing is not SharingType.NOT_SHARED
        assert datetime(2026, 11, 22, 16, tzinfo=UTC) <= now < datetime(2027, 5, 31, 16, tzinfo=UTC)
