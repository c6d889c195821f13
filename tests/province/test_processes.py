import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from tests.province import processes, warden
from tests.province.business import ROOT
from tests.province.processes import CHOSEN_PORTS, Program, ProgramFailed, free_port, run, wait_until

READY = "import json,os,sys,time; open(sys.argv[1],'w').write(json.dumps({'pid': os.getpid()})); time.sleep(60)"
DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
PARENT = "import subprocess,sys,time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
STARTER = """
import sys, threading, time
from pathlib import Path
from tests.province.processes import Program, finished, wait_until
log, other = Path(sys.argv[1]), Path(sys.argv[2])
parent = Program(["sh", "-c", "sleep 60 & echo $!; wait"], log)
parent.start()
threading.Thread(target=finished, args=(["sh", "-c", f"echo $$ > '{other}'; exec sleep 60"], 60)).start()
wait_until(lambda: bool(parent.log_end()) and other.exists() and bool(other.read_text()), "they run")
print(parent.pid, parent.log_end(), other.read_text().strip(), "started", flush=True)
time.sleep(60)
"""


def program(tmp_path: Path, code: str, *arguments: str) -> Program:
    return Program([sys.executable, "-c", code, *arguments], tmp_path / "log")


def seen_to_end(ending: Program) -> None:
    os.kill(ending.pid, signal.SIGTERM)
    wait_until(lambda: ending.exit_code == -signal.SIGTERM, "its end")


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_is_ready_when_it_says_so_itself(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.write_text('{"pid": 1}')
    sleeper = program(tmp_path, READY, str(ready))
    sleeper.start()
    try:
        assert sleeper.wait_ready(ready) == {"pid": sleeper.pid}
    finally:
        sleeper.kill()
    assert sleeper.exit_code == -signal.SIGKILL


def test_a_program_that_ends_before_it_is_ready_shows_its_last_words(tmp_path: Path) -> None:
    broken = program(tmp_path, "raise SystemExit('no key')")
    broken.start()
    with pytest.raises(ProgramFailed, match="no key"):
        broken.wait_ready(tmp_path / "ready")


def test_a_kill_ends_what_the_program_started_too(tmp_path: Path) -> None:
    parent = program(tmp_path, PARENT)
    parent.start()
    parent.wait_for(lambda: bool(parent.log_end()), "its child")
    child = int(parent.log_end())
    assert alive(child)
    parent.kill()
    wait_until(lambda: not alive(child), "the child's end", 5)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_is_ended_without_a_word_leaves_no_program_behind(tmp_path: Path, number: signal.Signals) -> None:
    starter = program(tmp_path, STARTER, str(tmp_path / "parent"), str(tmp_path / "other"))
    starter.env = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "proto")])}
    starter.start()
    starter.wait_for(lambda: starter.log_end().endswith("started"), "its programs")
    started = [int(word) for word in starter.log_end().split()[:-1]]
    assert len(started) == 3
    assert all(alive(pid) for pid in started)
    os.kill(starter.pid, number)  # not its group, nor that of a program that it started
    wait_until(lambda: not any(alive(pid) for pid in started), "their end", 10)
    assert starter.wait() == -number


def test_a_program_that_ended_is_watched_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = list[int]()
    monkeypatch.setattr(warden, "forget", forgotten.append)
    for end in (Program.stop, Program.kill, seen_to_end):
        sleeper = program(tmp_path, READY, str(tmp_path / "ready"))
        sleeper.start()
        end(sleeper)
        assert sleeper.pid in forgotten


def test_a_program_that_does_not_listen_is_stopped_within_its_bound(tmp_path: Path) -> None:
    deaf = program(tmp_path, DEAF)
    deaf.start()
    deaf.wait_for(lambda: "deaf" in deaf.log_end(), "its ignoring")
    begun = time.monotonic()
    with pytest.raises(ProgramFailed, match="did not end"):
        deaf.stop(0.3)
    assert time.monotonic() - begun < 5
    assert not deaf.running


def test_a_program_can_be_started_again_and_not_twice_at_once(tmp_path: Path) -> None:
    sleeper = program(tmp_path, "import time; time.sleep(60)")
    sleeper.start()
    first = sleeper.pid
    with pytest.raises(ProgramFailed, match="runs already"):
        sleeper.start()
    assert sleeper.stop() == -signal.SIGTERM
    sleeper.start()
    assert sleeper.pid != first
    sleeper.kill()


def test_a_failing_command_is_told_with_what_it_said() -> None:
    with pytest.raises(ProgramFailed, match="oh no"):
        run([sys.executable, "-c", "raise SystemExit('oh no')"])


def test_a_free_port_is_none_that_the_system_gives_to_connections() -> None:
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split())
    port = free_port()
    assert port in CHOSEN_PORTS
    assert not low <= port <= high
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


def test_no_port_is_given_twice_nor_to_processes_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len({free_port() for _ in range(50)}) == 50
    dealt = []
    for worker in ("gw0", "gw1", "gw7"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        dealt.append(set(processes._dealt()))
    assert not dealt[0] & dealt[1]
    assert not dealt[1] & dealt[2]
