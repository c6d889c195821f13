"""Keep who is signed in.

Laws: a token has 256 bits of chance and only its SHA-256 is kept; it is replaced whenever what its holder may do changes; a session ends
when it is idle, when it is old, when it is revoked, when its user has MOST_OF_USER newer ones, and when its user is disabled: asked for
again each time.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from node_agent.accounts.tables import sessions, user_roles, users

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How fresh `seen_at` is kept: not every page costs a write."""
TOKEN_BYTES: Final = 32
MOST_OF_USER: Final = 20
"""Sessions of one user at a time: each may have its pages open."""
_BROWSER_SIGNS: Final = 120


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and acts as what; `role` is empty for a user who holds none."""

    id: str
    number: str
    name: str
    role: str
    department: str
    address: str
    browser: str
    begun_at: datetime
    seen_at: datetime
    must_change: bool
    language: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Whence someone signs in: the address as the agent sees it, and what the browser calls itself."""

    address: str
    browser: str


def new_token() -> str:
    """Make a token for a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def form_token(token: str) -> str:
    """Return what every form of a session holds: known to whoever holds the session's token, and to nobody else."""
    return hmac.new(token.encode(), b"tongban form", hashlib.sha256).hexdigest()


def is_form_token(given: str, token: str) -> bool:
    """Tell in constant time whether a form is one of this session's."""
    return hmac.compare_digest(given.encode(), form_token(token).encode())


def begin(connection: sa.Connection, number: str, visit: Visit, now: datetime) -> str:
    """Sign a user in, as the first of the roles held; return the token."""
    forget_ended(connection, now)
    table = user_roles.c
    query = sa.select(table.role, table.department).where(table.number == number).order_by(table.role, table.department)
    held = connection.execute(query).first()
    token = new_token()
    connection.execute(
        sa.insert(sessions).values(
            id=secrets.token_hex(8),
            token_hash=_hash(token),
            number=number,
            role=held.role if held else "",
            department=held.department if held else "",
            address=visit.address,
            browser=visit.browser[:_BROWSER_SIGNS],
            begun_at=_ms(now),
            seen_at=_ms(now),
        )
    )
    _end_oldest(connection, number)
    return token


def _end_oldest(connection: sa.Connection, number: str) -> None:
    of_user = sa.select(sessions.c.id).where(sessions.c.number == number).order_by(sessions.c.begun_at.desc(), sessions.c.seen_at.desc())
    connection.execute(sa.delete(sessions).where(sessions.c.id.in_(of_user.offset(MOST_OF_USER).limit(-1))))


def find(connection: sa.Connection, token: str, now: datetime) -> Session | None:
    """Return the live session of a token, or None."""
    return next(iter(_read(connection, sessions.c.token_hash == _hash(token), now)), None)


def of_user(connection: sa.Connection, number: str, now: datetime) -> list[Session]:
    """Return the live sessions of a user, the newest first."""
    return _read(connection, sessions.c.number == number, now)


def alive(connection: sa.Connection, now: datetime) -> list[Session]:
    """Return every live session, the newest first."""
    return _read(connection, sa.true(), now)


def seen(connection: sa.Connection, session: Session, now: datetime) -> None:
    """Note that a session is used."""
    connection.execute(sa.update(sessions).where(sessions.c.id == session.id).values(seen_at=_ms(now)))


def act_as(connection: sa.Connection, session: Session, role: str, department: str) -> str | None:
    """Let a session act in another role that its user holds; return the new token, None where the role is not held."""
    table = user_roles.c
    held = sa.select(table.number).where(table.number == session.number, table.role == role, table.department == department)
    if connection.execute(held).first() is None:
        return None
    token = new_token()
    values = {"id": secrets.token_hex(8), "token_hash": _hash(token), "role": role, "department": department}
    connection.execute(sa.update(sessions).where(sessions.c.id == session.id).values(**values))
    return token


def revoke(connection: sa.Connection, ident: str, number: str = "") -> bool:
    """End a session, of this user where one is named; return whether there was one."""
    ending = sa.delete(sessions).where(sessions.c.id == ident)
    return bool(connection.execute(ending.where(sessions.c.number == number) if number else ending).rowcount)


def revoke_all(connection: sa.Connection, number: str, but: str = "") -> int:
    """End all sessions of a user but one; return how many."""
    return connection.execute(sa.delete(sessions).where(sessions.c.number == number, sessions.c.id != but)).rowcount


def forget_ended(connection: sa.Connection, now: datetime) -> None:
    """Delete what is idle or old."""
    table = sessions.c
    connection.execute(sa.delete(sessions).where((table.seen_at < _ms(now - IDLE)) | (table.begun_at < _ms(now - ABSOLUTE))))


def _read(connection: sa.Connection, which: sa.ColumnElement[bool], now: datetime) -> list[Session]:
    table = sessions.c
    fresh = (table.seen_at >= _ms(now - IDLE)) & (table.begun_at >= _ms(now - ABSOLUTE))
    joined = sa.select(sessions, users.c.name, users.c.must_change, users.c.language).join(users, users.c.number == table.number)
    rows = connection.execute(joined.where(which, fresh, users.c.disabled.is_(False)).order_by(table.begun_at.desc()))
    return [_session(row) for row in rows]


def _session(row: Any) -> Session:  # noqa: ANN401 - a row of sessions with its user
    return Session(
        id=row.id,
        number=row.number,
        name=row.name,
        role=row.role,
        department=row.department,
        address=row.address,
        browser=row.browser,
        begun_at=datetime.fromtimestamp(row.begun_at / 1000, UTC),
        seen_at=datetime.fromtimestamp(row.seen_at / 1000, UTC),
        must_change=row.must_change,
        language=row.language,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
