"""Take in the files that people attach to what they have not said yet, piece by piece.

Laws: a file belongs to a person and a form, as a draft does; what broke off is gone on with at the byte that is awaited next; a file is
taken when it is whole and as its hash says, judged by its first bytes and by nothing that was said of it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from directory.guidance.attachments import MAX_BYTES, MOST, SNIFFED_BYTES, Attachment, faults, sniff
from directory.guidance.texts import file_name_fault
from directory.refusal import Refused
from node_agent.guidance import files
from node_agent.guidance.tables import files as known_files
from node_agent.guidance.tables import uploads

KEPT: Final = timedelta(days=30)
"""As long as drafts are."""
MOST_OF_PERSON: Final = 40
"""Files of all that one person has not said yet."""

Whose = tuple[str, str]
"""A person, and the form that they fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way: `received` of `size` bytes are here; `media_type` is known once it is whole."""

    id: str
    person: str
    form: str
    name: str
    sha256: str
    size: int
    received: int
    media_type: str

    @property
    def is_whole(self) -> bool:
        """Whether a message can name it."""
        return bool(self.media_type)


@dataclass(frozen=True, slots=True)
class Given:
    """What a browser says of a file before it sends it: its name, its size in bytes, and its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


def start(connection: sa.Connection, folder: Path, whose: Whose, given: Given, now: datetime) -> Upload | Refused:
    """Begin a file, or go on with the one that was begun."""
    _forget_old(connection, folder, now)
    if wrong := _fault(given):
        return Refused(wrong)
    held = of_form(connection, whose)
    same = next((one for one in held if one.sha256 == given.sha256), None)
    if same is not None:
        return same
    of_person = sa.select(sa.func.count()).select_from(uploads).where(uploads.c.person == whose[0])
    if len(held) >= MOST or (connection.scalar(of_person) or 0) >= MOST_OF_PERSON:
        return Refused(f"a message has at most {MOST} files")
    row: dict[str, object] = {"id": secrets.token_hex(16), "person": whose[0], "form": whose[1], "name": given.name, "sha256": given.sha256}
    row |= {"size": given.size, "received": 0, "media_type": "", "at": _ms(now)}
    connection.execute(sa.insert(uploads).values(row))
    _path(folder, str(row["id"])).write_bytes(b"")
    return _upload(connection.execute(sa.select(uploads).where(uploads.c.id == row["id"])).one())


def add(connection: sa.Connection, folder: Path, one: Upload, offset: int, piece: bytes) -> Upload | Refused:
    """Add a piece at an offset; another offset than the awaited one changes nothing, and the answer says which is awaited."""
    if one.is_whole or offset != one.received or not piece:
        return one
    if one.received + len(piece) > one.size:
        drop(connection, folder, one)
        return Refused("the file is longer than was said")
    path = _path(folder, one.id)
    with path.open("r+b") as file:
        file.truncate(offset)  # what a transaction that failed had written
        file.seek(offset)
        file.write(piece)
    received = offset + len(piece)
    _change(connection, one.id, received=received)
    return _finished(connection, folder, one) if received == one.size else _found(connection, one.id)


def of_form(connection: sa.Connection, whose: Whose) -> list[Upload]:
    """Return the files of what someone has not said yet, in the order in which they were begun."""
    query = sa.select(uploads).where(uploads.c.person == whose[0], uploads.c.form == whose[1]).order_by(uploads.c.at, uploads.c.id)
    return [_upload(row) for row in connection.execute(query)]


def find(connection: sa.Connection, person: str, ident: str) -> Upload | None:
    """Return a file of a person; None for what is no file of theirs."""
    row = connection.execute(sa.select(uploads).where(uploads.c.id == ident, uploads.c.person == person)).one_or_none()
    return None if row is None else _upload(row)


def attachments(connection: sa.Connection, whose: Whose) -> tuple[Attachment, ...]:
    """Return the files that are whole, for a message to name."""
    whole = (one for one in of_form(connection, whose) if one.is_whole)
    return tuple(Attachment(bytes.fromhex(one.sha256), one.size, one.name, one.media_type) for one in whole)


def said(connection: sa.Connection, whose: Whose) -> None:
    """Forget the files of what was said: they belong to the message now."""
    connection.execute(sa.delete(uploads).where(uploads.c.person == whose[0], uploads.c.form == whose[1], uploads.c.media_type != ""))


def drop(connection: sa.Connection, folder: Path, one: Upload) -> None:
    """Throw a file away, unless a message or another form names it."""
    connection.execute(sa.delete(uploads).where(uploads.c.id == one.id))
    _path(folder, one.id).unlink(missing_ok=True)
    named = sa.select(sa.func.count()).select_from(known_files).where(known_files.c.sha256 == one.sha256)
    elsewhere = sa.select(sa.func.count()).select_from(uploads).where(uploads.c.sha256 == one.sha256)
    if one.is_whole and not connection.scalar(named) and not connection.scalar(elsewhere):
        files.path_of(folder, one.sha256).unlink(missing_ok=True)


def _finished(connection: sa.Connection, folder: Path, one: Upload) -> Upload | Refused:
    """Judge a file that is whole, and put it where messages' files are."""
    path = _path(folder, one.id)
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    media_type = sniff(head)
    wrong = next(faults([Attachment(bytes.fromhex(one.sha256), one.size, one.name, media_type)]), "")
    if sha256 != one.sha256 or wrong:
        drop(connection, folder, one)
        return Refused(wrong or "the file that came is not the one that was said")
    path.replace(files.part_of(folder, sha256))
    files.settle(folder, sha256)
    _change(connection, one.id, media_type=media_type)
    return _found(connection, one.id)


def _fault(given: Given) -> str:
    if not 0 < given.size <= MAX_BYTES:
        return f"a file has 1 byte to {MAX_BYTES // 1024 // 1024} MiB"
    if len(given.sha256) != hashlib.sha256().digest_size * 2 or set(given.sha256) - set("0123456789abcdef"):
        return "a file is named by its SHA-256"
    return file_name_fault(given.name)


def _forget_old(connection: sa.Connection, folder: Path, now: datetime) -> None:
    old = sa.select(uploads).where(uploads.c.at < _ms(now - KEPT))
    for row in connection.execute(old).all():
        drop(connection, folder, _upload(row))


def _found(connection: sa.Connection, ident: str) -> Upload:
    return _upload(connection.execute(sa.select(uploads).where(uploads.c.id == ident)).one())


def _change(connection: sa.Connection, ident: str, **values: object) -> None:
    connection.execute(sa.update(uploads).where(uploads.c.id == ident).values(**values))


def _path(folder: Path, ident: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{ident}.upload"


def _upload(row: "sa.Row[Any]") -> Upload:
    return Upload(
        id=row.id,
        person=row.person,
        form=row.form,
        name=row.name,
        sha256=row.sha256,
        size=row.size,
        received=row.received,
        media_type=row.media_type,
    )


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
