"""Decide who may do what to what, on one day.

Laws: default is no; any rule in force that holds in all its parts allows. The law is compiled once from rules, halls,
departments and catalogue and never changes: when one of them does, or the day, another law takes its place. A decision and a list are made
of the same parts, so a row is in the list exactly when the decision on it is yes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from directory.catalogue.resources import ResourceVersion
from directory.errors import RulesMalformed, UnknownColumn
from directory.halls import Province
from directory.scopes.decisions import Allowed, Denied, Nearest, Part, Why
from directory.scopes.meanings import ATTRIBUTES, LINES, ON_ACT, ON_OBJECT, REACHES, Standing
from directory.scopes.predicates import Predicate, all_of, any_of, evaluator, renamed, settled
from directory.scopes.principal import HUB, Asserted, DepartmentInLine, Principal, may_assert
from directory.scopes.rules import Rule, faults
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Condition, Seat

REMEMBERED: Final = 16_384
"""Of how many (hall, role, department, action) a law keeps what it found; some 15 MB when all are in use."""

NOTHING: Final = Subject(hall="")
"""A subject of which nothing is known."""

_Test = Callable[[object], bool]


class _Ruled:
    """A rule in force with all that is the same whoever asks: what it wants, and what is said when each of it fails."""

    __slots__ = ("acts", "allowed", "denials", "objects", "other_role", "other_tier", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.allowed = Allowed(rule.rule, rule.version)
        conditions = rule.conditions_in_turn()
        self.objects = tuple(ON_OBJECT[condition] for condition in conditions if condition in ON_OBJECT)
        self.acts = tuple(ON_ACT[condition] for condition in conditions if condition in ON_ACT)
        unconditional = (_denied(rule, Part.REACH, None), _denied(rule, Part.LINE, None))
        self.denials = (*unconditional, *(_denied(rule, Part.CONDITION, condition) for condition in conditions))
        self.other_role, self.other_tier = _denied(rule, Part.ROLE, None), _denied(rule, Part.TIER, None)


class _Candidate:
    """A rule whose action, role and tier fit, as it stands for one who asks; `row` is what it wants of the object."""

    __slots__ = ("acts", "row", "ruled", "tests")

    def __init__(self, ruled: _Ruled, standing: Standing) -> None:
        self.ruled = ruled
        self.acts = ruled.acts
        parts = (REACHES[ruled.rule.reach], LINES[ruled.rule.line], *ruled.objects)
        self.row = tuple(part(standing) for part in parts)
        self.tests: tuple[_Test, ...] = tuple(evaluator(predicate) for predicate in self.row)


_Judged = tuple[tuple[_Candidate, ...], Denied]
"""All that can be said before the subject is known; the refusal is the answer when there is no candidate."""


class Law:
    """The rules in force on one day in one province; safe to share between threads."""

    __slots__ = ("_by_action", "_departments", "_divided", "_everywhere", "_judged", "_lines", "day", "province", "resources", "rules")

    def __init__(
        self,
        rules: Iterable[Rule],
        province: Province,
        departments: Iterable[DepartmentInLine],
        day: date,
        resources: Iterable[ResourceVersion] = (),
    ) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.rule, rule.version)))
        self.province = province
        self.day = day
        self.resources = {version.resource.resource: version for version in resources if version.in_force(day)}
        """The version of each catalogued resource that is in force, by its id."""
        self._departments = {department.department: department for department in departments if exists_on(department, day)}
        self._divided = frozenset(department.hall for department in self._departments.values())
        self._lines = _lines(self._departments)
        self._everywhere = province.subtree(province.root) | {HUB}
        self._by_action: dict[str, list[_Ruled]] = {}
        for ruled in [_Ruled(rule) for rule in self.rules if in_force(rule, day)]:
            for action in ruled.rule.actions:
                self._by_action.setdefault(action, []).append(ruled)
        self._judged = lru_cache(maxsize=REMEMBERED)(self._judge)

    @classmethod
    def compile(
        cls,
        rules: Iterable[Rule],
        province: Province,
        departments: Iterable[DepartmentInLine],
        day: date,
        resources: Iterable[ResourceVersion] = (),
    ) -> "Law":
        """Return the law of a day (Asia/Shanghai); rules, departments and resources may hold all versions.

        Raises RulesMalformed for rules that contradict each other.
        """
        given = tuple(rules)
        for _, fault in faults(given):
            raise RulesMalformed(fault)
        return cls(given, province, departments, day, resources)

    def hall_of(self, department: str) -> str:
        """Return the hall in which a department sits; empty for one that is not there on the day."""
        known = self._departments.get(department)
        return known.hall if known else ""

    def may_assert(self, principal: Principal) -> Asserted | Denied:
        """Judge what a hall says of its person."""
        return may_assert(self.province, principal, self._departments)

    def has_departments(self, hall: str) -> bool:
        """Tell whether a hall has registered departments, so that its people are of one of them."""
        return hall in self._divided

    def decide(self, principal: Principal, action: str, subject: Subject) -> Allowed | Denied:
        """Judge one act on one object; a microsecond, tens of them the first time for a (hall, role, department, action)."""
        candidates, denied = self._judged(principal.hall, principal.role, principal.department, action)
        furthest = -1
        for candidate in candidates:
            passed = 0
            for test in candidate.tests:
                if not test(subject):
                    break
                passed += 1
            else:
                for act in candidate.acts:
                    if not act(principal, subject, self.day):
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
        candidates, _ = self._judged(principal.hall, principal.role, principal.department, action)
        opening = [candidate for candidate in candidates if all(act(principal, given, self.day) for act in candidate.acts)]
        rows = any_of(all_of(candidate.row) for candidate in opening)
        known = {attribute: getattr(given, attribute) for attribute in ATTRIBUTES if attribute not in columns}
        return renamed(settled(rows, known), columns)

    def standing(self, principal: Principal, seat: Seat) -> Standing:
        """Say where a principal stands whose hall may assert it."""
        line = self._lines.get(principal.department, frozenset())
        return Standing(self.province, seat, principal.hall, principal.department, line, self._everywhere)

    def _judge(self, hall: str, role: str, department: str, action: str) -> _Judged:
        principal = Principal(hall, role, department)
        asserted = self.may_assert(principal)
        if isinstance(asserted, Denied):
            return (), asserted
        spoken = self._by_action.get(action, [])
        fitting = [ruled for ruled in spoken if has_role(ruled.rule, role)]
        seated = [ruled for ruled in fitting if has_seat(ruled.rule, asserted.seat)]
        if not seated:
            return (), _unfit(fitting, spoken)
        standing = self.standing(principal, asserted.seat)
        return tuple(_Candidate(ruled, standing) for ruled in seated), seated[0].denials[0]


def in_force(rule: Rule, day: date) -> bool:
    """Tell whether a version of a rule is in force."""
    return day in rule.period


def exists_on(department: DepartmentInLine, day: date) -> bool:
    """Tell whether a version of a department is that of a day."""
    return day in department.period


def has_role(rule: Rule, role: str) -> bool:
    """Tell whether a rule speaks of a role."""
    return role in rule.roles


def has_seat(rule: Rule, seat: Seat) -> bool:
    """Tell whether a rule speaks of those who act there."""
    return seat in rule.tiers


def _unfit(fitting: Sequence[_Ruled], spoken: Sequence[_Ruled]) -> Denied:
    """Say which rule came nearest where none fits: one of the role's before one of the action's."""
    if fitting:
        return fitting[0].other_tier
    return spoken[0].other_role if spoken else Denied(Why.NO_RULE)


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
