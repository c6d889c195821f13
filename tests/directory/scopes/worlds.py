"""Make up small provinces with rules, people and lists, and say naively who may do what in them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from directory.halls import RANK, Hall, Province, Tier
from directory.scopes.law import Law
from directory.scopes.principal import SEATS_OF_ROLE, Principal
from directory.scopes.rules import Rule
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role, Seat
from directory.validity import Period
from tests.directory.scopes.ground import LONG_SINCE, Department, Grant

DAY = date(2026, 5, 1)
ACTIONS = (Action.CASE_READ, Action.CASE_LIST, Action.LICENCE_QUERY)
_ROLES = (Role.CLERK, Role.GUIDE, Role.AUDITOR, Role.OPERATOR)
_PEOPLE = ("", "zhang", "wang")
_T = TypeVar("_T")


def _mostly(usual: _T, others: st.SearchStrategy[_T]) -> st.SearchStrategy[_T]:
    """Draw the usual in two of three: of what is drawn evenly, hardly anything would be allowed."""
    return st.sampled_from((True, True, False)).flatmap(lambda plain: st.just(usual) if plain else others)


_FLAGS = st.sampled_from((True, False, None))
_PERIODS = st.sampled_from(
    (Period(DAY), Period(date(2026, 1, 1)), Period(date(2026, 1, 1), DAY), Period(DAY, date(2026, 5, 2)), Period(date(2026, 5, 2)))
)

_ENDED = st.sampled_from((None, datetime(2026, 5, 1, tzinfo=UTC)))

Row = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """A province on one day, with somebody who asks for a list, and what is the same for all its rows."""

    province: Province
    departments: tuple[Department, ...]
    rules: tuple[Rule, ...]
    principal: Principal
    action: str
    columns: Mapping[str, str]
    given: Subject
    rows: tuple[Row, ...]

    @property
    def present(self) -> list[Department]:
        """Give the departments of the day."""
        return [unit for unit in self.departments if unit.period.start <= DAY and (unit.period.end is None or unit.period.end > DAY)]

    @property
    def law(self) -> Law:
        """Compile its law anew."""
        return Law.compile(self.rules, self.province, self.departments, DAY)

    def subject(self, row: Row) -> Subject:
        """Say what a row of the list is, as a subject."""
        return replace(self.given, **{attribute: row[column] for attribute, column in self.columns.items()})


@st.composite
def provinces(draw: st.DrawFn) -> Province:
    """Draw a tree of halls whose codes say nothing of their tier and superior."""
    halls = [Hall("h0", "省", Tier.PROVINCE, "", "220000")]
    for number in range(1, draw(st.integers(1, 9))):
        superior = draw(st.sampled_from([hall for hall in halls if hall.tier is not Tier.COUNTY]))
        tier = draw(st.sampled_from([tier for tier in Tier if RANK[tier] > RANK[superior.tier]]))
        halls.append(Hall(f"h{number}", "厅", tier, superior.hall, draw(st.from_regex(r"22[0-9]{4}", fullmatch=True))))
    return Province(halls)


@st.composite
def departments(draw: st.DrawFn, halls: tuple[str, ...]) -> tuple[Department, ...]:
    """Draw departments whose lines run anywhere, in circles too: the law of a broken list must still end."""
    ids = [f"d{number}" for number in range(draw(st.integers(0, 6)))]
    periods = _mostly(LONG_SINCE, _PERIODS)
    return tuple(Department(known, draw(st.sampled_from(halls)), draw(st.sampled_from(("", *ids))), draw(periods)) for known in ids)


_RULES = st.lists(
    st.builds(
        Rule,
        rule=st.just("r"),
        version=st.just(1),
        roles=_mostly(frozenset(_ROLES), st.frozensets(st.sampled_from(_ROLES), min_size=1)),
        tiers=_mostly(frozenset(Seat), st.frozensets(st.sampled_from(Seat), min_size=1)),
        actions=_mostly(frozenset(ACTIONS), st.frozensets(st.sampled_from(ACTIONS), min_size=1)),
        reach=st.sampled_from(Reach),
        line=st.sampled_from(Line),
        conditions=_mostly(frozenset[Condition](), st.frozensets(st.sampled_from(Condition), min_size=1, max_size=2)),
        period=_PERIODS,
        basis=st.just("made up"),
    ),
    min_size=2,
    max_size=6,
).map(lambda rules: tuple(replace(rule, rule=f"r{number}") for number, rule in enumerate(rules)))


def _exist(rule: Rule) -> bool:
    return all(rule.tiers & SEATS_OF_ROLE[role] for role in rule.roles)


_Words = st.SearchStrategy[str]


def _columns(halls: tuple[str, ...], a_hall: _Words, a_department: _Words) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "hall": a_hall,
        "department": a_department,
        "referred_to": a_hall,
        "thread_halls": st.frozensets(a_hall, max_size=2),
        "issuer_hall": st.sampled_from((*halls, "hub", "")),
        "case_open": _FLAGS,
        "case_hall": a_hall,
        "case_department": a_department,
        "type_issued": _FLAGS,
        "role": st.sampled_from((*Role, "emperor", "")),
        "without_payload": _FLAGS,
    }


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world."""
    province = draw(provinces())
    halls = tuple(hall.hall for hall in province)
    units = draw(departments(halls))
    a_hall = st.sampled_from((*halls, "hub", "atlantis", ""))
    a_department = st.sampled_from(("", "d9", *(unit.department for unit in units)))
    unit = draw(st.sampled_from((None, *units)))
    honest = Principal(unit.hall if unit else draw(st.sampled_from(halls)), Role.CLERK, unit.department if unit else "", "zhang")
    a_role = st.sampled_from((*_ROLES, "emperor"))
    principal = draw(_mostly(honest, st.builds(Principal, a_hall, a_role, a_department, st.sampled_from(_PEOPLE))))
    a_hall, a_department = _mostly(principal.hall, a_hall), _mostly(principal.department, a_department)
    columns = _columns(halls, a_hall, a_department)
    in_list = draw(st.frozensets(st.sampled_from(sorted(columns))))
    row = st.fixed_dictionaries({f"{name}_": values for name, values in columns.items() if name in in_list})
    grant = Grant(principal.hall, principal.department, "r", frozenset({"a", "b"}), "p", Period(date(2026, 1, 1)))
    given = draw(
        st.builds(
            Subject,
            **columns,
            resource=_mostly("r", st.sampled_from(("s", ""))),
            fields=st.frozensets(_mostly("a", st.sampled_from(("b", "c")))),
            purpose=_mostly("p", st.sampled_from(("q", " ", ""))),
            grant=_mostly(
                grant,
                st.none() | st.builds(replace, st.just(grant), hall=a_hall, department=a_department, period=_PERIODS, ended_at=_ENDED),
            ),
            second_person=st.sampled_from(_PEOPLE),
            cited_rule=st.sampled_from(("", "rule/1")),
        )
    )
    return World(
        province,
        units,
        tuple(filter(_exist, draw(_RULES))),
        principal,
        draw(_mostly(Action.CASE_LIST, st.sampled_from((*ACTIONS, "no.such")))),
        {name: f"{name}_" for name in sorted(in_list)},
        given,
        tuple(draw(st.lists(row, min_size=2, max_size=8))),
    )


def naively(world: World, subject: Subject) -> bool:
    """Say whether any rule allows it, reading each rule anew and walking every tree."""
    return _believed(world) and any(_allows(world, rule, subject) for rule in world.rules)


def _seat(world: World) -> Seat | None:
    if world.principal.hall == "hub":
        return Seat.HUB
    return next((Seat(hall.tier.value) for hall in world.province if hall.hall == world.principal.hall), None)


def _believed(world: World) -> bool:
    seat, principal = _seat(world), world.principal
    exists = {"clerk": "province city county", "guide": "province city", "auditor": "province", "operator": "hub"}.get(principal.role, "")
    own = {unit.department for unit in world.present if unit.hall == principal.hall}
    strange = {unit.department for unit in world.present} - own
    believed = principal.department in own | {""} or not (own or principal.department in strange)
    return seat is not None and seat in exists.split() and believed


def _allows(world: World, rule: Rule, subject: Subject) -> bool:
    fits = world.principal.role in rule.roles and _seat(world) in rule.tiers and world.action in rule.actions
    now = rule.period.start <= DAY and (rule.period.end is None or rule.period.end > DAY)
    lawful = all(_condition(world, condition, subject) for condition in rule.conditions)
    return fits and now and lawful and _reached(world, rule.reach, subject) and _lined(world, rule.line, subject)


def _above(world: World, hall: str) -> list[str]:
    superiors = {known.hall: known.superior for known in world.province}
    chain = []
    while superiors.get(hall):
        hall = superiors[hall]
        chain.append(hall)
    return chain


def _reached(world: World, reach: Reach, subject: Subject) -> bool:
    own, hall = world.principal.hall, subject.hall
    superior = _above(world, own)[:1]
    return {
        Reach.OWN_HALL: hall == own,
        Reach.OWN_SUBTREE: hall == own or own in _above(world, hall),
        Reach.SUPERIOR_CHAIN: hall in _above(world, own),
        Reach.SIBLINGS: hall != own and superior != [] and _above(world, hall)[:1] == superior,
        Reach.PROVINCE: hall == "hub" or hall in world.province,
        Reach.REFERRED: subject.referred_to == own,
    }[reach]


def _lined(world: World, line: Line, subject: Subject) -> bool:
    own, at = world.principal.department, subject.department
    superiors = {unit.department: unit.superior for unit in world.present}
    chain = [at]
    while superiors.get(chain[-1]) and superiors[chain[-1]] not in chain:
        chain.append(superiors[chain[-1]])
    return {Line.ANY: True, Line.OWN_DEPARTMENT: own == at != "", Line.OWN_DEPARTMENT_LINE: own in superiors and own in chain}[line]


def _condition(world: World, condition: Condition, subject: Subject) -> bool:
    principal, grant = world.principal, subject.grant
    given = {
        "clerk": {Seat.PROVINCE, Seat.CITY, Seat.COUNTY},
        "guide": {Seat.PROVINCE, Seat.CITY},
        "auditor": {Seat.PROVINCE},
        "operator": {Seat.HUB},
    }.get(subject.role, {Seat.PROVINCE, Seat.CITY, Seat.COUNTY} if subject.role in set(Role) else set())
    granted = (
        grant is not None
        and grant.hall == principal.hall
        and grant.department in {"", principal.department}
        and (grant.resource, grant.purpose) == (subject.resource, subject.purpose)
        and subject.fields != frozenset()
        and subject.fields <= grant.fields
        and grant.ended_at is None
        and grant.period.start <= DAY
        and (grant.period.end is None or grant.period.end > DAY)
    )
    return {
        Condition.CASE_OPEN: subject.case_open is True,
        Condition.CASE_ASSIGNED: (subject.case_hall, subject.case_department) == (principal.hall, principal.department)
        and principal.department != "",
        Condition.THREAD_ABOUT_CASE: principal.hall in subject.thread_halls,
        Condition.GRANT_COVERS_FIELDS: granted,
        Condition.PURPOSE_STATED: subject.purpose.strip() != "",
        Condition.SECOND_OFFICER: "" not in {subject.second_person, principal.person} and subject.second_person != principal.person,
        Condition.ONE_TIER_ABOVE_ISSUER: _above(world, subject.issuer_hall)[:1] == [principal.hall],
        Condition.RULE_CITED: subject.cited_rule != "",
        Condition.TYPE_ISSUED_HERE: subject.type_issued is True,
        Condition.ROLE_WITHIN_CAP: _seat(world) in given,
        Condition.WITHOUT_PAYLOAD: subject.without_payload is True,
    }[condition]
