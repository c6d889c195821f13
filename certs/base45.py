"""Read and write Base45, which QR codes hold in their alphanumeric mode (RFC 9285)."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_BASE = len(ALPHABET)
_GROUP = 3


def encode(data: bytes) -> str:
    """Write bytes, three characters for every two, two for a last one."""
    return "".join(_group(data[place : place + 2]) for place in range(0, len(data), 2))


def decode(text: str) -> bytes:
    """Read Base45; raises ValueError for what it could not have written."""
    return b"".join(_pair(text[place : place + _GROUP]) for place in range(0, len(text), _GROUP))


def _group(pair: bytes) -> str:
    number, found = int.from_bytes(pair, "big"), ""
    for _ in range(len(pair) + 1):
        number, digit = divmod(number, _BASE)
        found += ALPHABET[digit]
    return found


def _pair(group: str) -> bytes:
    if len(group) == 1 or any(character not in _VALUES for character in group):
        raise ValueError("not Base45")
    number, size = 0, len(group) - 1
    for character in reversed(group):
        number = number * _BASE + _VALUES[character]
    if number >= 1 << 8 * size:
        raise ValueError("not Base45")
    return number.to_bytes(size, "big")
