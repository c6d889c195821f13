"""Tell receive streams that something new waits for them."""

from collections import defaultdict
from collections.abc import Callable

from hub.exchange.commit import Committed


class Mail:
    """Who listens for which hall, and how long each hall's queue is."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Callable[[], None]]] = defaultdict(set)
        self._sizes: dict[str, int] = {}

    def begin(self, sizes: dict[str, int]) -> None:
        """Take the queues' sizes as the database has them at the start."""
        self._sizes = dict(sizes)

    def listen(self, hall: str, listener: Callable[[], None]) -> None:
        """Call `listener` when something is added to the hall's queue."""
        self._listeners[hall].add(listener)

    def leave(self, hall: str, listener: Callable[[], None]) -> None:
        """Stop calling `listener`."""
        self._listeners[hall].discard(listener)

    def size(self, hall: str) -> int:
        """Return how many entries the hall's queue holds."""
        return self._sizes.get(hall, 0)

    def posted(self, committed: Committed) -> None:
        """Wake the halls that a commit added something for."""
        grown = [hall for hall, size in committed.mailbox_sizes.items() if size != self._sizes.get(hall)]
        self._sizes = committed.mailbox_sizes
        for hall in grown:
            for listener in list(self._listeners[hall]):
                listener()
