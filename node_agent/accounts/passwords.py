"""Judge, hash and check passwords.

Laws: a password is long and not one that is tried first; nothing is asked of its signs (NIST SP 800-63B §5.1.1.2). A hash is argon2id
(RFC 9106), made in a thread, at most PARALLEL at once: memory and processors stay bounded however many sign in.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_T = TypeVar("_T")

LEAST: Final = 12
MOST: Final = 128
"""In signs; longer ones are refused so that nobody has a megabyte hashed."""

PARALLEL: Final = 2
MEMORY_KIB: Final = 64 * 1024
PASSES: Final = 3
LANES: Final = 1
"""64 MiB and three passes (RFC 9106 §4, the second recommended choice), in one lane: two cores serve the agent too."""

_TRIED_FIRST: Final = frozenset(
    {
        "password1234",
        "passwordpassword",
        "123456789012",
        "1234567890123",
        "12345678901234",
        "123456123456",
        "123123123123",
        "qwertyuiop12",
        "qwertyuiopas",
        "qwerty123456",
        "1qaz2wsx3edc",
        "1qaz2wsx3edc4rfv",
        "abcdefghijkl",
        "abc123456789",
        "iloveyou1234",
        "administrator",
        "admin1234567",
        "adminadminadmin",
        "welcome12345",
        "letmein12345",
        "woaini1314520",
        "woaini520520",
        "wodemima1234",
        "zhengwu12345",
        "tongban12345",
        "tongbantongban",
        "changchun123",
        "jilinjilinjilin",
        "a12345678901",
        "aa1234567890",
        "asdfghjkl123",
        "zxcvbnm12345",
        "p@ssw0rd1234",
        "passw0rd1234",
    }
)
"""Twelve signs and more that are tried before all others, in small letters."""
_KINDS_LEAST: Final = 5
"""A password of fewer different signs is a pattern, such as one key held down."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for others when read from paper."""
_INITIAL_GROUPS: Final = 4


class PasswordFault(StrEnum):
    """What is wrong with a new password."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TRIED_FIRST = "tried-first"
    HOLDS_NUMBER = "holds-number"
    UNCHANGED = "unchanged"


def fault(password: str, number: str) -> PasswordFault | None:
    """Say what is wrong with a new password of a user with this staff number."""
    plain = normal(password)
    if len(plain) < LEAST:
        return PasswordFault.TOO_SHORT
    if len(plain) > MOST:
        return PasswordFault.TOO_LONG
    if plain.casefold() in _TRIED_FIRST or len(set(plain)) < _KINDS_LEAST or _runs(plain):
        return PasswordFault.TRIED_FIRST
    return PasswordFault.HOLDS_NUMBER if number.casefold() in plain.casefold() else None


def _runs(plain: str) -> bool:
    """Tell whether each sign is the next of the one before, up or down, such as 123456789012."""
    steps = {ord(later) - ord(earlier) for earlier, later in pairwise(plain)}
    return steps in ({1}, {-1})


def normal(password: str) -> str:
    """Return a password as it is hashed: the same signs, however the keyboard composed them (NFKC, NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def initial() -> str:
    """Make a password that is shown once, and changed at the first sign-in; 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_INITIAL_GROUPS))


class Hasher:
    """Hashes and checks passwords without holding up the loop; one an agent."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES)
        self._turns = asyncio.Semaphore(PARALLEL)
        self._nobodys = self._argon2.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Return the hash of a password."""
        return await self._in_turn(lambda: self._argon2.hash(normal(password)))

    async def check(self, kept: str, password: str) -> bool:
        """Tell whether a password is the one of a hash; without a hash it is not, and costs the same."""
        return await self._in_turn(lambda: self._is_right(kept or self._nobodys, password) and bool(kept))

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with other costs than today's."""
        return self._argon2.check_needs_rehash(kept)

    def _is_right(self, kept: str, password: str) -> bool:
        try:
            return self._argon2.verify(kept, normal(password[: MOST * 2]))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], _T]) -> _T:
        async with self._turns:
            return await asyncio.to_thread(work)
