"""Write the evidence file of one message for one hall (docs/evidence.md).

Laws: the author, whoever has the message in its mailbox, and the province may have it; for everyone else the message is as
if it were not there (G4), and so it is for whom its body is withheld. What was decided on questions is for auditors, and no
hall's node is one.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from certs.checkpoints import parse_checkpoint
from certs.entries import ACCEPTED
from certs.evidence import MessagePart, assemble, encode_province
from certs.merkle import consistency_proof, inclusion_proof
from certs.notes import split
from hub.decisions.log import RESOURCE as DECISIONS
from hub.errors import Refusal
from hub.evidence import ledgers, positions, receipts
from hub.evidence.ledgers import LedgerAt
from hub.evidence.positions import Stored
from hub.exchange import forms, mailboxes
from hub.rooms import Rooms
from tongban.errors.v1 import errors_pb2

Positions = Sequence[tuple[str, int]]
"""Origin line of a journal, and an index in it."""


def export(rooms: Rooms, hall: str, journal: str, index: int) -> bytes:
    """Return the evidence file of what stands at an index of a journal, named by its origin line, for a hall that asks.

    Raises Refusal NOT_FOUND for what is not there and for what the hall neither wrote nor received (the province may have
    all), HubError when what is stored contradicts what was signed.
    """
    with rooms.database.reader.begin() as connection:
        found = positions.find(connection, rooms.trust_domain, journal, index)
        stored = positions.read(*found) if found is not None else None
        if stored is None or not _may_have(connection, rooms, hall, stored):
            raise Refusal(errors_pb2.REASON_NOT_FOUND, f"{hall} neither sent nor received a message {index} of {journal}")
        known = ledgers.holding(connection, rooms, stored.ledger_index)
        province = encode_province(known.part(rooms, connection))
        routed = stored.segment.disposition(stored.member) == ACCEPTED
        received = list(receipts.of(connection, stored, known.keyring)) if routed else []
        return assemble(province, _message(connection, rooms, known, stored), received)


def _may_have(connection: sa.Connection, rooms: Rooms, hall: str, stored: Stored) -> bool:
    if stored.header is not None and stored.header.resource == DECISIONS:
        return False
    if hall in (stored.segment.author, rooms.registry.province.root):
        return True
    index = receipts.inbox_index(connection, hall, stored)
    return index is not None and (_has(connection, hall, index) or not _withheld(rooms, hall, stored))


def _has(connection: sa.Connection, hall: str, index: int) -> bool:
    """Tell whether a hall has the body of an entry: it says so, and was never sent the entry without it."""
    box = mailboxes.get(connection, hall)
    return box is not None and index < box.acknowledged_size and not forms.noted(connection, hall, index, index + 1)


def _withheld(rooms: Rooms, hall: str, stored: Stored) -> bool:
    here = ((stored.member, stored.member + 1),)
    return stored.member in rooms.delivery.withholding.now().withheld(hall, stored.segment, here)


def _message(connection: sa.Connection, rooms: Rooms, known: LedgerAt, stored: Stored) -> MessagePart:
    node = known.nodes(connection)
    segment = stored.segment
    log_key = known.keyring.log_key(segment.author, segment.epoch, parse_checkpoint(split(stored.checkpoint)[0]).size)
    earlier = ledgers.earlier(connection, known, segment.author, stored.ledger_index)
    return MessagePart(
        envelope=stored.envelope,
        journal_checkpoint=receipts.signed_alone(stored.checkpoint, [log_key]),
        journal_proof=tuple(stored.journal_proof()),
        ledger_index=stored.ledger_index,
        ledger_entry=stored.ledger_entry,
        ledger_proof=tuple(inclusion_proof(stored.ledger_index, known.size, node)),
        earlier_checkpoint=ledgers.cosigned_note(connection, rooms, known, *earlier) if earlier else "",
        earlier_proof=tuple(consistency_proof(earlier[0], known.size, node)) if earlier else (),
    )
