"""Forget files of guidance that were kept for long enough.

Laws: what is forgotten is noted, so that pages say since when it is gone, before it goes; what has to be sent yet stays, and what somebody
is about to say.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from node_agent.guidance import files
from node_agent.guidance.files import State
from node_agent.guidance.tables import files as known
from node_agent.guidance.tables import uploads

_NAME: Final = re.compile(r"[0-9a-f]{64}(\.part)?")


def forget(connection: sa.Connection, folder: Path, before_ms: int, *, now_ms: int) -> list[Path]:
    """Note as gone the files written last before a time, in the caller's transaction; return those to be removed behind it."""
    gone = [path for path in _older(folder, before_ms) if not _is_needed(connection, path.name)]
    for path in gone:
        if connection.scalar(sa.select(known.c.state).where(known.c.sha256 == path.name)) == State.HERE:
            files.gone(connection, path.name, at_ms=now_ms)
    return gone


def remove(paths: list[Path]) -> None:
    """Remove files; raises OSError."""
    for path in paths:
        path.unlink(missing_ok=True)


def _older(folder: Path, before_ms: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.exists() else ():
        with suppress(FileNotFoundError):  # it became whole meanwhile
            if _NAME.fullmatch(path.name) and path.stat().st_mtime * 1000 < before_ms:
                yield path


def _is_needed(connection: sa.Connection, name: str) -> bool:
    sent = sa.select(sa.func.count()).select_from(known).where(known.c.sha256 == name, known.c.state == State.TO_SEND)
    to_be_said = sa.select(sa.func.count()).select_from(uploads).where(uploads.c.sha256 == name)
    return bool(connection.scalar(sent) or connection.scalar(to_be_said))
