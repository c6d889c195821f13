"""Start real programs, and end them by their process id.

Laws: a program gets a process group of its own and is found again by its id alone, never by a name; its output goes to a log file;
nothing is waited for without a bound; none outlives the process that started it, even when that is killed. A port is chosen outside
the range from which the system gives ports to connections, so that a program that was killed finds it free again, and by nobody else
meanwhile: tests that run beside these choose from other ports.
"""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.province import warden

POLL_SECONDS = 0.05
READY_SECONDS = 60.0
STOP_SECONDS = 20.0
KILL_SECONDS = 10.0
LOG_LINES = 20
CHOSEN_PORTS = range(20_000, 32_000)
SHARES = 8
"""Into which the ports are dealt, one for each process of tests."""


class ProgramFailed(Exception):
    """A program ended when it should not have, or did not do in time what was waited for; says the end of its log."""


def executable(name: str) -> str:
    """Return the path of one of our own programs, installed beside the interpreter."""
    return str(Path(sys.executable).with_name(name))


def free_port() -> int:
    """Return a port of the loopback on which nobody listens, the same for every later start of a program; each is given once."""
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ProgramFailed(f"no port is free in {CHOSEN_PORTS}")


def _dealt() -> list[int]:
    own = CHOSEN_PORTS[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SHARES :: SHARES]
    return random.SystemRandom().sample(own, k=len(own))


_ports = iter(_dealt())


def wait_until(holds: Callable[[], bool], what: str, seconds: float = READY_SECONDS, every: float = POLL_SECONDS) -> None:
    """Wait until something holds, or raise ProgramFailed saying what did not."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise ProgramFailed(f"{what}: not within {seconds:g} s")
        time.sleep(every)


def run(command: Sequence[str | Path], seconds: float = 60.0, *, cwd: Path | None = None, given: str = "") -> str:
    """Run a program to its end and return what it said; raises ProgramFailed when its exit code is not 0, TimeoutExpired with time."""
    done = finished(command, seconds, env=_environment(None), cwd=cwd, given=given)
    if done.returncode:
        raise ProgramFailed(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def finished(
    command: Sequence[str | Path], seconds: float, *, cwd: Path | None = None, env: Mapping[str, str] | None = None, given: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, whatever that is; raises TimeoutExpired, with the program killed, when it takes longer."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=env, cwd=cwd)
    with process, warden.watching(process):
        try:
            said, complained = process.communicate(given, timeout=seconds)
        finally:
            process.kill()  # nothing happens when it has ended
            process.wait()
    return subprocess.CompletedProcess(process.args, process.returncode, said, complained)


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", **(more or {})}


class Program:
    """A program that runs until it is ended, and may be started again; `user` runs it as someone else."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self.command = [str(word) for word in command]
        self.log = log
        self.env = dict(env or {})
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id, which is its group's too; raises ProgramFailed while it was never started."""
        if self._process is None:
            raise ProgramFailed(f"{self.command[0]} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """What it ended with, minus the signal when one ended it; None while it runs or was never started."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None:
            warden.forget(self._process.pid)
        return code

    def start(self, *, env: Mapping[str, str] | None = None) -> None:
        """Start it; `env` holds for this time only."""
        if self.running:
            raise ProgramFailed(f"{self.command[0]} runs already as {self.pid}")
        identity: dict[str, Any] = {"user": self._user, "group": self._user, "extra_groups": []} if self._user else {}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment({**self.env, **(env or {})}),
                start_new_session=True,
                **identity,
            )
        warden.watch(self._process.pid)

    def wait_for(self, holds: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
        """Wait until something holds that this program does; raises ProgramFailed when it ends before, or with time."""

        def holds_or_dead() -> bool:
            return holds() or not self.running

        try:
            wait_until(holds_or_dead, what, seconds)
        except ProgramFailed as error:
            raise ProgramFailed(f"{error}\n{self.log_end()}") from None
        if not self.running and not holds():
            raise ProgramFailed(f"{what}: {self.command[0]} ended with {self.exit_code}\n{self.log_end()}")

    def wait_ready(self, ready_file: Path, seconds: float = READY_SECONDS) -> dict[str, Any]:
        """Wait for the ready file that this very process writes, and return it."""

        def written() -> bool:
            with contextlib.suppress(OSError, ValueError):
                return bool(json.loads(ready_file.read_text("utf-8")).get("pid") == self.pid)
            return False

        self.wait_for(written, f"{ready_file.name} of process {self.pid}", seconds)
        ready: dict[str, Any] = json.loads(ready_file.read_text("utf-8"))
        return ready

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens when it has ended."""
        if self.running:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it and all it started at once, as a power cut would end the program (SIGKILL)."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(KILL_SECONDS)
        warden.forget(self._process.pid)

    def stop(self, seconds: float = STOP_SECONDS, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end and return its exit code; raises ProgramFailed, with the program killed, when it does not in time."""
        if self._process is None:
            return 0
        self.send(number)
        return self.wait(seconds)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end and return its exit code; raises ProgramFailed, with the program killed, when it does not end in time."""
        if self._process is None:
            return 0
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProgramFailed(f"{self.command[0]} did not end within {seconds:g} s\n{self.log_end()}") from None
        warden.forget(self._process.pid)
        return code

    def log_end(self, lines: int = LOG_LINES) -> str:
        """Return the last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-lines:])
