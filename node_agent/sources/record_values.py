"""Write a value of a hall's system as the field of a record wants it, by the type of the field.

Laws: pure; one value has one spelling, so that a column that changes its type changes no record; nothing is guessed: what cannot be
read as the type is a ValueError whose text never repeats the value, for it may be a citizen's.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Final

from directory.catalogue.vocabulary import ItemType
from node_agent.sources import event_ids
from node_agent.sources.times import TimeReader

Field = str | int | bool
"""What a field of a record holds, as JSON."""
Converter = Callable[[object], Field]

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,32}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,32}([.][0-9]{0,32})?|[.][0-9]{1,32})")
_DIGITS: Final = 40
"""A number beyond so many digits is in no field, and writing it out could take all memory."""
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "是"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "否"})


def converter(kind: ItemType, times: TimeReader) -> Converter:
    """Return what writes values as fields of a type; `times` reads days and moments."""
    match kind:
        case ItemType.DATE:
            return lambda value: _day(value, times)
        case ItemType.DATETIME:
            return lambda value: _moment(value, times)
    return _PLAIN[kind]


def _text(value: object) -> str:
    if isinstance(value, bytes | dict | list):
        raise ValueError("is no text")
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(_decimal(value)) if isinstance(value, Decimal | float) else event_ids.text(value)


def _capitals(value: object) -> str:
    """Return a code in capitals: the x of a citizen id is often a small one."""
    text = _text(value)
    return text.upper() if text.isascii() else text


def _whole(value: object) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal | float):
        number = _decimal(value)
        if number == number.to_integral_value():
            return int(number)
    raise ValueError("is no whole number")


def _number(value: object) -> str:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return plain(Decimal(value.strip()))
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return plain(_decimal(value))
    raise ValueError("is no number")


def _decimal(value: float | Decimal) -> Decimal:
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS:
        raise ValueError("is no number that a record can hold")
    return number


def plain(number: Decimal) -> str:
    """Write a number with its digits alone: no exponent, no needless zeros."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _truth(value: object) -> bool:
    word = _text(value).casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("is neither true nor false")


def _day(value: object, times: TimeReader) -> str:
    try:
        return times.day(value).isoformat()
    except (ValueError, OverflowError):
        raise ValueError("is no day that can be read") from None


def _moment(value: object, times: TimeReader) -> str:
    try:
        moment = times.read(value)
    except (ValueError, OverflowError):
        raise ValueError("is no moment that can be read") from None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


_PLAIN: Final[Mapping[ItemType, Converter]] = {
    ItemType.TEXT: _text,
    ItemType.INTEGER: _whole,
    ItemType.DECIMAL: _number,
    ItemType.BOOLEAN: _truth,
    ItemType.CODE: _text,
    ItemType.USCC: _capitals,
    ItemType.CITIZEN_ID: _capitals,
    ItemType.DIVISION: _text,
}
