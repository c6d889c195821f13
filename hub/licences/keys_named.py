"""Judge the keys with which halls say they will sign licences from now on.

Laws: a key is named by a leaf of the hall's own journal, and its possession is proved over the hall's log key in force; a hall names one a
day, because every hall and every proof carries each key entry for ever. What holds counts with the hub's key entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.errors import CertsError
from certs.key_entries import LicenceIntroduction
from certs.keyring import Keyring
from certs.licence_keys import check_possession, key_id
from certs.notes import parse_vkey
from directory.licences.acts import Objection
from directory.licences.vocabulary import Fault
from hub.licences.reading import Said
from hub.licences.tables import keys_named
from tongban.enrolment.v1.enrolment_pb2 import LicenceKey

EVERY: Final = timedelta(days=1)
"""How often a hall may name a key."""
_EVERY_MS: Final = int(EVERY / timedelta(milliseconds=1))


@dataclass(frozen=True, slots=True)
class Named:
    """A key that a hall named, and that holds."""

    ledger_index: int
    hall: str
    epoch: int
    accepted_at_ms: int
    key: str


def judge(said: Said, keyring: Keyring, last_ms: int | None) -> Named | Objection | None:
    """Judge a key, given when the hall named its last one; None for one that counts already."""
    try:
        key = LicenceKey.FromString(said.envelope.payload)
    except DecodeError:
        return Objection(Fault.UNREADABLE, "the payload is not a tongban.enrolment.v1.LicenceKey")
    if said.header.actor.person:
        return Objection(Fault.NOT_ENTITLED, "a hall's keys are its agent's, and no person names them")
    try:
        verifier = parse_vkey(key.key)
        if any(known.key_id == key_id(verifier) for known in keyring.licence_keys(said.hall)):
            return None
        check_possession(key.possession, verifier, keyring.log_key(said.hall, said.epoch, said.journal_index + 1))
        keyring.copy().apply(said.ledger_index, bytes(32), LicenceIntroduction(said.hall, said.epoch, key.key))
    except CertsError as error:
        return Objection(Fault.CREDENTIAL, f"the licence key does not hold: {error}"[:500])
    if last_ms is not None and said.accepted_at_ms - last_ms < _EVERY_MS:
        return Objection(Fault.NOT_ENTITLED, "a hall names one licence key a day: name it again tomorrow")
    return Named(said.ledger_index, said.hall, said.epoch, said.accepted_at_ms, key.key)


def last_named(connection: sa.Connection, halls: Iterable[str]) -> dict[str, int]:
    """Return when each of these halls named its last key, in Unix milliseconds."""
    newest = sa.func.max(keys_named.c.accepted_at_ms)
    query = sa.select(keys_named.c.hall, newest).where(keys_named.c.hall.in_(list(halls))).group_by(keys_named.c.hall)
    return dict(connection.execute(query).all())
