"""Nobody calls what no row opens to them, and no node does what no rule opens to nodes."""

from datetime import date
from itertools import product

import pytest

from directory.access import CALLERS, CallerKind, action_of, judge_node, may_call, open_in_quarantine
from directory.hall_list import seed
from directory.scopes.decisions import Allowed, Denied
from directory.scopes.law import Law
from directory.scopes.reading import default_rules
from directory.scopes.vocabulary import Action

PROVINCE = seed()
LAW = Law.compile(default_rules(), PROVINCE, (), date(2026, 11, 23))


@pytest.mark.parametrize("kind", CallerKind)
@pytest.mark.parametrize("method", ["", "/", "/tongban.case.v1.CaseService/DropCases", "tongban.case.v1.CaseService/GetCase"])
def test_what_no_row_names_is_closed_to_everyone(method: str, kind: CallerKind) -> None:
    assert not may_call(method, kind)


@pytest.mark.parametrize(("method", "kind"), sorted(product(CALLERS, CallerKind), key=str))
def test_a_node_does_a_halls_work_and_nothing_else(method: str, kind: CallerKind) -> None:
    service = method.split("/")[1]
    expected = {
        "tongban.enrolment.v1.EnrolmentService": {CallerKind.TOKEN_HOLDER} if method.endswith("/Enrol") else {CallerKind.RENEWER},
        "grpc.health.v1.Health": {CallerKind.OPERATOR} if method.endswith("/List") else {CallerKind.NODE, CallerKind.OPERATOR},
        "grpc.reflection.v1alpha.ServerReflection": {CallerKind.OPERATOR},
    }.get(service, {CallerKind.NODE})
    assert may_call(method, kind) == (kind in expected)


@pytest.mark.parametrize("hall", ["jilin-sheng", "changchun", "yushu"])
@pytest.mark.parametrize("method", sorted(method for method, row in CALLERS.items() if row.thing is not None))
def test_a_node_does_by_the_default_rules_what_an_agent_has_to(hall: str, method: str) -> None:
    assert isinstance(judge_node(LAW, hall, method), Allowed)


@pytest.mark.parametrize("method", sorted(method for method, row in CALLERS.items() if row.thing is None))
def test_the_door_leaves_to_the_services_what_people_ask(method: str) -> None:
    assert judge_node(LAW, "yushu", method) is None


@pytest.mark.parametrize("method", sorted(method for method, row in CALLERS.items() if row.thing is not None))
def test_what_no_rule_opens_to_nodes_is_closed_at_the_door(method: str) -> None:
    lawless = Law.compile((), PROVINCE, (), LAW.day)
    assert isinstance(judge_node(lawless, "yushu", method), Denied)
    assert isinstance(judge_node(LAW, "atlantis", method), Denied)


def test_a_hall_in_quarantine_sends_renews_and_sees_its_own_journal_and_hashes() -> None:
    said = {"Submit", "GetJournal", "Renew", "ListHalls", "GetCheckpoint", "GetInclusionProof", "GetConsistencyProof", "ListEntries"}
    assert {method.rpartition("/")[2] for method in CALLERS if open_in_quarantine(method)} == said
    assert not open_in_quarantine("/tongban.case.v1.CaseService/DropCases")


def test_a_method_without_an_action_is_none_to_decide() -> None:
    assert action_of("/tongban.case.v1.CaseService/GetTimeline") is Action.CASE_READ
    for method in ("/grpc.health.v1.Health/Check", "/tongban.case.v1.CaseService/DropCases"):
        with pytest.raises(LookupError):
            action_of(method)
