"""A staff number that is a citizen id is refused wherever it enters, and repeated nowhere."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from directory.staff_numbers import staff_number_fault
from node_agent.cli import main
from tests.node_agent.licensed_hall import CITIZEN

WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in CITIZEN)
SPELLINGS = (CITIZEN, CITIZEN.lower(), WIDE, f"{CITIZEN[:6]}-{CITIZEN[6:14]}-{CITIZEN[14:]}", f"n{CITIZEN}", f" {CITIZEN} ")
WRONG_CHECK = CITIZEN[:-1] + ("1" if CITIZEN[-1] != "1" else "2")
COMMANDS = (
    ("user", "add", "{}", "--name", "示例人员", "--role", "clerk"),
    ("api-key", "add", "food", "--may", "issue", "--until", "2036-01-01", "--person", "{}"),
    ("licence", "suspend", "1", "--ground", "示例", "--person", "{}"),
    ("licence", "confirm", "1", "--person", "{}"),
    ("licence", "annotate", "1", "--recipient", "a", "--purpose", "b", "--until", "2036-01-01", "--out", "c", "--person", "{}"),
    ("licence", "query", "1", "--purpose", "示例", "--case", "1", "--person", "{}"),
    ("order", "list", "--person", "{}"),
    ("share", "grant", "1", "--person", "{}"),
    ("guidance", "assign", "1", "--person", "7", "--to", "{}"),
    ("guidance", "claim", "1", "--person", "{}"),
)


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_citizen_id_is_no_staff_number_however_it_is_written(text: str) -> None:
    assert staff_number_fault(text)
    assert CITIZEN[:-1] not in staff_number_fault(text)


@pytest.mark.parametrize("text", ["7", "1024", "n-1024", WRONG_CHECK, CITIZEN[:-1], "220184202611230001", ""])
def test_other_numbers_may_be_those_of_staff(text: str) -> None:
    assert staff_number_fault(text) == ""


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_every_command_refuses_it_and_repeats_it_nowhere(tmp_path: Path, words: tuple[str, ...]) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(
        'hall = "gongzhuling"\ntrust_domain = "jilin.test"\ndata_dir = "data"\n[hub]\nenrolment_address = "localhost:1"\n', "utf-8"
    )
    refused = CliRunner().invoke(main, [*(word.format(CITIZEN) for word in words), "--config", str(config)])
    assert refused.exit_code in {1, 2}
    assert "this is a citizen id" in refused.output, refused.output
    assert CITIZEN not in refused.output
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and CITIZEN.encode() in path.read_bytes()]
