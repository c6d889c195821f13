"""Hold a law against the table that a person wrote: every role, tier, action and place, allowed or denied."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path

from directory.scopes.decisions import Allowed
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from tests.directory.scopes.ground import ISSUERS_BELOW, LIES, PLACES, departments_of, in_order, someone, spoilt

TABLES = Path(__file__).with_name("expectations.md")
SPACES = ("own", "below", "above", "beside", "elsewhere", "below, referred", "elsewhere, referred", "hub")
Cell = tuple[str, str, str, str, str]
"""Role, action, department (own, line or other), tier, space."""


@cache
def tables() -> Mapping[str, list[list[str]]]:
    """Read the tables, each under the words above it, without their headings."""
    found: dict[str, list[list[str]]] = {}
    title = ""
    for line in TABLES.read_text("utf-8").splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
        elif line.startswith("|"):
            found.setdefault(title, []).append([cell.strip() for cell in line.strip("|").split("|")])
    assert all(set(rows[1]) == {"---"} for rows in found.values())
    return {title: rows[2:] for title, rows in found.items()}


@cache
def opened() -> frozenset[Cell]:
    """Give every cell that the first table opens."""
    cells: set[Cell] = set()
    for role, action, department, *spaces in tables()["In order"]:
        for space, tiers in zip(SPACES, spaces, strict=True):
            for which, tier in product(("own", "line", "other") if department == "any" else (department,), tiers.replace("·", "")):
                cells.add((role, action, which, tier, space))
    return frozenset(cells)


@cache
def closed() -> Mapping[str, frozenset[str]]:
    """Give what the second table closes, as role and action."""
    rows = tables()["Out of order"]
    assert len({what for what, _ in rows}) == len(rows)
    return {what: frozenset() if closes == "nothing" else frozenset(closes.split(", ")) for what, closes in rows}


def expected(hall: str, role: str, action: str, department: str, space: str) -> bool:
    """Say what the table says of the people of a hall."""
    if action == Action.APPEAL_DECIDE and hall not in ISSUERS_BELOW:
        return False  # no cards are issued below it
    return (role, action, department, PLACES[hall].tier, space) in opened()


@cache
def things(hall: str) -> tuple[tuple[str, str, Subject], ...]:
    """Give (space, department, thing) for everything around a hall."""
    found: list[tuple[str, str, Subject]] = []
    for space, which in product(SPACES, ("own", "line", "other")):
        referred_to = hall if space.endswith("referred") else ""
        for at in PLACES[hall].around.get(space.removesuffix(", referred"), ()):
            found += [(space, which, in_order(hall, at, department, referred_to)) for department in departments_of(hall, which)]
    return tuple(found)


def wrong_cells(law: Law) -> Iterator[str]:
    """Yield every cell in which a law differs from the tables."""
    for hall, role in product(PLACES, Role):
        principal = someone(hall, role)
        for action, (space, which, thing) in product(Action, things(hall)):
            if is_allowed(law, principal, action, thing) != expected(hall, role, action, which, space):
                yield f"{principal} {action} {space} {which}: {thing.hall} {thing.department!r}"
    yield from _wrong_out_of_order(law)
    yield from _wrong_lies(law)
    yield from _wrong_nowhere(law)


def _wrong_out_of_order(law: Law) -> Iterator[str]:
    for hall, role in product(PLACES, Role):
        principal = someone(hall, role)
        for action in Action:
            open_to = next((thing for space, which, thing in things(hall) if expected(hall, role, action, which, space)), None)
            for what, thing in spoilt(hall, open_to).items() if open_to else ():
                if is_allowed(law, principal, action, thing) == (f"{role} {action}" in closed()[what]):
                    yield f"{principal} {action}, {what}"
            nameless = Principal(hall, role, principal.department)
            if open_to and is_allowed(law, nameless, action, open_to) == (f"{role} {action}" in closed()["the officer has no name"]):
                yield f"{nameless} {action}, the officer has no name"


def _wrong_lies(law: Law) -> Iterator[str]:
    for liar, action in product(LIES, Action):
        for _, _, thing in things(liar.hall if liar.hall in PLACES else "yushu"):
            if is_allowed(law, liar, action, thing):
                yield f"{liar} {action}: {thing.hall} {thing.department!r}"


def _wrong_nowhere(law: Law) -> Iterator[str]:
    for hall, role, action in product(PLACES, Role, Action):
        for nowhere in ("atlantis", ""):
            if is_allowed(law, someone(hall, role), action, in_order(hall, nowhere, f"{hall}-rs")):
                yield f"{role} at {hall} {action}: at {nowhere!r}"


def is_allowed(law: Law, principal: Principal, action: str, thing: Subject) -> bool:
    """Ask the law."""
    return isinstance(law.decide(principal, action, thing), Allowed)
