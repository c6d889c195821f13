"""Answer how many cases there are, how they end and whether in time, from the statistics that are kept.

Laws: what may be seen is part of the question (G4); rows are summed by the database, by what they are to be kept apart by, and come in
that order; an answer that is too long is refused whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from directory.scopes.predicates import Always, Predicate
from hub.cases.tables import COUNTS, case_statistics
from hub.scoping import clause

GROUPS: Final = ("hall", "item_code", "department", "month")
"""What rows may be kept apart by."""
MOST_ROWS: Final = 20_000
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")

COLUMNS: Final = {"hall": case_statistics.c.hall, "department": case_statistics.c.department}
"""What rules of access look at, in a row of the statistics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What statistics are asked for: of which halls (None: all), item, department and months (2026-03), and what rows are kept apart by."""

    halls: Sequence[str] | None = None
    item_code: str = ""
    department: str = ""
    from_month: str = ""
    to_month: str = ""
    group_by: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """One row: what it was kept apart by, in the order of GROUPS, empty where it was not; the counts in the order of COUNTS."""

    group: tuple[str, str, str, str]
    counts: tuple[int, ...]


def is_month(text: str) -> bool:
    """Tell whether a text is a month as statistics keep it: 2026-03."""
    return _MONTH.fullmatch(text) is not None


def is_empty_span(from_month: str, to_month: str) -> bool:
    """Tell whether no month stands between two; empty: without a bound."""
    return bool(from_month and to_month and to_month < from_month)


def sums(connection: sa.Connection, asked: Asked, predicate: Predicate) -> list[Sum] | None:
    """Return the sums that are asked for, as far as a predicate over COLUMNS opens them; None when there are more than MOST_ROWS."""
    apart = [case_statistics.c[name] for name in GROUPS if name in asked.group_by]
    totals = [sa.func.coalesce(sa.func.sum(case_statistics.c[name]), 0).label(name) for name in COUNTS]
    query = sa.select(*apart, *totals).where(*_conditions(asked, predicate)).group_by(*apart).order_by(*apart).limit(MOST_ROWS + 1)
    rows = connection.execute(query).all()
    return None if len(rows) > MOST_ROWS else [_sum(row, [column.name for column in apart]) for row in rows]


def _conditions(asked: Asked, predicate: Predicate) -> list[sa.ColumnElement[bool]]:
    table = case_statistics.c
    found: list[sa.ColumnElement[bool]] = []
    if not isinstance(predicate, Always):
        found.append(clause(predicate, COLUMNS))
    if asked.halls is not None:
        found.append(table.hall.in_(sorted(asked.halls)))
    if asked.item_code:
        found.append(table.item_code == asked.item_code)
    if asked.department:
        found.append(table.department == asked.department)
    if asked.from_month:
        found.append(table.month >= asked.from_month)
    if asked.to_month:
        found.append(table.month <= asked.to_month)
    return found


def _sum(row: Sequence[Any], apart: Sequence[str]) -> Sum:
    said = dict(zip(apart, map(str, row), strict=False))
    hall, item, department, month = (said.get(name, "") for name in GROUPS)
    return Sum((hall, item, department, month), tuple(int(count) for count in row[len(apart) :]))
