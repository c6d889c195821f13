"""Read which reminders were found due, page by page, the newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from directory.scopes.predicates import Predicate
from directory.supervision.cause import Cause
from directory.supervision.vocabulary import Effect
from hub.cases.findings import rows
from hub.cases.tables import findings
from hub.scoping import clause
from hub.supervision.found import FindingUnreadable, read


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder: the number of its finding, whom it concerns, why, and when it was found due."""

    number: int
    hall: str
    cause: Cause
    found_at: datetime


def page(models: sa.Connection, may_read: Predicate, hall: str, before: int | None, limit: int) -> tuple[list[Reminded], int | None]:
    """Return the readable ones of up to `limit` reminders found before a number, and the number to go on from, None behind the last."""
    query = sa.select(findings).where(findings.c.effect == Effect.REMINDER.value, clause(may_read, {"hall": findings.c.hall}))
    if hall:
        query = query.where(findings.c.hall == hall)
    if before is not None:
        query = query.where(findings.c.number < before)
    kept = rows(models, query.order_by(findings.c.number.desc()).limit(limit + 1))
    found = []
    for one in kept[:limit]:
        try:
            of = read(one.finding, {})
        except FindingUnreadable:
            continue  # told in the log when it was to be issued
        found.append(Reminded(one.number, of.hall, of.cause, datetime.fromtimestamp(one.found_ms / 1000, UTC)))
    return found, kept[limit - 1].number if len(kept) > limit else None
