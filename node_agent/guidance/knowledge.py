"""Find the province's knowledge: the published answers in the hall's replica of the register, offline.

Law: the replica says what there is; the index follows it behind a cursor of its own, and what is withdrawn is found no more.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from directory.guidance.grams import holds, words
from directory.guidance.knowledge import Knowledge
from directory.register.kinds import FORMS, Kind
from node_agent.guidance import changes, searching
from node_agent.guidance.tables import cursors, search
from node_agent.tables import directory

CURSOR: Final = "knowledge"
_OF_KIND: Final = directory.c.kind == Kind.KNOWLEDGE


def is_behind(connection: sa.Connection) -> bool:
    """Tell whether the replica holds knowledge that is not indexed."""
    newest = connection.scalar(sa.select(sa.func.max(directory.c.ledger_index)).where(_OF_KIND))
    return newest is not None and newest >= _next(connection)


def take_in(connection: sa.Connection) -> None:
    """Index what of the replica's knowledge has changed."""
    query = sa.select(directory.c.key, directory.c.ledger_index).where(_OF_KIND, directory.c.ledger_index >= _next(connection))
    for row in connection.execute(query.order_by(directory.c.ledger_index)).all():
        connection.execute(sa.delete(search).where(search.c.kind == searching.KNOWLEDGE, search.c.name == row.key))
        one = find(connection, row.key)
        if one is not None:
            searching.add(connection, searching.KNOWLEDGE, ("", row.key), one.texts)
        changes.note(connection, ("", ""), searching.KNOWLEDGE)
        moved = {"next": row.ledger_index + 1}
        kept = insert(cursors).values(name=CURSOR, **moved)
        connection.execute(kept.on_conflict_do_update(index_elements=["name"], set_=moved))


def find(connection: sa.Connection, name: str) -> Knowledge | None:
    """Return a published answer; None when there is none, or none that this release can read."""
    document = connection.scalar(
        sa.select(directory.c.document).where(_OF_KIND, directory.c.key == name, directory.c.document.is_not(None))
    )
    rows: tuple[Knowledge, ...] = FORMS[Kind.KNOWLEDGE].things([document]).rows if document else ()
    return rows[0] if rows else None


def found(connection: sa.Connection, query: str) -> list[Knowledge]:
    """Return the published answers in which every word of a query stands, the newest first."""
    wanted = words(query)
    candidates = (find(connection, name) for _, name in searching.candidates(connection, searching.KNOWLEDGE, query))
    held = [one for one in candidates if one is not None and holds(one.texts, wanted)]
    return sorted(held, key=lambda one: (one.published, one.knowledge), reverse=True)


def newest(connection: sa.Connection, limit: int) -> list[Knowledge]:
    """Return what was published last, the newest first."""
    names = sa.select(directory.c.key).where(_OF_KIND, directory.c.document.is_not(None)).order_by(directory.c.ledger_index.desc())
    found = (find(connection, name) for name in connection.scalars(names.limit(limit)).all())
    return [one for one in found if one is not None]


def _next(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(cursors.c.next).where(cursors.c.name == CURSOR)) or 0
