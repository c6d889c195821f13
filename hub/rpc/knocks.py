"""Bound how often one address may be refused where callers have no certificate in force yet.

Laws: only refusals count, so a morning on which many halls behind one address enrol passes; what is remembered is bounded.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from hub.errors import Refusal
from tongban.errors.v1 import errors_pb2

REFUSALS_A_MINUTE = 120
MINUTE_SECONDS = 60.0
ADDRESSES = 10_000
"""Remembered within one minute; when there are more, counting starts anew."""


class Knocks:
    """The refusals of this minute, by address; `clock` in seconds, and never set back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self._refused: Counter[str] = Counter()

    def check(self, peer: str) -> None:
        """Raise Refusal for a peer, as gRPC spells it, that was refused too often within this minute."""
        left = self._begun + MINUTE_SECONDS - self._clock()
        if left <= 0:
            self._forget()
        elif self._refused[_address(peer)] >= REFUSALS_A_MINUTE:
            msg = f"more than {REFUSALS_A_MINUTE} calls from this address were refused within a minute"
            raise Refusal(errors_pb2.REASON_QUOTA, msg, retry_after=timedelta(seconds=left))

    def refused(self, peer: str) -> None:
        """Count a refusal."""
        if len(self._refused) >= ADDRESSES:
            self._forget()
        self._refused[_address(peer)] += 1

    def _forget(self) -> None:
        self._begun = self._clock()
        self._refused.clear()


def _address(peer: str) -> str:
    """Return `ipv4:192.0.2.1` of `ipv4:192.0.2.1:50000`."""
    return peer.rpartition(":")[0]
