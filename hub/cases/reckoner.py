"""Reckon what cases come to by the register, the halls' reports and the clock.

Laws: a case is looked at when an event touched it, when its own next look is due, and when a hall has reported what it waits for; all three
are found by an index, never by a scan. A change of the register brings every case that goes on back to be looked at, in bounded
steps. What cannot be reckoned is told, holds up no other case, and is looked at again with its next event.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
import structlog

from hub.cases import findings, statistics
from hub.cases.folded import Key
from hub.cases.looking import Look, View, look
from hub.cases.queues import LookedAt, due_cases, hand_back, is_any_due, lock, waits_since_ms
from hub.cases.rulings import RulingsInForce
from hub.cases.silence import silences
from hub.cases.states import ModelOutdated, decode_case
from hub.cases.tables import cases
from hub.cases.times import unix_ms
from hub.cases.watermarks import reported
from hub.db import Database, transaction

_log = structlog.get_logger(__name__)

CASES_A_RUN: Final = 256
SILENCE_EVERY_MS: Final = 60_000
BEHIND_MS: Final = 60_000
"""For how long a case may wait to be looked at before that is told, at most once every SILENCE_EVERY_MS."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A case that was looked at; without a look it could not be reckoned."""

    key: Key
    before: statistics.Counted | None
    after: statistics.Counted | None
    seen: Look | None


class Reckoner:
    """What keeps the reckoned columns of `cases`, the statistics and the findings; for one thread at a time.

    `replayed`: history is read again as of `clock`, and nothing is found against anybody. Before `hears_from` no hall is called silent.
    """

    def __init__(
        self,
        ledger: Database,
        models: Database,
        clock: Callable[[], datetime],
        *,
        replayed: bool = False,
        hears_from: datetime | None = None,
    ) -> None:
        self._ledger = ledger.reader
        self._hears_from = hears_from
        self._rulings = RulingsInForce(ledger.reader)
        self._models = models
        self._clock = clock
        self._replayed = replayed
        self._silence_due_ms = 0

    def run(self, limit: int = CASES_A_RUN) -> int:
        """Look at up to `limit` cases that are due; return how many were, 0 for none left.

        Raises StorageBusy, StorageFull; ModelOutdated for cases that another release counted.
        """
        rulings = self._rulings.now()
        now = self._clock()
        now_ms = unix_ms(now)
        with self._models.reader.connect() as connection:
            # A look without the write lock: most of the time there is nothing to do.
            if now_ms < self._silence_due_ms and not is_any_due(connection, rulings.seen, now_ms, reported(connection)):
                return 0
        with transaction(self._models.writer) as connection:
            lock(connection)
            handed = hand_back(connection, rulings.seen)
            view = View(rulings, reported(connection), now, self._replayed)
            rows = due_cases(connection, view.watermarks, now_ms, limit)
            self._reckon(connection, rows, view)
            if now_ms >= self._silence_due_ms:
                self._find_silence(connection, view)
                _tell_if_behind(connection, now_ms)
                self._silence_due_ms = now_ms + SILENCE_EVERY_MS
        return len(rows) + handed

    def _reckon(self, connection: sa.Connection, rows: Sequence[LookedAt], view: View) -> None:
        if not rows:
            return
        before = findings.issued(connection, [(row.hall, row.case_number) for row in rows])
        looked = [_looked(row, before.get((row.hall, row.case_number), {}), view) for row in rows]
        connection.execute(_RECKONED, [_values(one, view) for one in looked])
        statistics.add(connection, statistics.differences((one.before, one.after) for one in looked if one.after))
        found = [findings.of_card(one.key[0], card) for one in looked if one.seen for card in one.seen.found]
        found += [findings.of_unfounded(*one.key, key) for one in looked if one.seen for key in one.seen.unfounded]
        findings.add(connection, found, unix_ms(view.now))

    def _find_silence(self, connection: sa.Connection, view: View) -> None:
        """Find the halls that are to be told to report."""
        if self._replayed or (self._hears_from is not None and view.now < self._hears_from):
            return
        with self._ledger.connect() as ledger:
            found = silences(ledger, connection, view)
        if findings.add(connection, found, unix_ms(view.now)):
            _log.info("halls are silent", halls=sorted(one.hall for one in found))


def _tell_if_behind(connection: sa.Connection, now_ms: int) -> None:
    since = waits_since_ms(connection, now_ms)
    if since is not None and now_ms - since > BEHIND_MS:
        _log.warning("lights of cases are behind", seconds=(now_ms - since) // 1000)


def _looked(row: LookedAt, issued: findings.Issued, view: View) -> _Looked:
    key, before = (row.hall, row.case_number), statistics.read_counted(row.counted)
    try:
        case = decode_case(row.state, row.facts, row.last_ledger_index)
        seen = look(key, case, issued, view)
        cards = (*issued, *(card.key for card in seen.found))
        return _Looked(key, before, statistics.counted(key[0], case.state, seen.clocks, cards), seen)
    except ModelOutdated:
        raise
    except Exception as error:  # noqa: BLE001 - one case holds up no other (G8)
        _log.error("case cannot be reckoned", hall=row.hall, ledger_index=row.last_ledger_index, error=repr(error))
        return _Looked(key, before, before, None)


_RECKONED: Final = (
    cases.update()
    .where(cases.c.hall == sa.bindparam("of_hall"), cases.c.case_number == sa.bindparam("of_number"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("next_look_ms", "due_ms", "yellow_ms", "waits_for", "waits_ms", "counted")})
)


def _values(looked: _Looked, view: View) -> dict[str, Any]:
    seen = looked.seen or Look()
    waits_for, waits_ms = _first_waited_for(seen, view)
    return {
        "of_hall": looked.key[0],
        "of_number": looked.key[1],
        "new_next_look_ms": _ms(seen.next_look),
        "new_due_ms": _ms(seen.due),
        "new_yellow_ms": _ms(seen.yellow),
        "new_waits_for": waits_for,
        "new_waits_ms": waits_ms,
        "new_counted": looked.after.spelled() if looked.after else None,
    }


def _first_waited_for(seen: Look, view: View) -> tuple[str | None, int | None]:
    """Return the hall whose report may first make a card due, and up to when it must have reported."""
    lacking = [
        (unix_ms(one.needs), hall)
        for one in seen.waiting
        for hall in one.halls
        if (reported_up_to := view.watermarks.get(hall)) is None or reported_up_to < one.needs
    ]
    if not lacking:
        return None, None
    needs_ms, hall = min(lacking)
    return hall, needs_ms


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else unix_ms(moment)
