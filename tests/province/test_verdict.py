from dataclasses import replace
from pathlib import Path

import pytest

from tests.province import business, directory, evidence, verdict
from tests.province.demo_view import View
from tests.province.exchange import Course, Exchange
from tests.province.feeding import makes_event
from tests.province.ground import Ground
from tests.province.reckoning import Reckoning

GROUND = Ground.of(business.read_log(), business.mapping_of(), 50, Path("nowhere"))
SENT = {hall: sum(map(makes_event, log.changes)) for hall, log in GROUND.logs.items()}
ROWS = sum(log.events for log in GROUND.logs.values())
FINE = Reckoning(sent=SENT, arrived=SENT, cases=50, rows=ROWS, lost=0, duplicates=0, strangers=0, out_of_order=0)
PROVED = evidence.Verdict(checked=GROUND.events, bad=0, cosigned=1, said="")


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Exchange:
    monkeypatch.setattr(verdict, "_rows_read", lambda _: ROWS)
    return Exchange(GROUND, 10, View(silent=True))


def test_what_arrived_whole_has_no_faults(exchange: Exchange) -> None:
    assert list(verdict._count_faults(exchange, FINE, SENT)) == []
    assert list(verdict._course_faults(Course({"hub killed": 0.3, "hub back": 0.8}, late=3))) == []
    assert list(verdict._proof_faults(PROVED, FINE)) == []


@pytest.mark.parametrize("fault", ["lost", "duplicates", "strangers", "out_of_order"])
def test_each_kind_of_loss_is_a_fault(exchange: Exchange, fault: str) -> None:
    found = Reckoning(**{name: getattr(FINE, name) for name in Reckoning.__slots__} | {fault: 1})
    assert list(verdict._count_faults(exchange, found, SENT)) == [f"{fault}: 1"]


def test_counts_that_differ_are_faults(exchange: Exchange) -> None:
    hall = next(iter(SENT))
    fewer = SENT | {hall: SENT[hall] - 1}
    assert len(list(verdict._count_faults(exchange, FINE, fewer))) == 1
    assert len(list(verdict._count_faults(exchange, replace(FINE, arrived=fewer), SENT))) == 1
    assert len(list(verdict._count_faults(exchange, replace(FINE, sent=fewer, arrived=fewer), fewer))) == 1
    assert len(list(verdict._count_faults(exchange, replace(FINE, rows=ROWS + 1), SENT))) == 1


def test_a_directory_that_is_not_whole_everywhere_is_a_fault() -> None:
    whole = directory.Standing(directory.WANTED, directory.LINKED, 6, {"one": 6})
    assert list(directory.faults(whole)) == []
    assert len(list(directory.faults(replace(whole, kinds={"hall": 53})))) == 1
    assert len(list(directory.faults(replace(whole, linked=53)))) == 1
    assert len(list(directory.faults(replace(whole, digests={"one": 5, "other": 1})))) == 1
    assert len(list(directory.faults(replace(whole, digests={})))) == 1


def test_a_demo_that_was_not_disturbed_in_time_shows_nothing() -> None:
    assert len(list(verdict._course_faults(Course({"hub killed": 0.19, "cut off": 0.81}, late=1)))) == 2
    assert len(list(verdict._course_faults(Course()))) == 2


def test_evidence_that_is_bad_or_missing_is_a_fault() -> None:
    assert len(list(verdict._proof_faults(replace(PROVED, bad=1), FINE))) == 1
    assert len(list(verdict._proof_faults(replace(PROVED, checked=GROUND.events - 1), FINE))) == 1
