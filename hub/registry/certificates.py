"""Keep which TLS certificates were issued, and which are revoked."""

from datetime import datetime

import sqlalchemy as sa

from certs.identity import Caller, read_caller, read_chain
from hub.tables import certificates, renewal_nonces


def record(connection: sa.Connection, chain: bytes, trust_domain: str, now: datetime) -> Caller:
    """Note a certificate that is about to be handed out."""
    caller = read_caller(read_chain(chain)[0], trust_domain)
    row = {
        "serial": caller.serial,
        "hall": caller.hall,
        "not_after_ms": int(caller.not_after.timestamp() * 1000),
        "issued_at_ms": int(now.timestamp() * 1000),
        "revoked_at_ms": 0,
        "revocation_reason": "",
    }
    connection.execute(certificates.insert(), row)
    return caller


def revoked_serials(connection: sa.Connection) -> frozenset[str]:
    """Return the serials of every revoked certificate."""
    return frozenset(connection.scalars(sa.select(certificates.c.serial).where(certificates.c.revoked_at_ms != 0)))


def revoke_hall(connection: sa.Connection, hall: str, reason: str, now: datetime) -> int:
    """Revoke every certificate of a hall that is in force; return how many there were."""
    done = connection.execute(
        certificates.update()
        .where(certificates.c.hall == hall, certificates.c.revoked_at_ms == 0)
        .values(revoked_at_ms=int(now.timestamp() * 1000), revocation_reason=reason),
    )
    return done.rowcount


def use_nonce(connection: sa.Connection, nonce: bytes, now: datetime) -> bool:
    """Use up the nonce of a renewal; False when it was used before. Old ones are forgotten: their time has passed anyway."""
    at_ms = int(now.timestamp() * 1000)
    connection.execute(renewal_nonces.delete().where(renewal_nonces.c.seen_at_ms < at_ms - 3_600_000))
    if connection.scalar(sa.select(renewal_nonces.c.nonce).where(renewal_nonces.c.nonce == nonce)) is not None:
        return False
    connection.execute(renewal_nonces.insert(), {"nonce": nonce, "seen_at_ms": at_ms})
    return True
