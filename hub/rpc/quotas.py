"""Bound how much a hall, and each of its people, may ask within a minute.

Laws: a hall that asks too much delays nobody else; what is too much is not counted; what is remembered is bounded by the number of halls
and by what these may ask within a minute.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from hub.errors import Refusal
from tongban.errors.v1 import errors_pb2

MINUTE_SECONDS = 60.0


class Minute:
    """What was asked within this minute, by whom; `clock` in seconds, and never set back."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._begun = clock()
        self._asked: Counter[tuple[str, ...]] = Counter()

    def count(self, who: tuple[str, ...], asked: int) -> timedelta | None:
        """Count what somebody asks; or say when to come again, when it is too much."""
        left = self._begun + MINUTE_SECONDS - self._clock()
        if left <= 0:
            self._begun, left = self._clock(), MINUTE_SECONDS
            self._asked.clear()
        if self._asked[who] + asked > self._most:
            return timedelta(seconds=left)
        self._asked[who] += asked
        return None


class Questions:
    """The questions of this minute, by hall."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        self._most = a_minute
        self._minute = Minute(a_minute, clock)

    def ask(self, hall: str) -> None:
        """Count a question of a hall; raises Refusal when that is one too many."""
        if (again := self._minute.count((hall,), 1)) is not None:
            raise Refusal(errors_pb2.REASON_QUOTA, f"{hall} has asked {self._most} questions within a minute", retry_after=again)


class LicenceQueries:
    """The queries about licences of this minute, by hall and staff number: one question names hundreds."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        self._most = a_minute
        self._minute = Minute(a_minute, clock)

    def ask(self, hall: str, person: str, queries: int) -> Refusal | None:
        """Count the queries of a person's question; or return the refusal of a question that has too many, of which none is counted."""
        again = self._minute.count((hall, person), queries)
        if again is None:
            return None
        msg = f"a person at {hall} asks {self._most} queries about licences within a minute, and this question has {queries}"
        return Refusal(errors_pb2.REASON_QUOTA, msg, retry_after=again)
