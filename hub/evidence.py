"""Write evidence files for those who are entitled to them (docs/evidence.md).

Laws: the author, whoever has the message in its mailbox, and the province may have evidence of it; for everyone else it is
as if it were not there. What many files share is kept, and named by the root that it is under, so it never goes stale.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

import sqlalchemy as sa

from certs.checkpoints import add_lines, parse_checkpoint
from certs.entries import ACCEPTED, FULL, LEDGER_KEY, InboxLeaf, LedgerEntry, inbox_leaf_hashes, recipients_hash
from certs.errors import CertsError, UnknownKey
from certs.evidence import KeyRecord, MessagePart, ProvincePart, ReceiptPart, assemble, encode_province
from certs.evidence_province import runs_of
from certs.key_entries import open_entry
from certs.keyring import Keyring
from certs.merkle import Frontier, Growth, Node, consistency_proof, inclusion_proof, leaf_hash, range_proof
from certs.names import EVERY_HALL, JOURNAL, LogName, parse_origin
from certs.notes import Verifier, join, parse_line, split
from certs.tiles import node_reader
from hub.errors import HubError, Refusal
from hub.exchange import ledger, mailboxes, segments
from hub.exchange.mailboxes import Entry
from hub.exchange.segments import Segment, hashes
from hub.rooms import Rooms
from hub.tables import acknowledgements, cosignatures, key_entries, not_full
from hub.tables import segments as segments_table
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch
