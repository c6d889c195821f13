"""Address what a row says, under an id that is the same whenever the row is read.

Law: a row is one message, is passed over, or is rejected with a reason; what a row becomes depends on the row and the mapping alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from google.protobuf.message import Message

from node_agent.outbox import Actor, Draft
from node_agent.sources import event_ids
from node_agent.sources.config import SourceSection

_M_co = TypeVar("_M_co", bound=Message, covariant=True)


@dataclass(frozen=True, slots=True)
class Mapped(Generic[_M_co]):
    """What a row says, before it is addressed; `kind`, row key and the hash of its fields make it an event of its own."""

    kind: str
    row_name: str
    row_key: bytes
    subject: str
    message: _M_co
    occurred_at: datetime
    recorded_at: datetime
    fields_hash: bytes
    actor: Actor
    dataschema: str = ""


class RowMapper(Protocol):
    """Maps the rows of one query or file."""

    def map(self, row: Sequence[object]) -> Mapped[Message] | None:
        """Return what a row says, None for a row that says nothing. Raises RowRejected."""

    def row_name(self, row: Sequence[object]) -> str:
        """Return the key of a row as a person reads it."""


def draft(config: SourceSection, hall: str, mapped: Mapped[Message]) -> Draft:
    """Address a message as its source says, under its deterministic id."""
    return Draft(
        event_id=event_ids.event_id(hall, config.name, mapped.row_key, mapped.kind, mapped.fields_hash),
        source=config.name,
        type=mapped.message.DESCRIPTOR.full_name,
        subject=mapped.subject,
        occurred_at=mapped.occurred_at,
        recorded_at=mapped.recorded_at,
        resource=config.resource,
        recipients=config.recipients,
        payload=mapped.message.SerializeToString(deterministic=True),
        actor=mapped.actor,
        dataschema=mapped.dataschema,
    )
