import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from node_agent.cli.sources import source
from tests.province.business import MAPPINGS, create_business, read_log

CONFIG = """
hall = "gongzhuling"
trust_domain = "tongban.example"
data_dir = "data"

[hub]
enrolment_address = "127.0.0.1:1"

[[source]]
name = "business"
kind = "sql"
url = "sqlite:///business.db"
mapping = "{mapping}"
every = "2s"
recipients = ["jilin-sheng"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG.format(mapping=MAPPINGS / "receipt.toml"))
    log = read_log()[0]
    create_business(tmp_path / "business.db", log, log.changes[:30])
    return path


def command(*arguments: object) -> Result:
    return CliRunner().invoke(source, [str(argument) for argument in arguments])


def said(*arguments: object) -> dict[str, Any]:
    found = command(*arguments, "--json")
    assert found.exit_code == 0, found.output
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def test_sources_are_listed(config: Path) -> None:
    (listed,) = said("list", "--config", config)["sources"]
    assert listed == {
        "name": "business",
        "kind": "sql",
        "schedule": "every 2s",
        "resource": "case",
        "recipients": ["jilin-sheng"],
        "where": f"sqlite:///{config.parent}/business.db",
    }
    assert "business  sql  every 2s  case to jilin-sheng" in command("list", "--config", config).stdout


def test_a_preview_shows_rows_and_events_and_creates_nothing(config: Path) -> None:
    before = sorted(config.parent.iterdir())
    rows = said("preview", "business", "--limit", 7, "--config", config)["rows"]
    assert len(rows) == 7
    assert rows[0]["row"]["code"] == "Confirmation of receipt"
    assert rows[0]["event"]["kind"] == "applied"
    assert rows[0]["event"]["case_number"] == rows[0]["row"]["case_id"]
    assert command("preview", "business", "--config", config).stdout.startswith("+ kind=applied occurred_at=2010-")
    assert sorted(config.parent.iterdir()) == before


def test_an_unknown_source_and_an_unreadable_one_end_with_a_message(config: Path) -> None:
    unknown = command("preview", "licences", "--config", config)
    assert (unknown.exit_code, unknown.stderr) == (2, f"tongban-agent: {config} has no source 'licences'\n")
    (config.parent / "business.db").unlink()
    missing = command("preview", "business", "--config", config)
    assert missing.exit_code == 1
    assert "source 'business': unable to open database file" in missing.stderr
