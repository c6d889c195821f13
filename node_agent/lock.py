"""Keep a second process away from the data directory.

Law: the lock is the operating system's and ends with the process, however that ends; the file only tells whose it is.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node_agent.errors import AlreadyRunning

FILE = "agent.lock"


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold the data directory; raises AlreadyRunning with the other's pid."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / FILE).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip() or "unknown"
            raise AlreadyRunning(f"another agent (pid {pid}) works on {data_dir}: stop it first, or use another data_dir") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder(data_dir: Path) -> int | None:
    """Return the pid of the running agent, or None."""
    path = data_dir / FILE
    if not path.exists():
        return None
    with path.open("r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read().strip()
            return int(pid) if pid.isdecimal() else 0
    return None
