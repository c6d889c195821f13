"""Say what a move of a matter is, and how it goes into the hub's own journal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic

from certs.names import HUB
from directory.halls import Province
from hub.dockets.store import Form, Matter
from hub.exchange.own_journal import Message
from tongban.errors.v1.errors_pb2 import Reason


@dataclass(frozen=True, slots=True)
class Declined:
    """A move that is not made: its reason, why in words, and the field of the request that is at fault."""

    reason: Reason
    why: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Generic[Matter]):
    """A move that is to be said to some halls: the matter behind it, and the event as it goes into the ledger."""

    after: Matter
    kind: str
    event: bytes
    at: datetime
    halls: frozenset[str]


Judge = Callable[[Matter | None], Said[Matter] | Matter | Declined]
"""What says of a matter as it is whether it moves; a matter that is returned is so already."""


def message(form: Form[Matter], said: Said[Matter], province: Province) -> Message:
    """Return a move as the hub says it, to those of its halls that take part in the exchange."""
    _, ident = form.place(said.after)
    return Message(
        source=form.source,
        resource=form.resource,
        type=form.type,
        subject=ident,
        payload=said.event,
        at=said.at,
        recipients=linked(said.halls, province),
    )


def linked(halls: frozenset[str], province: Province) -> tuple[str, ...]:
    """Return those of some halls that take part in the exchange, sorted."""
    known = (province.get(hall) for hall in sorted(halls - {HUB}))
    return tuple(hall.hall for hall in known if hall is not None and hall.linked)
