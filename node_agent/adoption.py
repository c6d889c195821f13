"""Take our own journal back from the hub, after a lost disk or an old backup.

Laws: nothing is adopted that this hall did not sign, each batch with the log key of its place, and that the ledger does not hold;
what comes back is as if it had never been lost: batches with receipts, sent events, the sources' cursors, the successions of the log
key, the book of licences; what waits in the outbox and was sent before is struck off.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.checkpoints import open_checkpoint
from certs.errors import CertsError
from certs.merkle import Frontier
from certs.names import LogName
from node_agent import journal, known_events, outbox, receipts, successions
from node_agent.errors import JournalForked, TailDiverged
from node_agent.hall_keys import HallKeys
from node_agent.journal import Head, Sealed
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import LedgerView, claimed
from node_agent.log_keys import LogKeys
from node_agent.resume import RESET
from node_agent.tables import batches
from tongban.case.v1.case_pb2 import SourceRun
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, GetJournalResponse

_SOURCE_RUN = SourceRun.DESCRIPTOR.full_name


@dataclass(frozen=True, slots=True)
class Trust:
    """What adopted batches are checked with."""

    log: LogName
    hall: HallKeys
    keys: KeysReplica
    view: LedgerView
    adopt_cursor: Callable[[sa.Connection, str, str], None]
    adopt_acts: "AdoptActs"


Adopted = tuple[Header, bytes]
"""An envelope of our own that came back, with its header."""
AdoptActs = Callable[[sa.Connection, Sequence[Adopted]], None]
"""Take over what a batch says of licences, in the transaction that adopts it."""

_BEGIN = "INSERT INTO adoption (id, epoch, size) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET epoch = ?1, size = ?2"
_AWAITED = "SELECT size FROM adoption WHERE epoch = ?"
_ANY = "SELECT size FROM journal_head WHERE epoch = ? AND size > 0"


def begin(connection: sa.Connection, epoch: int, hub_size: int) -> None:
    """Write down how much of the journal is to come back, before any of it is taken in."""
    connection.exec_driver_sql(_BEGIN, (epoch, hub_size))


def is_awaited(connection: sa.Connection, epoch: int) -> bool:
    """Tell whether some of the journal that the hub said it holds has not come back."""
    size = connection.exec_driver_sql(_AWAITED, (epoch,)).scalar()
    return size is not None and journal.receipted_size(connection, journal.load_head(connection, epoch)) < size


def is_empty(connection: sa.Connection, epoch: int) -> bool:
    """Tell whether this store knows of no envelope of the journal."""
    return connection.exec_driver_sql(_ANY, (epoch,)).first() is None


def start(connection: sa.Connection, head: Head, receipted: int) -> Frontier:
    """Return the journal's frontier where adoption begins: behind what is receipted."""
    if receipted == head.size:
        return head.frontier
    data = connection.execute(sa.select(batches.c.frontier).where(batches.c.first == receipted)).scalar_one()
    return Frontier.decode(receipted, data)


def adopt(connection: sa.Connection, answers: Sequence[GetJournalResponse], frontier: Frontier, trust: Trust, *, now_ms: int) -> Frontier:
    """Take in batches that follow `frontier`; return the frontier behind them.

    Raises JournalForked for what this hall did not sign, TailDiverged where an unreceipted batch of ours stands, ReceiptInvalid.
    """
    checked = []
    sent: list[tuple[str, int]] = []
    known = successions.known(connection, trust.hall, trust.keys)
    for answer in answers:
        batch, grown = _opened(answer.batch, frontier, known)
        checked.append(receipts.check(answer.receipt, batch, trust.log, trust.keys, trust.view, now_ms=now_ms))
        _keep(connection, batch, frontier, now_ms)
        sent += _events(connection, batch, trust)
        if successions.adopted(connection, batch, answer.receipt):
            known = successions.known(connection, trust.hall, trust.keys)
        frontier = grown
        head = journal.load_head(connection, trust.log.epoch)
        if frontier.size > head.size:
            journal.move_head(connection, Head(head.epoch, frontier, batch.checkpoint, head.last_row))
    if sent:
        known_events.note(connection, sent)
        outbox.strike_off(connection, [event_id for event_id, _ in sent])
    receipts.store(connection, checked, trust.view)
    return frontier


def _opened(raw: bytes, frontier: Frontier, known: LogKeys) -> tuple[Sealed, Frontier]:
    """Check our own signature over a batch that follows a frontier."""
    try:
        batch = journal.opened(frontier.size, raw)
        grown = frontier.extend(batch.leaves)
        checkpoint = open_checkpoint(batch.checkpoint, known.at(claimed(batch.checkpoint)[1]))
    except (CertsError, DecodeError) as error:
        raise JournalForked(f"the hub's batch at {frontier.size} of this journal is not ours: {error}") from error
    if (checkpoint.size, checkpoint.root) != (grown.size, grown.root()):
        raise JournalForked(f"the hub's batch at {frontier.size} does not follow what this hall sealed", (batch.checkpoint,))
    return batch, grown


def _keep(connection: sa.Connection, batch: Sealed, frontier: Frontier, now_ms: int) -> None:
    ours = connection.scalar(sa.select(batches.c.checkpoint).where(batches.c.first == batch.first))
    if ours is None:
        row = {"first": batch.first, "count": len(batch.leaves), "checkpoint": batch.checkpoint, "frontier": frontier.encode()}
        connection.execute(batches.insert(), row | {"sealed_at": now_ms, "body": batch.body, "hash_only": ""})
    elif ours != batch.checkpoint:
        raise TailDiverged(f"the hub holds another batch at {batch.first} of this journal: {RESET}", (ours, batch.checkpoint))


def _events(connection: sa.Connection, batch: Sealed, trust: Trust) -> list[tuple[str, int]]:
    """Take over the sources' cursors and the acts on licences in a batch; return its events, (event id, attempt) each."""
    body = Batch.FromString(batch.body)
    hash_only = set(body.hash_only)
    sent, found = [], []
    for at, data in enumerate(body.envelopes):
        if at in hash_only:
            continue
        envelope = Envelope.FromString(data)
        header = Header.FromString(envelope.header)
        sent.append((header.id, header.attempt))
        found.append((header, data))
        if header.type == _SOURCE_RUN:
            _adopt_cursor(connection, SourceRun.FromString(envelope.payload), trust)
    trust.adopt_acts(connection, found)
    return sent


def _adopt_cursor(connection: sa.Connection, run: SourceRun, trust: Trust) -> None:
    if run.cursor:
        # A cursor that this release cannot read only means that the source is read from its start: seen events have no effect.
        with suppress(ValueError):
            trust.adopt_cursor(connection, run.source, run.cursor)
