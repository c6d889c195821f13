"""Keep one-time enrolment tokens: the hub stores their digests, never their secrets."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from cryptography import x509

from certs.enrolment import SECRET_BYTES, make_token, token_digest
from hub.tables import tokens

TERM = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class KeptToken:
    """What the hub knows of a token; `request_digest` is empty until it is used."""

    hall: str
    expires_at_ms: int
    request_digest: bytes
    reply: bytes


def issue(connection: sa.Connection, hall: str, root: x509.Certificate, now: datetime, term: timedelta = TERM) -> str:
    """Make a token for a hall and keep its digest; older unused tokens of the hall end."""
    token = make_token(hall, root, secrets.token_bytes(SECRET_BYTES))
    connection.execute(tokens.delete().where(tokens.c.hall == hall, tokens.c.request_digest == b""))
    row = {
        "digest": token_digest(token),
        "hall": hall,
        "expires_at_ms": int((now + term).timestamp() * 1000),
        "request_digest": b"",
        "reply": b"",
    }
    connection.execute(tokens.insert(), row)
    return token


def get(connection: sa.Connection, digest: bytes) -> KeptToken | None:
    """Return what is known of a token."""
    row = connection.execute(sa.select(tokens).where(tokens.c.digest == digest)).one_or_none()
    return KeptToken(row.hall, row.expires_at_ms, row.request_digest, row.reply) if row is not None else None


def use(connection: sa.Connection, digest: bytes, request_digest: bytes, reply: bytes) -> bool:
    """Use a token up; False when another request was faster."""
    unused = tokens.update().where(tokens.c.digest == digest, tokens.c.request_digest == b"")
    return connection.execute(unused.values(request_digest=request_digest, reply=reply)).rowcount == 1
