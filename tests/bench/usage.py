"""Read from /proc what a program has used: processor time and memory.

Law: a figure is of one process with all its threads, or of a process with those under it, and of nothing else.
"""

import contextlib
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the name, `state` first (proc(5), from field 3 on)."""
    return (_PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, in user and system mode; 0 for one that is gone. Steps of 10 ms."""
    with contextlib.suppress(OSError):
        fields = _stat(pid)
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def tree_cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, of those under it, and of those that ended under it."""
    with contextlib.suppress(OSError):
        fields = _stat(pid)
        own = sum(map(int, fields[11:15])) / _TICKS
        return own + sum(map(tree_cpu_seconds, _children(pid)))
    return 0.0


def children_cpu_seconds(pid: int) -> float:
    """Return the processor time of those under a process, without its own."""
    with contextlib.suppress(OSError):
        return sum(map(tree_cpu_seconds, _children(pid)))
    return 0.0


def _children(pid: int) -> list[int]:
    found = []
    for task in (_PROC / str(pid) / "task").iterdir():
        with contextlib.suppress(OSError):
            found += [int(child) for child in (task / "children").read_text("ascii").split()]
    return found


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process; raises OSError when it is gone."""
    for line in (_PROC / str(pid) / "status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def tree_resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and of those under it; pages that they share count once for each."""
    return resident_bytes(pid) + sum(map(tree_resident_bytes, _children(pid)))


def machine() -> str:
    """Describe the machine and how busy it is with other things."""
    model = next((line.partition(":")[2].strip() for line in (_PROC / "cpuinfo").read_text().splitlines() if "model name" in line), "?")
    return f"{os.cpu_count()} cores, {model}; load average before the run: {os.getloadavg()[0]:.1f}"
