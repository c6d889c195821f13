"""Know which entries of the inbox came without their body.

Laws: in the place of a body is the leaf hash of the envelope in its author's journal, so that both logs are proved all the same; an
entry without its body is noted with it, for the acknowledgement has to say so. Nothing that is for every hall is taken without its
body: one hall could be shown another province.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from certs.entries import ERASED, FULL, LEDGER_KEY, WITHDRAWN
from certs.merkle import leaf_hash
from certs.names import EVERY_HALL
from node_agent.errors import DeliveryInvalid
from node_agent.journal import hash_of_recipients
from node_agent.tables import withheld
from tongban.exchange.v1.exchange_pb2 import Form, FormRange, Segment, Withheld

EVERY_HALL_HASH = hash_of_recipients(EVERY_HALL)

_NEW = frozenset({WITHDRAWN, ERASED})
_ADD = "INSERT OR IGNORE INTO withheld (first, count, form) VALUES (?, ?, ?)"

WithheldAt = Mapping[int, Withheld]
"""By position among the entries of a segment."""


@dataclass(frozen=True, slots=True)
class WithheldRange:
    """Entries of the inbox log that yield leaves of one form, without their bodies; FULL once had theirs."""

    first: int
    count: int
    form: int


def of(segment: Segment, entries: int, *, replay: bool) -> WithheldAt:
    """Return what a segment of so many entries holds without its body, or raise DeliveryInvalid.

    Only a replay has such entries in full: the hall had the body when it acknowledged it.
    """
    found = {one.position: one for one in segment.withheld}
    if not found:
        return found
    positions = [one.position for one in segment.withheld]
    if segment.kind == LEDGER_KEY or any(one.recipients_hash == EVERY_HALL_HASH for one in segment.withheld):
        raise DeliveryInvalid(f"ledger entry {segment.ledger_first} withholds what is for every hall")
    if segment.WhichOneof("bodies") != "extract" or positions != sorted(found) or positions[-1] >= entries:
        raise DeliveryInvalid(f"what is withheld is named by ascending positions of an extract, here of {entries} entries")
    if not {one.form for one in segment.withheld} <= (_NEW | {FULL} if replay else _NEW):
        raise DeliveryInvalid(f"ledger entry {segment.ledger_first} withholds a body in a form in which there would be one")
    return found


def leaves(envelopes: Sequence[bytes], withheld_at: WithheldAt) -> list[bytes]:
    """Return the leaf hashes in the author's journal, those given and those of the envelopes that came."""
    return [data if at in withheld_at else leaf_hash(data) for at, data in enumerate(envelopes)]


def forms(entries: int, withheld_at: WithheldAt) -> list[int]:
    """Return the form of each inbox leaf; none means that all are FULL."""
    return [withheld_at[at].form if at in withheld_at else FULL for at in range(entries)] if withheld_at else []


def ranges(first: int, withheld_at: WithheldAt) -> list[WithheldRange]:
    """Join what lies side by side in one form; `first` is the inbox index of position 0."""
    out: list[WithheldRange] = []
    for position, one in sorted(withheld_at.items()):
        at = first + position
        last = out[-1] if out else WithheldRange(0, 0, 0)
        if last.count and (last.first + last.count, last.form) == (at, one.form):
            out[-1] = WithheldRange(last.first, last.count + 1, last.form)
        else:
            out.append(WithheldRange(at, 1, one.form))
    return out


def store(connection: sa.Connection, found: Sequence[WithheldRange]) -> None:
    """Note entries that came without their body, in the transaction that stores them."""
    if found:
        connection.exec_driver_sql(_ADD, [(one.first, one.count, one.form) for one in found])


def stored(connection: sa.Connection, start: int, end: int) -> list[WithheldRange]:
    """Return what is noted of the entries [start, end), in order."""
    table = withheld.c
    query = sa.select(table.first, table.count, table.form).where(table.first < end, table.first + table.count > start)
    found = [WithheldRange(*row) for row in connection.execute(query.order_by(table.first))]
    return [WithheldRange(max(one.first, start), min(one.first + one.count, end) - max(one.first, start), one.form) for one in found]


def not_full(found: Sequence[WithheldRange]) -> list[FormRange]:
    """Say what was not taken in full, as an acknowledgement does."""
    return [FormRange(first=one.first, count=one.count, form=cast("Form", one.form)) for one in found if one.form != FULL]


def count(connection: sa.Connection) -> int:
    """Count the entries that came without their body."""
    return connection.scalar(sa.select(sa.func.sum(withheld.c.count))) or 0
