"""Read one record from JSON, taking only what every reader of JSON understands alike (RFC 8259, RFC 7493).

Laws: what two readers could take for different things is refused: a key given twice, a number that a double cannot hold,
half of a surrogate pair, NaN. Size and depth are bounded before anything is done with the record. An answer never
repeats what the record holds, for it may be a citizen's.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from directory.errors import RecordMalformed

MOST_BYTES: Final = 256 * 1024
"""Of one record, as UTF-8."""
DEEPEST: Final = 8
"""Objects and lists inside each other, the record itself included."""
LARGEST_INTEGER: Final = 2**53 - 1
"""RFC 7493 §2.2: beyond it a reader with doubles sees another number."""

_LONGEST_NUMBER: Final = 32
"""In signs; a number of a million digits costs a second to read."""


def read_record(data: bytes) -> Mapping[str, Any]:
    """Return the record that the bytes hold; raises RecordMalformed."""
    if len(data) > MOST_BYTES:
        raise RecordMalformed(f"a record of {len(data)} bytes is larger than {MOST_BYTES}")
    try:
        record = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise RecordMalformed("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise RecordMalformed(f"no JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise RecordMalformed(_TOO_DEEP) from None
    if not isinstance(record, dict):
        raise RecordMalformed("a record is an object")
    _check(record)
    return record


_TOO_DEEP: Final = f"objects and lists are more than {DEEPEST} deep"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RecordMalformed("a key is given twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or abs(int(text)) > LARGEST_INTEGER:
        raise RecordMalformed(f"an integer is beyond {LARGEST_INTEGER}")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text) if len(text) <= _LONGEST_NUMBER else float("inf")
    if abs(number) > LARGEST_INTEGER:
        raise RecordMalformed(f"a number is beyond {LARGEST_INTEGER}, or longer than {_LONGEST_NUMBER} signs")
    return number


def _constant(_text: str) -> float:
    raise RecordMalformed("NaN and Infinity are no JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant)


def _check(record: dict[str, Any]) -> None:
    """Look at every text and at the depth, without recursion."""
    level: list[Any] = [record]
    depth = 1
    while level:
        if depth > DEEPEST:
            raise RecordMalformed(_TOO_DEEP)
        texts, level = _opened(level)
        # One text a level: a lone surrogate is the only thing that UTF-8 cannot write.
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            raise RecordMalformed("a text holds half of a surrogate pair") from None
        depth += 1


def _opened(containers: list[Any]) -> tuple[list[str], list[Any]]:
    """Return the texts that these objects and lists hold, and the objects and lists inside them."""
    texts: list[str] = []
    inner: list[Any] = []
    for container in containers:
        values = container
        if isinstance(container, dict):
            texts += container
            values = container.values()
        for value in values:
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, dict | list):
                inner.append(value)
    return texts, inner
