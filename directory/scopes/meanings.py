"""Say what the words of a rule mean for one who asks.

Laws: reach and line, and every condition that can be seen on the object, mean a predicate over the attributes of a
Subject: single decisions and lists are made of the same one. Conditions on the act itself mean a test of it. Tier and
superior are what the province says, never read from the digits of a code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from directory.halls import Province
from directory.scopes.predicates import Always, Has, IsTrue, Never, Predicate, all_of, one_of
from directory.scopes.principal import HUB, SEATS_OF_ROLE, Principal, is_same_person, may_have_role
from directory.scopes.subject import Granted, Subject
from directory.scopes.vocabulary import Condition, Line, Reach, Seat


@dataclass(frozen=True, slots=True)
class Standing:
    """Where someone stands: at which hall of the province, in which department.

    `line` is the department with all below it, `everywhere` all halls and the hub.
    """

    province: Province
    seat: Seat
    hall: str
    department: str
    line: frozenset[str]
    everywhere: frozenset[str]


def _own_hall(standing: Standing) -> Predicate:
    return one_of("hall", {standing.hall})


def _own_subtree(standing: Standing) -> Predicate:
    return one_of("hall", {HUB} if standing.seat is Seat.HUB else standing.province.subtree(standing.hall))


def _superior_chain(standing: Standing) -> Predicate:
    return one_of("hall", () if standing.seat is Seat.HUB else standing.province.superiors(standing.hall))


def _siblings(standing: Standing) -> Predicate:
    return one_of("hall", () if standing.seat is Seat.HUB else standing.province.siblings(standing.hall))


def _province(standing: Standing) -> Predicate:
    return one_of("hall", standing.everywhere)


def _referred(standing: Standing) -> Predicate:
    return one_of("referred_to", {standing.hall})


REACHES: Final[Mapping[Reach, Callable[[Standing], Predicate]]] = {
    Reach.OWN_HALL: _own_hall,
    Reach.OWN_SUBTREE: _own_subtree,
    Reach.SUPERIOR_CHAIN: _superior_chain,
    Reach.SIBLINGS: _siblings,
    Reach.PROVINCE: _province,
    Reach.REFERRED: _referred,
}


def _any_department(_standing: Standing) -> Predicate:
    return Always()


def _own_department(standing: Standing) -> Predicate:
    return one_of("department", {standing.department})


def _own_line(standing: Standing) -> Predicate:
    return one_of("department", standing.line)


LINES: Final[Mapping[Line, Callable[[Standing], Predicate]]] = {
    Line.ANY: _any_department,
    Line.OWN_DEPARTMENT: _own_department,
    Line.OWN_DEPARTMENT_LINE: _own_line,
}


def _case_open(_standing: Standing) -> Predicate:
    return IsTrue("case_open")


def _case_assigned(standing: Standing) -> Predicate:
    return all_of((one_of("case_hall", {standing.hall}), one_of("case_department", {standing.department})))


def _thread_about_case(standing: Standing) -> Predicate:
    return Has("thread_halls", standing.hall)


def _one_tier_above_issuer(standing: Standing) -> Predicate:
    return Never() if standing.seat is Seat.HUB else one_of("issuer_hall", standing.province.inferiors(standing.hall))


def _type_issued_here(_standing: Standing) -> Predicate:
    return IsTrue("type_issued")


def _role_within_cap(standing: Standing) -> Predicate:
    return one_of("role", (role for role in SEATS_OF_ROLE if may_have_role(standing.seat, role)))


def _without_payload(_standing: Standing) -> Predicate:
    return IsTrue("without_payload")


ON_OBJECT: Final[Mapping[Condition, Callable[[Standing], Predicate]]] = {
    Condition.CASE_OPEN: _case_open,
    Condition.CASE_ASSIGNED: _case_assigned,
    Condition.THREAD_ABOUT_CASE: _thread_about_case,
    Condition.ONE_TIER_ABOVE_ISSUER: _one_tier_above_issuer,
    Condition.TYPE_ISSUED_HERE: _type_issued_here,
    Condition.ROLE_WITHIN_CAP: _role_within_cap,
    Condition.WITHOUT_PAYLOAD: _without_payload,
}
"""What is seen on the object, and so on a row of a list."""

Act = Callable[[Principal, Subject, date], bool]


def _purpose_stated(_principal: Principal, subject: Subject, _day: date) -> bool:
    return bool(subject.purpose.strip())


def _rule_cited(_principal: Principal, subject: Subject, _day: date) -> bool:
    return bool(subject.cited_rule.strip())


def _second_officer(principal: Principal, subject: Subject, _day: date) -> bool:
    return bool(principal.person and subject.second_person) and not is_same_person(subject.second_person, principal.person)


def _grant_covers_fields(principal: Principal, subject: Subject, day: date) -> bool:
    grant = subject.grant
    return grant is not None and _granted_to(grant, principal) and _granted_for(grant, subject) and _granted_on(grant, day)


def _granted_to(grant: Granted, principal: Principal) -> bool:
    return grant.hall == principal.hall and grant.department in {"", principal.department}


def _granted_for(grant: Granted, subject: Subject) -> bool:
    same = grant.resource == subject.resource != "" and grant.purpose == subject.purpose
    return same and bool(subject.fields) and subject.fields <= grant.fields


def _granted_on(grant: Granted, day: date) -> bool:
    # Ended is ended, whatever time the ending names: a withdrawal is never dated into the future.
    return grant.ended_at is None and day in grant.period


ON_ACT: Final[Mapping[Condition, Act]] = {
    Condition.PURPOSE_STATED: _purpose_stated,
    Condition.RULE_CITED: _rule_cited,
    Condition.SECOND_OFFICER: _second_officer,
    Condition.GRANT_COVERS_FIELDS: _grant_covers_fields,
}
"""What is seen on the act, and is the same for every row of a list."""

ATTRIBUTES: Final = frozenset(
    {
        "hall",
        "department",
        "referred_to",
        "thread_halls",
        "issuer_hall",
        "case_open",
        "case_hall",
        "case_department",
        "type_issued",
        "role",
        "without_payload",
    }
)
"""The attributes of a Subject that a column of a list may hold."""
