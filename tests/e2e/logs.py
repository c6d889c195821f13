"""Read what programs logged."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEVERE = frozenset({"warning", "error", "critical"})


def lines(path: Path, behind: int = 0) -> Iterator[dict[str, Any]]:
    """Give the entries of a log behind a byte position; what is no entry, such as a stack, comes as an error of its own."""
    with path.open("rb") as log:
        log.seek(behind)
        for line in log.read().decode("utf-8", errors="replace").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                yield {"level": "error", "event": line}


def severe(path: Path, behind: int = 0) -> list[dict[str, Any]]:
    """Return warnings and errors of a log behind a byte position."""
    return [entry for entry in lines(path, behind) if entry.get("level") in SEVERE]


def end(path: Path) -> int:
    """Return the byte position at which a log ends now."""
    return path.stat().st_size if path.exists() else 0
