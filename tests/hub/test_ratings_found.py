"""A bad rating that counts opens a rectification, once; what should not have been told of a rating opens none, and is flagged."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from directory.case_state import flag_names
from directory.lifecycle import Event
from directory.register.kinds import Kind
from directory.supervision.reading import default_rules, read_rules
from directory.supervision.vocabulary import UNFOUNDED, Effect
from hub.cases.consumer import CaseConsumer, model_digest
from hub.cases.states import decode
from hub.consumers import rebuild
from tests.directory.clocks.made import event
from tests.hub.cases_told import envelope
from tests.hub.reckoned import Ground

APPLIED, ACCEPTED = event("applied", "2026-03-02"), event("accepted", "2026-03-02", hour=11)
DECIDED = event("decided", "2026-03-03", outcome=1)
CLOSED = event("closed", "2026-03-03", hour=11)


def rated(grade: int, day: str = "2026-03-04", hour: int = 10) -> Event:
    return event("rated", day, hour=hour, grade=grade)


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground.of(database_url)
    yield made
    made.dispose()


def opened(ground: Ground) -> list[dict[str, Any]]:
    """Return what opens rectifications, and what withdraws them."""
    wanted = {Effect.RECTIFICATION.value, UNFOUNDED}
    return [json.loads(kept.finding.document) for kept in ground.found() if kept.finding.effect in wanted]


def flags(ground: Ground, number: str = "1") -> list[str]:
    return flag_names(decode(ground.row("yushu", number).state).flags)


@pytest.mark.parametrize(("grade", "opens"), [(1, True), (2, True), (3, False), (4, False), (5, False)])
def test_a_bad_rating_opens_a_rectification_and_no_other_does(ground: Ground, grade: int, opens: bool) -> None:  # noqa: FBT001 - of the table above
    ground.tell("yushu", "1", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(grade))
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11)
    found = opened(ground)
    assert [one["effect"] for one in found] == (["rectification"] if opens else [])
    assert flags(ground) == []
    if opens:
        said = ("bad-rating", 1, "yushu", str(grade), [4], 15)
        assert tuple(found[0][name] for name in ("rule", "version", "hall", "of", "events", "reply_days")) == said


def test_a_rating_waits_for_the_report_behind_it_for_an_earlier_one_may_be_on_its_way(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(1))
    ground.reckon("2026-03-06", 11)
    assert opened(ground) == []
    ground.report("yushu", "2026-03-04", 10)
    ground.reckon()
    assert opened(ground) == [], "within the hour of grace"
    ground.report("yushu", "2026-03-04", 11)
    ground.reckon()
    assert len(opened(ground)) == 1


def test_a_case_is_rated_once_and_the_first_rating_counts(ground: Ground) -> None:
    ground.tell("yushu", "good-first", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(5), rated(1, hour=11))
    ground.tell("yushu", "bad-first", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(1), rated(1, hour=11), rated(5, hour=12))
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11)
    assert [(one["case_number"], one["events"]) for one in opened(ground)] == [("bad-first", [10])]
    assert flags(ground, "good-first") == flags(ground, "bad-first") == ["repeated"]


def test_the_same_rating_sent_again_is_one(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, DECIDED, CLOSED)
    for _ in range(2):
        ground.ledger.append("yushu", [envelope("yushu", "1", rated(1), "one and the same")])
        ground.follow()
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11)
    assert len(opened(ground)) == 1
    assert flags(ground) == []


@pytest.mark.parametrize("grade", [0, 6, 4_000_000_000])
def test_a_rating_without_one_of_the_five_grades_is_flagged_and_the_next_one_counts(ground: Ground, grade: int) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(grade))
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11)
    assert (opened(ground), flags(ground)) == ([], ["no_such_grade"])
    ground.tell("yushu", "1", rated(2, "2026-03-06"))
    ground.report("yushu", "2026-03-09")
    ground.reckon("2026-03-09", 11)
    assert [one["of"] for one in opened(ground)] == ["2"]


def test_a_rating_before_the_end_of_its_case_opens_all_the_same_and_is_flagged(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, rated(1, "2026-03-02", 12))
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11)
    assert len(opened(ground)) == 1
    assert flags(ground) == ["rated_early"]


def test_a_rating_of_a_case_that_nobody_knows_waits_until_somebody_tells_of_the_case(ground: Ground) -> None:
    ground.tell("yushu", "1", rated(1))
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11)
    assert opened(ground) == []
    assert flags(ground) == ["not_applied", "rated_early"]
    ground.tell("yushu", "1", APPLIED)
    ground.reckon("2026-03-05", 12)
    assert [one["events"] for one in opened(ground)] == [[0]]


def test_a_rating_dated_by_a_wrong_clock_opens_nothing(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(1, "2026-11-25"))
    ground.report("yushu", "2026-11-27")
    ground.reckon("2026-11-27", 11)
    assert opened(ground) == []


def test_a_rectification_loses_its_ground_when_another_hall_told_of_an_earlier_rating(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, event("referred_up", "2026-03-03", referred_to="changchun"), rated(1, "2026-03-06"))
    ground.report("yushu", "2026-03-09")
    ground.reckon("2026-03-09", 11)
    (first,) = opened(ground)
    assert first["effect"] == "rectification"
    of = ("yushu", "1")
    ground.ledger.append("changchun", [envelope("changchun", "c-1", rated(5, "2026-03-05"), "by the city", of)])
    ground.follow()
    for _ in range(2):
        ground.reckon("2026-03-10", 11)
        ground.tell("yushu", "1", event("step", "2026-03-10", step="x"))
    assert [(one["effect"], one["hall"]) for one in opened(ground)] == [("rectification", "yushu"), (UNFOUNDED, "yushu")]
    assert opened(ground)[1]["key"][1:] == first["key"][1:]


def test_a_history_that_is_read_again_opens_and_withdraws_nothing(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(1))
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11, replayed=True)
    assert opened(ground) == []


def test_a_rating_before_the_rules_first_day_opens_nothing_and_a_place_switches_it_off(ground: Ground) -> None:
    off = """[[supervision-rule]]
rule = "not-here"
version = 1
effect = "rectification"
trigger = "never"
act = "badly-rated"
halls = ["dehui"]
from = 2026-01-01
basis = "Tried out elsewhere first."
"""

    ground.register(Kind.SUPERVISION_RULE, [*default_rules(), *read_rules(off.encode()).whole()])
    old = [event(kind, "2025-12-30", hour=hour) for hour, kind in enumerate(("applied", "accepted", "closed"), 9)]
    ground.tell("yushu", "old", *old, rated(1, "2025-12-31"))
    for hall in ("dehui", "yushu"):
        ground.tell(hall, "1", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(1))
        ground.report(hall, "2026-03-05")
    ground.reckon("2026-03-05", 11)
    assert [(one["hall"], one["case_number"]) for one in opened(ground)] == [("yushu", "1")]


def test_a_rebuild_is_equal_and_opens_nothing_again(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, ACCEPTED, DECIDED, CLOSED, rated(1), rated(4, hour=11))
    ground.report("yushu", "2026-03-05")
    ground.reckon("2026-03-05", 11)
    with ground.models.reader.begin() as connection:
        before = model_digest(connection)
    rebuild(ground.database.reader, ground.models.writer, CaseConsumer(), ground.ledger.read_after, 5)
    with ground.models.reader.begin() as connection:
        assert model_digest(connection) == before
    ground.reckon("2026-03-05", 12)
    assert len(opened(ground)) == 1
