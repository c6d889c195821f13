"""A row belongs to the halls that it names, as it was and as it would be; days off to the hall above all that go by them."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import hall_versions
from directory.calendar_file import CalendarDay, DayKind
from directory.departments import Department
from directory.items.offers import Offer
from directory.register.changes import Change, Place
from directory.register.editing import EDITABLE, LOCAL, action_on, claims, entitled, needs_confirmation, unlawful
from directory.register.fold import Documents
from directory.register.kinds import FORMS, Kind
from directory.scopes.law import Law
from directory.scopes.principal import HUB, Principal
from directory.scopes.reading import default_rules
from directory.scopes.vocabulary import Action, Role
from directory.validity import Period

DAY = date(2026, 11, 23)
ALWAYS = Period(date(2020, 1, 1))
PROVINCE = hall_versions.as_of(hall_versions.seed(), DAY)
LAW = Law.compile(default_rules(), PROVINCE, (), DAY)
HALLS = sorted(hall.hall for hall in PROVINCE)
OFFER = Offer(
    item="000123001000",
    handling="01",
    hall="yushu",
    township="",
    department="yushu-rs",
    place="一楼",
    hours="9-17",
    consultation="x",
    complaint="x",
    period=ALWAYS,
)
DEPARTMENT = Department("yushu-rs", "11220000DEMO000001", "榆树市人社局（示例）", "yushu", "", ALWAYS)
HOLIDAY = CalendarDay(date(2026, 9, 3), DayKind.LOCAL_OFF, "州庆", "yanbian")


def said(kind: Kind, *things: object) -> Documents:
    form = FORMS[kind]
    return dict(zip(map(form.place, things), form.documents(things), strict=True))


def put(kind: Kind, thing: object) -> Change:
    ((place, document),) = said(kind, thing).items()
    return Change(place, document)


def may(hall: str, documents: Documents, *changes: Change, role: Role = Role.HALL_ADMINISTRATOR) -> bool:
    return isinstance(entitled(LAW, Principal(hall, role, "", "7"), claims(documents, changes, PROVINCE), "8"), list)


@given(st.sampled_from(HALLS))
def test_an_offer_is_edited_by_its_own_hall_and_by_the_province(hall: str) -> None:
    assert may(hall, {}, put(Kind.OFFER, OFFER)) == (hall in {"yushu", "jilin-sheng"})


@pytest.mark.parametrize(("before", "after"), [("yushu", "dehui"), ("dehui", "yushu")])
def test_nothing_is_taken_over_and_nothing_given_away(before: str, after: str) -> None:
    place = Place("offer", "x", "2020-01-01")
    ((_, old),) = said(Kind.OFFER, replace(OFFER, hall=before)).items()
    ((_, new),) = said(Kind.OFFER, replace(OFFER, hall=after)).items()
    change = Change(place, new)
    assert not may("yushu", {place: old}, change)
    assert not may("dehui", {place: old}, change)
    assert may("jilin-sheng", {place: old}, change)


def test_a_row_among_others_that_is_not_ones_own_refuses_them_all() -> None:
    other = put(Kind.OFFER, replace(OFFER, hall="dehui"))
    for changes in ([put(Kind.OFFER, OFFER), other], [other, put(Kind.OFFER, OFFER)]):
        assert not may("yushu", {}, *changes)


def test_days_off_are_the_highest_halls_of_those_that_go_by_them() -> None:
    seed = [replace(one, calendar="yanbian") if one.hall in {"yanbian", "hunchun"} else one for one in hall_versions.seed()]
    own = said(Kind.HALL, *seed)
    (claim,) = claims(own, [put(Kind.CALENDAR_DAY, HOLIDAY)], PROVINCE)
    assert claim.halls == {"yanbian"}
    seed = [replace(one, calendar="yanbian") if one.hall == "yushu" else one for one in seed]
    (claim,) = claims(said(Kind.HALL, *seed), [put(Kind.CALENDAR_DAY, HOLIDAY)], PROVINCE)
    assert claim.halls == {HUB}, "nobody among them stands above them all"
    (claim,) = claims({}, [put(Kind.CALENDAR_DAY, HOLIDAY)], PROVINCE)
    assert claim.halls == {HUB}, "nobody goes by it"
    (claim,) = claims(own, [put(Kind.CALENDAR_DAY, replace(HOLIDAY, calendar="cn"))], PROVINCE)
    assert claim.halls == {HUB}, "the country's"


@pytest.mark.parametrize(
    ("after", "reserved"),
    [
        (replace(DEPARTMENT, name="新名"), ()),
        (replace(DEPARTMENT, superior="changchun-rs"), ()),
        (replace(DEPARTMENT, period=Period(date(2027, 1, 1))), ()),
        (replace(DEPARTMENT, uscc="11220000DEMO000002"), ("uscc",)),
        (replace(DEPARTMENT, period=Period(date(2027, 1, 1)), uscc="11220000DEMO000002"), ("uscc",)),
        (replace(DEPARTMENT, department="yushu-new"), ("department", "hall", "uscc")),
    ],
)
def test_what_identifies_an_organ_is_reserved(after: Department, reserved: tuple[str, ...]) -> None:
    (claim,) = claims(said(Kind.DEPARTMENT, DEPARTMENT), [put(Kind.DEPARTMENT, after)], PROVINCE)
    assert claim.reserved == reserved
    assert may("yushu", said(Kind.DEPARTMENT, DEPARTMENT), put(Kind.DEPARTMENT, after)) == (not reserved)


def test_a_hall_begins_no_version_of_itself() -> None:
    hall = next(one for one in hall_versions.seed() if one.hall == "yushu")
    later = replace(hall, period=Period(date(2027, 1, 1)))
    assert may("yushu", said(Kind.HALL, hall), put(Kind.HALL, replace(hall, display_name="新名")))
    assert not may("yushu", said(Kind.HALL, hall), put(Kind.HALL, later))
    assert may("jilin-sheng", said(Kind.HALL, hall), put(Kind.HALL, later))


def test_nothing_is_removed_by_a_page() -> None:
    documents = said(Kind.OFFER, OFFER)
    ((_, what),) = unlawful(documents, [Change(next(iter(documents)), None)])
    assert "nothing is removed" in what


def test_rules_alone_need_a_second_person_and_an_action_of_their_own() -> None:
    assert [kind for kind in Kind if needs_confirmation([kind])] == [Kind.RULE]
    assert [kind for kind in Kind if action_on(kind) is Action.RULES_EDIT] == [Kind.RULE]
    assert set(LOCAL) <= set(EDITABLE)
