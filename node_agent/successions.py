"""Succeed the hall's log key by another.

Laws: the next key is durable in `data_dir/keys` before anything names it; it is named by a leaf of the journal that is the last of its
batch, and nothing is sealed behind it until its receipt is there; the receipt alone says which key is in force, and the keys on the
disk follow it; the old private key goes with that, never before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.entries import ACCEPTED
from certs.errors import CertsError
from certs.names import parse_origin
from certs.notes import Verifier, parse_vkey, sign
from node_agent import hall_keys, log_keys, outbox
from node_agent.errors import LogKeyLost, StoreError, SuccessionTooSoon
from node_agent.hall_keys import HallKeys
from node_agent.journal import Sealed
from node_agent.keys_replica import KeysReplica
from node_agent.log_keys import LogKeys
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from node_agent.tables import batches, journal_head, successions
from node_agent.tables import outbox as rows_waiting
from tongban.enrolment.v1.enrolment_pb2 import LogKeySuccessor
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1.errors_pb2 import Reason
from tongban.exchange.v1.exchange_pb2 import Batch, Receipt

RESOURCE = "key-succession"
SOURCE = "log-key"
TYPE = LogKeySuccessor.DESCRIPTOR.full_name
EVERY = timedelta(days=1)
"""The hub takes one succession of a hall in this time: every hall and every proof carries each of them for ever."""

_NODE = Actor("", "node", "")
_OPEN = successions.c.settled_at.is_(None)


@dataclass(frozen=True, slots=True)
class Succession:
    """A log key that was named to succeed, by the id of its event.

    `journal_index` to `answered_at` (UTC) are what the receipt says, None while there is none; `is_settled` when the keys follow it.
    """

    event_id: str
    successor: str
    asked_at: datetime
    journal_index: int | None
    disposition: int | None
    reason: int | None
    answered_at: datetime | None
    is_settled: bool
    is_sealed: bool

    @property
    def key_id(self) -> str:
        """The successor's key id, eight hexadecimal digits."""
        return parse_vkey(self.successor).key_id.hex()

    @property
    def reason_name(self) -> str:
        """Why the hub refused it, as a tongban.errors.v1.Reason; HELD where it gave none, empty where it did not refuse."""
        if self.disposition in {None, ACCEPTED}:
            return ""
        return Reason.Name(self.reason) if self.reason in Reason.values() and self.reason else "HELD"


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling came to: whether the keys on the disk changed, whom the hub refused, and whether a receipt is still awaited."""

    succeeded: bool = False
    refused: tuple[Succession, ...] = ()
    waits: bool = False


def find(connection: sa.Connection, event_id: str) -> Succession | None:
    """Return a succession by the id of its event."""
    return next(_found(connection, successions.c.event_id == event_id), None)


def waiting(connection: sa.Connection) -> Succession | None:
    """Return the succession that is not settled yet."""
    return next(_found(connection, _OPEN), None)


def newest(connection: sa.Connection) -> Succession | None:
    """Return the succession that was settled last, accepted or refused."""
    return next(_found(connection, sa.not_(_OPEN)), None)


def is_waiting(connection: sa.Connection) -> bool:
    """Tell whether there is a succession that is not settled yet."""
    return waiting(connection) is not None


def is_settled(connection: sa.Connection, event_id: str) -> bool:
    """Tell whether a succession is settled, or was taken back."""
    found = find(connection, event_id)
    return found is None or found.is_settled


def known(connection: sa.Connection, hall: HallKeys, keys: KeysReplica) -> LogKeys:
    """Return all log keys of the journal that files and receipted leaves speak of.

    Key entries fill in what is older. They put nothing newer in force: they may come before the receipt.
    """
    query = sa.select(successions.c.journal_index, successions.c.successor).where(successions.c.disposition == ACCEPTED)
    named = ((row.journal_index + 1, parse_vkey(row.successor)) for row in connection.execute(query))
    certain = hall.log_keys.also(one for one in named if one[1].name == hall.journal.name)
    entered = keys.log_keys(parse_origin(hall.journal.name))
    until = max([certain.behind, *(behind for behind, verifier in entered if verifier == certain.newest)])
    return certain.also(one for one in entered if one[0] <= until)


def ask(connection: sa.Connection, hall: HallKeys, keys: KeysReplica, *, now: datetime) -> Succession:
    """Make the next log key and queue the leaf that names it; return the succession that waits already if there is one.

    Durable when the caller's transaction (`db.begin`) is. Raises SuccessionTooSoon, LogKeyLost, OSError or CertsError.
    """
    asked = waiting(connection)
    if asked is not None:
        return asked
    check_in_force(connection, hall, keys)
    if known(connection, hall, keys).newest != hall.journal.verifier:
        raise SuccessionTooSoon("the last new log key is not settled yet: let the agent reach the hub first")
    _check_not_too_soon(connection, now)
    signer = hall_keys.make_next_signer(hall)
    possession = sign(f"{hall.journal.vkey}\n", [signer])
    payload = LogKeySuccessor(successor=signer.vkey, possession=possession).SerializeToString()
    event_id = str(uuid4())
    draft = Draft(event_id, SOURCE, TYPE, signer.verifier.key_id.hex(), now, now, RESOURCE, (), payload, _NODE)
    outbox.put(connection, [draft], EnvelopeWriter(hall.trust_domain, hall.hall, hall.epoch))
    row = connection.scalar(sa.select(sa.func.max(rows_waiting.c.id)))
    named = {"event_id": event_id, "successor": signer.vkey, "outbox_row": row, "asked_at": int(now.timestamp() * 1000)}
    connection.execute(successions.insert(), named)
    made = find(connection, event_id)
    assert made is not None  # noqa: S101 - inserted above
    return made


def check_in_force(connection: sa.Connection, hall: HallKeys, keys: KeysReplica) -> None:
    """Raise LogKeyLost unless the log key that is there, or the next one beside it, is the newest that journal and ledger name.

    Raises StoreError when its files fail.
    """
    check_held(hall, keys)
    in_force = known(connection, hall, keys).newest
    if in_force not in {hall.journal.verifier, _following(hall)}:
        raise _lost(hall, in_force.vkey)


def check_held(hall: HallKeys, keys: KeysReplica) -> None:
    """Raise LogKeyLost when the ledger holds a later log key of this hall than those that are there, in force or to succeed.

    Raises StoreError when its files fail.
    """
    entered = keys.log_keys(parse_origin(hall.journal.name))
    if not entered or hall.log_keys.knows(entered[-1][1]):
        return
    following = _following(hall)
    try:
        # Asked second: the history is written before the next key takes the place of the present one.
        held = log_keys.read(hall.folder, hall.journal.verifier)
    except (OSError, CertsError) as error:
        raise _unusable(hall, error) from error
    if following != entered[-1][1] and not held.knows(entered[-1][1]):
        raise _lost(hall, entered[-1][1].vkey)


def _following(hall: HallKeys) -> Verifier | None:
    try:
        following = hall_keys.next_signer(hall)
    except (OSError, CertsError) as error:
        raise _unusable(hall, error) from error
    return following.verifier if following is not None else None


def adopted(connection: sa.Connection, batch: Sealed, receipt: Receipt) -> bool:
    """Take note of the succession that ends a batch which the hub gave back; return whether there is one."""
    body = Batch.FromString(batch.body)
    if len(body.envelopes) - 1 in body.hash_only:
        return False
    envelope = Envelope.FromString(body.envelopes[-1])
    header = Header.FromString(envelope.header)
    successor = _named(envelope.payload) if header.resource == RESOURCE else ""
    if not successor:
        return False
    named = {"event_id": header.id, "successor": successor, "outbox_row": 0, "asked_at": header.recorded_at.ToMilliseconds()}
    if connection.scalar(sa.select(successions.c.id).where(successions.c.event_id == header.id)) is None:
        connection.execute(successions.insert(), named)
    _answer(connection, header.id, batch.size - 1, receipt)
    return True


def settle(connection: sa.Connection, hall: HallKeys, keys: KeysReplica, *, now_ms: int) -> Settled:
    """Let the keys on the disk follow the receipts that have come; `hall` is as they are there now.

    Raises LogKeyLost when the key in force, or one that is named and has no receipt, is not there; StoreError when its files fail.
    """
    try:
        return _settle(connection, hall, keys, now_ms)
    except (OSError, CertsError) as error:
        raise _unusable(hall, error) from error


def _settle(connection: sa.Connection, hall: HallKeys, keys: KeysReplica, now_ms: int) -> Settled:
    _look_for_receipt(connection)
    following = hall_keys.next_signer(hall)
    known_keys = known(connection, hall, keys)
    newest_key = known_keys.newest
    succeeded = newest_key != hall.journal.verifier
    if succeeded:
        if following is None or following.verifier != newest_key:
            raise _lost(hall, newest_key.vkey)
        hall_keys.succeed(hall, known_keys)
    elif known_keys != hall.log_keys:
        log_keys.write(hall.folder, known_keys)
    open_ones = list(_found(connection, _OPEN))
    refused = tuple(one for one in open_ones if one.disposition not in {None, ACCEPTED})
    held = following.vkey if following is not None and not succeeded else ""
    if held in {one.successor for one in refused}:
        hall_keys.drop_next_signer(hall)
    for one in open_ones:
        if one.disposition is None and one.successor != held:
            _take_back(connection, hall, one)
    answered = sa.and_(_OPEN, successions.c.disposition.is_not(None))
    connection.execute(sa.update(successions).where(answered).values(settled_at=now_ms))
    return Settled(succeeded, refused, waits=is_waiting(connection))


def _take_back(connection: sa.Connection, hall: HallKeys, one: Succession) -> None:
    """Take back a succession whose private key is lost, while it is not sealed; raises LogKeyLost when it is."""
    if one.is_sealed:
        raise LogKeyLost(f"the log key {one.key_id} is named to succeed, and is not in {hall.folder}")
    outbox.strike_off(connection, [one.event_id])
    connection.execute(sa.delete(successions).where(successions.c.event_id == one.event_id))


def _look_for_receipt(connection: sa.Connection) -> None:
    """Note what the receipt of the journal's last batch says of the succession that ends it: nothing is sealed behind that."""
    query = sa.select(batches.c.first, batches.c.count, batches.c.last_row, batches.c.receipt).order_by(batches.c.first.desc()).limit(1)
    last = connection.execute(query).one_or_none()
    if last is None or last.receipt is None or last.last_row is None:
        return
    event_id = connection.scalar(sa.select(successions.c.event_id).where(_OPEN, successions.c.outbox_row == last.last_row))
    if event_id is not None:
        _answer(connection, event_id, last.first + last.count - 1, Receipt.FromString(last.receipt))


def _answer(connection: sa.Connection, event_id: str, index: int, receipt: Receipt) -> None:
    answer = {
        "journal_index": index,
        "disposition": receipt.dispositions[-1] if receipt.dispositions else ACCEPTED,
        "reason": receipt.reasons[-1] if receipt.reasons else 0,
        "answered_at": receipt.accepted_at.ToMilliseconds(),
    }
    connection.execute(sa.update(successions).where(successions.c.event_id == event_id).values(answer))


def _named(payload: bytes) -> str:
    """Return the verifier key that a leaf names; empty when it names none, which the hub does not take either."""
    try:
        return parse_vkey(LogKeySuccessor.FromString(payload).successor).vkey
    except (DecodeError, CertsError):
        return ""


def _check_not_too_soon(connection: sa.Connection, now: datetime) -> None:
    last = next(_found(connection, successions.c.disposition == ACCEPTED), None)
    if last is not None and last.answered_at is not None and now < last.answered_at + EVERY:
        since, again = (moment.isoformat(timespec="seconds") for moment in (last.answered_at, last.answered_at + EVERY))
        raise SuccessionTooSoon(
            f"log key {last.key_id} is in force since {since}, and the hub takes one new log key of a hall a day: again from {again}"
        )


def _unusable(hall: HallKeys, error: Exception) -> StoreError:
    return StoreError(f"the log keys in {hall.folder} cannot be read or written: {error}")


def _lost(hall: HallKeys, vkey: str) -> LogKeyLost:
    wanted, held = parse_vkey(vkey).key_id.hex(), hall.journal.verifier.key_id.hex()
    return LogKeyLost(f"the log key in force is {wanted}, and {hall.folder} holds only {held}, which it succeeded")


def _found(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Iterator[Succession]:
    """Yield successions, the newest first."""
    sealed = connection.scalar(sa.select(journal_head.c.last_row)) or 0
    for row in connection.execute(sa.select(successions).where(condition).order_by(successions.c.id.desc())).all():
        yield _succession(row, sealed)


def _succession(row: sa.Row[Any], sealed: int) -> Succession:
    return Succession(
        event_id=row.event_id,
        successor=row.successor,
        asked_at=_time(row.asked_at),
        journal_index=row.journal_index,
        disposition=row.disposition,
        reason=row.reason,
        answered_at=_time(row.answered_at) if row.answered_at is not None else None,
        is_settled=row.settled_at is not None,
        is_sealed=row.outbox_row <= sealed,
    )


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
