"""Let what an operator wrote take effect in the running hub: halls linked or unlinked, certificates and keys revoked."""

import asyncio
from typing import Protocol

import sqlalchemy as sa
import structlog

from directory.halls import Province
from hub.db import Database
from hub.errors import Refusal
from hub.registry import certificates, halls
from hub.registry.registry import Registry
from hub.tables import certificates as table
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)


class Calls(Protocol):
    """The calls in progress, as far as this room may end them."""

    def end_hall(self, hall: str, refusal: Refusal) -> int:
        """End every call of a hall; return how many there were."""

    def end_serials(self, serials: frozenset[str], refusal: Refusal) -> int:
        """End every call made with one of these certificates; return how many there were."""


async def apply_pending(registry: Registry, calls: Calls) -> None:
    """Take in what was changed since the last look, at most 60 s ago."""
    await registry.settle_doubt()
    revoked, lost, province = await asyncio.to_thread(_read, registry.database)
    if list(province) != list(registry.province):
        await registry.take_in(province)
        _log.info("halls changed", halls=len(province))
        for hall in province:
            if not hall.linked:
                calls.end_hall(hall.hall, Refusal(errors_pb2.REASON_HALL_NOT_LINKED, f"{hall.hall} was unlinked"))
    fresh = revoked - registry.revoked
    registry.revoked = revoked
    ended = calls.end_serials(fresh, Refusal(errors_pb2.REASON_CERTIFICATE_REVOKED, "this hall's certificate was revoked"))
    if fresh:
        _log.warning("certificates revoked", count=len(fresh), calls_ended=ended)
    for name, reason in lost.items():
        if name in registry.keyring.halls() and registry.keyring.revoked_at(name, registry.keyring.epoch(name)) is None:
            index = await registry.log_revocation(name, reason)
            _log.warning("keys revoked", hall=name, key_entry=index)


def _read(database: Database) -> tuple[frozenset[str], dict[str, str], Province]:
    """Return the revoked serials, the halls without any certificate in force that had one revoked, and the province."""
    in_force = sa.func.sum(sa.case((table.c.revoked_at_ms == 0, 1), else_=0))
    query = sa.select(table.c.hall, sa.func.max(table.c.revocation_reason)).group_by(table.c.hall).having(in_force == 0)
    with database.reader.begin() as connection:
        return certificates.revoked_serials(connection), dict(map(tuple, connection.execute(query))), halls.load(connection)
