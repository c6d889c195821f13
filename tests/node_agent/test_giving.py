"""A hall gives its people the roles that it may have itself, and no others."""

from datetime import date

import pytest

from directory.hall_list import seed
from directory.scopes.law import Law
from directory.scopes.principal import SEATS_OF_ROLE, Principal, seat_of
from directory.scopes.reading import default_rules
from node_agent.accounts.giving import EVERYWHERE, OF_NO_PERSON, may_edit, possible, refusal, refusal_of_giver
from node_agent.accounts.users import Held
from tests.province.provincial import departments

DAY = date(2026, 6, 1)
LAW = Law.compile(default_rules(), seed(), (), DAY)
HALLS = ["gongzhuling", "changchun", "jilin-sheng"]
ADMINISTRATOR = "hall-administrator"


@pytest.mark.parametrize("hall", HALLS)
@pytest.mark.parametrize("role", sorted(SEATS_OF_ROLE))
def test_a_role_is_given_where_it_exists_and_is_a_persons(hall: str, role: str) -> None:
    exists = seat_of(LAW.province, hall) in SEATS_OF_ROLE[role]
    assert (refusal(LAW, hall, Held(role)) == "") == (exists and role not in OF_NO_PERSON)
    assert (refusal_of_giver(LAW, Principal(hall, ADMINISTRATOR, "", "7"), Held(role)) == "") == (exists and role not in OF_NO_PERSON)


@pytest.mark.parametrize("hall", HALLS)
@pytest.mark.parametrize("role", sorted(set(SEATS_OF_ROLE) - {ADMINISTRATOR}))
def test_only_an_administrator_gives_roles(hall: str, role: str) -> None:
    giver = Principal(hall, role, "", "7")
    assert not may_edit(LAW, giver)
    assert refusal_of_giver(LAW, giver, Held("clerk"))


def test_a_role_in_another_halls_department_is_not_given() -> None:
    law = Law.compile(default_rules(), seed(), departments(), DAY)
    department = departments()[0].department
    assert refusal(law, "jilin-sheng", Held("clerk", department)) == ""
    assert refusal(law, "gongzhuling", Held("clerk", department))


def test_a_hall_that_has_heard_of_nothing_gives_what_every_tier_has() -> None:
    assert set(possible(None, "gongzhuling")) == set(EVERYWHERE) - OF_NO_PERSON
    assert "guide" not in possible(None, "gongzhuling")
    assert may_edit(None, Principal("gongzhuling", ADMINISTRATOR))
    assert not may_edit(None, Principal("gongzhuling", "clerk"))


def test_a_word_that_is_no_role_is_not_given() -> None:
    assert refusal(LAW, "gongzhuling", Held("king"))
