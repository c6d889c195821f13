"""The logs of five municipalities, read as their halls' agents would read them, come to what a count of the raw files comes to."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

import directory
from directory.calendar import BEIJING
from directory.register.kinds import Kind
from directory.supervision.reading import default_rules
from directory.validity import Period
from hub import schema
from hub.cases.consumer import CaseConsumer, model_digest
from hub.cases.folded import Folded, Key
from hub.cases.looking import View, look
from hub.cases.reports import HallReport, report, standing_now
from hub.cases.rulings import RulingsInForce
from hub.cases.tables import case_events, cases, parked
from hub.cases.watermarks import reported
from hub.cli import main
from hub.config import Config
from hub.consumers import rebuild, run_once
from hub.db import models_url, open_database
from node_agent.outbox import EnvelopeWriter
from node_agent.sources.config import SqlSourceConfig, read_source
from node_agent.sources.mapped import draft
from node_agent.sources.mapping import Mapper
from tests.hub.cases_told import DOMAIN, run
from tests.hub.five_halls_clocked import Almanac, clocked
from tests.hub.five_halls_counted import Act, HallCount, acts_of, counted
from tests.hub.reckoned import Ground
from tests.hub.running import make_province
from tests.province.business import FIVE_HALLS_LOG, HallLog, create_business, mapping_of, read_log

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FIVE_HALLS_LOG.is_dir(), reason=f"the five halls' own logs are not at {FIVE_HALLS_LOG}"),
]
HALLS = tuple(f"hall-{number}" for number in range(1, 6))
PUBLISHED_DAYS = Path(directory.__file__).parent / "data" / "calendar_cn.csv"
EARLIEST_DAY = date(2009, 1, 1)
BATCH = 1_000
SEGMENTS_AT_ONCE = 16


@cache
def files() -> dict[str, tuple[int, dict[str, list[Act]]]]:
    return {hall: acts_of(FIVE_HALLS_LOG / f"{hall.replace('-', '')}_events.csv.gz") for hall in HALLS}


@cache
def raw() -> dict[str, HallCount]:
    return {hall: counted(*file) for hall, file in files().items()}


@cache
def told() -> dict[str, list[bytes]]:
    """Return the envelopes of each hall, as its agent makes them by the mapping for these logs."""
    return {hall: list(envelopes(hall, log)) for hall, log in zip(HALLS, read_log(FIVE_HALLS_LOG), strict=True)}


def envelopes(hall: str, log: HallLog) -> Iterator[bytes]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        create_business(folder / "business.db", log, log.changes)
        table = {"name": "business", "kind": "sql", "url": "sqlite:///business.db", "mapping": str(mapping_of(FIVE_HALLS_LOG))}
        config = read_source(table, folder)
        assert isinstance(config, SqlSourceConfig)
        with closing(sqlite3.connect(folder / "business.db")) as business:
            rows = business.execute(config.query, {"cursor": 0, "limit": len(log.changes)})
            mapper = Mapper(config, [column[0] for column in rows.description])
            drafts = [draft(config, hall, mapped) for mapped in map(mapper.map, rows) if mapped is not None]
    yield from EnvelopeWriter(DOMAIN, hall, 1).write(drafts)


@dataclass(frozen=True)
class Replayed:
    """A hub that has taken in all five logs; `last` is the time of their last event."""

    config: Config
    ground: Ground
    last: datetime

    def report_of(self, chosen: set[Key]) -> list[HallReport]:
        """Sum up some of the cases, as of the last event."""
        return report((one for one in self.standing() if one[0] in chosen), self.view())

    def standing(self) -> list[tuple[Key, Folded]]:
        with self.ground.models.reader.begin() as connection:
            return list(standing_now(connection))

    def view(self) -> View:
        """See the cases as a hub does that does not replay."""
        with self.ground.models.reader.begin() as connection:
            return View(RulingsInForce(self.ground.database.reader).now(), reported(connection), self.last.astimezone(UTC))

    def digest(self) -> str:
        with self.ground.models.reader.begin() as connection:
            return model_digest(connection)


def follow(ground: Ground) -> None:
    while run_once(ground.database.reader, ground.models.writer, CaseConsumer(), ground.ledger.read_after, SEGMENTS_AT_ONCE):
        pass


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """Let the halls tell in turns; each says in the end that it has told all it had up to its own last event.

    On SQLite alone: the receipt log is reported on and rebuilt on each database, and this much on PostgreSQL takes a minute.
    """
    config = make_province(tmp_path_factory.mktemp("five") / "province")
    ground = Ground(open_database(config.database), open_database(models_url(config.database), durable=False))
    schema.upgrade(ground.database.writer, ground.models.writer)
    batches = [[(hall, sent[at : at + BATCH]) for at in range(0, len(sent), BATCH)] for hall, sent in told().items()]
    for turn in zip_longest(*batches):
        for batch in turn:
            if batch is not None:
                ground.ledger.append(*batch)
    for hall, count in raw().items():
        ground.ledger.append(hall, [run(hall, "business", round(count.last.timestamp() * 1000), f"{hall} has told")])
    follow(ground)
    yield Replayed(config, ground, max(count.last for count in raw().values()))
    ground.dispose()


def printed(replayed: Replayed, *form: str) -> str:
    day = replayed.last.astimezone(BEIJING).date().isoformat()
    config = str(replayed.config.keys.parent / "hub.toml")
    ran = CliRunner().invoke(main, ["cases", "report", "--as-of", day, "--config", config, *form])
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_the_raw_files_hold_what_is_published_of_them() -> None:
    halls = raw().values()
    assert sum(hall.cases for hall in halls) == 4_348
    assert sum(hall.rows for hall in halls) == 195_862
    assert sum(hall.rows - hall.happened for hall in halls) == 62_453
    assert sum(hall.unaccepted for hall in halls) == 1_549
    assert sum(hall.decided_twice_said for hall in halls) == 2_549


def test_the_report_as_of_the_last_event_agrees_with_a_count_of_the_raw_files(replayed: Replayed) -> None:
    halls: list[dict[str, Any]] = json.loads(printed(replayed, "--json"))["halls"]
    assert [hall["hall"] for hall in halls] == list(HALLS)
    for hall in halls:
        count = raw()[hall["hall"]]
        assert (hall["cases"], hall["open"], hall["suspended"]) == (count.cases, count.open, count.suspended)
        assert hall["states"] == count.states
    first, _, *lines = printed(replayed).splitlines()
    assert first == f"as of {replayed.last.astimezone(BEIJING).date()}T23:59:59+08:00"
    assert [line.split()[:4] for line in lines] == [
        [hall, f"{count.cases:,}", f"{count.open:,}", f"{count.suspended:,}"] for hall, count in raw().items()
    ]


def test_the_limits_of_plain_cases_stand_as_counted_by_hand_on_the_published_days(replayed: Replayed) -> None:
    day = replayed.last.astimezone(BEIJING).date()
    almanac = Almanac(PUBLISHED_DAYS)
    for hall, (_, acts) in files().items():
        by_hand = clocked(acts, almanac, day)
        (found,) = replayed.report_of({(hall, number) for number in by_hand.cases})
        assert (found.cases, found.late, found.overdue) == (len(by_hand.cases), by_hand.late, by_hand.overdue)
        # All that is not decided is years old; nobody knows of a hall that says no more.
        assert found.lights == {"red" if raw()[hall].last == replayed.last else "grey": by_hand.overdue}


def test_every_event_of_the_files_is_held_once_from_the_first_to_the_last(replayed: Replayed) -> None:
    at = case_events.c.occurred_at_ms
    query = sa.select(case_events.c.hall, sa.func.count(), sa.func.min(at), sa.func.max(at)).group_by(case_events.c.hall)
    with replayed.ground.models.reader.begin() as connection:
        held = {hall: (count, first, last) for hall, count, first, last in connection.execute(query)}
        assert connection.scalar(sa.select(sa.func.count()).select_from(parked)) == 0
        unaccepted = sa.select(sa.func.count()).select_from(cases).where(cases.c.accepted_at_ms.is_(None))
        assert connection.scalar(unaccepted) == 1_549
    assert held == {
        hall: (count.happened, round(count.first.timestamp() * 1000), round(count.last.timestamp() * 1000)) for hall, count in raw().items()
    }


def test_the_replay_finds_nothing_against_anybody_though_the_rules_were_in_force(replayed: Replayed) -> None:
    ground = replayed.ground
    ground.now = replayed.last.astimezone(UTC)
    ground.register(Kind.SUPERVISION_RULE, [replace(rule, period=Period(EARLIEST_DAY)) for rule in default_rules()])
    assert ground.reckon(replayed=True) >= 4_348
    assert ground.found() == []
    view = replayed.view()
    cards = Counter(key[0] for key, case in replayed.standing() for _ in look(key, case, {}, view).found)
    assert set(cards) == set(HALLS), "to a hub that does not replay, cards are due"


def test_a_rebuild_from_the_ledger_gives_an_equal_model(replayed: Replayed) -> None:
    ground, before = replayed.ground, replayed.digest()
    again = rebuild(ground.database.reader, ground.models.writer, CaseConsumer(), ground.ledger.read_after, SEGMENTS_AT_ONCE - 3)
    assert again == ground.ledger.size == 133_409 + len(HALLS)
    assert replayed.digest() == before
