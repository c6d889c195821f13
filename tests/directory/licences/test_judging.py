"""Who may do what to a licence: the hall that issues its type, under its own number, by an officer, and endings by two."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from directory.licences.identifiers import LicenceId
from directory.licences.judging import ACTION_OF, Issuing, acts_on, judge, not_entitled
from directory.licences.types import Types
from directory.licences.vocabulary import ENDINGS, MAKING, ActKind, Fault
from directory.scopes.principal import Principal
from directory.scopes.vocabulary import Action
from directory.validity import Period
from tests.directory.licences.made import FIRST, NOON, OFFICER, TODAY, act, issuing, law
from tests.province import licensed, provincial

KINDS = list(ActKind)
PROVINCIAL = "11220000DEM000145D"


def fault(kind: ActKind = ActKind.ISSUED, actor: Principal = OFFICER, by: Issuing | None = None, **changes: Any) -> Fault | None:
    licence = changes.pop("licence", FIRST)
    made = licence.next_version() if kind in {ActKind.CHANGED, ActKind.RENEWED} else licence
    found = judge(act(kind, made, **changes), actor, by or issuing(), NOON)
    return found.fault if found else None


@pytest.mark.parametrize("kind", KINDS)
def test_a_licence_officer_of_the_issuing_hall_may(kind: ActKind) -> None:
    assert fault(kind) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["clerk", "reviewer", "licence-reader", "supervisor", "hall-administrator", "node", "", "emperor"])
def test_nobody_else_may(kind: ActKind, role: str) -> None:
    assert fault(kind, replace(OFFICER, role=role)) is Fault.NOT_ENTITLED


@pytest.mark.parametrize("kind", KINDS)
def test_an_officer_of_another_hall_may_not(kind: ActKind) -> None:
    for hall in ("dehui", "changchun", "jilin-sheng", "atlantis"):
        assert fault(kind, replace(OFFICER, hall=hall)) is Fault.FOREIGN_LICENCE


@pytest.mark.parametrize("kind", ENDINGS)
def test_whoever_ends_a_licence_does_not_confirm_it(kind: ActKind) -> None:
    assert fault(kind, second_officer=OFFICER.person) is Fault.SECOND_OFFICER
    assert fault(kind, second_officer="") is Fault.SECOND_OFFICER
    assert fault(kind, replace(OFFICER, person="")) is Fault.NOT_ENTITLED


@pytest.mark.parametrize("spelled", ["a-1024", "A-1024 ", "\uff21-\uff11\uff10\uff12\uff14", "A-\u200b1024", "A-1\u00a0024"])
def test_nobody_becomes_a_second_officer_by_another_spelling(spelled: str) -> None:
    officer = replace(OFFICER, person="A-1024")
    for actor, second in ((officer, spelled), (replace(officer, person=spelled), officer.person)):
        refused = not_entitled(ActKind.REVOKED, FIRST, actor, second, issuing())
        assert refused is not None
        assert refused.fault is Fault.SECOND_OFFICER
    assert not_entitled(ActKind.REVOKED, FIRST, officer, "A-1025", issuing()) is None


def test_a_hall_does_not_issue_what_its_tier_does_not() -> None:
    provincial_officer = Principal("jilin-sheng", "licence-officer", "sheng-shijian", "7")
    own = LicenceId(licensed.FOOD, "220000", "1", 1)
    assert fault(actor=provincial_officer, licence=own) is Fault.NOT_ENTITLED


def test_where_departments_are_named_they_alone_issue() -> None:
    licence = LicenceId(licensed.TRANSPORT, PROVINCIAL, "1", 1)
    assert fault(actor=Principal("jilin-sheng", "licence-officer", "sheng-jiaotong", "7"), licence=licence) is None
    for department in ("sheng-shijian", "", "no-such"):
        actor = Principal("jilin-sheng", "licence-officer", department, "7")
        assert fault(actor=actor, licence=licence) is Fault.NOT_ENTITLED
    # None of them sits at the county, where whoever is a licence officer issues.
    assert fault(licence=replace(FIRST, type=licensed.TRANSPORT)) is None


def test_a_hall_that_is_named_issues_whatever_its_tier() -> None:
    (food, *_) = [one for one in licensed.types() if one.type == licensed.FOOD]
    named = Issuing.of(law(), Types([replace(food, tiers=frozenset(), halls=frozenset({"yushu"}))]), provincial.departments())
    assert fault(by=named) is None
    assert fault(actor=replace(OFFICER, hall="dehui"), licence=replace(FIRST, issuer="220183"), by=named) is Fault.NOT_ENTITLED


def test_no_hall_takes_a_number_of_anothers() -> None:
    for issuer in ("220183", "220100", PROVINCIAL):
        assert fault(licence=replace(FIRST, issuer=issuer)) is Fault.FOREIGN_LICENCE


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_that_is_over_makes_no_licence_and_its_licences_still_end(kind: ActKind) -> None:
    over = [replace(one, period=Period(date(2026, 1, 1), TODAY)) for one in licensed.types()]
    after = Issuing.of(law(), Types(over), provincial.departments())
    assert fault(kind, by=after) is (Fault.UNKNOWN_TYPE if kind in MAKING else None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_that_is_not_or_is_yet_to_come_has_no_licences(kind: ActKind) -> None:
    coming = [replace(one, period=Period(TODAY + timedelta(days=1))) for one in licensed.types()]
    for types in (Types(), Types(coming)):
        assert fault(kind, by=Issuing.of(law(), types, provincial.departments())) is Fault.UNKNOWN_TYPE


def test_a_department_that_is_gone_issues_nothing() -> None:
    gone = [replace(one, period=Period(date(2020, 1, 1), TODAY)) for one in provincial.departments()]
    licence = LicenceId(licensed.TRANSPORT, PROVINCIAL, "1", 1)
    actor = Principal("jilin-sheng", "licence-officer", "", "7")
    assert fault(actor=actor, licence=licence, by=Issuing.of(law(), Types(licensed.types()), gone)) is Fault.FOREIGN_LICENCE


def test_an_act_counts_when_it_is_sent_and_not_later() -> None:
    assert fault(effective_at=NOON + timedelta(minutes=5)) is None
    assert fault(effective_at=NOON + timedelta(minutes=5, seconds=1)) is Fault.INCOMPLETE


def test_an_incomplete_act_is_told_first() -> None:
    assert fault(ActKind.REVOKED, document="") is Fault.INCOMPLETE


def test_every_act_is_decided_as_some_action() -> None:
    assert set(ACTION_OF) == set(ActKind)
    assert {kind for kind, action in ACTION_OF.items() if action is Action.LICENCE_END} == set(ENDINGS)
    assert {kind for kind, action in ACTION_OF.items() if action is Action.LICENCE_ISSUE} == {ActKind.ISSUED}


def test_an_organ_in_two_halls_acts_in_each_on_its_own_licences_and_takes_over_what_it_left_behind() -> None:
    (one, *_) = [each for each in provincial.departments() if each.hall == "jilin-sheng"]
    seats = [replace(one, department=f"{hall}-seat", hall=hall, superior="") for hall in ("yushu", "dehui")]
    licence = replace(FIRST, issuer=one.uscc)
    both, moved = Issuing.of(law(), Types(licensed.types()), seats), Issuing.of(law(), Types(licensed.types()), seats[1:])
    assert acts_on("yushu", "yushu", licence, both)
    assert not acts_on("dehui", "yushu", licence, both)
    assert acts_on("dehui", "yushu", licence, moved)
