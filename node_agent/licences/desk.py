"""Put together what the hall's licence officers work with: its keys, its replica of the register, what opens its own envelopes.

Law: what its readers alone may know leaves the hall encrypted to the hub and to the hall itself.
"""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from certs.errors import UnknownKey
from certs.keyring import Keyring
from certs.keys import load_hpke_key
from certs.names import HUB
from certs.readers import ContentKey, Opener, Reader
from directory.calendar import beijing_day
from node_agent.errors import NoLicenceKey
from node_agent.hall_keys import HPKE_KEY, HallKeys
from node_agent.keys_replica import KeysReplica
from node_agent.licences import register
from node_agent.licences.register import Register


@dataclass(slots=True)
class ContentKeys:
    """The content key of the hour; kept for as long as the process works."""

    _key: ContentKey | None = field(default=None, repr=False)

    def current(self, hall: HallKeys, keyring: Keyring, now: datetime) -> ContentKey:
        """Return a key that the hub and the hall itself can open; raises NoLicenceKey where the hub reads nothing that is encrypted."""
        try:
            readers = [Reader(name, keyring.hpke_key(name)) for name in (HUB, hall.hall)]
        except UnknownKey as error:
            raise NoLicenceKey(f"a licence cannot be sent encrypted: {error}") from error
        if self._key is None or not self._key.serves(readers, now):
            self._key = ContentKey.fresh(readers, hall.trust_domain, now)
        return self._key


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What licence officers work with on one day."""

    hall: HallKeys
    keyring: Keyring
    register: Register
    opener: Opener
    content_keys: ContentKeys = field(default_factory=ContentKeys)


def open_desk(connection: sa.Connection, hall: HallKeys, keys: KeysReplica, now: datetime, content_keys: ContentKeys | None = None) -> Desk:
    """Put the desk together for today, with the content keys of one before.

    Raises LicenceDeclined, DirectoryError, OSError or CertsError.
    """
    opener = Opener(hall.hall, load_hpke_key(hall.folder / HPKE_KEY), hall.trust_domain)
    return Desk(hall, keys.keyring, register.load(connection, beijing_day(now)), opener, content_keys or ContentKeys())
