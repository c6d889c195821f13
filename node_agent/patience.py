"""Hang up on who keeps a connection and says nothing.

Laws: a request's head comes within HEAD_SECONDS, from the connection on and from its first byte on; one address holds a share of the
connections and no more, but for this machine's own, where a proxy stands for everybody.
"""

import asyncio
import resource
from ipaddress import ip_address
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
MOST_CONNECTIONS: Final = 2_000
OF_FILES: Final = 2
"""Connections take this part of the files that the process may have open, at most: the store and the line to the hub need theirs."""
OF_ADDRESS: Final = 4
"""One address has this part of them."""


def most_connections() -> int:
    """Return how many connections a door of this process has at most."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(MOST_CONNECTIONS, soft // OF_FILES) if soft != resource.RLIM_INFINITY else MOST_CONNECTIONS


class Impatient(H11Protocol):
    """One connection."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        if self.client is not None and self._are_many(self.client[0]):
            transport.abort()
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Go on waiting for the rest of a head; what comes behind it is the application's to wait for."""
        super().data_received(data)
        is_over = getattr(self.cycle, "response_complete", True)  # there is no cycle before the first request
        if is_over and self in self.connections:  # a WebSocket has another protocol by now
            self._await_head()
        else:
            self._cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._cancel()
        super().connection_lost(exc)

    def _are_many(self, address: str) -> bool:
        found = (getattr(one, "client", None) for one in self.connections)
        held = sum(client is not None and client[0] == address for client in found)
        return held > (self.limit_concurrency or MOST_CONNECTIONS) // OF_ADDRESS and not ip_address(address).is_loopback

    def _await_head(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _cancel(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
