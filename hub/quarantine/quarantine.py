"""Hold the halls in quarantine apart while the hub runs.

Laws: a hall in quarantine goes on sending, and what it sends is held; nothing reaches it; others notice nothing. A hall that is being
released sends nothing until all that was held is forwarded, so that what it sent stays in its order (G3). What operators did is in the
ledger, for auditors to read.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import sqlalchemy as sa
import structlog

from directory.access import open_in_quarantine
from directory.scopes.decisions import Allowed
from directory.scopes.principal import HUB, Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from hub.crash import crash_at
from hub.db import Database
from hub.decisions.log import message_of
from hub.decisions.questions import Question
from hub.errors import Refusal
from hub.exchange.committer import Committer
from hub.exchange.own_journal import Message, OwnJournal
from hub.owned import Owned
from hub.quarantine import switches
from hub.quarantine.switches import Act, Asked, State, Switch
from hub.registry.laws import Laws
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)

SUBMIT = "/tongban.exchange.v1.ExchangeService/Submit"
AGAIN_AFTER = timedelta(seconds=5)
"""When a hall may come to see whether it was released, and when its held messages may have been forwarded."""

Ends = Callable[[str, str], Refusal | None]
"""The refusal with which a call of a hall (first) of a method (second) is ended; None when it goes on."""


class Calls(Protocol):
    """The calls in progress, as far as this room may end them."""

    def end_where(self, ends: Ends) -> int:
        """End the calls for which there is a refusal; return how many there were."""


@dataclass(slots=True)
class Quarantine:
    """Which halls are held apart."""

    database: Database
    committer: Committer
    own: OwnJournal
    laws: Laws
    owned: Owned
    _known: Mapping[str, Switch] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """What is known is never older than what this hub has written."""

    async def open(self) -> None:
        """Take up how the halls stand, before anybody is let in."""
        self._known = await asyncio.to_thread(self._load)

    def is_held(self, hall: str) -> bool:
        """Tell whether what a hall sends is held. Also while it is released: what was on its way then is forwarded with the rest."""
        return hall in self._known

    def releasing(self) -> list[str]:
        """Return the halls that are being released."""
        return [hall for hall, switch in self._known.items() if switch.state is State.RELEASING]

    def check(self, hall: str, method: str) -> None:
        """Raise Refusal for a call that a hall may not make as it stands."""
        refusal = self._refusal(hall, method)
        if refusal is not None:
            raise refusal

    def _refusal(self, hall: str, method: str) -> Refusal | None:
        switch = self._known.get(hall)
        if switch is None:
            return None
        if switch.state is State.QUARANTINED and not open_in_quarantine(method):
            msg = f"{hall} is in quarantine: what it sends is held, and nothing is delivered to it until it is released"
            return Refusal(errors_pb2.REASON_HALL_QUARANTINED, msg, retry_after=AGAIN_AFTER)
        if switch.state is State.RELEASING and method == SUBMIT:
            msg = f"{hall} is being released: what was held goes out first"
            return Refusal(errors_pb2.REASON_HALL_QUARANTINED, msg, retry_after=AGAIN_AFTER, metadata={"state": switch.state})
        return None

    async def take_in(self, calls: Calls) -> None:
        """Let count what operators did since the last look, on open calls too, and write it down."""
        async with self._turn:
            known = await asyncio.to_thread(self._load)
            if known != self._known:
                self._known = known
                ended = calls.end_where(self._refusal)
                states = {hall: str(switch.state) for hall, switch in known.items()}
                _log.warning("quarantine changed", halls=states, calls_ended=ended)
        while (asked := await asyncio.to_thread(self._first_unlogged)) is not None:
            await self.owned.finish(self._write_down(*asked))

    async def settle(self, hall: str) -> bool:
        """Let a hall of which nothing is held any more send again; False when something is, or it is in quarantine again."""
        async with self._turn:
            if not await self.committer.deed(lambda connection: switches.settle(connection, hall)):
                return False
            self._known = {name: switch for name, switch in self._known.items() if name != hall}
            return True

    async def _write_down(self, number: int, asked: Asked) -> None:
        def also(connection: sa.Connection, _first: int) -> None:
            switches.logged(connection, number)

        await self.own.say([self._record(asked)], also=also)
        crash_at("quarantine-logged")
        _log.info("quarantine recorded", hall=asked.hall, act=str(asked.act))

    def _record(self, asked: Asked) -> Message:
        """Say what an operator did, by which rule; at the hub's own machine it is recorded, and not prevented."""
        question = Question(
            principal=Principal(HUB, Role.OPERATOR, person=asked.operator),
            method=COMMANDS[asked.act],
            action=Action.HALL_QUARANTINE,
            purpose=Purpose(purpose=asked.reason),
            hall=asked.hall,
            in_force=self.laws.in_force(),
            at=asked.at,
        )
        decision = question.decide(Subject(hall=asked.hall))
        return message_of(question.allowed([decision] if isinstance(decision, Allowed) else [], ()), asked.at)

    def _load(self) -> Mapping[str, Switch]:
        with self.database.reader.begin() as connection:
            return switches.load(connection)

    def _first_unlogged(self) -> tuple[int, Asked] | None:
        with self.database.reader.begin() as connection:
            return switches.first_unlogged(connection)


COMMANDS: Mapping[Act, str] = {act: f"tongban-hub hall {act}" for act in Act}
"""What stands in a record as its method."""
