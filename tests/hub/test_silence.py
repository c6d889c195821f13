"""A hall that is silent is told to report once, and never for what the hub itself could not hear."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from directory.calendar_file import COUNTRY
from directory.hall_versions import HallVersion
from directory.halls import Tier
from directory.register.kinds import Kind
from directory.validity import Period
from hub import following
from hub.cases.silence import BEHIND_MOST, HEARS_AFTER
from hub.consumers import advance
from hub.db import transaction
from hub.tables import commits, segments
from tests.directory.clocks.made import at, event, ms
from tests.hub.reckoned import Ground

APPLIED = event("applied", "2026-03-02")


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground.of(database_url)
    yield made
    made.dispose()


def orders(ground: Ground) -> list[str]:
    """Return the halls that were told to report, each as often as it was."""
    return [kept.finding.hall for kept in ground.found() if kept.finding.effect == "order-to-report"]


def hall(name: str) -> HallVersion:
    """Make a hall of the register."""
    return HallVersion(name, name, Tier.COUNTY, "changchun", "220100", COUNTRY, Period(date(2026, 1, 1)))


def accept(ground: Ground, hall: str, first: int, accepted_at_ms: int) -> None:
    """Let the ledger hold two messages of a hall."""
    blank = {column.name: b"" if isinstance(column.type, sa.LargeBinary) else 0 for column in segments.c if not column.nullable}
    said = {"ledger_first": first, "count": 2, "author": hall, "accepted_at_ms": accepted_at_ms, "journal_first": first}
    with transaction(ground.database.writer) as connection:
        connection.execute(segments.insert().values(blank | said))
        connection.execute(commits.insert().values(ledger_size=first + 2, root=b"", committed_at_ms=accepted_at_ms))


def take_in(ground: Ground, upto: int) -> None:
    with transaction(ground.models.writer) as connection:
        advance(connection, "cases", upto)


def test_a_hall_that_catches_up_slowly_is_told_once_and_again_when_it_falls_silent_anew(ground: Ground) -> None:
    ground.report("yushu", "2026-03-10")
    ground.reckon("2026-03-30")
    for hour in range(11, 16):
        ground.report("yushu", "2026-03-10", hour)
        ground.reckon("2026-03-30", hour)
    assert orders(ground) == ["yushu"]
    ground.report("yushu", "2026-03-30", 15)
    ground.reckon("2026-04-20")
    assert orders(ground) == ["yushu", "yushu"]


def test_a_start_gives_the_halls_time_to_say_what_they_could_not_say_before(ground: Ground) -> None:
    ground.report("yushu", "2026-03-10")
    ground.now = at("2026-03-30")
    reckoner = ground.reckoner(hears_from=ground.now + HEARS_AFTER)
    reckoner.run()
    ground.now += HEARS_AFTER - timedelta(seconds=1)
    reckoner.run()
    assert orders(ground) == []
    ground.now += timedelta(minutes=2)
    reckoner.run()
    assert orders(ground) == ["yushu"]


def test_what_follows_the_ledger_gives_that_time_too(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "RECKONER_IDLE_SECONDS", 0.0)
    ground.report("yushu", "2026-03-10")
    accept(ground, "yushu", 0, ms("2026-03-10"))
    take_in(ground, 2)
    ground.now = at("2026-03-30")
    followed = following.Followed(ground.database, ground.models, lambda: ground.now)
    for _ in range(3):
        followed.run()
    assert orders(ground) == []
    ground.now += HEARS_AFTER + timedelta(minutes=1)
    for _ in range(3):
        followed.run()
    assert orders(ground) == ["yushu"]


def test_nobody_is_silent_while_the_read_model_is_behind_the_ledger(ground: Ground) -> None:
    ground.report("yushu", "2026-03-10")
    ground.now = at("2026-03-30")
    accept(ground, "yushu", 0, ms("2026-03-10"))
    accept(ground, "yushu", 2, int((ground.now - BEHIND_MOST).timestamp() * 1000) - 1)
    take_in(ground, 2)
    ground.reckoner().run()
    assert orders(ground) == []
    take_in(ground, 4)
    ground.reckoner().run()
    assert orders(ground) == ["yushu"]


def test_a_hall_that_takes_no_part_any_more_is_not_told_to_report(ground: Ground) -> None:
    ground.register(Kind.HALL, [hall("yushu"), replace(hall("dehui"), linked=False)])
    for name in ("yushu", "dehui", "gone"):
        ground.report(name, "2026-03-10")
    ground.reckon("2026-03-30")
    assert orders(ground) == ["yushu"]


@pytest.mark.parametrize("claims", [False, True])
def test_a_hall_that_tells_of_cases_and_never_up_to_when_is_silent_since_it_first_told_anything(ground: Ground, *, claims: bool) -> None:
    ground.register(Kind.HALL, [hall(name) for name in ("yushu", "dehui")])
    ground.tell("yushu", "1", APPLIED)
    if claims:  # a time before all times is none
        ground.report("yushu", "1969-01-01")
    accept(ground, "yushu", 0, ms("2026-03-27"))
    take_in(ground, 2)
    ground.reckon("2026-03-30")
    assert orders(ground) == [], "a working day has passed, and no more"
    ground.reckon("2026-03-31")
    ground.reckon("2026-04-01")
    assert orders(ground) == ["yushu"], "and none for a hall of which no case is known"
    (order,) = [json.loads(kept.finding.document) for kept in ground.found() if kept.finding.effect == "order-to-report"]
    assert order["since"] == "2026-03-27T02:00:00+00:00"
