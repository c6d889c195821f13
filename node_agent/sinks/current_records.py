"""Keep, beside the log of deliveries, how each record stands that a grant lets through.

Laws: of one record under one grant the extract counts that was taken from the last place in the ledger, in whatever order they come and
however often; a record that is no more keeps its place without a document, so that nothing old brings it back.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.errors import MalformedName
from certs.names import parse_origin
from node_agent.inbox import Received
from node_agent.sinks.errors import EntryUnusable
from node_agent.sinks.extracts import PUT, kind_of
from node_agent.sinks.insertion import passing_over
from node_agent.sinks.rows import as_stamp
from tongban.directory.v1.records_pb2 import Extract
from tongban.envelope.v1.envelope_pb2 import Envelope, Header


@dataclass(frozen=True, slots=True)
class RecordState:
    """How a record stands after an extract, by the columns of the table."""

    grant_id: str
    resource: str
    record_key: str
    version: int
    document: str | None
    hall: str
    ledger_index: int
    accepted_at: str
    event_id: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Name the record under its grant."""
        return self.grant_id, self.resource, self.record_key


def state_of(entry: Received) -> RecordState:
    """Return the state that an extract leaves. Raises EntryUnusable."""
    try:
        envelope = Envelope.FromString(entry.envelope)
        header = Header.FromString(envelope.header)
        extract = Extract.FromString(envelope.payload)
        return RecordState(
            grant_id=extract.grant,
            resource=header.resource,
            record_key=header.subject,
            version=extract.version,
            document=extract.document.decode() if kind_of(extract) == PUT else None,
            hall=parse_origin(extract.journal).hall,
            ledger_index=extract.ledger_index,
            accepted_at=as_stamp(extract.accepted_at),
            event_id=header.id,
        )
    except (DecodeError, MalformedName, ValueError) as error:
        raise EntryUnusable(f"{type(error).__name__}: {error}") from error


def apply(connection: sa.Connection, table: sa.Table, states: Sequence[RecordState]) -> None:
    """Bring the table up to date within the caller's transaction."""
    newest: dict[tuple[str, str, str], RecordState] = {}
    for state in states:
        held = newest.get(state.place)
        if held is None or held.ledger_index < state.ledger_index:
            newest[state.place] = state
    if not newest:
        return
    connection.execute(_older(table), [_bound(state) for state in newest.values()])
    insert = passing_over(connection.dialect.name, table)
    fresh = [state for state in newest.values() if insert is not None or not _is_there(connection, table, state)]
    if fresh:
        connection.execute(sa.insert(table) if insert is None else insert, [asdict(state) for state in fresh])


def _older(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(
        table.c.grant_id == sa.bindparam("of_grant"),
        table.c.resource == sa.bindparam("of_resource"),
        table.c.record_key == sa.bindparam("of_key"),
        table.c.ledger_index < sa.bindparam("than"),
    )


def _bound(state: RecordState) -> dict[str, object]:
    return {"of_grant": state.grant_id, "of_resource": state.resource, "of_key": state.record_key, "than": state.ledger_index}


def _is_there(connection: sa.Connection, table: sa.Table, state: RecordState) -> bool:
    """Tell whether a later state stands there, for databases that cannot pass over a conflict."""
    columns = (table.c.grant_id, table.c.resource, table.c.record_key)
    where = [column == word for column, word in zip(columns, state.place, strict=True)]
    return connection.execute(sa.select(table.c.version).where(*where)).first() is not None
