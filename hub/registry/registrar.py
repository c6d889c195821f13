"""Take what operators staged into the register: judged again, said to every hall, then in force.

Laws: what counts is what the ledger holds: a change is logged in the hub's own journal and written into the register in one transaction.
A staging that does not hold with the register as it is by now is refused whole, with its reasons (docs/adr/0010).
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
import structlog

from certs.names import EVERY_HALL
from directory.calendar import beijing_day
from directory.catalogue.resources import ResourceVersion
from directory.departments import Department
from directory.errors import HallsMalformed, ListMalformed
from directory.licences.types import Types
from directory.register.admitting import misfits
from directory.register.changes import RESOURCE, TYPE, Change, write_change
from directory.register.fold import Register
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.register.lookup import KINDS as LOOKED_UP
from directory.register.lookup import Lookup
from directory.scopes.reading import default_rules
from directory.scopes.rules import Rule
from hub.crash import crash_at
from hub.db import Database
from hub.exchange.committer import Committer
from hub.exchange.own_journal import Message, OwnJournal
from hub.owned import Owned
from hub.registry import hall_register, register_log, staging
from hub.registry.staging import Staging

_log = structlog.get_logger(__name__)

SOURCE = "register"
"""Which of the hub's systems says it."""
BATCH_CHANGES = 256
BATCH_BYTES = 512 * 1024
"""A batch goes out in one frame."""


@dataclass(slots=True)
class Registrar:
    """The one who keeps the register; `register` is what is in force."""

    database: Database
    committer: Committer
    own: OwnJournal
    owned: Owned
    clock: Callable[[], datetime]
    register: Register = field(default_factory=Register)
    rules: Sequence[Rule] = field(default_factory=default_rules)
    """All versions of all rules of the register, the default rules while it has none; the same object while nothing in it changes."""
    departments: Sequence[Department] = ()
    """All versions of all departments; the same object while nothing in it changes."""
    lookup: Lookup = field(default_factory=Lookup)
    """Resources, who provides them, and working days; the same object while nothing in it changes."""
    resources: Sequence[ResourceVersion] = ()
    """All versions of all catalogued resources; the same object while nothing in it changes."""
    licence_types: Types = field(default_factory=Types)
    """All versions of all types of licences; the same object while nothing in it changes."""
    _today: date = date.min
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        """Take up the register as it is kept, and settle what waits."""
        self.register = await asyncio.to_thread(self._load)
        await asyncio.to_thread(self._read, frozenset(Kind))
        await self.take_in()

    async def take_in(self) -> None:
        """Settle everything that waits, in its order; what cannot be written now waits on. With a new day other halls may be in force."""
        await self.owned.finish(self._take_in())

    async def _take_in(self) -> None:
        async with self._turn:  # what waits is settled once
            while waiting := await asyncio.to_thread(self._first_waiting):
                await self._settle(waiting)
            today = beijing_day(self.clock())
            if today != self._today:
                await self.committer.deed(lambda connection: hall_register.project(connection, staging.planned(connection), today))
                self._today = today

    async def _settle(self, waiting: Staging) -> None:
        # From the database each time: the answer to a commit may have been lost.
        self.register = await asyncio.to_thread(self._load)
        # What was begun was judged whole, before a midnight or a release by which it might be judged otherwise.
        faults = [] if waiting.begun else await asyncio.to_thread(self._faults, waiting, beijing_day(self.clock()))
        if not faults:
            await self._log_all(waiting)
            return
        await self.committer.deed(lambda connection: self._refuse(connection, waiting, faults))
        _log.warning("changes of the register refused", staging=waiting.id, changes=len(waiting.changes), faults=len(faults))

    def _refuse(self, connection: sa.Connection, waiting: Staging, faults: Sequence[str]) -> None:
        now = self.clock()
        staging.refuse(connection, waiting, faults, now)
        if waiting.reason == hall_register.REASON and waiting.by is None:
            return  # the list itself was changed, which counts whatever the register says: a hall stays unlinked
        try:
            back = hall_register.take_back(connection, waiting.changes, staging.planned(connection), beijing_day(now))
        except (HallsMalformed, ListMalformed) as error:
            _log.error("halls of a refused change stay listed", staging=waiting.id, error=repr(error))
        else:
            if back:
                _log.info("halls are listed as the register says", staging=waiting.id, halls=[hall.hall for hall in back])

    def _load(self) -> Register:
        with self.database.reader.begin() as connection:
            return register_log.load(connection)

    def _first_waiting(self) -> Staging | None:
        with self.database.reader.begin() as connection:
            return staging.first_waiting(connection)

    def _faults(self, waiting: Staging, day: date) -> list[str]:
        return list(map(str, misfits(self.register.documents(), waiting.changes, day)))

    async def _log_all(self, waiting: Staging) -> None:
        for start, end in batches(waiting.changes):
            changes, ordinals = waiting.changes[start:end], waiting.ordinals[start:end]

            def also(connection: sa.Connection, first: int, said: Sequence[Change] = changes, rows: Sequence[int] = ordinals) -> None:
                register_log.keep(connection, said, first)
                staging.logged(connection, waiting, rows, self.clock())

            now = self.clock()
            segment = await self.own.say([_message(change, now) for change in changes], (EVERY_HALL,), also)
            crash_at("register-logged")
            for at, change in enumerate(changes):
                self.register.apply(change, segment.ledger_first + at)
        await asyncio.to_thread(self._read, frozenset(change.place.kind for change in waiting.changes))
        _log.info("register changed", staging=waiting.id, changes=len(waiting.changes), documents=len(self.register))

    def _read(self, kinds: frozenset[str]) -> None:
        """Read again what decisions rest on, of these kinds."""
        whole = Whole(self.register.documents(), beijing_day(self.clock()))
        if Kind.RULE in kinds:
            self.rules = whole.things(Kind.RULE) or default_rules()
        if Kind.DEPARTMENT in kinds:
            self.departments = whole.things(Kind.DEPARTMENT)
        if kinds & LOOKED_UP:
            self.lookup = Lookup.of(whole)
        if Kind.RESOURCE in kinds:
            self.resources = whole.things(Kind.RESOURCE)
        if Kind.LICENCE_TYPE in kinds:
            self.licence_types = Types(whole.things(Kind.LICENCE_TYPE))


def batches(changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    """Cut changes into what one batch may hold, as half-open ranges."""
    start = size = 0
    for at, change in enumerate(changes):
        weight = len((change.document or "").encode())
        if at > start and (at - start == BATCH_CHANGES or size + weight > BATCH_BYTES):
            yield start, at
            start, size = at, 0
        size += weight
    if start < len(changes):
        yield start, len(changes)


def _message(change: Change, now: datetime) -> Message:
    subject, payload = change.place.subject, write_change(change)
    return Message(source=SOURCE, resource=RESOURCE, type=TYPE, subject=subject, payload=payload, at=now)
