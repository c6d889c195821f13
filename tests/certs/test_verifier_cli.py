import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from certs.evidence import encode
from certs.evidence_words import shown
from certs.verify_cli import main
from tests.certs.evidence_history import ROOT, five_halls, sent_and_received

HISTORY = five_halls()
SENT = sent_and_received(HISTORY)
HONEST = HISTORY.evidence(SENT, "changchun", "jilin", shulan=40)
PROVED = encode(HONEST)
PENDING = encode(replace(HONEST, receipts=HONEST.receipts[:1]))
BROKEN = PROVED.replace(b"220282-7", b"220282-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "a.evidence").write_bytes(PROVED)
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--root", str(folder / "root.pem"), *(str(folder / a) if "." in a else a for a in arguments)])


def test_a_proof_is_told_in_words_and_succeeds(folder: Path) -> None:
    result = run(folder, "a.evidence")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == f"{folder / 'a.evidence'}: proved"
    assert lines[1].startswith("  sent: by huadian, as message 0 of its journal")
    assert lines[-1].startswith("1 file: 1 proved, in ")


def test_whatever_is_not_proved_fails_with_one(folder: Path) -> None:
    (folder / "b.evidence").write_bytes(PENDING)
    assert run(folder, "a.evidence", "b.evidence").exit_code == 1
    (folder / "b.evidence").write_bytes(BROKEN)
    result = run(folder, "b.evidence")
    assert result.exit_code == 1
    assert "envelope: its hash is not the one that the ledger entry names" in result.stdout


def test_one_bad_file_keeps_no_other_from_being_checked(folder: Path) -> None:
    (folder / "b.evidence").write_bytes(b"nothing")
    (folder / "c.evidence").write_bytes(PROVED)
    result = run(folder, "a.evidence", "b.evidence", "c.evidence", "--json")
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["verdict"] for one in said[:-1]] == ["proved", "refused", "proved"]
    assert [one["proved"] for one in said[:-1]] == [True, False, True]
    assert said[1]["part"] == "the file's beginning"
    assert said[-1]["checked"] == 3
    assert said[-1]["verdicts"] == {"proved": 2, "incomplete": 0, "refused": 1, "unreadable": 0}


def test_json_says_what_the_words_say(folder: Path) -> None:
    said = json.loads(run(folder, "a.evidence", "--json").stdout.splitlines()[0])
    assert said["sender"] == {"hall": "huadian", "epoch": 1, "index": 0, "counts": True, "revoked_from": None}
    assert said["acceptance"] == {"ledger_index": 6, "disposition": "accepted", "accepted_at": "2026-11-23T08:00:00+00:00"}
    assert said["at_the_latest"] == {"at": "2026-11-23T08:00:40+00:00", "hall": "shulan", "ledger_size": 7}
    assert [(one["hall"], one["form"]) for one in said["received"]] == [("changchun", "full"), ("jilin", "full")]
    assert len(said["not_proved"]) == 2


def test_a_folder_is_checked_whole_without_the_root_in_it(folder: Path) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "b.evidence").write_bytes(PROVED)
    (folder / ".hidden").write_bytes(b"")
    result = CliRunner().invoke(main, [str(folder), "--root", str(folder / "root.pem"), "--json"])
    assert json.loads(result.stdout.splitlines()[-1])["verdicts"]["proved"] == 2
    assert result.exit_code == 0


def test_quiet_tells_only_what_is_not_proved(folder: Path) -> None:
    (folder / "b.evidence").write_bytes(PENDING)
    result = run(folder, "a.evidence", "b.evidence", "--quiet")
    assert "a.evidence" not in result.stdout
    assert f"{folder / 'b.evidence'}: incomplete" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("2 files: 1 proved, 1 incomplete, in ")


def test_wrong_usage_and_wrong_roots_fail_with_two(folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "noroot.pem").write_bytes(PROVED)
    file, root = str(folder / "a.evidence"), str(folder / "root.pem")
    wrong = [
        [file],
        ["--root", root],
        [str(folder / "absent"), "--root", root],
        [file, "--root", str(folder / "absent")],
        [file, "--root", str(folder / "noroot.pem")],
        [str(folder / "empty"), "--root", root],
        [file, "--root", root, "--loud"],
    ]
    for arguments in wrong:
        assert CliRunner().invoke(main, arguments).exit_code == 2, arguments


def test_a_file_that_cannot_be_read_is_named_and_fails_with_two(folder: Path) -> None:
    (folder / "b.evidence").symlink_to("/proc/self/mem")  # nothing is at its beginning, even for root
    result = run(folder, "b.evidence", "a.evidence")
    assert result.exit_code == 2
    assert f"{folder / 'b.evidence'}: unreadable\n  Input/output error\n" in result.stdout
    assert f"{folder / 'a.evidence'}: proved" in result.stdout


def test_what_a_hall_wrote_does_not_reach_the_terminal_raw(folder: Path) -> None:
    history = five_halls()
    sent = history.send("huadian", [], "办件 \x1b[2J\u202e7\n")
    (folder / "b.evidence").write_bytes(encode(history.evidence(sent)))
    words, said = run(folder, "b.evidence").stdout, run(folder, "b.evidence", "--json").stdout
    assert "about 办件 \\x1b[2J\\u202e7\\n," in words
    assert said.isascii()
    assert json.loads(said.splitlines()[0])["event"]["subject"] == "办件 \x1b[2J\u202e7\n"


def test_what_prints_is_shown_as_it_is() -> None:
    assert shown("公主岭 220184-7 é") == "公主岭 220184-7 é"
    assert shown("\0\r\u2066\u200b\ud800") == "\\x00\\r\\u2066\\u200b\\ud800"


def test_a_terminal_shows_how_far_it_is(folder: Path) -> None:
    (folder / "b.evidence").write_bytes(PROVED)
    terminal, other_end = pty.openpty()
    command = [sys.executable, "-m", "certs.verify_cli", str(folder), "--root", str(folder / "root.pem"), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=other_end, check=True, timeout=60)
    shown_there = os.read(terminal, 65536).decode()
    assert "checking" in shown_there
    assert "100%" in shown_there
    assert len(done.stdout.splitlines()) == 3
    os.close(terminal)
    os.close(other_end)


def test_the_verifier_loads_nothing_that_could_ask_or_sign() -> None:
    program = "import sys, certs.verify_cli; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode().split()
    assert "certs.verifier" in loaded
    roots = {name.partition(".")[0] for name in loaded}
    assert not roots & {"grpc", "sqlalchemy", "pydantic", "structlog", "directory", "hub", "node_agent", "ssl"}
    assert "certs.authority" not in loaded
