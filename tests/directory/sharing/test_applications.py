"""Nobody applies for, or is granted, what the catalogue does not share."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import Manner, SharingType, State
from directory.refusal import Refused
from directory.sharing.applications import Grant, ShareApplication, apply, beyond, grant
from directory.validity import Period
from tests.directory.catalogue.made import version
from tests.directory.sharing.made import DAY, NOON, TERM, application, consent, granted

NOT_SHARED = version(sharing=SharingType.NOT_SHARED, sharing_terms="个人信息保护法第二十八条")


def refused(found: object) -> Refused:
    assert isinstance(found, Refused), found
    return found


def test_an_application_that_holds_is_taken_in() -> None:
    assert apply(application(), version()) == application()


@pytest.mark.parametrize(
    ("changes", "path", "what"),
    [
        ({"application": "A 1"}, "application", "not a share application id"),
        ({"hall": "hub"}, "hall", "reserved"),
        ({"department": "hоusing"}, "department", "CYRILLIC SMALL LETTER O"),
        ({"purpose": ""}, "purpose", "is empty"),
        ({"purpose": "a\u202eb"}, "purpose", "not seen"),
        ({"basis": " "}, "basis", "is empty"),
        ({"version": 2}, "version", "version 1 is in force, not 2"),
        ({"fields": frozenset()}, "fields", "no field"),
        ({"fields": frozenset({"name", "colour"})}, "fields", "'colour' is no field"),
        ({"manner": Manner.FILE}, "manner", "by delivery, not by file"),
        ({"term": Period(date(2026, 11, 23))}, "term", "a term ends"),
        ({"term": Period(date(2026, 11, 23), date(2046, 11, 23))}, "term", "a term ends"),
        ({"term": Period(date(2026, 11, 1), date(2026, 11, 23))}, "term", "was over on 2026-11-23"),
    ],
)
def test_what_is_wrong_with_an_application_is_named_with_its_place(changes: dict[str, Any], path: str, what: str) -> None:
    found = refused(apply(application(**changes), version()))
    assert any(fault.path == path and what in fault.what for fault in found.faults), found


def test_everything_is_named_and_not_only_the_first() -> None:
    found = refused(apply(application(purpose="", basis="", fields=frozenset({"colour"})), version()))
    assert [fault.path for fault in found.faults] == ["purpose", "basis", "fields"]


def test_the_longest_term_is_a_parameter() -> None:
    assert refused(apply(application(), version(), longest=30)).faults[0].what == "a term ends after 30 days at most"


def test_what_is_not_shared_is_refused_by_its_legal_basis() -> None:
    for found in (apply(application(), NOT_SHARED), grant(application(), NOT_SHARED, consent())):
        assert refused(found).why == "'enterprise-register' is not shared: 个人信息保护法第二十八条"


@pytest.mark.parametrize(
    "current",
    [
        None,
        version(resource="another"),
        version(state=State.DRAFT),
        version(start=date(2027, 1, 1)),
        version(state=State.WITHDRAWN, withdrawn_on=date(2026, 11, 1)),
    ],
    ids=["none", "another", "draft", "future", "withdrawn"],
)
def test_what_is_not_in_force_is_neither_applied_for_nor_granted(current: ResourceVersion | None) -> None:
    assert "no version of 'enterprise-register' is in force on 2026-11-23" in refused(apply(application(), current)).why
    assert "is in force on 2026-11-24" in refused(grant(application(), current, consent())).why


def test_a_consent_gives_all_that_was_asked_for_if_it_says_nothing_else() -> None:
    made = granted()
    assert (made.hall, made.department, made.resource, made.version) == ("gongzhuling", "housing", "enterprise-register", 1)
    assert (made.fields, made.period, made.manner, made.purpose) == (application().fields, TERM, Manner.DELIVERY, application().purpose)
    assert (made.grant, made.application, made.approver, made.granted_at, made.ended_at) == ("g-1", "a-1", "示例人员", NOON + DAY, None)


def test_a_consent_may_give_less() -> None:
    made = granted(fields=frozenset({"name"}), period=Period(date(2026, 12, 1), date(2027, 1, 1)))
    assert (made.fields, made.period) == (frozenset({"name"}), Period(date(2026, 12, 1), date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("changes", "path", "what"),
    [
        ({"fields": frozenset({"name", "staff"})}, "fields", "'staff' was not applied for"),
        ({"fields": frozenset({"colour"})}, "fields", "'colour' is no field of this version"),
        ({"period": Period(date(2026, 11, 23), date(2027, 6, 2))}, "period", "not inside the term"),
        ({"period": Period(date(2026, 11, 22), date(2027, 6, 1))}, "period", "not inside the term"),
        ({"period": Period(date(2026, 12, 1))}, "period", "not inside the term"),
        ({"approver": ""}, "approver", "is empty"),
        ({"grant": "G"}, "grant", "not a grant id"),
        ({"granted_at": NOON - DAY}, "granted_at", "before the application"),
    ],
)
def test_no_consent_gives_more_than_was_asked_for(changes: dict[str, Any], path: str, what: str) -> None:
    found = refused(grant(application(), version(), consent(**changes)))
    assert any(fault.path == path and what in fault.what for fault in found.faults), found


def test_a_field_that_the_version_in_force_no_longer_has_is_not_granted() -> None:
    later = version(2, items=tuple(item for item in version().items if item.name != "uscc"))
    assert "'uscc' is no field" in refused(grant(application(), later, consent())).faults[0].what
    assert isinstance(grant(application(), later, consent(fields=frozenset({"name"}))), Grant)


@pytest.mark.parametrize("name", ["application", "hall", "department", "resource", "purpose", "basis"])
def test_a_grant_is_that_of_its_application(name: str) -> None:
    other: dict[str, Any] = {name: "other"}
    assert [fault.path for fault in beyond(replace(granted(), **other), application())] == [name]


def test_a_grant_of_nothing_is_beyond_its_application() -> None:
    assert [fault.what for fault in beyond(replace(granted(), fields=frozenset()), application())] == ["no field is granted"]


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        application(applied_at=datetime(2026, 11, 23))  # noqa: DTZ001  the test is about it
    with pytest.raises(ValueError, match="time zone"):
        granted(granted_at=datetime(2026, 11, 24))  # noqa: DTZ001


FIELDS = st.frozensets(st.sampled_from([*sorted(version().item_names), "colour", "nаme"]), max_size=5)
PERIODS = st.builds(
    lambda start, days: Period(start, start + DAY * days if days else None),
    st.dates(date(2026, 11, 1), date(2027, 7, 1)),
    st.integers(0, 300),
)


@given(FIELDS, PERIODS, FIELDS, PERIODS, st.sampled_from(SharingType))
def test_no_grant_is_ever_wider_than_application_and_catalogue(
    asked: frozenset[str], term: Period, given_fields: frozenset[str], period: Period, sharing: SharingType
) -> None:
    current = version(sharing=sharing)
    applied = apply(application(fields=asked, term=term), current)
    if not isinstance(applied, ShareApplication):
        return
    made = grant(applied, current, consent(fields=given_fields, period=period))
    if isinstance(made, Grant):
        assert sharing is not SharingType.NOT_SHARED
        assert frozenset() < made.fields <= asked <= current.item_names
        assert term.encloses(made.period)
        assert beyond(made, applied) == ()
