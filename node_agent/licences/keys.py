"""Hold the keys with which the hall signs its licences, and announce new ones.

Laws: a key is durable in `data_dir/keys` before the hub is told of it, in a file named by its thumbprint; the newest that a key entry
introduces signs, and only it; a key that waits is announced again when the log key that it names was succeeded. The private half of a key
that signs no more is destroyed: what it signed is verified by its key entry.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import keys as key_files
from certs.keyring import Keyring
from certs.licence_keys import LicenceKey, key_id, make_possession
from certs.names import licence_name
from certs.notes import Signer, Verifier
from node_agent import outbox
from node_agent.errors import NoLicenceKey
from node_agent.hall_keys import HallKeys
from node_agent.licences.tables import licence_keys
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from node_agent.tables import refusals
from tongban.enrolment.v1.enrolment_pb2 import LicenceKey as LicenceKeyMessage

RESOURCE: Final = "licence-key"
SOURCE: Final = "licence-key"
TYPE: Final = LicenceKeyMessage.DESCRIPTOR.full_name

_PREFIX, _SUFFIX = "licence-", ".key"
_NODE = Actor("", "", "")


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs licences today."""

    key_id: str
    key: Ed25519PrivateKey


def in_force(keyring: Keyring, hall: HallKeys) -> LicenceKey | None:
    """Return the newest key that a key entry introduces for the hall, None when there is none or it is revoked."""
    entered = keyring.licence_keys(hall.hall)
    return entered[-1] if entered and entered[-1].revoked_at is None and entered[-1].epoch == hall.epoch else None


def signing(keyring: Keyring, hall: HallKeys) -> Signing:
    """Return what signs licences today; raises NoLicenceKey, OSError or CertsError."""
    found = in_force(keyring, hall)
    if found is None:
        raise NoLicenceKey("this hall has no licence key in force: run `tongban-agent licence key`, and wait for its key entry")
    path = _path(hall.folder, found.key_id)
    if not path.exists():
        raise NoLicenceKey(f"the private half of the licence key {found.key_id} is not in {hall.folder}: restore it, or make another key")
    return Signing(found.key_id, key_files.load_signing_key(path))


def waiting(keyring: Keyring, hall: HallKeys) -> str:
    """Return the thumbprint of a key that was made and that no key entry introduces yet; empty when none waits."""
    entered = {known.key_id for known in keyring.licence_keys(hall.hall)}
    found = (path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for path in sorted(hall.folder.glob(f"{_PREFIX}*{_SUFFIX}")))
    return next((name for name in found if name not in entered), "")


def make(connection: sa.Connection, hall: HallKeys, keyring: Keyring, writer: EnvelopeWriter, now: datetime) -> str:
    """Make a key and announce it, or announce the one that waits if that is needed; return its thumbprint.

    Durable when the caller's transaction is. Raises OSError or CertsError.
    """
    name = waiting(keyring, hall) or _made(hall)
    signer = Signer(licence_name(hall.trust_domain, hall.hall, hall.epoch), key_files.load_signing_key(_path(hall.folder, name)))
    log = hall.journal.verifier
    if _is_announced(connection, name, log):
        return name
    message = LicenceKeyMessage(key=signer.verifier.vkey, possession=make_possession(signer, log))
    event_id = str(uuid4())
    draft = Draft(event_id, SOURCE, TYPE, name, now, now, RESOURCE, (), message.SerializeToString(), _NODE)
    outbox.put(connection, [draft], writer)
    connection.execute(sa.delete(licence_keys).where(licence_keys.c.key_id == name))
    announced_at = int(now.timestamp() * 1000)
    connection.execute(sa.insert(licence_keys).values(key_id=name, log_key=log.vkey, event_id=event_id, announced_at=announced_at))
    return name


def refused(connection: sa.Connection, name: str) -> int | None:
    """Return for which tongban.errors.v1.Reason the hub did not take the announcement of a key; None when it did not refuse."""
    refusal = sa.select(refusals.c.reason).join(licence_keys, licence_keys.c.event_id == refusals.c.event_id)
    found = connection.scalar(refusal.where(licence_keys.c.key_id == name))
    return None if found is None else int(found)


def drop_older(keyring: Keyring, hall: HallKeys) -> int:
    """Destroy the private halves that sign no more; return how many. Raises OSError."""
    newest = in_force(keyring, hall)
    gone = 0
    for known in keyring.licence_keys(hall.hall):
        path = _path(hall.folder, known.key_id)
        if newest is not None and known.key_id != newest.key_id and path.exists():
            path.unlink()
            gone += 1
    if gone:
        key_files.sync_directory(hall.folder)
    return gone


def _made(hall: HallKeys) -> str:
    private = key_files.generate_signing_key()
    signer = Signer(licence_name(hall.trust_domain, hall.hall, hall.epoch), private)
    name = key_id(signer.verifier)
    key_files.save_key(_path(hall.folder, name), private)
    return name


def _path(folder: Path, name: str) -> Path:
    return folder / f"{_PREFIX}{name}{_SUFFIX}"


def _is_announced(connection: sa.Connection, name: str, log: Verifier) -> bool:
    """Tell whether the hub was told of a key as it has to be today, and has not refused it."""
    row = connection.execute(sa.select(licence_keys).where(licence_keys.c.key_id == name)).one_or_none()
    return row is not None and row.log_key == log.vkey and refused(connection, name) is None
