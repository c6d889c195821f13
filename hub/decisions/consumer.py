"""Keep the read model of decisions up with the ledger.

Laws: only what the hub itself logged is a decision, whatever a hall may call its messages; records stay as they were logged.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from certs.entries import LEDGER_MESSAGE
from certs.names import HUB
from hub.bulk import insert_new
from hub.consumers import digest_rows
from hub.decisions.log import RESOURCE
from hub.decisions.tables import decision_cases, decision_holders, decision_records, decisions, licence_questions
from hub.exchange.stored import StoredSegment
from tongban.directory.v1.decisions_pb2 import DecisionRecord
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch


class DecisionConsumer:
    """The consumer that makes `decisions`, and by what they are found."""

    name = "decisions"
    author = HUB
    tables: Sequence[sa.Table] = (decisions, decision_cases, decision_records, decision_holders, licence_questions)

    def apply(self, connection: sa.Connection, segments: Sequence[StoredSegment], first_unseen: int) -> None:
        """Take in segments, in the caller's transaction; raises DecodeError for what the hub did not log so."""
        found: dict[sa.Table, list[tuple[Any, ...]]] = {table: [] for table in self.tables}
        for segment in segments:
            if (segment.author, segment.kind) == (HUB, LEDGER_MESSAGE):
                for row, record in _logged(segment, first_unseen):
                    place = row[0]
                    found[decisions].append(row)
                    found[decision_cases] += [(*case, place) for case in _cases(record)]
                    found[decision_records] += [(*one, place) for one in _records(record)]
                    holders = {shown.holder for one in record.licences for shown in one.shown}
                    found[decision_holders] += [(holder, place) for holder in holders]
                    found[licence_questions] += [row[:2]] if holders else []
        for table, rows in found.items():
            if rows:
                insert_new(connection, table, rows)

    def digest(self, connection: sa.Connection) -> str:
        """Return the digest of the model."""
        return digest_rows(connection, self.tables)


def _logged(segment: StoredSegment, first_unseen: int) -> Iterator[tuple[tuple[Any, ...], DecisionRecord]]:
    for member, raw in enumerate(Batch.FromString(segment.batch).envelopes):
        ledger_index = segment.ledger_first + member
        envelope = Envelope.FromString(raw)
        if ledger_index < first_unseen or Header.FromString(envelope.header).resource != RESOURCE:
            continue
        record = DecisionRecord.FromString(envelope.payload)
        journal_index = segment.journal_first + member
        row = (ledger_index, segment.accepted_at_ms, segment.epoch, journal_index, record.hall, record.asked_by.person, envelope.payload)
        yield row, record


def _cases(record: DecisionRecord) -> set[tuple[str, str]]:
    """Return what was shown, and what was asked for in vain."""
    asked = {(record.asked_hall, record.asked_case)} if record.asked_case else set()
    return asked | {(case.hall, case.case_number) for case in record.cases}


def _records(record: DecisionRecord) -> set[tuple[str, str]]:
    """Return the same of records of catalogued resources."""
    asked = {(record.asked_resource, record.asked_key)} if record.asked_key else set()
    return asked | {(shown.resource, shown.key) for shown in record.records}
