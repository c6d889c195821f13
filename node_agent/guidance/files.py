"""Keep the files that messages name: those of this hall until they are sent, those of others once they have come.

Laws: a message goes at once, its files follow it; a file is here whole and as its hash says, or not at all; what broke off is gone on with.
What cannot be sent or fetched says why, and is tried again.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from directory.guidance.attachments import MAX_BYTES, SNIFFED_BYTES, Attachment, faults, sniff
from directory.refusal import Refused
from node_agent.guidance import changes
from node_agent.guidance.tables import files, gone_files, messages

LOOKED_BACK: Final = 10_000
"""Messages among which those are looked for that name a file which has come: it follows its message."""
FILE: Final = "file"
"""What has changed then."""
FOLDER: Final = "attachments"
"""Within `data_dir`."""
_KNOWN: Final = sa.select(files, gone_files.c.gone_at).select_from(files.outerjoin(gone_files, files.c.sha256 == gone_files.c.sha256))


class State(StrEnum):
    """Where a file is."""

    HERE = "here"
    """It is here, and the hub has it."""
    TO_SEND = "to-send"
    TO_FETCH = "to-fetch"
    GONE = "gone"
    """It was kept for as long as files are, here, or at the hub before it was fetched."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that a message names; `why` says what kept it from being sent or fetched, `gone_at` since when it is gone."""

    sha256: str
    size: int
    state: State
    why: str
    gone_at: datetime | None = None


def attach(folder: Path, path: Path) -> Attachment | Refused:
    """Take a file into the agent's folder, durably, for a message to name. Raises OSError."""
    if not 0 < path.stat().st_size <= MAX_BYTES:
        return Refused(f"{path.name}: a file has 1 to {MAX_BYTES // 1024 // 1024} MiB")
    data = path.read_bytes()
    one = Attachment(hashlib.sha256(data).digest(), len(data), path.name, sniff(data[:SNIFFED_BYTES]))
    if wrong := next(faults([one]), ""):
        return Refused(wrong)
    part = part_of(folder, one.sha256.hex())
    part.write_bytes(data)
    settle(folder, one.sha256.hex())
    return one


def send(connection: sa.Connection, attachments: Iterable[Attachment]) -> None:
    """Note that a message of this hall names files: each has to be sent, even one that came from others."""
    changed = {"state": State.TO_SEND, "due_at": 0}
    kept = insert(files).on_conflict_do_update(index_elements=["sha256"], set_=changed)
    _note(connection, attachments, State.TO_SEND, kept)


def fetch(connection: sa.Connection, attachments: Iterable[Attachment]) -> None:
    """Note that a message of another hall names files; what is here already stays as it is, what is gone is fetched once more.

    Of a file that is still to come the larger size counts: whoever names it first may have said any.
    """
    kept = insert(files)
    larger = sa.and_(files.c.state == State.TO_FETCH, kept.excluded.size > files.c.size)
    again = {"state": State.TO_FETCH, "why": "", "size": sa.func.max(files.c.size, kept.excluded.size), "due_at": 0}
    changed = kept.on_conflict_do_update(index_elements=["sha256"], set_=again, where=sa.or_(files.c.state == State.GONE, larger))
    _note(connection, attachments, State.TO_FETCH, changed)


def _note(connection: sa.Connection, attachments: Iterable[Attachment], state: State, statement: sa.Insert) -> None:
    rows = [{"sha256": one.sha256.hex(), "size": one.size, "state": state, "why": "", "due_at": 0} for one in attachments]
    if rows:
        connection.execute(statement, rows)


def waiting(connection: sa.Connection, now_ms: int) -> Sequence[File]:
    """Return the files that have to be sent or fetched now, the one that is due longest first."""
    due = sa.and_(files.c.state.in_((State.TO_SEND, State.TO_FETCH)), files.c.due_at <= now_ms)
    return [_file(row) for row in connection.execute(_KNOWN.where(due).order_by(files.c.due_at, files.c.sha256).limit(16))]


def known(connection: sa.Connection, hashes: Iterable[str]) -> dict[str, File]:
    """Return what is known of files, by their hashes."""
    rows = connection.execute(_KNOWN.where(files.c.sha256.in_(list(hashes))))
    return {row.sha256: _file(row) for row in rows}


def done(connection: sa.Connection, sha256: str) -> None:
    """Note that a file is where it has to be, and tell whoever watches the threads that name it."""
    connection.execute(sa.update(files).where(files.c.sha256 == sha256).values(state=State.HERE, why=""))
    _tell(connection, sha256)


def gone(connection: sa.Connection, sha256: str, *, at_ms: int) -> None:
    """Note that a file is kept no longer, since when, Unix milliseconds, and tell whoever watches the threads that name it."""
    connection.execute(sa.update(files).where(files.c.sha256 == sha256).values(state=State.GONE, why=""))
    noted = insert(gone_files).values(sha256=sha256, gone_at=at_ms)
    connection.execute(noted.on_conflict_do_update(index_elements=["sha256"], set_={"gone_at": at_ms}))
    _tell(connection, sha256)


def _tell(connection: sa.Connection, sha256: str) -> None:
    newest = sa.select(sa.func.coalesce(sa.func.max(messages.c.id), 0)).scalar_subquery()
    named = sa.func.instr(messages.c.payload, bytes.fromhex(sha256)) > 0
    query = sa.select(messages.c.asking_hall, messages.c.thread).distinct().where(messages.c.id > newest - LOOKED_BACK, named)
    for row in connection.execute(query).all():
        changes.note(connection, (row.asking_hall, row.thread), FILE)


def failed(connection: sa.Connection, sha256: str, why: str, *, again_ms: int) -> None:
    """Note why a file could not be sent or fetched, and when it is tried again, Unix milliseconds."""
    connection.execute(sa.update(files).where(files.c.sha256 == sha256).values(why=why, due_at=again_ms))


def path_of(folder: Path, sha256: str) -> Path:
    """Return where a file stands once it is whole."""
    return folder / sha256


def part_of(folder: Path, sha256: str) -> Path:
    """Return where a file stands that is coming."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{sha256}.part"


def is_whole(folder: Path, sha256: str) -> bool:
    """Tell whether a file is here and still what its hash says: disks fail, and people tidy up. Raises OSError."""
    try:
        with path_of(folder, sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def room_fault(folder: Path, size: int, least: int) -> str:
    """Say why a file of `size` bytes is not taken in where `least` are to stay free on the disk; empty when it can be. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    return "" if free - size >= least else f"no room on the agent's disk: {free // 1024 // 1024} MiB free"


def settle(folder: Path, sha256: str) -> bool:
    """Put a file that has come where it stays, durably; drop it, and say so, when it is not what its hash says."""
    part = part_of(folder, sha256)
    with part.open("rb") as file:
        holds = hashlib.file_digest(file, "sha256").hexdigest() == sha256
        os.fsync(file.fileno())
    if not holds:
        part.unlink()
        return False
    part.replace(path_of(folder, sha256))
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


def _file(row: "sa.Row[Any]") -> File:
    is_gone = row.state == State.GONE and row.gone_at is not None
    return File(row.sha256, row.size, State(row.state), row.why, datetime.fromtimestamp(row.gone_at / 1000, UTC) if is_gone else None)
