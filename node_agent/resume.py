"""Compare our journal with what the hub holds of it.

Laws: what the hub gave receipts for is history, and any disagreement there is a fork; an unreceipted checkpoint proves
nothing; what the hub holds beyond ours is adopted when we signed it.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from node_agent import journal
from node_agent.errors import HubLostJournal, JournalForked, TailDiverged
from node_agent.journal import Head

RESET = "run `tongban-agent reset-tail`: what was sealed and not receipted goes back to the outbox"


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where to go on: send what is unreceipted from `send_from` on, having adopted the hub's batches first if `adopt` says so."""

    head: Head
    send_from: int
    adopt: bool


def compare(connection: sa.Connection, epoch: int, hub_size: int, hub_root: bytes) -> Resumption:
    """Judge what the hub holds; raises JournalForked, TailDiverged or HubLostJournal."""
    head = journal.load_head(connection, epoch)
    receipted = journal.receipted_size(connection, head)
    notes = (head.checkpoint,) if head.checkpoint else ()
    if hub_size < receipted:
        raise HubLostJournal(f"the hub holds {hub_size} of this journal and gave receipts for {receipted}", notes)
    if hub_size > head.size:
        return Resumption(head, receipted, adopt=True)
    if journal.root_at(connection, head, hub_size) == hub_root:
        return Resumption(head, receipted, adopt=False)
    if hub_size == receipted:
        raise JournalForked(f"the hub's journal of size {hub_size} has another root than it gave a receipt for", notes)
    raise TailDiverged(f"the hub holds another end of this journal, of size {hub_size}: {RESET}", notes)
