"""Keep the files that guidance names, by what is in them.

Laws: a file is there whole, durable and as its hash says, or not at all; what came of one that broke off is gone on with; a file is what
its bytes say (directory.guidance.attachments), and is never opened further than that. Nobody hands in more than the quota of the hall.
"""

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from directory.guidance.attachments import HASH_BYTES, MAX_BYTES, MEDIA_TYPES, SNIFFED_BYTES, sniff
from hub.bulk import insert_new
from hub.crash import crash_at
from hub.db import Database
from hub.errors import Refusal
from hub.guidance.file_tables import attachments, swept
from hub.guidance.tables import named
from tongban.errors.v1 import errors_pb2

PARTS: Final = 8
"""Files of one hall that may be begun and not whole."""
CHUNK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that a hall hands in."""

    hall: str
    sha256: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Swept:
    """A file of so many bytes that was kept for long enough; when it went, Unix milliseconds."""

    size: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Files:
    """The folder of files, and the two databases that say whose they are."""

    folder: Path
    quota_bytes: int
    database: Database
    models: Database

    def begin(self, wanted: Wanted) -> int:
        """Return how much of a file is held already: all of it where the hall has handed it in. Raises Refusal."""
        if len(wanted.sha256) != HASH_BYTES:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "sha256 has not 32 bytes", field="sha256")
        if not 0 < wanted.size <= MAX_BYTES:
            raise Refusal(errors_pb2.REASON_TOO_LARGE, f"a file has 1 to {MAX_BYTES:,} bytes", field="size")
        if self.media_type(wanted) is not None:
            return wanted.size
        self._check_quota(wanted)
        part = self._part(wanted)
        part.parent.mkdir(parents=True, exist_ok=True)
        held = part.stat().st_size if part.exists() else 0
        if held >= wanted.size:  # it was not what its hash says, or its end was not noted
            part.unlink()
            return 0
        return held

    def media_type(self, wanted: Wanted) -> str | None:
        """Return of what kind a file is that the hall has handed in; None when it has not."""
        query = sa.select(attachments.c.media_type).where(attachments.c.sha256 == wanted.sha256, attachments.c.hall == wanted.hall)
        with self.database.reader.begin() as connection:
            found: str | None = connection.scalar(query)
        return found

    def append(self, wanted: Wanted, chunk: bytes) -> int:
        """Keep the next bytes of a file; return how much is held. Raises Refusal, and keeps nothing, where it is more than was said."""
        part = self._part(wanted)
        with part.open("ab") as file:
            if len(chunk) > CHUNK or file.tell() + len(chunk) > wanted.size:
                part.unlink()
                raise Refusal(errors_pb2.REASON_TOO_LARGE, "the file has more bytes than was said, or a chunk has too many", field="chunk")
            file.write(chunk)
            held = file.tell()
        crash_at("file-piece-kept")
        self._check_kind(part, wanted)
        return held

    def complete(self, wanted: Wanted) -> str:
        """Put a whole file where it stays, durably; return its kind. Raises Refusal, and keeps nothing, for one that is another."""
        part, kept = self._part(wanted), self.path(wanted.sha256)
        with part.open("rb") as file:
            if hashlib.file_digest(file, "sha256").digest() != wanted.sha256:
                part.unlink()
                raise Refusal(
                    errors_pb2.REASON_FIELD_INVALID, "the bytes are not those that the hash names; send them anew", field="sha256"
                )
            file.seek(0)
            media_type = sniff(file.read(SNIFFED_BYTES))
            os.fsync(file.fileno())
        kept.parent.mkdir(parents=True, exist_ok=True)
        part.replace(kept)
        _durable(kept.parent)
        return media_type

    def note(self, connection: sa.Connection, wanted: Wanted, media_type: str, *, now_ms: int) -> None:
        """Note that a hall has handed a file in, in the caller's transaction."""
        insert_new(connection, attachments, [(wanted.sha256, wanted.hall, wanted.size, media_type, now_ms)])

    def may_read(self, hall: str, sha256: bytes) -> bool:
        """Tell whether a hall handed a file in, or takes part in a thread in which another one that did so named it."""
        with self.database.reader.begin() as connection:
            givers = set(connection.scalars(sa.select(attachments.c.hall).where(attachments.c.sha256 == sha256)))
        return self._is_of(hall, sha256, givers)

    def swept(self, hall: str, sha256: bytes) -> Swept | None:
        """Return since when a file is kept no longer that a hall might have read; None for any other."""
        with self.database.reader.begin() as connection:
            rows = connection.execute(sa.select(swept).where(swept.c.sha256 == sha256)).all()
        if not self._is_of(hall, sha256, {row.hall for row in rows}):
            return None
        return Swept(max(row.size for row in rows), max(row.swept_ms for row in rows))

    def _is_of(self, hall: str, sha256: bytes, givers: Collection[str]) -> bool:
        if hall in givers or not givers:
            return hall in givers
        part = sa.or_(named.c.asking_hall == hall, named.c.guiding_hall == hall)
        with self.models.reader.begin() as connection:
            namers = set(connection.scalars(sa.select(named.c.hall).where(named.c.sha256 == sha256, part)))
        return bool(namers.intersection(givers))

    def path(self, sha256: bytes) -> Path:
        """Return where a file stands."""
        name = sha256.hex()
        return self.folder / name[:2] / name

    def _part(self, wanted: Wanted) -> Path:
        return self.folder / "parts" / wanted.hall / wanted.sha256.hex()

    def _check_quota(self, wanted: Wanted) -> None:
        with self.database.reader.begin() as connection:
            used = connection.scalar(sa.select(sa.func.sum(attachments.c.size)).where(attachments.c.hall == wanted.hall)) or 0
        if int(used) + wanted.size > self.quota_bytes:
            text = f"{wanted.hall} has handed in files of {int(used):,} bytes, and may of {self.quota_bytes:,}"
            raise Refusal(errors_pb2.REASON_QUOTA, text, retry_after=timedelta(hours=1))
        part = self._part(wanted)
        begun = [one for one in part.parent.iterdir() if one != part] if part.parent.exists() else []
        if len(begun) >= PARTS:
            min(begun, key=lambda one: one.stat().st_mtime).unlink(missing_ok=True)  # whoever goes on with it begins anew

    def _check_kind(self, part: Path, wanted: Wanted) -> None:
        with part.open("rb") as file:
            head = file.read(SNIFFED_BYTES)
        if len(head) >= min(SNIFFED_BYTES, wanted.size) and not sniff(head):
            part.unlink()
            text = f"the file is of none of the kinds {', '.join(sorted(MEDIA_TYPES))}"
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, text, field="chunk")


def chunks(path: Path, offset: int) -> "list[tuple[int, int]]":
    """Say in which pieces a file is read from an offset on, as (offset, bytes)."""
    size = path.stat().st_size
    return [(start, min(CHUNK, size - start)) for start in range(offset, size, CHUNK)]


def read_piece(path: Path, piece: tuple[int, int]) -> bytes:
    """Read one piece of a file."""
    with path.open("rb") as file:
        file.seek(piece[0])
        return file.read(piece[1])


def _durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
