"""Do what README and docs say, command by command, as a reader would."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.e2e.documents import DOCUMENTS, Block, blocks
from tests.province import warden
from tests.province.business import ROOT
from tests.province.processes import Program, ProgramFailed, finished, wait_until

pytestmark = pytest.mark.slow

PORTS = (7443, 7444, 7445)
COMMAND_SECONDS = 120.0
NAMESPACE_SECONDS = 5.0
LOOPBACK_UP = """
import fcntl, socket, struct
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: IFF_UP, IFF_RUNNING
"""


@pytest.fixture
def entering() -> Iterator[Sequence[str]]:
    """Give the words before a command that let it run in a network of its own, where the documents' ports are free.

    None where that is not allowed and the ports are free anyway; else the test is skipped.
    """
    holder = subprocess.Popen(["unshare", "--net", "sleep", "3600"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with warden.watching(holder):
        try:
            if _has_own_network(holder):
                words = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
                subprocess.run([*words, sys.executable, "-c", LOOPBACK_UP], check=True)
                yield words
                return
        finally:
            holder.kill()
            holder.wait()
    taken = [port for port in PORTS if _is_taken(port)]
    if taken:
        pytest.skip(f"no network of its own is allowed here, and the documents' ports {taken} are taken")
    yield []


def _has_own_network(holder: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + NAMESPACE_SECONDS
    while holder.poll() is None and time.monotonic() < deadline:
        if Path(f"/proc/{holder.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink():
            return True
        time.sleep(0.01)
    return False


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Reader:
    """Someone who does what is written, in a folder of his own."""

    def __init__(self, folder: Path, entering: Sequence[str]) -> None:
        self._folder = folder
        self._entering = [*entering, "bash", "-euo", "pipefail", "-c"]
        self._path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self._programs: list[Program] = []

    def follow(self, block: Block) -> None:
        """Write the file that a block is, or run its commands."""
        if block.file is not None and block.language != "sh":
            name, adds = block.file
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (self._folder / name).open("a" if adds else "w", encoding="utf-8") as file:
                file.write(f"\n{block.text}" if adds else block.text)
        elif block.language == "sh":
            for command in block.commands:
                self._do(command, block.place)

    def _do(self, command: str, place: str) -> None:
        if command.startswith("make "):
            assert command.split()[1] in targets(), f"{place}: {command}: no such target"
        elif command.endswith("&"):
            self._start(command.removesuffix("&").strip(), place)
        else:
            done = self._run(command)
            assert done.returncode == 0, f"{place}: {command}: exit code {done.returncode}\n{done.stdout}{done.stderr}{self._logs()}"

    def _run(self, command: str) -> "subprocess.CompletedProcess[str]":
        env = os.environ | self._path
        return finished([*self._entering, command], COMMAND_SECONDS, cwd=self._folder, env=env)

    def _start(self, command: str, place: str) -> None:
        """Start what is to run in the background, and go on when it says that it is ready."""
        log = self._folder / f"background-{len(self._programs)}.log"
        program = Program([*self._entering, f"cd '{self._folder}' && exec {command}"], log, env=self._path)
        self._programs.append(program)
        program.start()
        try:
            program.wait_for(lambda: " ready" in program.log_end(1000), f"{place}: {command} is ready")
        except ProgramFailed:
            program.kill()
            raise

    def _logs(self) -> str:
        return "".join(f"\n{program.command[-1]}\n{program.log_end()}" for program in self._programs)

    @property
    def running(self) -> list[str]:
        """What runs in the background."""
        return [program.command[-1].rpartition("exec ")[2] for program in self._programs if program.running]

    def stop(self) -> None:
        """End what was started."""
        for program in reversed(self._programs):
            program.stop()

    def kill(self) -> None:
        """End it at once."""
        for program in self._programs:
            program.kill()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_the_documents_can_be_followed_from_the_first_to_the_last(tmp_path: Path, entering: Sequence[str]) -> None:
    reader = Reader(tmp_path, entering)
    try:
        for document in DOCUMENTS:
            for block in blocks(document):
                reader.follow(block)
        assert reader.running == ["tongban-hub serve --config province/hub.toml", "tongban-agent run --config agent.toml"]
        reader.stop()
    finally:
        reader.kill()


def test_a_command_that_fails_is_told_with_its_place(tmp_path: Path) -> None:
    block = Block(ROOT / "README.md", "sh", "true\nfalse\n", 7, "")
    with pytest.raises(AssertionError, match=r"README\.md:7: false: exit code 1"):
        Reader(tmp_path, []).follow(block)
    missing = Block(ROOT / "README.md", "sh", "make nothing\n", 9, "")
    with pytest.raises(AssertionError, match="no such target"):
        Reader(tmp_path, []).follow(missing)


def test_files_are_written_and_added_to_as_the_text_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path, [])
    for text, before in (("a = 1\n", "Write `x/y.toml`:"), ("b = 2\n", "Add to `x/y.toml`:"), ("c = 3\n", "For example:")):
        reader.follow(Block(ROOT / "README.md", "toml", text, 1, before))
    assert (tmp_path / "x" / "y.toml").read_text("utf-8") == "a = 1\n\nb = 2\n"
    wait_until(lambda: reader.running == [], "nothing runs")
