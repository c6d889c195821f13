"""Give business systems keys, and know whose key is shown.

Laws: a key is 256 random bits, shown once, of which only the SHA-256 is kept; it acts for one person, in one role and department, for named
operations, until a day. What is compared is compared in constant time, whether there is such a key or not.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa

from directory.scopes.principal import Principal
from node_agent.api.operations import Operation
from node_agent.api.tables import api_keys

PREFIX: Final = "tongban"
SECRET_BYTES: Final = 32
SYSTEM: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_ID_BYTES: Final = 6
_KEY: Final = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True)
class Given:
    """For what a key is given: `system` is the name of the business system, `person` a staff number."""

    system: str
    operations: frozenset[Operation]
    role: str
    department: str
    person: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept."""

    id: str
    given: Given
    created_at: datetime
    revoked_at: datetime | None = None

    def principal(self, hall: str) -> Principal:
        """Say for whom it acts."""
        return Principal(hall, self.given.role, self.given.department, self.given.person)


class Unknown(StrEnum):
    """Why a key opens nothing."""

    WRONG = "wrong"
    """There is no such key, or it was revoked."""
    EXPIRED = "expired"


def add(connection: sa.Connection, given: Given, now: datetime) -> tuple[ApiKey, str]:
    """Keep a new key; return it with its text, which nobody can read again."""
    name = secrets.token_hex(_ID_BYTES)
    text = f"{PREFIX}_{name}_{secrets.token_urlsafe(SECRET_BYTES)}"
    connection.execute(
        sa.insert(api_keys).values(
            id=name,
            digest=_digest(text),
            system=given.system,
            operations=" ".join(sorted(given.operations)),
            role=given.role,
            department=given.department,
            person=given.person,
            created_at=_ms(now),
            expires_at=_ms(given.expires_at),
        )
    )
    return ApiKey(name, given, now), text


def listed(connection: sa.Connection) -> list[ApiKey]:
    """Return all keys, those of one system together, the oldest first."""
    rows = connection.execute(sa.select(api_keys).order_by(api_keys.c.system, api_keys.c.created_at))
    return [_key(row) for row in rows]


def revoke(connection: sa.Connection, name: str, now: datetime) -> bool:
    """Let a key open nothing from now on; return whether there is such a key."""
    found = api_keys.c.id == name
    values = {"revoked_at": sa.func.coalesce(api_keys.c.revoked_at, _ms(now))}
    return connection.execute(sa.update(api_keys).where(found).values(values)).rowcount == 1


def known(connection: sa.Connection, text: str, now: datetime) -> ApiKey | Unknown:
    """Return the key that a text is, or why it opens nothing."""
    shape = _KEY.fullmatch(text)
    row = None
    if shape is not None:
        row = connection.execute(sa.select(api_keys).where(api_keys.c.id == shape[1])).one_or_none()
    kept = bytes(row.digest) if row is not None else bytes(sha256().digest_size)
    # Digests are compared, not keys: how long it takes says nothing of either.
    if not hmac.compare_digest(kept, _digest(text)) or row is None or row.revoked_at is not None:
        return Unknown.WRONG
    key = _key(row)
    return key if now < key.given.expires_at else Unknown.EXPIRED


def _key(row: Any) -> ApiKey:  # noqa: ANN401 - a row
    operations = frozenset(map(Operation, row.operations.split()))
    given = Given(row.system, operations, row.role, row.department, row.person, _moment(row.expires_at))
    return ApiKey(row.id, given, _moment(row.created_at), None if row.revoked_at is None else _moment(row.revoked_at))


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
