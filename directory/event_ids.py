"""Name an event by what it is, so that the same event has the same name whenever it is named.

Law: the bytes hashed here are for ever; tests pin them.
"""

from hashlib import sha256


def prefixed(data: bytes) -> bytes:
    """Put the length before the bytes, as 32 bits, big endian."""
    return len(data).to_bytes(4, "big") + data


def event_id(*parts: bytes) -> str:
    """Return the UUIDv8 (RFC 9562 §5.8) of SHA-256 over the parts, each behind its length."""
    digits = sha256(b"".join(map(prefixed, parts))).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def extract_id(leaf: bytes, grant: str) -> str:
    """Return the id of the extract of a record under a grant; `leaf` is the record's leaf hash in its author's journal."""
    return event_id(leaf, grant.encode())
