"""The default rules come to what a person wrote down, cell by cell; and whichever check is left out, some cell is wrong."""

import random
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from directory.hall_list import seed
from directory.halls import Hall, Province, Tier
from directory.scopes import law as law_module
from directory.scopes import meanings, principal
from directory.scopes.law import Law
from directory.scopes.meanings import LINES, ON_ACT, ON_OBJECT, REACHES, Standing
from directory.scopes.predicates import Always, Never, Predicate, one_of
from directory.scopes.principal import SEATS_OF_ROLE, Asserted, may_assert
from directory.scopes.reading import default_rules
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role, Seat
from tests.directory.scopes.ground import BEFORE_ALL_RULES, DEPARTMENTS, OF_THE_DAY, PLACES, TODAY, in_order, someone, spoilt
from tests.directory.scopes.matrix import closed, is_allowed, opened, tables, things, wrong_cells

RULES = default_rules()
USED_REACHES = sorted({rule.reach for rule in RULES})


def todays_law(province: Province | None = None) -> Law:
    return Law.compile(RULES, province or seed(), DEPARTMENTS, TODAY)


def is_wrong(law: Law) -> bool:
    return next(wrong_cells(law), None) is not None


def test_the_law_is_what_the_tables_say() -> None:
    assert list(wrong_cells(todays_law())) == []


def test_the_tables_speak_of_every_role_action_and_disorder() -> None:
    assert {role for role, *_ in opened()} == set(Role)
    assert {action for _, action, *_ in opened()} == set(Action)
    assert set(closed()) == {*spoilt("changchun", in_order("changchun", "yushu", "")), "the officer has no name"}
    pairs = {f"{role} {action}" for role, action, *_ in opened()}
    assert frozenset().union(*closed().values()) <= pairs


def test_no_cell_of_the_tables_is_of_a_place_that_is_not() -> None:
    spaces = {(place.tier, space) for hall, place in PLACES.items() for space, *_ in things(hall)}
    assert {(tier, space) for *_, tier, space in opened()} <= spaces


def test_a_role_exists_where_the_tables_say() -> None:
    seats = {"province": "省", "city": "市", "county": "县", "hub": "枢"}
    assert {role: {seats[seat] for seat in known} for role, known in SEATS_OF_ROLE.items()} == {
        role: set(exists) for role, exists in tables()["Believed"]
    }
    for hall, (role, exists) in ((hall, row) for hall in PLACES for row in tables()["Believed"]):
        believed = may_assert(seed(), someone(hall, role), OF_THE_DAY)
        assert isinstance(believed, Asserted) == (PLACES[hall].tier in exists)


def test_before_the_rules_begin_nobody_may_do_anything() -> None:
    law = Law.compile(RULES, seed(), DEPARTMENTS, BEFORE_ALL_RULES)
    asked = [
        (someone(hall, role), action, thing) for hall in PLACES for role in Role for action in Action for *_, thing in things(hall)[:3]
    ]
    assert not any(is_allowed(law, *question) for question in asked)


def test_reading_tier_or_superior_from_digits_would_change_nothing_because_nobody_does() -> None:
    codes = [hall.division_code for hall in seed()]
    for start in range(3):
        random.Random(start).shuffle(codes)
        shuffled = Province(
            Hall(hall.hall, hall.display_name, hall.tier, hall.superior, code, linked=hall.linked)
            for hall, code in zip(seed(), codes, strict=True)
        )
        assert not is_wrong(todays_law(shuffled))


# The mirror: each check left out, and each drawn too tight, makes the tables wrong.


def everything(*_: object) -> Always:
    return Always()


def nothing(*_: object) -> Never:
    return Never()


def true(*_: object) -> bool:
    return True


def false(*_: object) -> bool:
    return False


@pytest.mark.parametrize("check", ["in_force", "exists_on", "has_role", "has_seat"])
def test_a_law_that_does_not_look_at_it_is_wrong(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law_module, check, true)
    old = Law.compile(RULES, seed(), DEPARTMENTS, BEFORE_ALL_RULES)
    assert is_wrong(todays_law()) or is_allowed(old, someone("yushu", Role.CLERK), Action.CASE_LIST, in_order("yushu", "yushu", ""))
    monkeypatch.setattr(law_module, check, false)
    assert is_wrong(todays_law())


@pytest.mark.parametrize("check", ["may_have_role", "may_have_department"])
def test_a_law_that_believes_whatever_a_hall_asserts_is_wrong(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(principal, check, true)
    assert is_wrong(todays_law())


def replaced(monkeypatch: pytest.MonkeyPatch, words: Mapping[Any, Any], word: object, meaning: Callable[..., object]) -> None:
    monkeypatch.setitem(cast("dict[object, object]", words), word, meaning)


@pytest.mark.parametrize("meaning", [everything, nothing])
@pytest.mark.parametrize("reach", USED_REACHES)
def test_a_law_with_another_reach_is_wrong(reach: Reach, meaning: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, REACHES, reach, meaning)
    assert is_wrong(todays_law())


@pytest.mark.parametrize(("line", "meaning"), [(line, meaning) for line in Line for meaning in (everything, nothing)][1:])
def test_a_law_with_another_line_is_wrong(line: Line, meaning: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    assert (line, meaning) != (Line.ANY, everything)  # which it is
    replaced(monkeypatch, LINES, line, meaning)
    assert is_wrong(todays_law())


@pytest.mark.parametrize("condition", Condition)
def test_a_law_without_one_condition_is_wrong(condition: Condition, monkeypatch: pytest.MonkeyPatch) -> None:
    words, loose, tight = (ON_OBJECT, everything, nothing) if condition in ON_OBJECT else (ON_ACT, true, false)
    for meaning in (loose, tight):
        replaced(monkeypatch, words, condition, meaning)
        assert is_wrong(todays_law())


@pytest.mark.parametrize("check", ["_granted_to", "_granted_for", "_granted_on"])
def test_a_law_that_looks_at_part_of_a_grant_is_wrong(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meanings, check, true)
    assert is_wrong(todays_law())


def test_the_tables_use_every_word_of_the_vocabulary_but_one() -> None:
    assert set(Reach) - set(USED_REACHES) == {Reach.SIBLINGS}  # for an administrator's own rules; tested with random ones
    assert {rule.line for rule in RULES} == set(Line)
    assert {condition for rule in RULES for condition in rule.conditions} == set(Condition)


def code_of(standing: Standing, hall: str) -> str:
    known = standing.province.get(hall)
    return known.division_code if known else ""


def subtree_by_digits(standing: Standing) -> Predicate:
    digits = code_of(standing, standing.hall).rstrip("0")
    return one_of("hall", {standing.hall, *(hall.hall for hall in standing.province if digits and hall.division_code.startswith(digits))})


def superiors_by_digits(standing: Standing) -> Predicate:
    code = code_of(standing, standing.hall)
    above = {f"{code[:4]}00", f"{code[:2]}0000"} - {code}
    return one_of("hall", (hall.hall for hall in standing.province if hall.division_code in above))


def tier_by_digits(province: Province, hall: str) -> object:
    known = province.get(hall)
    if known is None:
        return Seat.HUB if hall == principal.HUB else None
    tier = Tier.PROVINCE if known.division_code.endswith("0000") else Tier.CITY if known.division_code.endswith("00") else Tier.COUNTY
    return Seat(tier.value)


@pytest.mark.parametrize(("reach", "meaning"), [(Reach.OWN_SUBTREE, subtree_by_digits), (Reach.SUPERIOR_CHAIN, superiors_by_digits)])
def test_a_law_that_reads_the_superior_from_digits_is_wrong(
    reach: Reach, meaning: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, REACHES, reach, meaning)
    assert is_wrong(todays_law())


def test_a_law_that_reads_the_tier_from_digits_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(principal, "seat_of", tier_by_digits)
    assert is_wrong(todays_law())
