"""Hand records on under each grant, in the order in which their provider sent them.

Laws: a grant has a cursor of its own over the records of its resource; one made later begins with what is current, one that is at
the head gets what comes (G3). What is said and the move of its cursor are one transaction (G2). Grants take turns, a batch each (G8). What
cannot be handed on for a fault of ours is told in the log and tried again at the next start.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial

import sqlalchemy as sa
import structlog

from directory.sharing.applications import Grant
from hub.crash import crash_at
from hub.db import Database
from hub.errors import HubError
from hub.exchange import segments
from hub.exchange.committer import Committer
from hub.exchange.own_journal import OwnJournal
from hub.exchange.segments import Segment
from hub.owned import Owned
from hub.records import places
from hub.records.extracting import Opened, Taken, Terms, take
from hub.records.granted import Grants, delivers
from hub.records.places import START, Cursor
from hub.records.queries import newest_of
from hub.records.reading import Sent, records_in
from hub.registry.laws import InForce, Laws

_log = structlog.get_logger(__name__)

OPENED_KEPT = 4
"""Batches of records that are kept taken apart, for the grants of one resource want the same ones."""


@dataclass(slots=True)
class Handing:
    """The desk at which records are handed on."""

    database: Database
    models: Database
    committer: Committer
    own: OwnJournal
    owned: Owned
    laws: Laws
    grants: Grants
    clock: Callable[[], datetime]
    newest: dict[str, int] = field(default_factory=dict)
    """Where the newest records of each resource were judged."""
    _cursors: dict[str, Cursor] = field(default_factory=dict)
    _stuck: set[str] = field(default_factory=set)
    _opened: Opened = field(init=False)

    def __post_init__(self) -> None:
        """Begin without anything taken apart."""
        self._opened = lru_cache(maxsize=OPENED_KEPT)(self._open)

    async def open(self) -> None:
        """Take up where records were judged and handed on so far: also when an answer to a commit may have been lost."""
        self.newest, self._cursors = await asyncio.to_thread(self._load)

    def _load(self) -> tuple[dict[str, int], dict[str, Cursor]]:
        with self.database.reader.begin() as connection:
            return places.newest(connection), places.cursors(connection)

    async def round(self) -> int:
        """Hand on one batch under every grant that is behind; return under how many. Raises HubError when it cannot be written now."""
        given = 0
        for resource, newest in list(self.newest.items()):
            for grant in self.grants.grants_of(resource):
                if self._is_due(grant, newest):
                    given += await self._hand_on(grant)
        return given

    def _is_due(self, grant: Grant, newest: int) -> bool:
        behind = self._cursors.get(grant.grant, START).judged <= newest and grant.grant not in self._stuck
        # Without a mailbox there is no way to it yet: what there is waits where it stands.
        return behind and grant.hall in self._mailboxes() and delivers(grant, self.laws.in_force().law, self.clock())

    def _mailboxes(self) -> dict[str, int]:
        return self.committer.desk.mailbox_sizes if self.committer.desk else {}

    async def _hand_on(self, grant: Grant) -> int:
        was = self._cursors.get(grant.grant, START)
        try:
            taken = await asyncio.to_thread(self._take, grant, was, self.laws.in_force())
            await self.owned.finish(self._say(grant, was, taken))
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours holds up this grant alone
            self._stuck.add(grant.grant)
            _log.error("records not handed on", grant=grant.grant, resource=grant.resource, error=repr(error), exc_info=error)
            return 0
        self._cursors[grant.grant] = taken.cursor
        return 1

    def _take(self, grant: Grant, cursor: Cursor, in_force: InForce) -> Taken:
        with self.database.reader.begin() as connection:
            return take(connection, self._opened, self._newest, Terms(grant, in_force.rules_digest, self.clock()), cursor)

    def _newest(self, resource: str, keys: Sequence[str]) -> dict[str, tuple[int, bool]]:
        with self.models.reader.begin() as connection:
            return newest_of(connection, resource, keys)

    async def _say(self, grant: Grant, was: Cursor, taken: Taken) -> None:
        def also(connection: sa.Connection, first: int) -> None:
            places.move(connection, grant.grant, was, taken.cursor)
            places.keep_extracts(connection, first, grant.grant)

        if taken.messages:
            await self.own.say(taken.messages, (grant.hall,), also)
            crash_at("extracts-said")
        else:
            await self.committer.plain(partial(places.move, grant=grant.grant, was=was, to=taken.cursor), patient=True)

    def _open(self, ledger_first: int) -> tuple[Segment, Sequence[Sent]]:
        with self.database.reader.begin() as connection:
            (segment,) = segments.at_ledger(connection, [ledger_first])
        return segment, list(records_in(segment))
