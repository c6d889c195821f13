"""A receipt leaves the hub behind the sync of what it promises (G1), seen from outside: the real program under strace."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.app import Hub
from hub.config import Config
from tests.hub.hall_client import HallClient, Journal, case_envelope
from tests.hub.running import RunningHub, make_province
from tests.hub.test_submit import opened, reason, receipt
from tests.province.processes import Program, executable, wait_until
from tongban.exchange.v1 import exchange_pb2


def no_strace() -> str:
    """Say why strace cannot be used here; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else ""


pytestmark = pytest.mark.skipif(bool(no_strace()), reason=no_strace() or "-")

SENDING = "sendmsg,sendto,write,writev"
SYNCING = "fdatasync,fsync"
LINE = re.compile(r"^\d+ +(?P<at>\d+\.\d+) (?P<resumed><\.\.\. )?(?P<call>\w+)(?P<rest>.*)$")
LENGTHS = re.compile(r"iov_len=(\d+)")
WRITTEN = re.compile(r"^\(\d+<socket:[^,]*, [^,]*, (\d+)")


@dataclass(frozen=True, slots=True)
class Event:
    """A sync of the ledger that ended, or the begin of a send to a peer; `at` in Unix seconds."""

    at: float
    synced: bool
    sent_bytes: int = 0


def events(trace: str) -> Iterator[Event]:
    """Read what strace -f -y -ttt wrote: the syncs of the ledger's log that ended well, and what went to sockets, as they began."""
    syncing: set[str] = set()
    for line in trace.splitlines():
        found = LINE.match(line)
        if found is None:
            continue
        at, call, rest, thread = float(found["at"]), found["call"], found["rest"], line.split()[0]
        if call in SYNCING.split(","):
            ours = "hub.db-wal>" in rest or (found["resumed"] is not None and thread in syncing)
            if ours and "unfinished" in rest:
                syncing.add(thread)
            elif ours:
                syncing.discard(thread)
                if rest.endswith("= 0"):
                    yield Event(at, synced=True)
        elif "<socket:" in rest and not found["resumed"]:
            lengths = [int(length) for length in LENGTHS.findall(rest) or WRITTEN.findall(rest)]
            yield Event(at, synced=False, sent_bytes=sum(lengths))


@contextmanager
def serving(folder: Path, config: Config, *prefix: str) -> Iterator[tuple[RunningHub, Program]]:
    """Run the program that operators run, behind the words of `prefix`."""
    ready = folder / "ready"
    command: list[str | Path] = [*prefix, executable("tongban-hub"), "serve", "--config", folder / "hub.toml", "--ready-file", ready]
    program = Program(command, folder / "hub.log")
    program.start()
    try:
        where = program.wait_ready(ready)
        yield RunningHub(folder, config, Hub(config), where["exchange"], where["enrolment"]), program
        program.stop()
    finally:
        program.kill()


async def test_a_receipt_is_sent_behind_the_sync_of_the_ledger(tmp_path: Path) -> None:
    config = make_province(tmp_path)
    trace = tmp_path / "trace"
    # -D: the program keeps the process id that we know, and strace is the one that stands aside.
    tracing = ["strace", "-D", "-f", "-y", "-ttt", "-v", "-s", "1", "-e", f"trace={SYNCING},{SENDING}", "-o", str(trace)]
    submitted: list[tuple[float, int]] = []
    with serving(tmp_path, config, *tracing) as (hub, program):
        client = await hub.join("gongzhuling")
        stream, _ = await opened(client)
        journal = Journal(client.identity)
        for number in range(5):
            batch = journal.seal([case_envelope(client.identity, f"{number}-{n}") for n in range(3)])
            at = time.time()
            submitted.append((at, (await receipt(stream, batch)).ByteSize()))
        await client.close()
        pid = program.pid
    wait_until(lambda: bool(re.search(rf"^{pid} .*\+\+\+ exited", trace.read_text("utf-8"), re.MULTILINE)), "strace wrote all down")
    seen = list(events(trace.read_text("utf-8")))
    for at, size in submitted:
        after = [event for event in seen if event.at > at]
        receipt_at = next(place for place, event in enumerate(after) if event.sent_bytes > size)
        assert any(event.synced for event in after[:receipt_at]), after[: receipt_at + 1]


async def test_a_sync_that_fails_gives_no_receipt_and_the_hub_goes_on_when_it_works_again(tmp_path: Path) -> None:
    config = make_province(tmp_path)
    with serving(tmp_path, config) as (hub, program):
        client = await hub.join("gongzhuling")
        stream, _ = await opened(client)
        journal = Journal(client.identity)
        await receipt(stream, journal.seal([case_envelope(client.identity, "kept")]))
        batch = journal.seal([case_envelope(client.identity, "refused at first")])
        with failing_syncs(program.pid, tmp_path):
            stream.say(exchange_pb2.SubmitRequest(batch=batch))
            assert await reason(stream) == "REASON_STORAGE_FULL"
        again, where = await opened(client)
        assert where.size == 1
        assert (await receipt(again, batch)).journal_size == 2
        await client.close()
        program.kill()
        identity = client.identity
    with serving(tmp_path, config) as (hub, _):
        client = HallClient(identity, hub.exchange)
        _, where = await opened(client)
        assert where.size == 2
        await client.close()


@contextmanager
def failing_syncs(pid: int, folder: Path) -> Iterator[None]:
    """Let every sync of a process fail with EIO until the block ends."""
    log = folder / "strace.log"
    strace = Program(["strace", "-f", "-p", str(pid), "-e", f"trace={SYNCING}", "-e", f"inject={SYNCING}:error=EIO"], log)
    strace.start()
    try:
        strace.wait_for(lambda: "attached" in log.read_text("utf-8"), "strace is attached")
        yield
        assert "INJECTED" in log.read_text("utf-8")
    finally:
        strace.stop()
