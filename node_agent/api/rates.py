"""Let each API key call so often and no oftener (token bucket).

Law: a key that calls too often is told when to come again, and delays no other.
"""

import time
from collections.abc import Callable
from typing import Final

_BURST: Final = 10
"""The part of a minute's calls that may come at once."""
_MOST_KEYS: Final = 10_000


class Rates:
    """How often keys have called of late; use it in one loop. `clock` gives seconds that never go back."""

    def __init__(self, calls_a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_second = calls_a_minute / 60
        self._burst = max(1.0, calls_a_minute / _BURST)
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Take one call of a key into account; return 0, or after how many seconds the next one may come."""
        now = self._clock()
        left, at = self._left.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._a_second)
        taken = left >= 1
        if len(self._left) >= _MOST_KEYS and key not in self._left:
            self._left.clear()
        self._left[key] = (left - taken, now)
        return 0.0 if taken else (1 - left) / self._a_second
