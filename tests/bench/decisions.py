"""Measure how many decisions of access one core takes a second.

Laws: the questions are all that the matrix of the default rules asks, in the province of 53 halls, allowed and denied in their
shares; one thread, no other work in it. Cached is a law that has met every (hall, role, department, action) before, uncached one
that meets each for the first time; subjects are built beforehand, as a hub builds them from rows anyway.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product

from directory.hall_list import seed
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from tests.directory.scopes.ground import DEPARTMENTS, TODAY, in_order, someone

CACHED_BAR, UNCACHED_BAR = 200_000, 20_000
Question = tuple[Principal, str, Subject]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions a second of one core, the share of them that was yes, and seconds to compile the law."""

    decide_cached_per_s: float
    decide_per_s: float
    allowed: float
    compile_seconds: float


def measure(seconds: float) -> Decisions:
    """Measure for about so many seconds, half of them cached."""
    begun = time.perf_counter()
    law = new_law()
    compiled = time.perf_counter() - begun
    questions = list(asked())
    allowed = sum(hasattr(law.decide(*question), "rule") for question in questions) / len(questions)
    return Decisions(cached(law, questions, seconds / 2), uncached(first_of_each(questions), seconds / 2), allowed, compiled)


def new_law() -> Law:
    """Compile the default rules for the 53 halls."""
    return Law.compile(default_rules(), seed(), DEPARTMENTS, TODAY)


def asked() -> Iterator[Question]:
    """Yield questions from the province, a city and a county about six halls, of every role and action."""
    for hall, role, action in product(("jilin-sheng", "changchun", "yushu"), Role, Action):
        for at in ("jilin-sheng", "changchun", "yushu", "dehui", "meihekou", "huinan"):
            yield someone(hall, role), action, in_order(hall, at, f"{at}-rs")


def first_of_each(questions: list[Question]) -> list[Question]:
    """Return one question for each that a law remembers apart."""
    return list({(who.hall, who.role, who.department, action): (who, action, what) for who, action, what in questions}.values())


def cached(law: Law, questions: list[Question], seconds: float) -> float:
    """Return decisions a second of a law that was asked all of it before."""
    decided, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        for principal, action, subject in questions:
            law.decide(principal, action, subject)
        decided += len(questions)
    return decided / (time.perf_counter() - begun)


def uncached(questions: list[Question], seconds: float) -> float:
    """Return decisions a second of laws that are asked each question once; compiling them is not counted."""
    decided, spent = 0, 0.0
    while spent < seconds:
        law = new_law()
        begun = time.perf_counter()
        for principal, action, subject in questions:
            law.decide(principal, action, subject)
        spent += time.perf_counter() - begun
        decided += len(questions)
    return decided / spent


if __name__ == "__main__":
    print(json.dumps(asdict(measure(4.0))))
