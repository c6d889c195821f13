"""Believe what the hub forwards of other halls: messages that it held back, each with the proof that its author signed it.

Laws: a forward is the hub's word, and what is in it its author's: it counts as the author's only where the author's key in force signed a
journal that holds it, this hall is among its own recipients, and it came before its author's keys were revoked. Whatever does not
verify is set aside with its reason, and never shown as the author's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.checkpoints import open_checkpoint
from certs.errors import CertsError
from certs.merkle import leaf_hashes, root_from_range
from certs.names import HUB, JOURNAL, LogName, parse_origin
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import claimed
from node_agent.tables import forwards
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.forward_pb2 import Forward

TYPE = Forward.DESCRIPTOR.full_name
_MARK = TYPE.encode()


@dataclass(frozen=True, slots=True)
class Found:
    """A forward at an index of the inbox log; `fault` says why what is in it does not count as its author's, empty when it does."""

    position: int
    fault: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The message in a forward, as its author sent it, and where it stands."""

    author: LogName
    journal_index: int
    ledger_index: int
    accepted_at_ms: int
    envelope: bytes


def found(hall: str, keys: KeysReplica, members: Iterable[tuple[int, int, bytes]]) -> Iterator[Found]:
    """Look for forwards among envelopes of the hub, given as (inbox index, ledger index, envelope); raises DecodeError."""
    for position, ledger_index, data in members:
        payload = _payload(data)
        if payload is not None:
            yield Found(position, _fault(payload, hall, ledger_index, keys))


def _payload(data: bytes) -> bytes | None:
    """Return the forward in an envelope of the hub, None for another message of the hub."""
    if _MARK not in data:  # looking is a hundred times as fast as parsing
        return None
    envelope = Envelope.FromString(data)
    return envelope.payload if Header.FromString(envelope.header).type == TYPE else None


def _fault(payload: bytes, hall: str, ledger_index: int, keys: KeysReplica) -> str:
    try:
        forward = Forward.FromString(payload)
        origin, size = claimed(forward.journal_checkpoint)
        author = parse_origin(origin)
        if author.log != JOURNAL or author.hall == HUB:
            return f"{origin} is not the journal of a hall"
        if forward.ledger_index >= ledger_index:
            return "it is said to have been accepted behind its forward"
        cut_off = keys.revoked_at(author)
        if cut_off is not None and cut_off <= forward.ledger_index:
            return f"the keys of {author.hall} are revoked from ledger index {cut_off} on"
        checkpoint = open_checkpoint(forward.journal_checkpoint, keys.log_key(author, size))
        run = [(forward.journal_index, forward.journal_index + 1)]
        if root_from_range(checkpoint.size, run, leaf_hashes([forward.envelope]), list(forward.journal_proof)) != checkpoint.root:
            return f"{author.hall} did not sign it in its journal of size {size}"
        header = Header.FromString(Envelope.FromString(forward.envelope).header)
    except (CertsError, DecodeError) as error:
        return f"{type(error).__name__}: {error}"
    if header.journal != origin:
        return f"it says that it belongs to {header.journal}, not to {origin}"
    return "" if hall in header.recipients else f"{author.hall} did not address it to {hall}"


def opened(data: bytes) -> Opened:
    """Open a forward that was found without fault."""
    forward = Forward.FromString(Envelope.FromString(data).payload)
    author = parse_origin(claimed(forward.journal_checkpoint)[0])
    accepted_at_ms = forward.accepted_at.ToMilliseconds()
    return Opened(author, forward.journal_index, forward.ledger_index, accepted_at_ms, forward.envelope)


_INSERT = "INSERT OR IGNORE INTO forwards (position, fault) VALUES (?, ?)"


def store(connection: sa.Connection, ones: Sequence[Found]) -> None:
    """Keep what was found beside the delivery that brought it."""
    if ones:
        connection.exec_driver_sql(_INSERT, [(one.position, one.fault) for one in ones])


def faults(connection: sa.Connection, first: int, count: int) -> dict[int, str]:
    """Return what was found of the forwards among entries of the inbox, by their index."""
    query = sa.select(forwards).where(forwards.c.position >= first, forwards.c.position < first + count)
    return {row.position: row.fault for row in connection.execute(query)}


def set_aside(connection: sa.Connection) -> int:
    """Count the forwards that do not count as their authors'."""
    return connection.scalar(sa.select(sa.func.count()).select_from(forwards).where(forwards.c.fault != "")) or 0
