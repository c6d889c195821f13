"""Keep the hall's own book of what was done to its licences.

Laws: acts stand in the order in which they were done, each with the envelope that tells the hub; how a licence stands is the fold of those
that the hub did not find invalid. A request is done once: the same again gets the same answer, another under its number is refused.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from directory.licences.acts import Act
from directory.licences.identifiers import LicenceId, parse_licence_id
from directory.licences.lifecycle import Licence, Version, fold
from directory.licences.vocabulary import ActKind
from node_agent import invalid_licences
from node_agent.errors import LicenceDeclined
from node_agent.licences.tables import licence_acts, licence_lost, licence_serials

_SALT_BYTES: Final = 16
_SERIAL_DIGITS: Final = 8
_OUR_SERIAL: Final = re.compile(rf"[0-9]{{{4 + _SERIAL_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was done and is sent, or waits to be; `repeated`: it had been done before, by the same request."""

    event_id: str
    kind: ActKind
    licence: LicenceId
    done_at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as the book holds it; `fault` is why the hub says that it does not count, empty while it says nothing."""

    event_id: str
    act: Act
    officer: str
    valid_until: datetime | None
    done_at: datetime
    envelope: bytes
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """An act that came back from the hub, and that the hall's own key no longer opens."""

    root: str
    event_id: str
    officer: str
    done_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside an act."""

    event_id: str
    request: str
    said: bytes
    officer: str
    envelope: bytes
    valid_until: datetime | None = None
    status_place: tuple[int, int] | None = None


# The driver's own: a stock of a hundred thousand licences asks and writes these as often, and SQLAlchemy's form costs twice as much.
_BY_REQUEST: Final = "SELECT event_id, kind, licence_id, done_at, request_salt, request_digest FROM licence_acts WHERE request = ?"
_WRITTEN: Final = (
    "event_id",
    "request",
    "request_salt",
    "request_digest",
    "root",
    "type",
    "kind",
    "licence_id",
    "previous",
    "ground",
    "effective_at",
    "valid_until",
    "officer",
    "second_officer",
    "status_list",
    "status_index",
    "done_at",
    "envelope",
)
_WRITE: Final = f"INSERT INTO licence_acts ({', '.join(_WRITTEN)}) VALUES ({', '.join('?' * len(_WRITTEN))})"  # noqa: S608 - of constants
_ANY: Final = "SELECT 1 FROM licence_acts WHERE root = ? LIMIT 1"
_LOST: Final = "SELECT 1 FROM licence_lost WHERE root = ? LIMIT 1"


def done_before(connection: sa.Connection, request: str, said: bytes) -> Done | None:
    """Return what a request came to before, None for a new one; raises LicenceDeclined when its number was used for something else."""
    row = connection.exec_driver_sql(_BY_REQUEST, (request,)).one_or_none()
    if row is None:
        return None
    if not hmac.compare_digest(bytes(row.request_digest), _digest(bytes(row.request_salt), said)):
        raise LicenceDeclined("request", [("request", "this number was used for another request: give each request its own")])
    return Done(row.event_id, ActKind(row.kind), parse_licence_id(row.licence_id), _moment(row.done_at), repeated=True)


def write(connection: sa.Connection, act: Act, kept: Kept, now: datetime) -> Done:
    """Add an act that was judged; durable with the caller's transaction, which puts its envelope into the outbox too."""
    salt = os.urandom(_SALT_BYTES)
    place = kept.status_place or (None, None)
    values = (
        kept.event_id,
        kept.request,
        salt,
        _digest(salt, kept.said),
        act.licence.root,
        act.licence.type,
        act.kind.value,
        str(act.licence),
        str(act.previous or ""),
        act.ground if act.is_ending else "",
        _ms(act.effective_at),
        None if kept.valid_until is None else _ms(kept.valid_until),
        kept.officer,
        act.second_officer,
        place[0],
        place[1],
        _ms(now),
        kept.envelope,
    )
    connection.exec_driver_sql(_WRITE, values)
    return Done(kept.event_id, act.kind, act.licence, now)


def entries(connection: sa.Connection, root: str) -> list[Entry]:
    """Return what was done to a licence, oldest first."""
    rows = connection.execute(sa.select(licence_acts).where(licence_acts.c.root == root).order_by(licence_acts.c.position)).all()
    faults = invalid_licences.faults(connection, [row.event_id for row in rows])
    return [_entry(row, faults.get(row.event_id, "")) for row in rows]


def standing(found: Iterable[Entry]) -> Licence:
    """Fold the acts that count."""
    return fold(Licence(), [entry.act for entry in found if not entry.fault])


def newest(connection: sa.Connection, root: str) -> Version | None:
    """Return how the newest version of a licence stands, None when the hall issued none of this number."""
    if connection.exec_driver_sql(_ANY, (root,)).first() is None:
        return None
    versions = standing(entries(connection, root)).versions
    return versions[-1] if versions else None


def is_lost(connection: sa.Connection, root: str) -> bool:
    """Tell whether something was done to a licence that the hall can no longer read."""
    return connection.exec_driver_sql(_LOST, (root,)).first() is not None


def lost(connection: sa.Connection, root: str = "", limit: int = 100) -> list[Lost]:
    """Return the acts that the hall can no longer read, of one licence where it is given, the newest first."""
    query = sa.select(licence_lost).order_by(licence_lost.c.done_at.desc()).limit(limit)
    if root:
        query = query.where(licence_lost.c.root == root)
    return [Lost(row.root, row.event_id, row.officer, _moment(row.done_at)) for row in connection.execute(query)]


def making(found: Sequence[Entry], licence: LicenceId) -> Entry | None:
    """Return the act that made a version, None when the hub did not take it."""
    made = (entry for entry in found if entry.act.licence == licence and entry.act.kind in _MAKING and not entry.fault)
    return next(made, None)


def roots(connection: sa.Connection, licence_type: str, limit: int) -> list[str]:
    """Return the licences of a type (empty: of any), those to which something was done last first."""
    last = sa.func.max(licence_acts.c.position)
    query = sa.select(licence_acts.c.root).group_by(licence_acts.c.root).order_by(last.desc()).limit(limit)
    if licence_type:
        query = query.where(licence_acts.c.type == licence_type)
    return list(connection.scalars(query))


def next_serial(connection: sa.Connection, licence_type: str, issuer: str, year: int) -> str:
    """Give the next serial number: the year and eight digits."""
    key = {"type": licence_type, "issuer": issuer, "year": year}
    table = licence_serials.c
    where = (table.type == licence_type) & (table.issuer == issuer) & (table.year == year)
    last = connection.scalar(sa.select(table.last).where(where)) or 0
    if last:
        connection.execute(sa.update(licence_serials).where(where).values(last=last + 1))
    else:
        connection.execute(sa.insert(licence_serials).values(**key, last=1))
    return f"{year}{last + 1:0{_SERIAL_DIGITS}}"


def note_serial(connection: sa.Connection, licence_type: str, issuer: str, serial: str) -> None:
    """Let the next serial number of its year come behind one that was given; one of another form than ours changes nothing."""
    if not _OUR_SERIAL.fullmatch(serial):
        return
    year, number = int(serial[:4]), int(serial[4:])
    given = insert(licence_serials).values(type=licence_type, issuer=issuer, year=year, last=number)
    behind = {"last": sa.func.max(licence_serials.c.last, given.excluded.last)}
    connection.execute(given.on_conflict_do_update(index_elements=["type", "issuer", "year"], set_=behind))


_MAKING = frozenset({ActKind.ISSUED, ActKind.CHANGED, ActKind.RENEWED})


def _entry(row: Any, fault: str) -> Entry:  # noqa: ANN401 - a row
    act = Act(
        kind=ActKind(row.kind),
        licence=parse_licence_id(row.licence_id),
        effective_at=_moment(row.effective_at),
        previous=parse_licence_id(row.previous) if row.previous else None,
        ground=row.ground,
        second_officer=row.second_officer,
    )
    until = None if row.valid_until is None else _moment(row.valid_until)
    return Entry(row.event_id, act, row.officer, until, _moment(row.done_at), bytes(row.envelope), fault)


def _digest(salt: bytes, said: bytes) -> bytes:
    return hashlib.sha256(salt + said).digest()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def act_of(connection: sa.Connection, event_id: str) -> tuple[ActKind, str]:
    """Return what was done, and the identifier of the version that it made or was about; raises NoResultFound for no act of the hall."""
    table = licence_acts.c
    row = connection.execute(sa.select(table.kind, table.licence_id).where(table.event_id == event_id)).one()
    return ActKind(row.kind), row.licence_id


def event_of(connection: sa.Connection, request: str) -> str:
    """Return the event by which a request was done; empty when it was not."""
    return connection.scalar(sa.select(licence_acts.c.event_id).where(licence_acts.c.request == request)) or ""
