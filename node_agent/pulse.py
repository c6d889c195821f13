"""Know how the running agent is, for itself and for `status` in another process.

Laws: facts are small and few; a count is a rate over the last minute, never a history; an alarm stands until what raised it
is well again, and says what to do.
"""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from node_agent.tables import runtime

RATE_SECONDS = 60

_KEY = "pulse"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, since when (ISO 8601), and what a person should do."""

    name: str
    what: str
    do: str
    since: str


class Pulse:
    """Facts, rates and alarms of one process; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: dict[str, object] = {}
        self._troubles: dict[str, Trouble] = {}
        self._counts: dict[str, deque[tuple[int, int]]] = {}

    def tell(self, **facts: object) -> None:
        """Set facts, JSON values by name."""
        with self._lock:
            self._facts.update(facts)

    def fact(self, name: str) -> object:
        """Return a fact, or None."""
        return self._facts.get(name)

    def alarm(self, name: str, what: str, do: str, now: datetime) -> bool:
        """Raise an alarm; return whether it is news."""
        with self._lock:
            old = self._troubles.get(name)
            if old is not None and old.what == what:
                return False
            self._troubles[name] = Trouble(name, what, do, old.since if old else now.isoformat())
            return True

    def well(self, name: str) -> bool:
        """Clear an alarm; return whether it stood."""
        with self._lock:
            return self._troubles.pop(name, None) is not None

    @property
    def troubles(self) -> list[Trouble]:
        """The alarms that stand."""
        with self._lock:
            return list(self._troubles.values())

    def count(self, name: str, number: int, now: datetime) -> None:
        """Add to a rate."""
        second = int(now.timestamp())
        with self._lock:
            counts = self._counts.setdefault(name, deque(maxlen=RATE_SECONDS + 1))
            if counts and counts[-1][0] == second:
                counts[-1] = (second, counts[-1][1] + number)
            else:
                counts.append((second, number))

    def rate(self, name: str, now: datetime) -> float:
        """Return how many a second there were, over the last minute or since the first count within it."""
        second = int(now.timestamp())
        with self._lock:
            recent = [(at, number) for at, number in self._counts.get(name, ()) if second - at < RATE_SECONDS]
        if not recent:
            return 0.0
        return sum(number for _, number in recent) / max(second - recent[0][0] + 1, 1)

    def snapshot(self, now: datetime) -> dict[str, object]:
        """Return everything as JSON values."""
        rates = {name: round(self.rate(name, now), 2) for name in list(self._counts)}
        with self._lock:
            troubles = [asdict(trouble) for trouble in self._troubles.values()]
            return {"at": now.isoformat(), "facts": dict(self._facts), "rates": rates, "alarms": troubles}


_WRITE = (
    "INSERT INTO runtime (key, value, written_at) VALUES (?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, written_at = excluded.written_at"
)


def write(connection: sa.Connection, snapshot: Mapping[str, object], now: datetime) -> None:
    """Leave a snapshot in the store."""
    leave(connection, _KEY, snapshot, now)


def read(connection: sa.Connection) -> tuple[dict[str, object], datetime] | None:
    """Return the last snapshot of the agent, running or not, and when it was left."""
    return find(connection, _KEY)


def leave(connection: sa.Connection, key: str, value: Mapping[str, object], now: datetime) -> None:
    """Leave a note for another process."""
    connection.exec_driver_sql(_WRITE, (key, json.dumps(value, ensure_ascii=False, default=str), int(now.timestamp() * 1000)))


def find(connection: sa.Connection, key: str) -> tuple[dict[str, object], datetime] | None:
    """Return a note that was left, and when."""
    row = connection.execute(sa.select(runtime.c.value, runtime.c.written_at).where(runtime.c.key == key)).one_or_none()
    return (json.loads(row.value), datetime.fromtimestamp(row.written_at / 1000, UTC)) if row is not None else None
