"""Count cases by hall, item, department and month of application.

Laws: what a case adds stands in its own row, so that the sums move by what changed and always equal a count of all cases (`recounted`).
In time or late is the promised limit, or the statutory one of a case that has no promise; a deemed outcome is neither. A card counts with
its case, whoever is answerable, also when it was withdrawn afterwards: that it was found stays true.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from directory.case_state import RUNNING, CaseState
from directory.clocks.clock import Clock
from directory.clocks.terms import day_of
from directory.clocks.vocabulary import ClockKind, ClockState
from directory.items.vocabulary import Unit
from directory.supervision.cards import CardKey
from directory.supervision.vocabulary import Effect
from hub.cases.tables import COUNTS, case_statistics, cases
from tongban.case.v1 import case_pb2 as wire

Group = tuple[str, str, str, str]
"""Hall, item code, department and month: 2026-03; empty for what was not said."""
_KINDS: Final = (ClockKind.CASE_PROMISED, ClockKind.CASE_STATUTORY)
_ENDED: Final = frozenset({ClockState.MET, ClockState.MISSED})


@dataclass(frozen=True, slots=True)
class Counted:
    """What a case adds to the counts of its group; `counts` are in the order of COUNTS."""

    group: Group
    counts: tuple[int, ...]

    def spelled(self) -> str:
        """Write it into one column."""
        return json.dumps([self.group, self.counts], separators=(",", ":"))


def read_counted(text: str | None) -> Counted | None:
    """Read what `spelled` wrote; None where nothing was counted yet. What an earlier release did not count it counted as none."""
    if text is None:
        return None
    group, counts = json.loads(text)
    return Counted(tuple(group), (*counts, *[0] * (len(COUNTS) - len(counts))))


def counted(hall: str, state: CaseState, clocks: Iterable[Clock], found: Iterable[CardKey]) -> Counted:
    """Say what a case adds to the statistics; `found` are the cards and reminders that were ever found in it."""
    effects = [effect for effect, *_ in found]
    by_kind = {clock.kind: clock for clock in clocks if clock.state in _ENDED}
    judged = next((by_kind[kind] for kind in _KINDS if kind in by_kind), None)
    in_working_days = judged is not None and (judged.limit is None or judged.limit.unit is Unit.WORKING_DAY)
    return Counted(
        (hall, state.item_code, state.department, day_of(state.listed_at_ms).isoformat()[:7]),
        (
            int(state.applied_at_ms is not None),
            int(state.accepted_at_ms is not None),
            int(state.decided_at_ms is not None),
            int(state.outcome == wire.OUTCOME_GRANTED),
            int(state.outcome == wire.OUTCOME_REFUSED),
            int(state.end != RUNNING),
            int(judged is not None and judged.state is ClockState.MET),
            int(judged is not None and judged.state is ClockState.MISSED),
            judged.used if judged is not None and in_working_days else 0,
            effects.count(Effect.YELLOW_CARD),
            effects.count(Effect.RED_CARD),
        ),
    )


def differences(changes: Iterable[tuple[Counted | None, Counted]]) -> dict[Group, list[int]]:
    """Return by how much each group changes, given what each case added before and what it adds now."""
    moved: dict[Group, list[int]] = defaultdict(lambda: [0] * len(COUNTS))
    for before, after in changes:
        if before == after:
            continue
        for sign, one in ((-1, before), (1, after)):
            if one is not None:
                moved[one.group] = [total + sign * count for total, count in zip(moved[one.group], one.counts, strict=True)]
    return {group: by for group, by in moved.items() if any(by)}


def add(connection: sa.Connection, moved: dict[Group, list[int]]) -> None:
    """Move the sums; groups in order, so that two writers wait for each other and never for ever."""
    if moved:
        rows = [dict(zip(_NAMES, (*group, *by), strict=True)) for group, by in sorted(moved.items())]
        connection.execute(_adding(connection.dialect.name), rows)


_NAMES: Final = (*case_statistics.primary_key.columns.keys(), *COUNTS)


@lru_cache
def _adding(dialect: str) -> sa.Insert:
    begun = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(case_statistics)
    summed = {name: case_statistics.c[name] + begun.excluded[name] for name in COUNTS}
    return begun.on_conflict_do_update(index_elements=case_statistics.primary_key.columns.keys(), set_=summed)


def recounted(connection: sa.Connection) -> dict[Group, tuple[int, ...]]:
    """Return the sums as a count of all cases gives them."""
    texts = connection.scalars(sa.select(cases.c.counted).where(cases.c.counted.is_not(None)))
    found = differences((None, one) for text in texts if (one := read_counted(text)))
    return {group: tuple(by) for group, by in found.items()}


def kept(connection: sa.Connection) -> dict[Group, tuple[int, ...]]:
    """Return the sums as they are kept."""
    rows = connection.execute(sa.select(case_statistics))
    return {(row[0], row[1], row[2], row[3]): tuple(row[4:]) for row in rows if any(row[4:])}
