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

Place = tuple[int, str]
"""When a matter was opened, in Unix milliseconds, and its id: where it stands in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[Matter]):
    """What matters of one kind are: their tables, how their events go into the ledger, and how they are written and folded.

    The table of matters ends with the columns `document` and `ledger_index`; `row` gives the values of those before.
    """

    matters: sa.Table
    events: sa.Table
    source: str
    """Which of the hub's systems says their events."""
    resource: str
    type: str
    place: Callable[[Matter], Place]
    row: Callable[[Matter], tuple[Any, ...]]
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


def one(connection: sa.Connection, form: Form[Matter], ident: str) -> Matter | None:
    """Return a matter, None when there is none; raises MessageMalformed."""
    document = connection.scalar(sa.select(form.matters.c.document).where(form.matters.c.id == ident))
    return None if document is None else form.read(document)


def keep(connection: sa.Connection, form: Form[Matter], matter: Matter, kind: str, ledger_index: int) -> None:
    """Let an event count, in the transaction that logs it."""
    _, ident = form.place(matter)
    upsert(connection, form.matters, [(*form.row(matter), form.write(matter), ledger_index)])
    connection.execute(form.events.insert(), {"ledger_index": ledger_index, "id": ident, "kind": kind})


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
    kept = {form.place(matter)[1]: form.write(matter) for matter in load(connection, form)}
    told = {ident: form.write(matter) for ident, matter in refolded(connection, form).items()}
    return sorted(ident for ident in kept.keys() | told.keys() if kept.get(ident) != told.get(ident))
