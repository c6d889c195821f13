"""Remember what systems asked to be done, and how far it has come.

Laws: a request is known by the system and the number that the system gave it, so that no system meets another's; a number is used for one
thing. What is queued goes by itself; how far it has come is read where it waits, never kept twice.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa

from certs.entries import HELD
from directory.licences.identifiers import names_a_person
from node_agent import invalid_licences
from node_agent.api.keys import ApiKey
from node_agent.api.operations import Operation
from node_agent.api.refusing import KEY_REUSED, Refused
from node_agent.api.tables import api_requests
from node_agent.tables import batches, journal_head, outbox, refusals
from tongban.errors.v1.errors_pb2 import Reason

HEADER: Final = "Idempotency-Key"
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its number in the store, by whose key, for what."""

    request: str
    key_id: str
    operation: Operation
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A request as it is kept."""

    operation: str
    ending: str
    event_id: str
    outbox_row: int


Standing = Literal["queued", "sent", "held", "accepted", "refused", "invalid"]


@dataclass(frozen=True, slots=True)
class Sent:
    """How far an act has come; `reason` or `fault` and `what` say why it went no further."""

    standing: Standing
    reason: str = ""
    fault: str = ""
    what: str = ""


def number_of(key: ApiKey, text: str) -> str:
    """Return the number under which a request is kept; raises Refused for what is none."""
    if not _NUMBER.fullmatch(text) or names_a_person(text):
        what = "is 1 to 64 ASCII letters, digits and . _ -, and says nothing of a person"
        raise Refused("REASON_FIELD_INVALID", f"{HEADER}: {what}", faults=[(HEADER, what)])
    return f"{key.given.system}:{text}"


def check(connection: sa.Connection, asked: Asked) -> Kept | None:
    """Return what the same request came to before, None for a new one; raises Refused when its number was used for something else."""
    row = connection.execute(sa.select(api_requests).where(api_requests.c.request == asked.request)).one_or_none()
    if row is None:
        return None
    if (row.operation, row.ending) != (asked.operation, asked.ending):
        raise Refused(KEY_REUSED, f"{HEADER}: this number was used for another request: give each request its own")
    return Kept(row.operation, row.ending, row.event_id, row.outbox_row)


def keep(connection: sa.Connection, asked: Asked, event_id: str, now: datetime) -> None:
    """Remember a request with what was done for it just now, in the transaction that does it."""
    row = connection.scalar(sa.select(sa.func.max(outbox.c.id))) if event_id else 0
    values = {"request": asked.request, "operation": asked.operation.value, "key_id": asked.key_id, "ending": asked.ending}
    more = {"event_id": event_id, "outbox_row": row or 0, "asked_at": int(now.timestamp() * 1000)}
    connection.execute(sa.insert(api_requests).values(**values, **more))


def find(connection: sa.Connection, request: str) -> Kept | None:
    """Return a request by its number."""
    row = connection.execute(sa.select(api_requests).where(api_requests.c.request == request)).one_or_none()
    return None if row is None else Kept(row.operation, row.ending, row.event_id, row.outbox_row)


def sent(connection: sa.Connection, event_id: str, place: int = 0) -> Sent:
    """Say how far an act has come, whoever did it; `place` is its row of the outbox, 0 where it is not known."""
    invalid = invalid_licences.of_event(connection, event_id)
    if invalid is not None:
        return Sent("invalid", fault=invalid[0], what=invalid[1])
    columns = (refusals.c.disposition, refusals.c.reason)
    row = connection.execute(sa.select(*columns).where(refusals.c.event_id == event_id)).first()
    if row is not None:
        return (
            Sent("held") if row.disposition == HELD else Sent("refused", Reason.Name(row.reason) if row.reason in Reason.values() else "")
        )
    place = place or _place(connection, event_id)
    sealed = connection.scalar(sa.select(journal_head.c.last_row)) or 0
    if place > sealed:
        return Sent("queued")
    waits = sa.select(sa.exists().where(batches.c.receipted_at.is_(None), batches.c.last_row >= place))
    return Sent("sent" if connection.scalar(waits) else "accepted")


def _place(connection: sa.Connection, event_id: str) -> int:
    """Return the row of the outbox in which an act waits or waited; 0 where that is forgotten, long after it was accepted."""
    # The newest rows are looked through first: what was asked about long ago has settled.
    return connection.scalar(sa.select(outbox.c.id).where(outbox.c.event_id == event_id).order_by(outbox.c.id.desc()).limit(1)) or 0
