"""Lights may be behind states: by how much is said, no card is kept back by it, and cases are looked at in their order."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from hub.cases import freshness
from hub.cases.consumer import CaseConsumer
from hub.consumers import advance
from hub.db import transaction
from hub.tables import commits, segments
from tests.directory.clocks.made import at, event, ms
from tests.hub.reckoned import ACCEPTED_MS, Ground

APPLIED = event("applied", "2026-03-02")
TAKEN = event("accepted", "2026-03-03", promised_by_ms=ms("2026-03-17"))
"""Ten working days."""


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground.of(database_url)
    yield made
    made.dispose()


def moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)


def test_a_flood_of_events_keeps_no_card_back(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-18", 9)
    ground.reckon("2026-03-04")
    for number in range(2, 12):
        ground.tell("yushu", f"{number}", APPLIED, TAKEN)
    ground.now = at("2026-03-18")
    assert ground.reckoner().run(limit=4) == 4
    assert ("1", "yellow-card") in ground.effects()


@pytest.mark.parametrize("flood", ["events", "limits"])
def test_a_flood_keeps_no_card_back_that_waited_for_a_report(ground: Ground, flood: str) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-17", 9)
    for number in range(2, 22):
        ground.tell("dehui", f"{number}", APPLIED, TAKEN if flood == "events" else event("accepted", "2026-03-03"))
    ground.reckon("2026-03-18")
    assert ("1", "yellow-card") not in ground.effects()
    ground.report("yushu", "2026-03-18", 9)
    if flood == "events":
        for number in range(2, 22):
            ground.tell("dehui", f"{number}", event("step_started", "2026-03-04"))
    ground.now = at("2026-03-18", 11) if flood == "events" else at("2026-05-18")
    ground.reckoner().run(limit=4)
    assert ("1", "yellow-card") in ground.effects()


def test_cases_are_looked_at_in_the_order_in_which_they_were_touched_however_often_they_are_touched_again(ground: Ground) -> None:
    for number in ("c", "a", "b"):
        ground.tell("yushu", number, APPLIED)
    ground.tell("yushu", "c", TAKEN)
    looked = []
    for _ in range(3):
        before = {number for number in "abc" if ground.row("yushu", number).counted is None}
        ground.reckoner().run(limit=1)
        looked += [number for number in before if ground.row("yushu", number).counted is not None]
    assert looked == ["c", "a", "b"]


def test_the_model_is_as_of_the_first_event_that_was_not_looked_at_and_as_of_now_when_all_were(ground: Ground) -> None:
    ground.now = at("2026-11-21")

    def read_as_of() -> datetime:
        with ground.database.reader.begin() as ledger, ground.models.reader.begin() as models:
            return freshness.as_of(ledger, models, ground.now)

    assert read_as_of() == ground.now
    ground.tell("yushu", "1", event("applied", "2026-11-02"))
    ground.tell("yushu", "2", event("applied", "2026-11-02"))
    ground.tell("yushu", "1", event("accepted", "2026-11-03", promised_by_ms=ms("2026-11-30")))
    assert read_as_of() == datetime.fromtimestamp(ACCEPTED_MS / 1000, UTC)
    ground.reckoner().run(limit=1)
    assert read_as_of() == datetime.fromtimestamp((ACCEPTED_MS + 1) / 1000, UTC), "case 2 waits since it was told of"
    ground.reckon("2026-11-21")
    assert read_as_of() == ground.now
    turns = moment(min(ground.row("yushu", number).next_look_ms for number in "12"))
    ground.now = at("2026-11-30")
    assert read_as_of() == turns, "a light has turned, and nobody has looked"


def test_lights_that_are_behind_are_told_once_a_minute(ground: Ground) -> None:
    for number in "123":
        ground.tell("yushu", number, event("applied", "2026-11-02"))
    ground.now = datetime.fromtimestamp(ACCEPTED_MS / 1000 + 90, UTC)
    one = ground.reckoner()
    with capture_logs() as logs:
        one.run(limit=1)
        one.run(limit=1)
    assert [(log["event"], log["seconds"]) for log in logs if "behind" in log["event"]] == [("lights of cases are behind", 89)]


def test_the_model_is_as_of_the_first_entry_that_was_not_taken_in(ground: Ground) -> None:
    ground.now = at("2026-11-21")
    row = {column.name: b"" if isinstance(column.type, sa.LargeBinary) else 0 for column in segments.c if not column.nullable}
    with transaction(ground.database.writer) as connection:
        for first, accepted in ((0, 1_000), (2, 2_000)):
            said = {"ledger_first": first, "count": 2, "author": "yushu", "accepted_at_ms": accepted, "journal_first": first}
            connection.execute(segments.insert().values(row | said))
        head = {column.name: b"" if isinstance(column.type, sa.LargeBinary) else 0 for column in commits.c if not column.nullable}
        connection.execute(commits.insert().values(head | {"ledger_size": 4}))
    found = []
    for taken in (0, 2, 3, 4):
        with transaction(ground.models.writer) as connection:
            advance(connection, freshness.CONSUMER, taken)
        with ground.database.reader.begin() as ledger, ground.models.reader.begin() as models:
            found.append(freshness.as_of(ledger, models, ground.now))
    assert found == [moment(1_000), moment(2_000), moment(2_000), ground.now]
    assert CaseConsumer.name == freshness.CONSUMER
