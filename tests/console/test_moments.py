"""Whatever time another hall says, a page can be drawn."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from node_agent.console.moments import clock_time, last_day


@pytest.mark.parametrize("seconds", [-62_135_596_800, 253_402_300_799, 253_402_300_800, -(2**62), 2**62])
def test_a_time_at_the_end_of_all_years_is_none(seconds: int) -> None:
    for at in (Timestamp(seconds=seconds), seconds * 1000):
        assert (clock_time(at), last_day(at)) == ("", "")


@pytest.mark.parametrize("at", ["9999-12-31T23:00:00+00:00", "no time", datetime(9999, 12, 31, 23, tzinfo=UTC), None, ""])
def test_what_is_no_time_is_written_as_nothing(at: object) -> None:
    assert (clock_time(at), last_day(at)) == ("", "")


def test_a_time_is_written_in_beijing() -> None:
    assert clock_time(datetime(2026, 3, 1, 16, 30, tzinfo=UTC)) == "2026-03-02 00:30"
    assert last_day(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == "2026-03-01"
