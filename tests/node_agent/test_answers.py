"""What commands say when they fail, to people and to machines."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from certs.authority import create_root
from certs.enrolment import make_token
from node_agent.cli import main, opening
from node_agent.errors import HubRefused

CONFIG = """
hall = "gongzhuling"
trust_domain = "jilin.test"
data_dir = "data"
[hub]
enrolment_address = "127.0.0.1:{port}"
"""


def hall(folder: Path, port: int = 1) -> list[str]:
    """Write a configuration and a token; return the arguments of `enrol`."""
    (folder / "agent.toml").write_text(CONFIG.format(port=port), encoding="utf-8")
    root = create_root("jilin.test", datetime.now(UTC)).certificate
    token = make_token("gongzhuling", root, b"s" * 32)
    (folder / "a.token").write_bytes(f"{token}\n".encode() + root.public_bytes(Encoding.PEM))
    return ["enrol", str(folder / "a.token"), "--config", str(folder / "agent.toml")]


def program(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the command line as a hall does, in a process of its own, with nothing of gRPC in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
    environment = kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "node_agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


@pytest.fixture
def no_hub() -> Iterator[int]:
    """Listen on a port and answer nothing that TLS is."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_enrol_asks_the_right_question_when_nobody_answers_and_says_nothing_else(tmp_path: Path, no_hub: int) -> None:
    done = program([*hall(tmp_path, no_hub), "--json"])
    address = f"127.0.0.1:{no_hub}"
    what = f"nobody answers at {address}; is it the enrolment port, and may this machine reach it?"
    what = f"the hub gives no answer; try again when it is reached: {what}"
    assert (done.returncode, done.stderr) == (5, f"tongban-agent: {what}\n")
    assert json.loads(done.stdout) == {"error": what, "exit": 5}


def test_grpc_is_told_to_be_silent_before_it_is_imported() -> None:
    look = "import os, sys, node_agent.cli; print(*sorted(n + v for n, v in os.environ.items() if n[:5] == 'GRPC_'), 'grpc' in sys.modules)"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
    for given, verbosity in ({}, "NONE"), ({"GRPC_VERBOSITY": "DEBUG"}, "DEBUG"):
        environment = kept | given | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, env=environment, check=True, timeout=60).stdout
        assert said.split() == ["GRPC_ENABLE_FORK_SUPPORT0", f"GRPC_VERBOSITY{verbosity}", "False"]


@pytest.mark.parametrize("spoil", [lambda data: data[9:], lambda data: data[:90], lambda data: b"\xff" + data, lambda data: data[:-60]])
def test_a_damaged_token_is_said_to_be_one(tmp_path: Path, spoil: Any) -> None:
    asked = hall(tmp_path)
    (tmp_path / "a.token").write_bytes(spoil((tmp_path / "a.token").read_bytes()))
    done = CliRunner().invoke(main, asked)
    said = f"tongban-agent: {tmp_path / 'a.token'}: the token is damaged, or of another province\n"
    assert (done.exit_code, done.stderr, done.stdout) == (1, said, "")


def test_a_token_with_another_provinces_root_is_said_to_be_one(tmp_path: Path) -> None:
    asked = hall(tmp_path)
    token = (tmp_path / "a.token").read_bytes().partition(b"\n")[0]
    hall(tmp_path)
    other = (tmp_path / "a.token").read_bytes().partition(b"\n")[2]
    (tmp_path / "a.token").write_bytes(token + b"\n" + other)
    assert "the token is damaged, or of another province" in CliRunner().invoke(main, asked).stderr


def test_no_epoch_can_be_asked_for(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [*hall(tmp_path), "--epoch", "2"])
    assert (done.exit_code, "No such option" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["status", "--config", "nowhere.toml"], 2),
        (["reset-tail", "--config", "agent.toml"], 3),
        (["evidence", "--config", "agent.toml"], 2),
        (["evidence", "--index", "0", "--config", "agent.toml"], 3),
        (["source", "preview", "x", "--config", "agent.toml"], 2),
        (["status", "--jason"], 2),
        (["source", "preview"], 2),
        (["statsu"], 2),
    ],
)
def test_a_failure_is_an_object_for_machines_beside_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    hall(tmp_path)
    monkeypatch.chdir(tmp_path)
    spoken, told = CliRunner().invoke(main, arguments), CliRunner().invoke(main, [*arguments, "--json"])
    assert (spoken.exit_code, spoken.stdout) == (code, "")
    (line,) = told.stdout.splitlines()
    said = json.loads(line)
    assert (told.exit_code, said["exit"], sorted(said)) == (code, code, ["error", "exit"])
    assert said["error"] in " ".join(told.stderr.split())


def test_the_hubs_reason_is_in_the_object() -> None:
    @click.command()
    @opening.json_option
    @opening.told
    def refused(*, as_json: bool) -> None:
        del as_json
        raise HubRefused("REASON_QUOTA", "too much")

    said = CliRunner().invoke(refused, ["--json"])
    assert json.loads(said.stdout) == {"error": "REASON_QUOTA: too much", "exit": 1, "reason": "REASON_QUOTA"}
    assert said.stderr == "tongban-agent: REASON_QUOTA: too much\n"
