"""End the programs that a process of tests started when it is gone: killed, it can end nothing itself.

Laws: one warden stands beside each such process, in a session of its own, and reads from it which processes to watch; the end of what
it reads is the end of that process, whatever ended it. A process is forgotten once it is buried, before its id is another's.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

WATCH, FORGET = "watch", "forget"
_standing: list["subprocess.Popen[bytes]"] = []


def watch(pid: int) -> None:
    """Let a process, and the group that it leads, end with this one."""
    if not _standing:
        _standing.append(_stood())
    _say(WATCH, pid)


def forget(pid: int) -> None:
    """Let go of a process that has ended and was waited for."""
    _say(FORGET, pid)


@contextlib.contextmanager
def watching(process: "subprocess.Popen[Any]") -> Iterator[None]:
    """Let a process end with this one for as long as the block lasts, in which it is waited for."""
    watch(process.pid)
    try:
        yield
    finally:
        if process.poll() is not None:
            forget(process.pid)


def _stood() -> "subprocess.Popen[bytes]":
    # Isolated, without site: it starts in the time of a few system calls and needs nothing of ours.
    command = [sys.executable, "-I", "-S", __file__]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, start_new_session=True)
    atexit.register(_dismiss, process)
    return process


def _say(word: str, pid: int) -> None:
    stdin = _standing[0].stdin if _standing else None
    if stdin is not None:
        stdin.write(f"{word} {pid}\n".encode())


def _dismiss(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.wait()


def _stand(lines: Iterable[str]) -> None:
    watched: set[int] = set()
    for line in lines:
        word, pid = line.split()
        (watched.add if word == WATCH else watched.discard)(int(pid))
    for gone in watched:
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(gone, signal.SIGKILL)


if __name__ == "__main__":
    _stand(sys.stdin)
