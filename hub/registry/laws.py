"""Hold the law in force: what rules, halls, departments and catalogue come to today.

Laws: a law is compiled once and never changes; when what it was made of does, or the day in Asia/Shanghai, the next question
is answered by another. Whoever answers one question asks for the law once, so that all of it is judged by the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from directory.calendar import BEIJING
from directory.catalogue.resources import ResourceVersion
from directory.halls import Province
from directory.scopes.law import Law, in_force
from directory.scopes.principal import DepartmentInLine
from directory.scopes.reading import rules_as_json
from directory.scopes.rules import Rule


class Sources(NamedTuple):
    """What a law is made of; each is the same object for as long as nothing in it changes."""

    rules: Sequence[Rule]
    """All versions of all rules."""
    province: Province
    departments: Sequence[DepartmentInLine]
    """All versions of all departments."""
    resources: Sequence[ResourceVersion] = ()
    """All versions of all catalogued resources."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The law of a moment; `rules_digest` is the SHA-256, in hexadecimal, of the rules in force, whoever made them."""

    law: Law
    rules_digest: str


class Laws:
    """The law of whatever day it is; safe to share between threads."""

    def __init__(self, sources: Callable[[], Sources], clock: Callable[[], datetime]) -> None:
        """Take `sources`, asked at each question for what they are. Raises RulesMalformed for rules that contradict each other."""
        self._sources = sources
        self._clock = clock
        self._compiled = _compiled(*self._given())

    def in_force(self) -> InForce:
        """Return the law of now; raises RulesMalformed when the rules have come to contradict each other."""
        sources, day = self._given()
        known, was = self._compiled
        if was.law.day != day or any(one is not other for one, other in zip(known, sources, strict=True)):
            self._compiled = _, was = _compiled(sources, day)
        return was

    def _given(self) -> tuple[Sources, date]:
        return self._sources(), self._clock().astimezone(BEIJING).date()


def _compiled(sources: Sources, day: date) -> tuple[Sources, InForce]:
    law = Law.compile(sources.rules, sources.province, sources.departments, day, sources.resources)
    return sources, InForce(law, sha256(rules_as_json(rule for rule in law.rules if in_force(rule, day))).hexdigest())
