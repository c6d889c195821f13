"""Decide who may do what to what, on one day.

Laws: default is no; any rule in force that holds in all its parts allows. The law is compiled once from rules, halls and
departments and never changes: when one of them does, or the day, another law takes its place. A decision and a list are made
of the same parts, so a row is in the list exactly when the decision on it is yes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from directory.errors import RulesMalformed, UnknownColumn
from directory.halls import Province
from directory.scopes.decisions import Allowed, Denied, Nearest, Part, Why
from directory.scopes.meanings import ATTRIBUTES, LINES, ON_ACT, ON_OBJECT, REACHES, Act, Standing
from directory.scopes.predicates import Predicate, all_of, any_of, evaluator, renamed, settled
from directory.scopes.principal import Asserted, DepartmentInLine, Principal, may_assert
from directory.scopes.rules import Rule, faults
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Condition, Seat

REMEMBERED: Final = 16_384
"""Of how many (hall, role, department, action) a law keeps what it found; some 30 MB when all are in use."""

NOTHING: Final = Subject(hall="")
"""A subject of which nothing is known."""

_Test = Callable[[Principal, Subject], bool]


class _Ruled:
    """A rule in force with all that is the same whoever asks: its checks in the order in which they are made."""

    __slots__ = ("allowed", "conditions", "denials", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.allowed = Allowed(rule.rule, rule.version)
        self.conditions = rule.conditions_in_turn()
        unconditional = (_denied(rule, Part.REACH, None), _denied(rule, Part.LINE, None))
        self.denials = (*unconditional, *(_denied(rule, Part.CONDITION, condition) for condition in self.conditions))


class _Candidate:
    """A rule whose action, role and tier fit, as it stands for one who asks; `row` is what it wants of the object."""

    __slots__ = ("acts", "row", "ruled", "tests")

    def __init__(self, ruled: _Ruled, standing: Standing, day: date) -> None:
        self.ruled = ruled
        self.row = [REACHES[ruled.rule.reach](standing), LINES[ruled.rule.line](standing)]
        self.tests = [_on_object(predicate) for predicate in self.row]
        self.acts: list[_Test] = []
        for condition in ruled.conditions:
            if condition in ON_OBJECT:
                self.row.append(ON_OBJECT[condition](standing))
                self.tests.append(_on_object(self.row[-1]))
            else:
                self.acts.append(_on_act(ON_ACT[condition], day))
                self.tests.append(self.acts[-1])


@dataclass(frozen=True, slots=True)
class _Judged:
    """All that can be said before the subject is known; `denied` is the answer when there is no candidate."""

    candidates: tuple[_Candidate, ...]
    denied: Denied


class Law:
    """The rules in force on one day in one province; safe to share between threads."""

    __slots__ = ("_by_action", "_departments", "_judged", "_lines", "day", "province", "rules")

    def __init__(self, rules: Iterable[Rule], province: Province, departments: Iterable[DepartmentInLine], day: date) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.rule, rule.version)))
        self.province = province
        self.day = day
        self._departments = {department.department: department for department in departments}
        self._lines = _lines(self._departments)
        self._by_action: dict[str, list[_Ruled]] = {}
        for ruled in [_Ruled(rule) for rule in self.rules if in_force(rule, day)]:
            for action in ruled.rule.actions:
                self._by_action.setdefault(action, []).append(ruled)
        self._judged = lru_cache(maxsize=REMEMBERED)(self._judge)

    @classmethod
    def compile(cls, rules: Iterable[Rule], province: Province, departments: Iterable[DepartmentInLine], day: date) -> "Law":
        """Return the law of a day (Asia/Shanghai); `departments` are those of that day, `rules` may hold all versions.

        Raises RulesMalformed for rules that contradict each other.
        """
        given = tuple(rules)
        for _, fault in faults(given):
            raise RulesMalformed(fault)
        return cls(given, province, departments, day)

    def may_assert(self, principal: Principal) -> Asserted | Denied:
        """Judge what a hall says of its person."""
        return may_assert(self.province, principal, self._departments)

    def decide(self, principal: Principal, action: str, subject: Subject) -> Allowed | Denied:
        """Judge one act on one object; some microseconds, tens of them the first time for a (hall, role, department, action)."""
        judged = self._judged(principal.hall, principal.role, principal.department, action)
        furthest = -1
        denied = judged.denied
        for candidate in judged.candidates:
            passed = 0
            for test in candidate.tests:
                if not test(principal, subject):
                    break
                passed += 1
            else:
                return candidate.ruled.allowed
            if passed > furthest:
                furthest, denied = passed, candidate.ruled.denials[passed]
        return denied

    def predicate(self, principal: Principal, action: str, columns: Mapping[str, str], given: Subject = NOTHING) -> Predicate:
        """Say which rows of a list the principal may see, as a predicate over the list's columns.

        `columns` names for some of ATTRIBUTES the column that holds it; `given` holds what is the same for every row, such as a
        purpose. What neither tells opens nothing. Raises UnknownColumn for any other attribute.
        """
        for attribute in columns:
            if attribute not in ATTRIBUTES:
                raise UnknownColumn(attribute)
        judged = self._judged(principal.hall, principal.role, principal.department, action)
        open_to = [candidate for candidate in judged.candidates if all(act(principal, given) for act in candidate.acts)]
        rows = any_of(all_of(candidate.row) for candidate in open_to)
        known = {attribute: getattr(given, attribute) for attribute in ATTRIBUTES if attribute not in columns}
        return renamed(settled(rows, known), columns)

    def standing(self, principal: Principal, seat: Seat) -> Standing:
        """Say where a principal stands whose hall may assert it."""
        line = self._lines.get(principal.department, frozenset())
        return Standing(self.province, seat, principal.hall, principal.department, line)

    def _judge(self, hall: str, role: str, department: str, action: str) -> _Judged:
        principal = Principal(hall, role, department)
        asserted = self.may_assert(principal)
        if isinstance(asserted, Denied):
            return _Judged((), asserted)
        spoken = self._by_action.get(action, [])
        fitting = [ruled for ruled in spoken if has_role(ruled.rule, role)]
        seated = [ruled for ruled in fitting if has_seat(ruled.rule, asserted.seat)]
        standing = self.standing(principal, asserted.seat)
        return _Judged(tuple(_Candidate(ruled, standing, self.day) for ruled in seated), _unfit(fitting, spoken))


def in_force(rule: Rule, day: date) -> bool:
    """Tell whether a version of a rule is in force."""
    return day in rule.period


def has_role(rule: Rule, role: str) -> bool:
    """Tell whether a rule speaks of a role."""
    return role in rule.roles


def has_seat(rule: Rule, seat: Seat) -> bool:
    """Tell whether a rule speaks of those who act there."""
    return seat in rule.tiers


def _on_object(predicate: Predicate) -> _Test:
    test = evaluator(predicate)
    return lambda _, subject: test(subject)


def _on_act(act: Act, day: date) -> _Test:
    return lambda principal, subject: act(principal, subject, day)


def _unfit(fitting: Sequence[_Ruled], spoken: Sequence[_Ruled]) -> Denied:
    """Say which rule came nearest where none fits: one of the role's before one of the action's."""
    if fitting:
        return _denied(fitting[0].rule, Part.TIER, None)
    return _denied(spoken[0].rule, Part.ROLE, None) if spoken else Denied(Why.NO_RULE)


def _denied(rule: Rule, part: Part, condition: Condition | None) -> Denied:
    return Denied(Why.NO_RULE, Nearest(rule.rule, rule.version, part, condition))


def _lines(departments: Mapping[str, DepartmentInLine]) -> dict[str, frozenset[str]]:
    """Return for each department itself and all below it in its line."""
    below: dict[str, set[str]] = {department: {department} for department in departments}
    for department in departments:
        above = departments[department].superior
        while above in below and department not in below[above]:
            below[above].add(department)
            above = departments[above].superior
    return {department: frozenset(line) for department, line in below.items()}
