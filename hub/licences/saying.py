"""Say what the registry found: acts that do not count, to the halls that sent them, and licence keys, to everyone.

Laws: what is said, and how far what was found has been looked at, are one transaction (G2), so that a crash at any moment says nothing
twice and loses nothing; what was found stands in the order of the ledger, so a registry that is made again is not gone through again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
import structlog

from certs.errors import CertsError
from certs.key_entries import LicenceIntroduction
from certs.licence_keys import key_id
from certs.names import journal_origin
from certs.notes import parse_vkey
from directory.event_ids import event_id
from hub.bulk import upsert
from hub.crash import crash_at
from hub.db import Database
from hub.errors import HubError
from hub.exchange.own_journal import Message
from hub.licences.keys_named import Named
from hub.licences.ledger_tables import cursors
from hub.licences.tables import findings, keys_named
from hub.registry.registry import Registry
from tongban.licence.v1.licence_pb2 import InvalidLicence

_log = structlog.get_logger(__name__)

SOURCE: Final = "licences"
"""Which of the hub's systems says it."""
RESOURCE: Final = "invalid-licence"
TYPE: Final = InvalidLicence.DESCRIPTOR.full_name
FINDINGS: Final = "findings"
KEYS: Final = "keys"
A_ROUND: Final = 256
"""As many as one batch of the hub's own journal holds."""


@dataclass(slots=True)
class Saying:
    """The desk at which what was found is said; for one round at a time."""

    database: Database
    models: Database
    registry: Registry
    clock: Callable[[], datetime]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def sweep(self) -> None:
        """Say all that was found since; raises what keeps it from being committed."""
        async with self._turn:
            while await self._say_invalid():
                pass
            was, named = await asyncio.to_thread(self._named)
            for one in named:
                await self._introduce(one, was)
                was = one.ledger_index

    async def _say_invalid(self) -> bool:
        was, found = await asyncio.to_thread(self._read_findings)
        if not found:
            return False
        messages = [self._message(row) for row in found]
        also = partial(_move, FINDINGS, (was, found[-1].ledger_index))
        registry = self.registry
        await registry.owned.finish(registry.own.say(messages, also=also))
        crash_at("invalid-licences-said")
        _log.warning("acts on licences do not hold", acts=len(found), up_to=found[-1].ledger_index)
        return len(found) == A_ROUND

    def _read_findings(self) -> "tuple[int, Sequence[sa.Row[tuple[int, str, int, int, str, str, str, str]]]]":
        behind = self._cursor(FINDINGS)
        query = sa.select(findings).where(findings.c.ledger_index > behind).order_by(findings.c.ledger_index).limit(A_ROUND)
        with self.models.reader.begin() as models:
            return behind, models.execute(query).all()

    def _named(self) -> tuple[int, list[Named]]:
        behind = self._cursor(KEYS)
        query = sa.select(keys_named).where(keys_named.c.ledger_index > behind).order_by(keys_named.c.ledger_index)
        with self.models.reader.begin() as models:
            return behind, [Named(*row) for row in models.execute(query.limit(A_ROUND))]

    def _cursor(self, name: str) -> int:
        with self.database.reader.begin() as connection:
            return _kept(connection, name)

    def _message(self, row: "sa.Row[tuple[int, str, int, int, str, str, str, str]]") -> Message:
        said = InvalidLicence(
            licence_root=row.subject,
            event_id=row.event_id,
            journal=journal_origin(self.registry.trust_domain, row.hall, row.epoch),
            journal_index=row.journal_index,
            ledger_index=row.ledger_index,
            fault=row.fault,
            what=row.what,
        )
        subject, to = row.subject or str(row.journal_index), (row.hall,)
        once = event_id(SOURCE.encode(), str(row.ledger_index).encode())
        payload = said.SerializeToString()
        return Message(
            source=SOURCE, resource=RESOURCE, type=TYPE, subject=subject, payload=payload, at=self.clock(), event_id=once, recipients=to
        )

    async def _introduce(self, named: Named, was: int) -> None:
        """Introduce a key by a key entry, unless that was done or cannot be done any more; `was` is where the cursor stands."""
        registry, move = self.registry, partial(_move, KEYS, (was, named.ledger_index))
        known = {key.key_id for key in registry.keyring.licence_keys(named.hall)}
        if key_id(parse_vkey(named.key)) not in known:
            try:
                await registry.log_licence_key(LicenceIntroduction(named.hall, named.epoch, named.key), move)
                crash_at("licence-key-logged")
                return
            except CertsError as error:  # its epoch was revoked meanwhile
                _log.warning("a licence key is not introduced", hall=named.hall, ledger_index=named.ledger_index, why=str(error))
        await registry.committer.deed(lambda connection: move(connection, 0))


def _kept(connection: sa.Connection, name: str) -> int:
    """Return the ledger index of the last message that was looked at; -1 before any."""
    behind: int | None = connection.scalar(sa.select(cursors.c.ledger_index).where(cursors.c.name == name))
    return -1 if behind is None else behind


def _move(name: str, step: tuple[int, int], connection: sa.Connection, _ledger_first: int) -> None:
    """Note how far what was found has been looked at; raises HubError when the cursor does not stand where it was said to."""
    was, to = step
    if _kept(connection, name) != was:
        raise HubError("what was found of licences is said from another place by now")
    upsert(connection, cursors, [(name, to)])
