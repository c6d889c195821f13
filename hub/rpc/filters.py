"""Read what a question is narrowed to."""

from google.protobuf.message import Message

from hub.cases.times import milliseconds
from hub.errors import Refusal
from tongban.errors.v1 import errors_pb2

LONGEST_NAME = 200
"""Characters of a hall, case number or person that is asked for; none that was taken in is longer."""


def check_name(text: str, field: str) -> None:
    """Refuse what names nothing: PostgreSQL takes no NUL, nothing kept is unprintable, and what is long would be logged."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{field} is empty, unprintable or longer than {LONGEST_NAME}", field=field)


def check_name_if_any(text: str, field: str) -> None:
    """Do the same for what may be left out."""
    if text:
        check_name(text, field)


def moment(request: Message, field: str) -> int | None:
    """Return a time in Unix milliseconds, None when it is not given; raises Refusal for what is no time."""
    if not request.HasField(field):
        return None
    at_ms = milliseconds(getattr(request, field))
    if at_ms is None:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{field} is no time between the years 1 and 9999", field=field)
    return at_ms
