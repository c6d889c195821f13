"""Compare, move back and store the cursor of a SQL source.

Laws: the first cursor column is a number or a time, time as text included; its rank is a number that grows as the database orders
the column. Times without an offset, and times as text, are ordered as the wall clock shows them, which goes back once a year.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import ceil

from node_agent.sources.errors import SourceMisconfigured
from node_agent.sources.times import TimeReader, microseconds

_MICROSECONDS = 1_000_000
_TIME_LENGTH = 19
"""Of `2012-03-25 02:30:00`: date, separator and time without a fraction."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The values of the cursor columns of one row."""

    values: tuple[object, ...]

    def encode(self) -> str:
        """Return the cursor as text for the store and for SourceRun.cursor."""
        return json.dumps([_encoded(value) for value in self.values], ensure_ascii=False)

    @staticmethod
    def decode(text: str) -> "Cursor":
        """Read what `encode` wrote. Raises ValueError."""
        try:
            values = tuple(_decoded(kind, value) for kind, value in json.loads(text))
        except (TypeError, ArithmeticError) as error:
            raise ValueError(f"not a cursor: {text!r}") from error
        if not values:
            raise ValueError(f"not a cursor: {text!r}")
        return Cursor(values)


def is_time(value: object) -> bool:
    """Tell whether a cursor value is a time rather than a number."""
    return isinstance(value, date | str)


def rank(value: object) -> float:
    """Return the number by which the database orders a value: itself, or microseconds. Raises SourceMisconfigured."""
    match value:
        case bool():
            pass
        case int() | float():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return microseconds(value if value.tzinfo else value.replace(tzinfo=UTC))
        case date():
            return microseconds(datetime.combine(value, time(), UTC))
        case str():
            return microseconds(_parsed(value).replace(tzinfo=UTC))
    raise SourceMisconfigured(f"the first cursor column must be a number or a time; it is a {type(value).__name__}")


def earlier(value: object, overlap: float, times: TimeReader) -> object:
    """Return the value that is `overlap` behind (seconds for times), in the same type and spelling.

    The wall clock shows one hour twice in autumn: behind such times the overlap is longer by that hour.
    """
    match value:
        case int():
            return value - ceil(overlap)
        case float():
            return value - overlap
        case Decimal():
            return value - Decimal(overlap)
        case datetime():
            return value - _span(value, overlap, times)
        case date():
            moment = datetime.combine(value, time())
            return (moment - _span(moment, overlap, times)).date()
        case str():
            moment = _parsed(value).replace(tzinfo=None)
            return _respelled(moment - _span(moment, overlap, times), value)
    raise SourceMisconfigured(f"cannot go behind a {type(value).__name__}")


def spelled_like(value: object, moment: datetime, times: TimeReader) -> object:
    """Return a moment as the column of a cursor value that is a time would show it: in its type, zone and precision, cut."""
    match value:
        case datetime():
            return moment.astimezone(value.tzinfo) if value.tzinfo else times.wall(moment)
        case date():
            return times.wall(moment).date()
        case str():
            zone = _parsed(value).tzinfo
            return _respelled((moment.astimezone(zone) if zone else times.wall(moment)).replace(tzinfo=None), value)
    raise SourceMisconfigured(f"a {type(value).__name__} is no time")


def _span(moment: datetime, overlap: float, times: TimeReader) -> timedelta:
    span = timedelta(seconds=overlap)
    return span if moment.tzinfo or not overlap else span + times.clock_change(moment)


def _respelled(moment: datetime, like: str) -> str:
    """Write a moment as `like` is written: separator, digits of the fraction (cut, never rounded up), and what follows them."""
    if len(like) < _TIME_LENGTH:
        return moment.strftime("%Y-%m-%d")
    text = moment.isoformat(like[10], "microseconds")
    fraction = len(like[_TIME_LENGTH:]) - len(like[_TIME_LENGTH:].lstrip(".0123456789"))
    return text[: _TIME_LENGTH + fraction] + like[_TIME_LENGTH + fraction :]


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise SourceMisconfigured(f"the cursor {text!r} is neither a number nor a time in ISO 8601") from error


def _encoded(value: object) -> tuple[str, object]:
    match value:
        case None | bool() | int() | float() | str():
            return "plain", value
        case Decimal():
            return "decimal", str(value)
        case datetime():
            return "datetime", value.isoformat()
        case date():
            return "date", value.isoformat()
        case bytes():
            return "bytes", value.hex()
    raise SourceMisconfigured(f"a {type(value).__name__} cannot be a cursor")


def _decoded(kind: str, value: str) -> object:
    match kind:
        case "plain":
            return value
        case "decimal":
            return Decimal(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case "date":
            return date.fromisoformat(value)
        case "bytes":
            return bytes.fromhex(value)
    raise ValueError(f"unknown kind of cursor value {kind!r}")
