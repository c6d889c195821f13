"""A light says how much time is left, and grey that nobody knows."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.clocks.clock import Clock
from directory.clocks.vocabulary import ClockKind
from directory.supervision.book import Place, compiled
from directory.supervision.lights import foremost, light, lights
from directory.supervision.reading import default_rules
from directory.supervision.vocabulary import LIGHT_TITLES, Light, Trigger
from tests.directory.clocks.made import GRANTED, at, case, only
from tests.directory.supervision.made import BOOK, HALL, sight, supervised

EVENTS = case(("applied", "2026-09-01"), ("accepted", "2026-09-01"))
"""Promised until 2026-09-15: yellow with two of ten working days left, from 2026-09-11 on."""
PLACE = Place(HALL, "item")


def promised(now: datetime) -> Clock:
    return only(supervised(EVENTS, now).clocks, ClockKind.CASE_PROMISED)


@pytest.mark.parametrize(
    ("day", "hour", "shown"),
    [
        ("2026-09-01", 10, Light.GREEN),
        ("2026-09-10", 23, Light.GREEN),
        ("2026-09-11", 0, Light.YELLOW),
        ("2026-09-15", 23, Light.YELLOW),
        ("2026-09-16", 0, Light.RED),
        ("2026-10-12", 10, Light.RED),
    ],
)
def test_a_light_turns_yellow_with_a_fifth_left_and_red_when_the_limit_is_over(day: str, hour: int, shown: Light) -> None:
    now = at(day, hour)
    assert light(promised(now), PLACE, sight(now)) is shown


@pytest.mark.parametrize(
    ("now", "reported", "shown"),
    [
        ("2026-09-16", "2026-09-15", Light.GREY),  # it may have been decided on its last day
        ("2026-09-11", "2026-09-10", Light.GREY),
        ("2026-09-14", "2026-09-11", Light.YELLOW),
        ("2026-09-09", "2026-09-07", Light.GREEN),
        ("2026-09-09", "2026-09-04", Light.GREY),  # silent for three working days
        ("2026-09-17", "2026-09-16", Light.RED),
        ("2026-09-09", "2026-09-30", Light.GREEN),  # a watermark ahead of the clock is as good as one of now
    ],
)
def test_a_light_is_grey_where_the_hall_has_not_reported_what_it_takes(now: str, reported: str, shown: Light) -> None:
    assert light(promised(at(now)), PLACE, sight(at(now), at(reported))) is shown


def test_a_hall_that_never_reported_has_grey_lights() -> None:
    now = at("2026-09-02")
    assert light(promised(now), PLACE, sight(now, {})) is Light.GREY


def test_what_has_ended_or_has_no_limit_has_no_light() -> None:
    now = at("2026-09-10")
    ended = supervised(case(("applied", "2026-09-01"), ("accepted", "2026-09-01"), ("decided", "2026-09-02", {"outcome": GRANTED})), now)
    assert {key[0] for key in lights(ended.clocks, PLACE, sight(now))} == {"delivery"}
    nameless = supervised(case(("renewal_applied", "2026-09-01")), now)
    assert [clock.kind for clock in nameless.clocks] == [ClockKind.RENEWAL]
    assert lights(nameless.clocks, PLACE, sight(now)) == {}


def test_a_clock_that_stands_still_keeps_the_light_it_has() -> None:
    for since, shown in (("2026-09-02", Light.GREEN), ("2026-09-14", Light.YELLOW)):
        events = [*EVENTS, *case(("suspended", since))]
        now = at("2026-10-12")
        clock = only(supervised(events, now).clocks, ClockKind.CASE_PROMISED)
        assert light(clock, PLACE, sight(now)) is shown


def test_a_place_has_a_threshold_of_its_own() -> None:
    (general,) = (rule for rule in default_rules() if rule.rule == "yellow-light")
    early = replace(general, rule="early", halls=frozenset({HALL}), percent=90)
    never = replace(general, rule="never", items=frozenset({"item"}), trigger=Trigger.NEVER)
    now = at("2026-09-04")
    assert light(promised(now), PLACE, sight(now, book=compiled([*default_rules(), early]))) is Light.YELLOW
    assert light(promised(now), Place("dehui"), sight(now, {"dehui": now}, compiled([*default_rules(), early]))) is Light.GREEN
    now = at("2026-09-15")
    assert light(promised(now), PLACE, sight(now, book=compiled([*default_rules(), early, never]))) is Light.GREEN


def test_several_lights_are_shown_as_one() -> None:
    assert foremost([Light.GREEN, Light.GREY, Light.YELLOW]) is Light.YELLOW
    assert foremost([Light.GREEN, Light.GREY]) is Light.GREY
    assert foremost([]) is None
    assert set(LIGHT_TITLES) == set(Light)


ORDER = [Light.GREEN, Light.YELLOW, Light.RED]


@given(st.integers(0, 60 * 24), st.integers(0, 60 * 24))
def test_a_light_of_a_running_clock_never_goes_back(one: int, other: int) -> None:
    start = at("2026-09-01").timestamp()
    first, second = (datetime.fromtimestamp(start + 3600 * hours, tz=at("2026-09-01").tzinfo) for hours in sorted((one, other)))
    early, late = (light(promised(now), PLACE, sight(now, book=BOOK)) for now in (first, second))
    assert early is not None
    assert late is not None
    assert ORDER.index(early) <= ORDER.index(late)
