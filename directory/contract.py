"""Convert between moments and people, and how the contract's messages say them (tongban.directory.v1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from directory.errors import MessageMalformed, PeriodMalformed
from directory.scopes.principal import Principal
from tongban.directory.v1 import scopes_pb2


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what goes wrong inside into MessageMalformed, which repeats nothing of the message."""
    try:
        yield
    except (DecodeError, ValueError, PeriodMalformed) as error:
        raise MessageMalformed(f"this release cannot read the {what}") from error


def timestamp(at: datetime | None) -> Timestamp | None:
    """Return the contract's timestamp; None stays None, which leaves a field unset."""
    if at is None:
        return None
    said = Timestamp()
    said.FromDatetime(at)
    return said


def moment(said: Timestamp) -> datetime:
    """Return the moment, in UTC, of a timestamp; raises ValueError for what is none."""
    return said.ToDatetime(UTC)


def moment_if_any(message: Message, field: str) -> datetime | None:
    """Return the moment in a field, None where it is unset; raises ValueError for what is none."""
    return moment(getattr(message, field)) if message.HasField(field) else None


def said_principal(who: Principal) -> scopes_pb2.Principal:
    """Write who acts; the hall is said beside it."""
    return scopes_pb2.Principal(role=who.role, department=who.department, person=who.person)
