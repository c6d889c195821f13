"""What an operator sees of a source of records: the preview, the doctor, the alarm, and that it goes on by itself."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from directory.hall_list import seed
from directory.halls import Province
from directory.scopes.decisions import Denied
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from node_agent import schedule
from node_agent.cli.sources import source as command
from node_agent.config import Config, load
from node_agent.doctor import local
from node_agent.pulse import Pulse
from node_agent.schedule import PlannedSource, Schedule
from node_agent.sources.record_mapping import ROLE
from node_agent.sources.sql import SqlSource
from tests.directory.catalogue.made import USCC
from tests.node_agent.catalogued import HALL, NOW, PROVIDER, WRITER, RecordHall, department
from tests.node_agent.linked import until

CONFIG = """
hall = "gongzhuling"
trust_domain = "tongban.example"
data_dir = "."

[hub]
enrolment_address = "127.0.0.1:1"

[keep]
free_bytes = 0

[[source]]
name = "register"
kind = "sql"
url = "sqlite:///business.db"
query = "SELECT * FROM enterprises WHERE n >= :cursor ORDER BY n LIMIT :limit"
cursor = "n"
key = "reg_no"
resource = "enterprise-register"
cron = "0 0 1 1 *"

[source.record]
occurred_at = "changed_at"
removed = { column = "state", values = ["gone"] }
"""


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[RecordHall]:
    (tmp_path / "agent.toml").write_text(CONFIG)
    found = RecordHall(tmp_path)
    yield found
    found.store.dispose()


def config(hall: RecordHall) -> Config:
    return load(hall.folder / "agent.toml")


def previewed(hall: RecordHall, *words: str) -> tuple[int, str]:
    found = CliRunner().invoke(command, ["preview", "register", "--config", str(hall.folder / "agent.toml"), *words])
    return found.exit_code, found.output


def test_a_preview_shows_the_records_as_they_would_be_sent_and_the_faults_of_the_others(hall: RecordHall) -> None:
    hall.hears_all()
    hall.insert(1)
    hall.insert(2, name=None)
    hall.insert(3, state="gone")
    code, told = previewed(hall, "--json")
    assert code == 0
    sent, faulty, removed = json.loads(told)["rows"]
    times = {"occurred_at": "2026-03-01T08:00:00Z", "recorded_at": "2026-03-01T08:00:00Z"}
    record = {"founded": "2020-02-29", "name": "某某公司1(示例)", "staff": 1, "uscc": USCC}
    assert sent["event"] == {"kind": "put", "key": "R-1", "version": 1, "record": record} | times
    assert (faulty["event"], faulty["reason"]) == (None, "name: is missing")
    assert removed["event"] == {"kind": "remove", "key": "R-3", "version": 1} | times
    lines = previewed(hall)[1].splitlines()
    assert lines[0].startswith("+ kind=put occurred_at=2026-03-01T08:00:00Z")
    assert lines[2] == "- name: is missing"
    assert hall.sent() == []


def test_a_preview_without_the_catalogue_says_what_is_lacking(hall: RecordHall) -> None:
    hall.insert(1)
    code, told = previewed(hall)
    assert (code, "this hall has not received the catalogue yet" in told) == (1, True)
    hall.store.dispose()
    for path in hall.folder.glob("agent.db*"):
        path.unlink()
    assert "this hall has not received the catalogue yet" in previewed(hall)[1]
    assert not (hall.folder / "agent.db").exists()


def test_the_doctor_tries_the_first_rows_or_says_what_is_lacking(hall: RecordHall) -> None:
    hall.insert(1, 2)
    hall.insert(3, uscc="none")
    check = next(check for check in local(config(hall), NOW)[0] if check.name == "source register")
    assert (check.well, "not received the catalogue yet" in check.what) == (False, True)
    hall.hears_all()
    check = next(check for check in local(config(hall), NOW)[0] if check.name == "source register")
    assert (check.well, check.what) == (True, "readable; 2 of the first 3 rows make a record of 'enterprise-register'")


async def test_a_source_that_runs_once_a_year_goes_on_soon_after_the_catalogue_came(
    hall: RecordHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_AGAIN", timedelta(milliseconds=100))
    hall.insert(1)
    pulse, source = Pulse(), SqlSource(hall.config(), HALL)
    clockwork = Schedule(config(hall), hall.store, WRITER, pulse, [PlannedSource("register", source, None, "0 0 1 1 *")], [])
    clockwork.start()
    try:
        await until(lambda: pulse.troubles)
        (trouble,) = pulse.troubles
        assert (trouble.name, "not received the catalogue yet" in trouble.what) == ("source register", True)
        hall.hears_all()
        await until(hall.sent)
        await until(lambda: not pulse.troubles)
    finally:
        clockwork.stop()


def test_a_hall_may_name_the_department_for_which_its_system_speaks() -> None:
    province: Province = seed()
    law = Law([], province, [department()], date(2026, 3, 2))
    assert not isinstance(law.may_assert(Principal(HALL, ROLE, PROVIDER)), Denied)
    assert isinstance(law.may_assert(Principal("yushu", ROLE, PROVIDER)), Denied)
