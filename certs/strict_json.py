"""Read JSON that means the same to every reader (RFC 7493, I-JSON).

Laws: UTF-8 without a byte order mark; no name twice in an object; no integer beyond 2^53 - 1; no number that is not finite;
no lone surrogate; no deeper than 16 levels.
"""

import json
import math
from typing import Any, Final, NoReturn

from certs.errors import MalformedJson

MOST_INTEGER: Final = 2**53 - 1
MOST_LEVELS: Final = 16
_MOST_DIGITS: Final = len(str(MOST_INTEGER)) + 1
_NUMBER: Final = "a number that not every reader can hold"


def loads(data: bytes) -> Any:  # noqa: ANN401 - JSON is whatever it says
    """Return what JSON says, or raise MalformedJson, which never repeats any of it."""
    try:
        # Decoded here: json.loads would guess UTF-16 and UTF-32 from bytes.
        text = data.decode()
        found = _DECODER.decode(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise MalformedJson("not JSON in UTF-8") from None
    # UTF-8 itself holds no lone surrogate, and what opens few brackets is not deep: most JSON needs no second walk.
    if "\\u" in text or text.count("{") + text.count("[") > MOST_LEVELS:
        _check(found, 0)
    return found


def dumps(value: object) -> bytes:
    """Write JSON in UTF-8 without spaces, in the order of its names; raises MalformedJson for what `loads` would not read back."""
    _check(value, 0)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("an object that has one name twice")
    return found


def _integer(text: str) -> int:
    # To convert a number takes time that grows with the square of its digits.
    if len(text) > _MOST_DIGITS:
        raise MalformedJson(_NUMBER)
    found = int(text)
    _check_number(found)
    return found


def _fraction(text: str) -> float:
    found = float(text)
    _check_number(found)
    return found


def _constant(_text: str) -> NoReturn:
    raise MalformedJson("a number that is not finite")


# Made once: to make one costs more than to read a disclosure.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant)


def _check(value: object, level: int) -> None:
    if level > MOST_LEVELS:
        raise MalformedJson(f"more than {MOST_LEVELS} levels")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int | float):
        _check_number(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_text(name)
            _check(member, level + 1)
    elif isinstance(value, list):
        for element in value:
            _check(element, level + 1)


def _check_number(value: float) -> None:
    if not math.isfinite(value) or (isinstance(value, int) and abs(value) > MOST_INTEGER):
        raise MalformedJson(_NUMBER)


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedJson("a lone surrogate") from None
