"""A source that is read to its end says so, also when nothing is there to read: up to when all is told, and no further."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent import db, outbox
from node_agent.config import Config
from node_agent.doctor import local
from node_agent.errors import ConfigInvalid
from node_agent.sources import progress, settled
from node_agent.sources.cursor import rank, spelled_like
from node_agent.sources.errors import SourceUnavailable
from node_agent.sources.hall_database import HallDatabase
from node_agent.sources.times import TimeReader
from tests.node_agent.business_hall import NOW, QUERY, Hall
from tests.node_agent.test_folder import Dropped
from tests.node_agent.waiting import waiting_runs

OVERLAP = timedelta(minutes=10)
BY_TIME: dict[str, Any] = {"by": "written", "start": ["2000-01-01 00:00:00"], "overlap": OVERLAP.total_seconds()}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path)
    yield found
    found.store.dispose()


@pytest.fixture
def dropped(tmp_path: Path) -> Iterator[Dropped]:
    found = Dropped(tmp_path)
    yield found
    found.store.dispose()


def told_up_to(hall: Hall | Dropped) -> datetime | None:
    """Return what the run that waits to be sealed says of how far all is told."""
    (run,) = waiting_runs(hall.store)
    return run.read_up_to.ToDatetime(UTC) if run.HasField("read_up_to") else None


def test_a_quiet_source_has_told_all_up_to_its_run_less_the_overlap(hall: Hall) -> None:
    hall.insert(1, written="2026-03-02 08:00:00")
    assert hall.run(**BY_TIME).read_up_to == NOW - OVERLAP
    for days in (1, 2, 3):
        now = NOW + timedelta(days=days)
        report = hall.run(now, **BY_TIME)
        assert (report.rows_read, report.read_up_to, told_up_to(hall)) == (0, now - OVERLAP, now - OVERLAP)
        assert '"2026-03-02 08:00:00"' in report.cursor, "the cursor stays: rows are read from behind the last one"


def test_a_source_that_never_had_a_row_has_told_all_too(hall: Hall) -> None:
    assert hall.run(**BY_TIME).read_up_to == NOW - OVERLAP


def test_a_source_that_is_down_tells_nothing(hall: Hall) -> None:
    hall.run(**BY_TIME)
    hall.path.unlink()
    with pytest.raises(SourceUnavailable):
        hall.run(NOW + timedelta(days=3), **BY_TIME)
    assert told_up_to(hall) == NOW - OVERLAP


def test_a_source_that_was_not_read_to_its_end_has_told_what_was_read(hall: Hall) -> None:
    hall.insert(*range(1, 12), written="2026-03-01 08:00:00")
    report = hall.run(**BY_TIME, page=5, pages_a_run=1)
    assert (report.dry, report.read_up_to) == (False, datetime(2026, 3, 1, 8, tzinfo=UTC) - OVERLAP)


def test_what_is_told_never_goes_back_when_the_clock_does(hall: Hall) -> None:
    hall.run(**BY_TIME)
    assert hall.run(NOW - timedelta(days=1), **BY_TIME).read_up_to == NOW - OVERLAP


def test_how_far_all_is_told_moves_with_the_envelope_that_says_so(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.run(**BY_TIME)
    monkeypatch.setattr(outbox, "put_source_run", dying)
    with pytest.raises(MemoryError):
        hall.run(NOW + timedelta(days=1), **BY_TIME)
    assert hall.progress().read_up_to == NOW - OVERLAP
    monkeypatch.undo()
    hall.run(NOW + timedelta(days=2), **BY_TIME)
    assert told_up_to(hall) == hall.progress().read_up_to == NOW + timedelta(days=2) - OVERLAP


def dying(*_: object) -> None:
    raise MemoryError


def test_a_quiet_source_costs_an_envelope_a_report_and_no_write_in_between(hall: Hall) -> None:
    said = set()
    for minute in range(61):
        hall.run(NOW + minute * MINUTE, **BY_TIME, report_every="15m")
        said.add(told_up_to(hall))
        assert hall.progress().read_up_to == told_up_to(hall)
    assert said == {NOW - OVERLAP + minute * MINUTE for minute in (0, 15, 30, 45, 60)}


def test_a_source_reports_at_least_once_a_day(hall: Hall) -> None:
    hall.config(report_every="24h")
    with pytest.raises(ConfigInvalid, match="report_every"):
        hall.config(report_every="25h")


def test_a_row_that_commits_within_the_overlap_lies_behind_nothing_that_was_told(hall: Hall) -> None:
    hall.insert(1, written="2026-03-02 08:00:00")
    hall.run(**BY_TIME)
    told = told_up_to(hall)
    later = NOW + timedelta(minutes=2)
    hall.insert(2, written=f"{later - OVERLAP:%Y-%m-%d %H:%M:%S}")  # dated as its transaction began, committed just now
    assert hall.run(later, **BY_TIME).new == 1
    assert told is not None
    assert told <= later - OVERLAP


@pytest.mark.parametrize(("settles_after", "up_to"), [(None, None), ("1h", NOW - timedelta(hours=1))])
def test_a_numbered_source_has_told_all_once_it_is_said_how_long_rows_take(
    hall: Hall, settles_after: str | None, up_to: datetime | None
) -> None:
    hall.insert(1)
    changes: dict[str, Any] = {} if settles_after is None else {"settles_after": settles_after}
    assert hall.run(**changes).read_up_to == up_to


def test_without_an_overlap_nobody_knows_how_late_rows_come(hall: Hall) -> None:
    hall.insert(1, written="2026-03-02 08:00:00")
    assert hall.run(**BY_TIME | {"overlap": 0}).read_up_to == datetime(2026, 3, 2, 8, tzinfo=UTC)
    later = NOW + timedelta(hours=1)
    assert hall.run(later, **BY_TIME | {"overlap": 0, "settles_after": "5m"}).read_up_to == later - timedelta(minutes=5)


def test_rows_do_not_say_more_than_can_have_settled(hall: Hall) -> None:
    hall.insert(1, written="2026-03-02 08:59:00")
    assert hall.run(**BY_TIME, settles_after="1d").read_up_to == NOW - timedelta(days=1)


def test_a_source_of_days_says_nothing_of_a_day_that_goes_on(hall: Hall) -> None:
    days: dict[str, Any] = BY_TIME | {"start": ["2026-02-01"], "timezone": "Asia/Shanghai"}
    hall.insert(1, written="2026-02-27")
    assert hall.run(**days | {"overlap": 86_400}).read_up_to == datetime(2026, 2, 28, 16, tzinfo=UTC)  # March 1 in Shanghai


@given(
    seconds=st.integers(946_684_800_000_000, 4_102_444_800_000_000).map(lambda microseconds: microseconds / 1_000_000),  # 2000 to 2100
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Amsterdam", "UTC"]),
    value=st.sampled_from(
        [
            datetime(2020, 1, 1),  # noqa: DTZ001 - a column without an offset
            datetime(2020, 1, 1, tzinfo=UTC),
            date(2020, 1, 1),
            "2020-01-01",
            "2020-01-01 00:00:00",
            "2020-01-01T00:00:00.000+08:00",
        ]
    ),
)
def test_a_moment_is_spelled_as_the_column_shows_it_and_never_later(seconds: float, zone: str, value: object) -> None:
    times, moment = TimeReader(zone), datetime.fromtimestamp(seconds, UTC)
    spelled = spelled_like(value, moment, times)
    assert type(spelled) is type(value)
    assert timedelta() <= moment - times.read(spelled) <= timedelta(days=1, hours=2)
    assert isinstance(rank(spelled), int)


# ---- the clock of the hall's database


@pytest.mark.parametrize("ahead", [-3600, 3600])
def test_the_clock_of_the_halls_database_is_what_its_rows_are_dated_by(hall: Hall, monkeypatch: pytest.MonkeyPatch, ahead: float) -> None:
    monkeypatch.setattr(HallDatabase, "shows_up_to", lambda _self, now: min(now, now + timedelta(seconds=ahead)))
    assert hall.run(**BY_TIME).read_up_to == NOW + timedelta(seconds=min(0, ahead)) - OVERLAP


def test_a_run_that_takes_long_has_told_all_up_to_when_it_began(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.insert(1, written="2026-03-02 08:00:00")
    asked: list[str] = []

    def noted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*arguments: Any) -> Any:
            asked.append(name)
            return real(*arguments)

        return ask

    monkeypatch.setattr(HallDatabase, "shows_up_to", noted("clock", HallDatabase.shows_up_to))
    monkeypatch.setattr(HallDatabase, "ask", noted("query", HallDatabase.ask))
    hall.run(**BY_TIME)
    assert asked[0] == "clock"


def test_a_database_that_does_not_know_how_far_it_is_tells_no_more_than_its_rows(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.insert(1, written="2026-03-02 08:00:00")
    monkeypatch.setattr(HallDatabase, "shows_up_to", lambda _self, _now: None)
    assert hall.run(**BY_TIME).read_up_to == datetime(2026, 3, 2, 8, tzinfo=UTC) - OVERLAP


# ---- folders


def test_an_empty_folder_tells_nothing_unless_it_is_said_how_long_files_take(dropped: Dropped) -> None:
    assert dropped.run().read_up_to is None
    assert dropped.run(settles_after="1d").read_up_to is None, "not before the next report"
    later = NOW + timedelta(minutes=10)
    assert dropped.run(later, settles_after="1d").read_up_to == later - timedelta(days=1)
    assert dropped.run(later + timedelta(hours=1), settles_after="1m", overlap=7200).read_up_to == later - timedelta(hours=1)


def test_a_folder_in_which_a_file_waits_has_not_told_all(dropped: Dropped) -> None:
    dropped.drop("a.csv", "row,case_id,at,step\n", age=1)
    assert dropped.run(settles_after="1d").read_up_to is None
    later = NOW + timedelta(minutes=10)
    assert dropped.run(later, settles_after="1d").read_up_to == later - timedelta(days=1)


def test_files_do_not_say_more_than_can_have_settled(dropped: Dropped) -> None:
    dropped.drop_rows("a.csv", 1)  # recorded at 2026-03-01 08:00
    assert dropped.run(settles_after="2d").read_up_to == NOW - timedelta(days=2)


def test_progress_moves_only_forward(hall: Hall) -> None:
    for moment in (NOW, NOW - MINUTE, NOW + MINUTE):
        with db.begin(hall.store) as connection:
            progress.advance(connection, "business", None, moment)
    assert hall.progress().read_up_to == NOW + MINUTE
    assert settled.bounded(hall.config(), NOW, NOW - MINUTE) == NOW - MINUTE


def test_what_an_empty_answer_says_is_known_beforehand(hall: Hall, dropped: Dropped) -> None:
    assert settled.tells(hall.config(**BY_TIME))
    assert not settled.tells(hall.config(**BY_TIME | {"overlap": 0}))
    assert not settled.tells(hall.config())
    assert settled.tells(hall.config(settles_after="1h"))
    assert not settled.tells(dropped.config(overlap=60))
    assert settled.tells(dropped.config(settles_after="1d"))


def test_the_doctor_names_the_sources_that_leave_a_quiet_hall_silent(hall: Hall) -> None:
    source: dict[str, Any] = {
        "name": "business",
        "kind": "sql",
        "url": "sqlite:///business.db",
        "query": QUERY.format(by="n"),
        "cursor": "n",
        "key": "n",
        "fields": {"case_number": "case_id", "occurred_at": "at"},
        "otherwise": {"kind": "step"},
    }
    for more, names in (({}, True), ({"settles_after": "1h"}, False)):
        hub = {"address": "localhost:1", "enrolment_address": "localhost:1"}
        raw = {"hall": "yushu", "trust_domain": "tongban.example", "data_dir": "data", "hub": hub}
        config = Config.read(raw | {"source": [source | more]}, hall.folder)
        (check,) = [check for check in local(config, NOW)[0] if check.name == "source business"]
        assert check.well
        assert ("when it is quiet, the hall is silent" in check.what) is names
        assert ("settles_after" in check.do) is names
