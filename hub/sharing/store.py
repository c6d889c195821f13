"""Keep matters as the ledger says they stand, and where in the ledger their events are.

Law: a matter is written in the transaction that logs its event, so that the two never part.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from hub.bulk import upsert
from hub.exchange import segments
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.exchange.v1.exchange_pb2 import Batch

Matter = TypeVar("Matter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the table says of a matter beside its document."""

    id: str
    hall: str
    department: str
    resource: str
    phase: str
    opened_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[Matter]):
    """What matters of one kind are: their tables, the resource and type of their events, and how they are written and folded."""

    matters: sa.Table
    events: sa.Table
    resource: str
    type: str
    heading: Callable[[Matter], Heading]
    write: Callable[[Matter], bytes]
    read: Callable[[bytes], Matter]
    """Raises MessageMalformed."""
    folded: Callable[[Matter | None, bytes], Matter]
    """A matter after one more event, given as it stands in the ledger; raises MessageMalformed."""


def load(connection: sa.Connection, form: Form[Matter]) -> Iterator[Matter]:
    """Yield every matter, in the order in which they were opened; raises MessageMalformed."""
    table = form.matters
    query = sa.select(table.c.document).order_by(table.c.opened_at_ms, table.c.id).execution_options(yield_per=1_000)
    for (document,) in connection.execute(query):
        yield form.read(document)


def keep(connection: sa.Connection, form: Form[Matter], matter: Matter, kind: str, ledger_index: int) -> None:
    """Let an event count, in the transaction that logs it."""
    told = form.heading(matter)
    values = (told.id, told.hall, told.department, told.resource, told.phase, told.opened_at_ms, form.write(matter), ledger_index)
    upsert(connection, form.matters, [values])
    connection.execute(form.events.insert(), {"ledger_index": ledger_index, "id": told.id, "kind": kind})


def refolded(connection: sa.Connection, form: Form[Matter]) -> dict[str, Matter]:
    """Fold every matter again from the bodies that the ledger's segments hold; raises MessageMalformed or DecodeError."""
    found: dict[str, Matter] = {}
    table = form.events
    for index, ident in connection.execute(sa.select(table.c.ledger_index, table.c.id).order_by(table.c.ledger_index)).all():
        found[ident] = form.folded(found.get(ident), _payload(connection, index))
    return found


def _payload(connection: sa.Connection, ledger_index: int) -> bytes:
    segment = segments.covering(connection, ledger_index)
    if segment is None:
        raise LookupError(f"the ledger has no entry {ledger_index}")
    envelopes: Any = Batch.FromString(segment.batch).envelopes
    return Envelope.FromString(envelopes[ledger_index - segment.ledger_first]).payload


def differing(connection: sa.Connection, form: Form[Matter]) -> list[str]:
    """Return the ids of matters that are not what the ledger holds; raises as `refolded`."""
    kept = {form.heading(matter).id: form.write(matter) for matter in load(connection, form)}
    told = {ident: form.write(matter) for ident, matter in refolded(connection, form).items()}
    return sorted(ident for ident in kept.keys() | told.keys() if kept.get(ident) != told.get(ident))
