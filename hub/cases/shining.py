"""Count the lights that cases show, by what rows are kept apart by.

Laws: a case counts under the light that lists show of it (hub.cases.lights), which hangs on up to when its hall was seen, so each hall is
counted by itself; what may be seen is part of the question (G4).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from directory.scopes.predicates import Always, Predicate
from directory.supervision.vocabulary import Light
from hub.cases.lights import Watch
from hub.cases.sums import GROUPS, Asked
from hub.cases.tables import cases
from hub.scoping import clause

SHOWN: Final = (Light.GREEN, Light.YELLOW, Light.RED, Light.GREY)

Group = tuple[str, str, str, str]
Shining = Mapping[Group, Sequence[int]]
"""How many cases of a group (in the order of GROUPS) show each light, in the order of SHOWN."""

_COLUMNS: Final = {"hall": cases.c.hall, "department": cases.c.department}
_SAID: Final = {name: sa.func.coalesce(cases.c[name], "").label(name) for name in GROUPS if name != "month"}


def shining(connection: sa.Connection, asked: Asked, predicate: Predicate, when: Watch) -> Shining:
    """Return the lights of the halls that are asked for, as far as a predicate opens their cases; months are passed over."""
    apart = [name for name in GROUPS if name in asked.group_by and name in _SAID]
    found: dict[Group, list[int]] = defaultdict(lambda: [0] * len(SHOWN))
    for hall in asked.halls or ():
        query = sa.select(*(_SAID[name] for name in apart), *_counts(when.now_ms, when.seen.get(hall)))
        query = query.where(*_conditions(asked, predicate, hall)).group_by(*(_SAID[name] for name in apart))
        for row in connection.execute(query):
            said = dict(zip(apart, row, strict=False))
            group = (said.get("hall", ""), said.get("item_code", ""), said.get("department", ""), "")
            found[group] = [total + int(count or 0) for total, count in zip(found[group], row[len(apart) :], strict=True)]
    return {group: counts for group, counts in found.items() if any(counts)}


def _conditions(asked: Asked, predicate: Predicate, hall: str) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [cases.c.hall == hall, cases.c.due_ms.is_not(None)]
    if not isinstance(predicate, Always):
        found.append(clause(predicate, _COLUMNS))
    if asked.item_code:
        found.append(cases.c.item_code == asked.item_code)
    if asked.department:
        found.append(cases.c.department == asked.department)
    return found


def _counts(now_ms: int, seen_ms: int | None) -> list[sa.ColumnElement[int]]:
    """Return the sums in the order of SHOWN: a light that it did not have when its hall was last seen is grey."""
    if seen_ms is None:
        return [sa.literal(0), sa.literal(0), sa.literal(0), sa.func.count()]
    due, yellow = cases.c.due_ms, cases.c.yellow_ms
    green = (due > now_ms) & (yellow.is_(None) | (yellow > now_ms))
    turned = (due > now_ms) & (yellow <= seen_ms)
    red = due <= seen_ms
    return [
        *(sa.func.sum(sa.case((shows, 1), else_=0)) for shows in (green, turned, red)),
        sa.func.sum(sa.case((green | turned | red, 0), else_=1)),
    ]
