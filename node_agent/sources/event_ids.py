"""Name an event by what it is, so that reading it again gives the same name.

Law: the bytes hashed here are for ever; tests pin them. UUIDv8 (RFC 9562 §5.8) of SHA-256 over hall, source, row key, kind and
the hash of the mapped fields, each behind its length as 32 bits, big endian.
"""

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

from directory import event_ids

FIELDS_HASH_BYTES = 32

prefixed = event_ids.prefixed
"""Put the length before the bytes."""


def event_id(hall: str, source: str, row_key: bytes, kind: str, fields_hash: bytes) -> str:
    """Return the id of an event; `row_key` is from `row_key`, `fields_hash` has 32 bytes."""
    return event_ids.event_id(hall.encode(), source.encode(), row_key, kind.encode(), fields_hash)


def row_key(texts: Iterable[str]) -> bytes:
    """Return the bytes of a row's key: the text of each value behind its length. Raises UnicodeEncodeError."""
    return b"".join([prefixed(value.encode()) for value in texts])


def fields_hash(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Hash the fields that have a value, in the order of their names; each is (name behind its length, value)."""
    return sha256(b"".join([part for name, value in fields for part in (name, len(value).to_bytes(4, "big"), value)])).digest()


def text(value: object) -> str:
    """Spell a value as a key: the same for a number and its digits, so that a column may change its type."""
    if isinstance(value, str):  # by far the most
        return value.strip()
    match value:
        case None:
            return ""
        case bytes():
            return value.hex()
        case datetime() | date():
            return value.isoformat()
    return str(value)
