"""Read models follow the ledger each at its own pace, whatever becomes of the others."""

import time
from collections.abc import Callable, Iterator

import pytest

from hub import following, schema
from hub.cases.consumer import CaseConsumer
from hub.cases.reckoner import Reckoner
from hub.consumers import advance, position
from hub.db import Database, models_url, open_database, transaction
from hub.decisions.consumer import DecisionConsumer
from hub.following import AGAIN_SECONDS, CONSUMERS, IDLE_SECONDS, Followed
from hub.guidance.consumer import GuidanceConsumer
from hub.records.consumer import RecordConsumer

Databases = tuple[Database, Database]


@pytest.fixture
def databases(database_url: str) -> Iterator[Databases]:
    """Open an empty ledger and its read models."""
    schema.prepare(database_url)
    ledger, models = open_database(database_url), open_database(models_url(database_url), durable=False)
    yield ledger, models
    ledger.dispose()
    models.dispose()


class Counting(CaseConsumer):
    """A consumer that counts how often it is run."""

    name = "counting"
    runs = 0


def test_every_read_model_is_followed() -> None:
    assert [consumer().name for consumer in CONSUMERS] == [
        CaseConsumer.name,
        DecisionConsumer.name,
        RecordConsumer.name,
        GuidanceConsumer.name,
    ]


def test_one_that_fails_rests_longer_and_holds_up_no_other(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    failing, counting = Counting(), Counting()
    now = [100.0]

    def run(_ledger: object, _models: object, consumer: Counting, *_: object) -> int:
        consumer.runs += 1
        if consumer is failing:
            raise RuntimeError("this one is broken")
        return 0

    monkeypatch.setattr(following, "CONSUMERS", (lambda: failing, lambda: counting))
    monkeypatch.setattr(following, "run_once", run)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    followed = Followed(*databases)
    end = now[0] + 2 * AGAIN_SECONDS + IDLE_SECONDS
    while now[0] < end:
        rest = followed.run()
        assert rest == pytest.approx(IDLE_SECONDS) or rest < IDLE_SECONDS
        now[0] += rest
    assert failing.runs == 3
    assert counting.runs >= 2 * AGAIN_SECONDS / IDLE_SECONDS


def test_a_reckoner_that_fails_rests_longer_and_holds_up_no_read_model(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    now, reckoned = [100.0], [0]

    def broken(_reckoner: Reckoner) -> int:
        reckoned[0] += 1
        raise RuntimeError("this one is broken")

    def run(_ledger: object, _models: object, consumer: Counting, *_: object) -> int:
        consumer.runs += 1
        return 0

    monkeypatch.setattr(following, "CONSUMERS", (lambda: counting,))
    monkeypatch.setattr(following, "run_once", run)
    monkeypatch.setattr(Reckoner, "run", broken)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    followed = Followed(*databases)
    end = now[0] + 2 * AGAIN_SECONDS + IDLE_SECONDS
    while now[0] < end:
        now[0] += followed.run()
    assert reckoned == [3]
    assert counting.runs >= 2 * AGAIN_SECONDS / IDLE_SECONDS


def test_what_is_due_is_reckoned_between_the_runs_of_the_read_models(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [2, 1, 0]
    monkeypatch.setattr(Reckoner, "run", lambda _reckoner: left.pop(0) if left else 0)
    followed = Followed(*databases)
    assert followed.run() == 0.0, "there is more to look at"
    assert followed.run() == 0.0
    assert followed.run() > 0.0


@pytest.mark.parametrize("make", CONSUMERS)
def test_a_read_model_that_is_ahead_of_the_ledger_begins_again(databases: Databases, make: Callable[[], CaseConsumer]) -> None:
    _, models = databases
    with transaction(models.writer) as connection:
        advance(connection, make().name, 5)
    Followed(*databases)
    with models.reader.begin() as connection:
        assert position(connection, make().name) == 0
