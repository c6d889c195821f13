"""Say which cards, orders and rectifications a hall to which they were addressed may not have by now.

Law: they are for the hall concerned and for those above it today; a superior that was changed has lost what still waits for it.
"""

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from directory.halls import Province
from directory.supervision import card_messages, order_messages, rectification_messages
from hub.db import Database
from hub.exchange.segments import Segment
from hub.supervision.forms import RECTIFICATION, RESOURCE
from hub.supervision.tables import rectifications
from hub.tables import cards, orders
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

_NAMED = b"tongban.supervision."
_RESOURCES = frozenset({RESOURCE, RECTIFICATION})
_TABLES = {card_messages.TYPE: cards, order_messages.TYPE: orders, rectification_messages.TYPE: rectifications}
_NOTHING: Collection[int] = frozenset()


def withheld(database: Database, province: Province, hall: str, segment: Segment) -> Collection[int]:
    """Return the members of a segment of the hub's that are of supervision and no longer for a hall; reads the database for them alone."""
    if _NAMED not in segment.batch:  # headers are clear, so the name of a type would be there
        return _NOTHING
    addressed = list(_addressed(hall, segment))
    if not addressed:
        return _NOTHING
    halls = _concerned(database, [header for _, header in addressed])
    return frozenset(at for at, header in addressed if not _is_for(hall, halls.get(header.subject), province))


def _addressed(hall: str, segment: Segment) -> Iterator[tuple[int, Header]]:
    """Yield what was addressed to a hall of cards, orders and rectifications; a reminder is for the hall concerned alone."""
    for at, data in enumerate(Batch.FromString(segment.batch).envelopes):
        header = Header.FromString(Envelope.FromString(data).header)
        if header.resource in _RESOURCES and header.type in _TABLES and hall in header.recipients:
            yield at, header


def _concerned(database: Database, headers: Sequence[Header]) -> dict[str, str]:
    """Return the halls that they concern, by their ids."""
    found: dict[str, str] = {}
    with database.reader.begin() as connection:
        for name, table in _TABLES.items():
            idents = {header.subject for header in headers if header.type == name}
            if idents:
                rows = connection.execute(sa.select(table.c.id, table.c.hall).where(table.c.id.in_(idents)))
                found |= {row.id: row.hall for row in rows}
    return found


def _is_for(hall: str, concerned: str | None, province: Province) -> bool:
    """Tell whether a hall is the one concerned or above it; of what is not known nobody is."""
    if concerned is None:
        return False
    return hall == concerned or (concerned in province and hall in province.superiors(concerned))
