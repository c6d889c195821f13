"""Put files that were read, and what could not be read, where a person finds them.

Laws: nothing is overwritten or lost: names are unique, moves are renames; the file of rejected rows holds what the store says it
holds, also after a crash between the two.
"""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

from node_agent.sources.records import Record


def free_name(folder: Path, name: str) -> str:
    """Return `name`, or `name` with the first number before its ending that is not taken in `folder`."""
    stem, ending = Path(name).stem, Path(name).suffix
    candidate, number = name, 1
    while (folder / candidate).exists():
        number += 1
        candidate = f"{stem}.{number}{ending}"
    return candidate


def move(path: Path, folder: Path) -> Path:
    """Move a file into a folder under a free name; durable on return."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / free_name(folder, path.name)
    path.rename(target)
    for changed in (folder, path.parent):
        _sync_folder(changed)
    return target


def refuse(path: Path, folder: Path, reason: str) -> Path:
    """Move a whole file into the quarantine, with the reason in a file beside it."""
    target = move(path, folder)
    target.with_name(f"{target.name}.reason.txt").write_text(f"{reason}\n", encoding="utf-8")
    return target


def rejected_name(folder: Path, name: str) -> str:
    """Return a free name for the rejected rows of a file."""
    return free_name(folder, f"{Path(name).stem}.rejected{Path(name).suffix}")


def append_rejected(path: Path, keep: int, header: Sequence[str], rows: Sequence[tuple[Record, str]]) -> int:
    """Write rejected records behind the first `keep` bytes of a file; return its length, durable.

    What stands behind `keep` is of a transaction that was never committed. `header` is empty for JSON lines.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if path.exists() else "w+b") as stream:
        stream.truncate(keep)
        stream.seek(keep)
        if keep == 0 and header:
            stream.write(_csv_line(["line", "reason", *header]))
        for record, reason in rows:
            stream.write(_csv_line([record.line, reason, *_cells(record)]) if header else _json_line(record, reason))
        stream.flush()
        os.fsync(stream.fileno())
        return stream.tell()


def _cells(record: Record) -> Sequence[object]:
    return record.values or [record.raw.rstrip("\r\n")]


def _csv_line(cells: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode("utf-8", "surrogatepass")


def _json_line(record: Record, reason: str) -> bytes:
    return json.dumps({"line": record.line, "reason": reason, "row": record.raw.rstrip("\r\n")}, ensure_ascii=True).encode() + b"\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
