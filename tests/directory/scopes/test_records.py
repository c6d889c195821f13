"""Records of another department are read by a grant that covers what is asked for; those of the own department without one."""

from dataclasses import replace

import pytest

from directory.hall_list import seed
from directory.scopes.law import Law
from directory.scopes.reading import default_rules
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from tests.directory.scopes.ground import DEPARTMENTS, TODAY, in_order, someone, spoilt
from tests.directory.scopes.matrix import is_allowed

LAW = Law.compile(default_rules(), seed(), DEPARTMENTS, TODAY)
NEEDED = (
    "there is no grant",
    "no purpose is stated",
    "the purpose is a blank",
    "the grant is for another purpose",
    "the grant is another hall's",
    "the grant is another department's",
    "the grant is for another resource",
    "the grant ended this morning",
    "the grant was ended before its time",
    "the grant begins tomorrow",
    "one field is not in the grant",
    "no field is asked for",
)


def reads(subject: Subject, role: str = "clerk") -> bool:
    return is_allowed(LAW, someone("yushu", role), Action.RECORD_READ, subject)


@pytest.mark.parametrize("what", NEEDED)
@pytest.mark.parametrize("role", ["clerk", "reviewer", "licence-reader"])
def test_another_departments_record_is_read_by_a_grant_that_covers_everything(role: str, what: str) -> None:
    theirs = in_order("yushu", "changchun", "changchun-rs")
    assert reads(theirs, role)
    assert not reads(spoilt("yushu", theirs)[what], role)


@pytest.mark.parametrize("role", ["node", "supervisor", "guide", "catalogue-administrator", "auditor", "hall-administrator"])
def test_others_read_no_records_whatever_was_granted(role: str) -> None:
    assert not reads(in_order("yushu", "changchun", "changchun-rs"), role)


def test_the_own_departments_record_is_read_without_a_grant_and_no_other_of_the_own_hall() -> None:
    bare = replace(in_order("yushu", "yushu", someone("yushu", "clerk").department), grant=None, purpose="", fields=frozenset())
    assert reads(bare)
    assert not reads(replace(bare, department="yushu-js"))
    assert not reads(replace(bare, department=""))
