"""Read what a question is narrowed to."""

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from google.protobuf.message import Message

from hub.cases.times import milliseconds
from hub.errors import Refusal
from tongban.errors.v1 import errors_pb2

LONGEST_NAME = 200
"""Characters of a hall, case number or person that is asked for; none that was taken in is longer."""


MOST_NAMES = 500
"""In one list of names: no resource has more fields."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_Word = TypeVar("_Word", bound=StrEnum)


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


def day_if_any(text: str, field: str) -> date | None:
    """Return a day as ISO 8601 spells it, None when it is not given; raises Refusal for what is no day."""
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{field} is no day: YYYY-MM-DD", field=field)


def word_if_any(text: str, words: type[_Word], field: str) -> _Word | None:
    """Return a word of a vocabulary, None when it is not given; raises Refusal for any other."""
    if not text:
        return None
    try:
        return words(text)
    except ValueError:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{field} is one of {', '.join(sorted(words))}", field=field) from None


def names(given: Sequence[str], field: str) -> frozenset[str]:
    """Return names that are given once each; raises Refusal for a name twice, for one that names nothing, and for too many."""
    if len(given) > MOST_NAMES or len(set(given)) != len(given):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{field} names one thing twice, or more than {MOST_NAMES}", field=field)
    for name in given:
        check_name(name, field)
    return frozenset(given)
