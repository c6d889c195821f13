"""Hold what the doors share: the rooms of one running hub."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ParamSpec, TypeVar

from certs.checkpoints import open_checkpoint
from certs.errors import CertsError
from certs.identity import Caller
from certs.keyring import Keyring
from hub.config import LimitsSection
from hub.db import Database
from hub.decisions.log import DecisionLog
from hub.errors import HubError, Refusal
from hub.exchange import ledger
from hub.exchange.committer import Committer
from hub.exchange.delivery import Delivery
from hub.exchange.intake import IntakeRules
from hub.exchange.leases import Leases
from hub.exchange.ledger import LedgerSigner
from hub.exchange.mail import Mail
from hub.exchange.segments import Segment
from hub.exchange.standing import Standing
from hub.exchange.witnesses import Witnesses
from hub.licences.room import Licences
from hub.owned import Owned
from hub.quarantine.quarantine import Quarantine
from hub.quarantine.release import Release
from hub.records.room import Records
from hub.registry.laws import Laws
from hub.registry.registrar import Registrar
from hub.registry.registry import Registry
from hub.sharing.room import Sharing
from hub.supervision.room import Supervision
from tongban.errors.v1 import errors_pb2

LastUpdates = Callable[[Sequence[str]], Mapping[str, date]]
"""The day in Beijing on which each of some resources was last updated; none for one that never was."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms that the doors call; app.py builds them by hand."""

    trust_domain: str
    limits: LimitsSection
    database: Database
    committer: Committer
    signer: LedgerSigner
    delivery: Delivery
    mail: Mail
    leases: Leases
    standing: Standing
    witnesses: Witnesses
    keyring: Keyring
    registry: Registry
    registrar: Registrar
    laws: Laws
    quarantine: Quarantine
    release: Release
    decisions: DecisionLog
    sharing: Sharing
    supervision: Supervision
    last_updates: LastUpdates
    records: Records
    licences: Licences
    intake_rules: IntakeRules
    owned: Owned
    clock: Callable[[], datetime]

    def may_enter(self, caller: Caller, method: str) -> None:
        """Raise Refusal for a caller that is not let in, or not to this method."""
        self.registry.may_enter(caller)
        self.quarantine.check(caller.hall, method)

    def now_ms(self) -> int:
        """Ask the clock, in Unix milliseconds."""
        return int(self.clock().timestamp() * 1000)

    async def reading(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that reads the database in a thread."""
        return await asyncio.to_thread(function, *args, **kwargs)

    def note_of(self, segment: Segment) -> str:
        """Return the signed checkpoint of the commit that holds a segment."""
        desk = self.committer.desk
        if desk is not None and desk.head.frontier.size == segment.ledger_size:
            return self.signer.note(segment.ledger_size, desk.root)
        note = self.signer.kept(segment.ledger_size) or self.note_at(segment.ledger_size)
        if note is None:
            msg = f"the tree head of size {segment.ledger_size} is missing"
            raise HubError(msg)
        return note

    def note_at(self, size: int) -> str | None:
        """Return the signed checkpoint of a size at which a commit ended, if there is one."""
        with self.database.reader.begin() as connection:
            root = ledger.root_at(connection, size)
        return self.signer.note(size, root) if root is not None else None

    def check_not_ahead(self, note: str) -> None:
        """Refuse to serve a caller that proves a ledger checkpoint which this hub does not hold: it was set back (G7).

        Raises Refusal AHEAD_OF_HUB, which names the checkpoint.
        """
        if not note:
            self.standing.agreed()
            return
        try:
            seen = open_checkpoint(note, self.keyring.charter.ledger_verifier)
        except CertsError as error:
            raise Refusal(errors_pb2.REASON_BAD_SIGNATURE, f"ledger_checkpoint: {error}", field="ledger_checkpoint") from error
        with self.database.reader.begin() as connection:
            held = ledger.root_at(connection, seen.size)
            newest, _ = ledger.newest_commit(connection)
        if held == seen.root:
            self.standing.agreed()
            return
        self.standing.contradicted()
        what = f"stands at {newest}" if held is None and seen.size > newest else "holds another tree head at that size"
        msg = (
            f"you hold the signed ledger checkpoint of size {seen.size} (root {seen.root.hex()}), but this hub {what}: "
            "it was set back or forked and must be recovered before it may serve"
        )
        raise Refusal(errors_pb2.REASON_AHEAD_OF_HUB, msg, metadata={"checkpoint_size": str(seen.size), "hub_size": str(newest)})
