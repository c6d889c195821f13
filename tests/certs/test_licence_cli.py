import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from certs.licence_file import write
from certs.status_list import INVALID
from certs.verify_cli import main
from tests.certs.licence_province import ROOT, Made, token
from tests.certs.licences import CLAIMS, CLEAR, FIELDS, HOLDER, NOW, long_term

TODAY = datetime.now(UTC).replace(microsecond=0)
FILE = replace(
    Made(replace(long_term(), clear=replace(CLEAR, valid_to=None, valid_from=NOW - timedelta(days=20_000)))).file(), status_list=""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "shop.licence").write_bytes(write(FILE))
    (tmp_path / "list.jwt").write_text(token(at=TODAY) + "\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    paths = [str(folder / one) if one.endswith((".licence", ".jwt", ".pem")) else one for one in arguments]
    return CliRunner().invoke(main, ["licence", "--root", str(folder / "root.pem"), *paths])


def test_a_valid_licence_is_told_in_words_and_succeeds(folder: Path) -> None:
    result = run(folder, "shop.licence", "--status-list", "list.jwt")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == f"{folder / 'shop.licence'}: valid"
    assert lines[1] == f"  licence: {CLEAR.licence_id}, of type {CLEAR.type}, trust level A"
    assert f"  field: address = {FIELDS['address']}" in lines
    assert lines[-1].startswith("  never proved by a file: that no key was revoked since")


def test_without_a_list_the_status_is_unknown_and_the_command_fails(folder: Path) -> None:
    result = run(folder, "shop.licence")
    assert result.exit_code == 1
    assert "shop.licence: incomplete" in result.stdout
    assert "not proved: its status: unknown, no status list of it was given" in result.stdout


def test_an_ended_licence_fails(folder: Path) -> None:
    (folder / "list.jwt").write_text(token({CLEAR.status_index: INVALID}, TODAY))
    result = run(folder, "shop.licence", "--status-list", "list.jwt")
    assert result.exit_code == 1
    assert "not valid: it has ended" in result.stdout


def test_a_refused_file_keeps_no_other_from_being_checked(folder: Path) -> None:
    (folder / "bad.licence").write_bytes(write(replace(FILE, presentation=FILE.presentation.replace(".", "", 1))))
    (folder / "worse.licence").write_bytes(b"\xff")
    result = run(folder, "bad.licence", "worse.licence", "shop.licence", "--status-list", "list.jwt", "--json")
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["verdict"] for one in said] == ["refused", "refused", "valid"]
    assert [one["valid"] for one in said] == [False, False, True]
    assert said[0]["fault"] == "malformed"
    assert result.exit_code == 1


def test_json_says_what_the_words_say(folder: Path) -> None:
    said = json.loads(run(folder, "shop.licence", "--status-list", "list.jwt", "--json").stdout)
    assert said["licence_id"] == CLEAR.licence_id
    assert (said["status"], said["stale"], said["valid_to"], said["not_disclosed"]) == ("valid", False, None, 4)
    assert said["fields"]["address"] == FIELDS["address"]
    assert HOLDER.code not in json.dumps(said)


def test_a_terminal_is_not_moved_by_what_a_hall_wrote(folder: Path) -> None:
    claims = replace(CLAIMS, clear=FILE_CLEAR, fields={"address": "x\x1b[2J\n  status: valid"}, public=frozenset())
    (folder / "shop.licence").write_bytes(write(Made(claims).file()))
    result = run(folder, "shop.licence")
    assert "\x1b" not in result.stdout
    assert "  field: address = x\\x1b[2J\\n  status: valid" in result.stdout.splitlines()


FILE_CLEAR = replace(CLEAR, valid_to=None)


def test_wrong_usage_is_two(folder: Path) -> None:
    assert run(folder).exit_code == 2
    assert run(folder, "missing.licence").exit_code == 2
    assert run(folder, "shop.licence", "--status-list", "root.pem").exit_code == 1
    (folder / "list.jwt").write_bytes(b"\xff\xfe")
    assert run(folder, "shop.licence", "--status-list", "list.jwt").exit_code == 2
    (folder / "root.pem").write_text("nothing")
    assert run(folder, "shop.licence").exit_code == 2


def test_evidence_is_still_checked_without_its_name(folder: Path) -> None:
    (folder / "a.evidence").write_bytes(b"nothing")
    for name in ([], ["evidence"]):
        result = CliRunner().invoke(main, [*name, "--root", str(folder / "root.pem"), str(folder / "a.evidence")])
        assert result.exit_code == 1
        assert "a.evidence: refused" in result.stdout
    assert "licence" in CliRunner().invoke(main, ["--help"]).stdout
