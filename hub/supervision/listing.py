"""Read cards and orders out of their tables, page by page, the newest first."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from directory.scopes.predicates import Predicate
from hub.dockets.store import Form, Matter, Place
from hub.scoping import clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to; empty or None: to nothing. `may_read` is what the law opens, over the column `hall`."""

    may_read: Predicate
    hall: str = ""
    phase: str = ""
    effect: str = ""
    overdue_at_ms: int | None = None


def page(connection: sa.Connection, form: Form[Matter], wanted: Wanted, after: Place | None, limit: int) -> list[Matter]:
    """Return up to `limit` matters that stand behind a place; raises MessageMalformed."""
    table = form.matters
    query = sa.select(table.c.document).where(clause(wanted.may_read, {"hall": table.c.hall}), *_narrowed(table, wanted))
    if after is not None:
        query = query.where(sa.tuple_(table.c.opened_at_ms, table.c.id) < after)
    newest = query.order_by(table.c.opened_at_ms.desc(), table.c.id.desc()).limit(limit)
    return [form.read(document) for document in connection.scalars(newest)]


def _narrowed(table: sa.Table, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    said: dict[str, Any] = {"hall": wanted.hall, "phase": wanted.phase, "effect": wanted.effect}
    found = [table.c[name] == value for name, value in said.items() if value]
    return found if wanted.overdue_at_ms is None else [*found, table.c.due_ms <= wanted.overdue_at_ms]
