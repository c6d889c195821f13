"""Keep matters as the ledger says they stand, and where in the ledger their events are.

Law: a matter is written in the transaction that logs its event, so that the two never part.
"""

from collections.abc import Callable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Kept(Generic[Matter]):
    """A matter behind an event of a kind, which the ledger holds at an index."""

    matter: Matter
    kind: str
    ledger_index: int


def keep(connection: sa.Connection, form: Form[Matter], kept: Sequence[Kept[Matter]]) -> None:
    """Let events count, each of another matter, in the transaction that logs them."""
    if not kept:
        return
    upsert(connection, form.matters, [(*form.row(one.matter), form.write(one.matter), one.ledger_index) for one in kept])
    said = [{"ledger_index": one.ledger_index, "id": form.place(one.matter)[1], "kind": one.kind} for one in kept]
    connection.execute(form.events.insert(), said)


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
