"""Publish status lists: one for each number of each hall, signed by the registry key.

Laws: a list says of every licence in it what the registry holds, and is the same size whatever there is; one whose signing key counts no
longer is listed as invalid. Lists are made when they are asked for, and kept for a moment, however many ask.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from certs.errors import MalformedName, UnknownKey
from certs.keyring import Keyring
from certs.names import parse_status_uri
from certs.notes import Signer
from certs.status_list import INVALID, VALID, StatusList, sign_token
from directory.licences.vocabulary import LISTED_AS, Status
from hub.db import Database
from hub.licences.queries import in_list

LIVES: Final = timedelta(minutes=15)
"""How long a cache may hold a list."""
KEPT: Final = timedelta(seconds=2)
"""How long a list that was made is handed out again."""
MOST_KEPT: Final = 256


@dataclass(slots=True)
class Statuses:
    """The lists of all halls; safe to share between threads."""

    models: Database
    keyring: Keyring
    registry: Signer
    clock: Callable[[], datetime]
    _made: OrderedDict[str, tuple[datetime, str]] = field(default_factory=OrderedDict)

    def token(self, uri: str) -> str | None:
        """Return the token of a list; None for one in which no licence stands. Reads the database."""
        now = self.clock()
        kept = self._made.get(uri)
        if kept is not None and timedelta(0) <= now - kept[0] < KEPT:
            return kept[1]
        statuses = self._statuses(uri)
        if statuses is None:
            return None
        token = sign_token(uri, StatusList.of(statuses), self.registry, now, LIVES)
        self._made[uri] = (now, token)
        while len(self._made) > MOST_KEPT:
            self._made.popitem(last=False)
        return token

    def _statuses(self, uri: str) -> dict[int, int] | None:
        """Return what is not valid, by index; None where there is no such list."""
        try:
            trust_domain = parse_status_uri(uri)[0]
        except MalformedName:
            return None
        if trust_domain != self.keyring.charter.trust_domain:
            return None
        with self.models.reader.begin() as connection:
            rows = in_list(connection, uri)
        listed = {index: self._listed(status, key_id, made) for index, status, key_id, made in rows}
        return {index: status for index, status in listed.items() if status != VALID} if rows else None

    def _listed(self, status: str, key_id: str, made: int) -> int:
        try:
            counts = self.keyring.licence_key(key_id).counts_at(made)
        except UnknownKey:
            counts = False
        return LISTED_AS[Status(status)] if counts else INVALID
