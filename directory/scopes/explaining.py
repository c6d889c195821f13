"""Explain a decision to a person: by which rule it is yes, or what each rule would have wanted.

Laws: an explanation takes the law's own decision and never another; it tells of rules only what anyone may read in them, and
of the subject only what was asked about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from directory.differences import plain
from directory.scopes.decisions import Allowed, Denied, Part, Why
from directory.scopes.law import Law, has_role, has_seat, in_force
from directory.scopes.meanings import LINES, ON_ACT, ON_OBJECT, REACHES, Standing
from directory.scopes.predicates import AllOf, AnyOf, Equals, Has, In, IsTrue, Never, Predicate, evaluator
from directory.scopes.principal import SEATS_OF_ROLE, Asserted, Principal
from directory.scopes.rules import Rule
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Condition, Role

_SHOWN: Final = 6
"""How many values of a list a text shows."""
_IN_TURN: Final = list(Part)

WANTED: Final[Mapping[Condition, str]] = {
    Condition.CASE_OPEN: "the case must be open",
    Condition.CASE_ASSIGNED: "the case that is cited must be one of the own hall and department",
    Condition.THREAD_ABOUT_CASE: "a guidance thread in which the own hall takes part must be about the case",
    Condition.GRANT_COVERS_FIELDS: "a live grant to the own hall and department must cover resource, purpose and every field asked for",
    Condition.PURPOSE_STATED: "a purpose must be stated",
    Condition.SECOND_OFFICER: "another officer must have confirmed it",
    Condition.ONE_TIER_ABOVE_ISSUER: "the own hall must stand directly above the hall that issued the card",
    Condition.RULE_CITED: "the rule of supervision must be cited",
    Condition.TYPE_ISSUED_HERE: "the hall must be one that issues this type of licence",
    Condition.ROLE_WITHIN_CAP: "the role must be one that the hall may have",
    Condition.WITHOUT_PAYLOAD: "it must be shown without payloads",
}
"""What has to be so for a condition to hold."""

_NOT_BELIEVED: Final[Mapping[Why, str]] = {
    Why.UNKNOWN_HALL: "there is no hall {hall!r}",
    Why.UNKNOWN_ROLE: "{role!r} is no role: {roles}",
    Why.FOREIGN_ROLE: "{hall!r} may not assert the role {role!r}, which exists at {seats} only",
    Why.FOREIGN_DEPARTMENT: "{department!r} is no department of {hall!r} on {day}",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one version of a rule says: the part that does not hold and what it would want; no part where all hold."""

    rule: str
    version: int
    part: Part | None
    condition: Condition | None
    wanted: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with the findings it rests on, the one that came nearest first."""

    principal: Principal
    action: str
    subject: Subject
    day: str
    decision: Allowed | Denied
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def allowed(self) -> bool:
        """Tell whether it is yes."""
        return isinstance(self.decision, Allowed)

    def as_json(self) -> dict[str, Any]:
        """Return it as values that JSON can hold."""
        told: dict[str, Any] = plain(self)
        return {"allowed": self.allowed} | told


def explain(law: Law, principal: Principal, action: str, subject: Subject) -> Explanation:
    """Explain what a law decides; for people and at their pace, not for every request."""
    decision = law.decide(principal, action, subject)
    asserted = law.may_assert(principal)
    findings: tuple[Finding, ...] = ()
    if isinstance(asserted, Asserted):
        standing = law.standing(principal, asserted.seat)
        found = [_finding(law, rule, standing, principal, subject) for rule in law.rules if action in rule.actions]
        findings = tuple(sorted(found, key=_distance))
    lines = tuple(_lines(law, principal, action, decision, findings))
    return Explanation(principal, action, subject, law.day.isoformat(), decision, lines, findings)


def _distance(finding: Finding) -> int:
    return -_IN_TURN.index(finding.part) if finding.part else -len(_IN_TURN)


def _finding(law: Law, rule: Rule, standing: Standing, principal: Principal, subject: Subject) -> Finding:
    part, condition, wanted = _first_fault(law, rule, standing, principal, subject)
    return Finding(rule.rule, rule.version, part, condition, wanted)


_Fault = tuple[Part | None, Condition | None, str]


def _first_fault(law: Law, rule: Rule, standing: Standing, principal: Principal, subject: Subject) -> _Fault:
    if not in_force(rule, law.day):
        return Part.PERIOD, None, f"it is in force {rule.period}, and not on {law.day}"
    if not has_role(rule, principal.role):
        return Part.ROLE, None, f"the role must be {_either(rule.roles)}, and is {principal.role!r}"
    if not has_seat(rule, standing.seat):
        return Part.TIER, None, f"the own hall must act at {_either(rule.tiers)}, and {principal.hall!r} acts at {standing.seat}"
    for part, word, predicate in ((Part.REACH, rule.reach, REACHES[rule.reach]), (Part.LINE, rule.line, LINES[rule.line])):
        if not evaluator(predicate(standing))(subject):
            return part, None, f"{word}: {_wanted(predicate(standing), subject)}"
    for condition in rule.conditions_in_turn():
        if not _condition_holds(condition, law, standing, principal, subject):
            return Part.CONDITION, condition, f"{condition}: {WANTED[condition]}"
    return None, None, ""


def _condition_holds(condition: Condition, law: Law, standing: Standing, principal: Principal, subject: Subject) -> bool:
    if condition in ON_OBJECT:
        return evaluator(ON_OBJECT[condition](standing))(subject)
    return ON_ACT[condition](principal, subject, law.day)


def _wanted(predicate: Predicate, subject: Subject) -> str:
    """Say in words what a reach or a line wants of a subject, and what it is instead."""
    if isinstance(predicate, Equals | In | Has | IsTrue):
        return f"{predicate.column} must be {_values(predicate)}, and is {getattr(subject, predicate.column)!r}"
    if isinstance(predicate, AnyOf | AllOf):
        word = " or " if isinstance(predicate, AnyOf) else ", "
        return word.join(_wanted(part, subject) for part in predicate.parts)
    return "nothing is there for this principal" if isinstance(predicate, Never) else "everything"


def _values(leaf: Equals | In | Has | IsTrue) -> str:
    if isinstance(leaf, In):
        return _either(leaf.values)
    return "true" if isinstance(leaf, IsTrue) else repr(leaf.value)


def _either(words: Iterable[str]) -> str:
    listed = sorted(words)
    more = f" or one of {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return " or ".join(map(str, listed[:_SHOWN])) + more


def _lines(law: Law, principal: Principal, action: str, decision: Allowed | Denied, findings: tuple[Finding, ...]) -> Iterable[str]:
    who = f"{principal.role} {principal.person or '(nobody named)'} of {principal.department or 'no department'} at {principal.hall}"
    if isinstance(decision, Allowed):
        yield f"yes: {who} may {action}, by version {decision.version} of the rule {decision.rule!r}"
        yield from (f"  {rule.basis}" for rule in law.rules if (rule.rule, rule.version) == (decision.rule, decision.version))
        return
    yield f"no: {who} may not {action} on {law.day}"
    if decision.why in _NOT_BELIEVED:
        yield f"  {_disbelief(decision.why, law, principal)}"
        return
    if not findings:
        yield f"  no rule speaks of {action!r}"
    for finding in findings:
        yield f"  {finding.rule} version {finding.version}: {finding.wanted}"


def _disbelief(why: Why, law: Law, principal: Principal) -> str:
    seats = _either(SEATS_OF_ROLE.get(principal.role, ()))
    return _NOT_BELIEVED[why].format(
        hall=principal.hall, role=principal.role, roles=", ".join(Role), seats=seats, department=principal.department, day=law.day
    )
