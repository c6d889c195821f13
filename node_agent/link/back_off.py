"""Wait longer after each failure, each agent at its own moment.

Law: full jitter (a delay drawn evenly from zero to the bound), so that fifty halls do not return together.
"""

import random
from datetime import timedelta

_GROWTH = 2.0


class BackOff:
    """Delays between tries; progress starts it anew."""

    def __init__(self, first: timedelta, most: timedelta) -> None:
        self._first = first.total_seconds()
        self._most = most.total_seconds()
        self._bound = self._first
        self._chance = random.SystemRandom()

    def next(self) -> float:
        """Return the next delay in seconds."""
        delay = self._chance.uniform(0.0, self._bound)
        self._bound = min(self._bound * _GROWTH, self._most)
        return delay

    def reset(self) -> None:
        """Begin anew: something got through."""
        self._bound = self._first
