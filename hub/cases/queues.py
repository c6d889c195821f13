"""Find the cases that are to be looked at, each kind by an index of its own.

Laws: what is due is bounded by a limit, and read in the order in which it came due. Cases whose time has come have half of a run, those
whose halls have reported half of what is left, and those that were touched the rest: a flood of one kind keeps no card of another back. A
change of the register hands cases back in steps of CASES_A_STEP, behind a cursor that outlasts the process.
"""

from collections.abc import Set as AbstractSet
from typing import Final

import sqlalchemy as sa

from directory.supervision.lights import Watermarks
from hub.bulk import insert_new
from hub.cases.folded import Key
from hub.cases.tables import case_reckoning, cases
from hub.cases.times import unix_ms

CASES_A_STEP: Final = 2_000
_TOUCHED: Final = 2**52
"""What is taken from the time at which a case was touched, to make its next look: in milliseconds more than any time."""

LookedAt = sa.Row[str, str, str, str, int, str | None]
"""Hall, number, state, facts, newest ledger index and what was counted of a case."""

_LOOKED_AT: Final = (
    cases.c.hall,
    cases.c.case_number,
    cases.c.state,
    cases.c.facts,
    cases.c.last_ledger_index,
    cases.c.counted,
)
_BETWEEN: Final = cases.c.next_look_ms.between(sa.bindparam("from_ms", type_=sa.BigInteger), sa.bindparam("to_ms", type_=sa.BigInteger))
_DUE: Final = sa.select(*_LOOKED_AT).where(_BETWEEN).order_by(cases.c.next_look_ms).limit(sa.bindparam("most"))
_WAITING: Final = (
    sa.select(*_LOOKED_AT)
    .where(cases.c.waits_for == sa.bindparam("reporter"), cases.c.waits_ms <= sa.bindparam("reported_ms", type_=sa.BigInteger))
    .order_by(cases.c.waits_ms)
    .limit(sa.bindparam("most"))
)
_PLACE: Final = sa.tuple_(cases.c.hall, cases.c.case_number)


def touched(accepted_at_ms: int) -> int:
    """Return the next look of a case of which the hub took in an event at a time: before all others, and the first touched first."""
    return accepted_at_ms - _TOUCHED


def waits_since_ms(connection: sa.Connection, now_ms: int) -> int | None:
    """Return since when the first case waits to be looked at, Unix milliseconds; None when none does."""
    first = sa.select(cases.c.next_look_ms).where(_BETWEEN).order_by(cases.c.next_look_ms).limit(1)
    since = connection.scalar(first, {"from_ms": 1, "to_ms": now_ms})
    was_touched = connection.scalar(first, {"from_ms": -_TOUCHED, "to_ms": 0})
    found = [since, None if was_touched is None else min(was_touched + _TOUCHED, now_ms)]
    return min((one for one in found if one is not None), default=None)


def lock(connection: sa.Connection) -> None:
    """Keep any other reckoner out until the transaction ends."""
    insert_new(connection, case_reckoning, [(1, "", "", "", True)])
    connection.execute(sa.select(case_reckoning.c.id).with_for_update())


def is_any_due(connection: sa.Connection, seen: str, now_ms: int, watermarks: Watermarks) -> bool:
    """Tell whether any case is to be looked at, `seen` being what the register says; locks nothing."""
    if connection.execute(_DUE, {"from_ms": -_TOUCHED, "to_ms": now_ms, "most": 1}).first():
        return True
    if any(
        connection.execute(_WAITING, {"reporter": hall, "reported_ms": unix_ms(up_to), "most": 1}).first()
        for hall, up_to in watermarks.items()
    ):
        return True
    row = connection.execute(sa.select(case_reckoning.c.register_seen, case_reckoning.c.done)).one_or_none()
    return row is None or row.register_seen != seen or not row.done


def due_cases(connection: sa.Connection, watermarks: Watermarks, now_ms: int, limit: int) -> list[LookedAt]:
    """Return up to `limit` cases that are to be looked at, each once; nobody else writes them until the transaction ends."""
    query = _DUE.with_for_update()
    found = list(connection.execute(query, {"from_ms": 1, "to_ms": now_ms, "most": limit - limit // 2}))
    found += _waiting(connection, watermarks, {_key(row) for row in found}, (limit - len(found) + 1) // 2)
    known = {_key(row) for row in found}
    # As many more as are there already, for some may be these.
    touched_ones = connection.execute(query, {"from_ms": -_TOUCHED, "to_ms": 0, "most": limit}).all()
    return [*found, *(row for row in touched_ones if _key(row) not in known)][:limit]


def _waiting(connection: sa.Connection, watermarks: Watermarks, known: AbstractSet[Key], limit: int) -> list[LookedAt]:
    """Return cases that waited for what halls have reported by now, without those known."""
    found: list[LookedAt] = []
    for hall, up_to in sorted(watermarks.items()):
        if len(found) >= limit:
            break
        values = {"reporter": hall, "reported_ms": unix_ms(up_to), "most": limit - len(found) + len(known)}
        found += [row for row in connection.execute(_WAITING.with_for_update(), values) if _key(row) not in known]
    return found[:limit]


def _key(row: LookedAt) -> Key:
    return row.hall, row.case_number


def hand_back(connection: sa.Connection, seen: str) -> int:
    """Hand the next step's cases back that go on, when the register is not what they were reckoned with; return how many were passed."""
    row = connection.execute(sa.select(case_reckoning)).one()
    if row.register_seen == seen and row.done:
        return 0
    start = (row.hall, row.case_number) if row.register_seen == seen else ("", "")
    behind = sa.tuple_(*map(sa.literal, start)) < _PLACE
    step = sa.select(cases.c.hall, cases.c.case_number).where(behind).order_by(cases.c.hall, cases.c.case_number).limit(CASES_A_STEP)
    passed = connection.execute(step).all()
    if passed:
        upto = sa.tuple_(*map(sa.literal, passed[-1])) >= _PLACE
        goes_on = cases.c.case_open.is_(sa.true()) | cases.c.due_ms.is_not(None)
        connection.execute(cases.update().where(behind, upto, goes_on).values(next_look_ms=0))
    hall, number = passed[-1] if passed else start
    moved = {"register_seen": seen, "hall": hall, "case_number": number, "done": len(passed) < CASES_A_STEP}
    connection.execute(case_reckoning.update().values(moved))
    return len(passed)
