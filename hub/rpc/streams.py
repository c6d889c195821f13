"""Know every open call, so that those that may not go on end at once and a draining hub can say so.

gRPC gives no way to end somebody else's call; each handler runs under a timeout that is pulled to now.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from certs.identity import Caller
from hub.errors import Refusal


@dataclass(slots=True, eq=False)
class OpenCall:
    """One call in progress."""

    caller: Caller
    method: str
    deadline: asyncio.Timeout
    drain: Callable[[], None] | None = None
    ended_by: Refusal | None = None

    def end(self, refusal: Refusal) -> None:
        """End the call now; its peer gets the refusal."""
        self.ended_by = refusal
        if self.deadline.when() is None and not self.deadline.expired():
            self.deadline.reschedule(asyncio.get_running_loop().time())


@dataclass(slots=True)
class OpenCalls:
    """All calls in progress."""

    _calls: set[OpenCall] = field(default_factory=set)
    _halls: Counter[str] = field(default_factory=Counter)
    draining: bool = False
    _empty: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def entered(self, call: OpenCall) -> Iterator[OpenCall]:
        """Keep a call for as long as it runs."""
        self._calls.add(call)
        self._halls[call.caller.hall] += 1
        try:
            yield call
        finally:
            self._calls.discard(call)
            self._halls[call.caller.hall] -= 1
            if not self._calls:
                self._empty.set()

    def of_hall(self, hall: str) -> int:
        """Return how many calls of a hall are in progress."""
        return self._halls[hall]

    async def ended(self, within_seconds: float) -> bool:
        """Wait until no call is in progress; False when some still are after that time."""
        self._empty.clear()
        if not self._calls:
            return True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), within_seconds)
        return not self._calls

    def __len__(self) -> int:
        """Return the number of calls in progress."""
        return len(self._calls)

    def end_hall(self, hall: str, refusal: Refusal) -> int:
        """End every call of a hall; return how many there were."""
        ended = [call for call in self._calls if call.caller.hall == hall]
        for call in ended:
            call.end(refusal)
        return len(ended)

    def end_where(self, ends: Callable[[str, str], Refusal | None]) -> int:
        """End every call for whose hall and method there is a refusal; return how many there were."""
        ended = [(call, refusal) for call in self._calls if (refusal := ends(call.caller.hall, call.method)) is not None]
        for call, refusal in ended:
            call.end(refusal)
        return len(ended)

    def end_serials(self, serials: frozenset[str], refusal: Refusal) -> int:
        """End every call made with one of these certificates; return how many there were."""
        ended = [call for call in self._calls if call.caller.serial in serials]
        for call in ended:
            call.end(refusal)
        return len(ended)

    def serials(self) -> frozenset[str]:
        """Return the certificates in use."""
        return frozenset(call.caller.serial for call in self._calls)

    def drain(self) -> None:
        """Ask every stream to finish what is in flight and close."""
        self.draining = True
        for call in list(self._calls):
            if call.drain is not None:
                call.drain()
