"""Bound how many questions a hall may ask within a minute.

Laws: a hall that asks too much delays nobody else; what is remembered is bounded by the number of halls.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from hub.errors import Refusal
from tongban.errors.v1 import errors_pb2

MINUTE_SECONDS = 60.0


class Questions:
    """The questions of this minute, by hall; `clock` in seconds, and never set back."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        self._most = a_minute
        self._clock = clock
        self._begun = clock()
        self._asked: Counter[str] = Counter()

    def ask(self, hall: str) -> None:
        """Count a question of a hall; raises Refusal when that is one too many."""
        left = self._begun + MINUTE_SECONDS - self._clock()
        if left <= 0:
            self._begun, left = self._clock(), MINUTE_SECONDS
            self._asked.clear()
        if self._asked[hall] >= self._most:
            msg = f"{hall} has asked {self._most} questions within a minute"
            raise Refusal(errors_pb2.REASON_QUOTA, msg, retry_after=timedelta(seconds=left))
        self._asked[hall] += 1
