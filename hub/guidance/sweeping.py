"""Forget files that were kept for long enough.

Laws: what is forgotten is written down before a byte of it goes, so that who asks for it is told since when it is gone; a file goes when
no hall's is left, and never while it may be on its way in.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from hub.bulk import upsert
from hub.db import Database
from hub.guidance.file_tables import attachments, swept

PARTS_KEPT: Final = timedelta(days=30)
"""How long it is waited for the rest of a file."""
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def forget(connection: sa.Connection, before_ms: int, *, now_ms: int) -> int:
    """Forget what was handed in before a time, in the caller's transaction; return how many files of halls those are."""
    old = attachments.c.handed_in_ms < before_ms
    rows = connection.execute(sa.select(attachments.c.sha256, attachments.c.hall, attachments.c.size).where(old)).all()
    if rows:
        upsert(connection, swept, [(row.sha256, row.hall, row.size, now_ms) for row in rows])
        connection.execute(sa.delete(attachments).where(old))
    return len(rows)


def clean(folder: Path, database: Database, before_ms: int) -> int:
    """Remove the files, last written before a time, that no hall has handed in any more; return how many. Raises OSError."""
    gone = [path for path in _older(folder.glob("[0-9a-f][0-9a-f]/*"), before_ms) if not _is_held(database, path.name)]
    return _removed(gone)


def drop_parts(folder: Path, before_ms: int) -> int:
    """Remove what has come of files that nobody has gone on with since a time; return how many. Raises OSError."""
    return _removed(list(_older(folder.glob("parts/*/*"), before_ms)))


def _older(paths: Iterable[Path], before_ms: int) -> Iterator[Path]:
    """Choose the files that were written last before a time: what comes again is new."""
    for path in paths:
        with suppress(FileNotFoundError):  # a part that became whole meanwhile
            if _HASH.fullmatch(path.name) and path.stat().st_mtime * 1000 < before_ms:
                yield path


def _removed(paths: list[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def _is_held(database: Database, name: str) -> bool:
    query = sa.select(sa.func.count()).select_from(attachments).where(attachments.c.sha256 == bytes.fromhex(name))
    with database.reader.begin() as connection:
        return bool(connection.scalar(query))
