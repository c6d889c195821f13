"""Find threads and knowledge by what is said in them.

Law: the index says where a word may stand; whoever asks looks at the texts before anything is shown (directory.guidance.grams).
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from directory.guidance.grams import grams, narrowest, words
from node_agent.guidance.tables import search

THREAD: Final = "thread"
KNOWLEDGE: Final = "knowledge"
MOST_FOUND: Final = 500
"""Candidates that are looked at."""
MOST_GRAMS: Final = 60
"""Of one question; more are not looked for in the index, but still in the texts."""


def add(connection: sa.Connection, kind: str, key: tuple[str, str], texts: Iterable[str]) -> None:
    """Index texts of a thread, or of a piece of knowledge, beside what is indexed of it."""
    found = frozenset[str]().union(*(grams(text) for text in texts))
    rows = [{"gram": gram, "kind": kind, "asking_hall": key[0], "name": key[1]} for gram in sorted(found)]
    if rows:
        connection.execute(insert(search).on_conflict_do_nothing(), rows)


def candidates(connection: sa.Connection, kind: str, query: str) -> list[tuple[str, str]]:
    """Return the threads, or the pieces of knowledge, that hold every pair of signs of a query; none for a query without any."""
    wanted = sorted(frozenset[str]().union(*(narrowest(word) for word in words(query))))[:MOST_GRAMS]
    if not wanted:
        return []
    found = sa.select(search.c.asking_hall, search.c.name).where(search.c.kind == kind, search.c.gram.in_(wanted))
    whole = found.group_by(search.c.asking_hall, search.c.name).having(sa.func.count() == len(wanted))
    return [(row.asking_hall, row.name) for row in connection.execute(whole.limit(MOST_FOUND))]
