"""Recompute what the store says, from the bodies it holds.

Law: SQLite's own check does not notice a flipped bit in a body; signed checkpoints do.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from certs.checkpoints import open_checkpoint
from certs.errors import CertsError
from certs.merkle import Frontier
from directory.register.fold import Register
from node_agent import directory_replica, inbox, journal, keys_replica, successions
from node_agent.deliveries import Checker
from node_agent.errors import Alarm
from node_agent.hall_keys import HallKeys
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import LedgerView
from node_agent.tables import batches, inbox_segments
from tongban.exchange.v1.exchange_pb2 import Delivery, Segment


@dataclass(frozen=True, slots=True)
class Finding:
    """How much was recomputed, and the first thing that is wrong; empty when all is well."""

    checked: int
    fault: str = ""


def check_file(connection: sa.Connection) -> Finding:
    """Let SQLite look at its file."""
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
    return Finding(0, "" if found == ["ok"] else "; ".join(found))


def check_journal(connection: sa.Connection, hall: HallKeys) -> Finding:
    """Recompute every batch that is kept, and compare it with our own checkpoint over it."""
    head = journal.load_head(connection, hall.epoch)
    known = successions.known(connection, hall, keys_replica.load(connection, hall.charter))
    frontier: Frontier | None = None
    checked = 0
    for row in connection.execute(sa.select(batches).order_by(batches.c.first), execution_options={"yield_per": 1}):
        try:
            frontier = Frontier.decode(row.first, row.frontier)
            leaves = journal.reread(connection, row).leaves
            frontier = frontier.extend(leaves)
            checkpoint = open_checkpoint(row.checkpoint, known.at(frontier.size))
        except (CertsError, ValueError) as error:
            return Finding(checked, f"batch {row.first}: {error}")
        if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
            return Finding(checked, f"batch {row.first} is not what this hall signed")
        checked += len(leaves)
    if frontier is not None and frontier != head.frontier:
        return Finding(checked, "the journal's head does not follow from its last batch")
    return Finding(checked)


def check_inbox(connection: sa.Connection, hall: HallKeys) -> Finding:
    """Verify every delivery again, from the first on, and compare the end with our own checkpoint; what is forgotten cannot be."""
    head = inbox.load_head(connection, hall.epoch)
    checker = Checker(hall.hall, Frontier.empty(), KeysReplica(hall.charter, ()), LedgerView(hall.ledger_verifier, None))
    register = Register()
    for row in connection.execute(sa.select(inbox_segments).order_by(inbox_segments.c.first), execution_options={"yield_per": 1}):
        if row.first != checker.frontier.size:
            return Finding(checker.frontier.size, "" if checker.frontier.size == 0 else f"inbox entry {checker.frontier.size} is missing")
        try:
            # It may have come as a replay: in which forms it may be was judged then.
            verified = checker.check(Delivery(first=row.first, segments=[Segment.FromString(row.segment)], replay=True))
        except Alarm as alarm:
            return Finding(checker.frontier.size, str(alarm))
        directory_replica.fold(register, verified.changes)
    if checker.frontier != head.frontier:
        return Finding(checker.frontier.size, "the inbox's head does not follow from its deliveries")
    if register.digest() != directory_replica.standing(connection)["digest"]:
        return Finding(checker.frontier.size, "the replica of the directory does not follow from the deliveries")
    return Finding(checker.frontier.size)
