"""A report of an error is answered once and closed once, and a late answer is seen."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar_file import official
from directory.catalogue.corrections import ANSWER_WITHIN, ErrorReport, answer, answer_due, close, report, working_days_late
from directory.catalogue.vocabulary import ReportState
from directory.refusal import Refused
from tests.directory.catalogue.made import version

CALENDAR = official()
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
LATER = MONDAY + timedelta(hours=1)
REPORT = ErrorReport(
    report="r-1",
    resource="enterprise-register",
    version=1,
    hall="gongzhuling",
    department="housing",
    record="2026-0001",
    fields=frozenset({"name"}),
    what="名称与营业执照不符",
    reported_at=MONDAY,
)


def moved(found: ErrorReport | Refused) -> ErrorReport:
    assert isinstance(found, ErrorReport), found
    return found


def refused(found: ErrorReport | Refused) -> str:
    assert isinstance(found, Refused)
    return found.why


@pytest.mark.parametrize("outcome", [ReportState.CORRECTED, ReportState.REJECTED])
def test_a_report_is_answered_and_closed(outcome: ReportState) -> None:
    answered = moved(answer(moved(report(REPORT, version())), outcome, "已核对", LATER))
    assert (answered.state, answered.outcome, answered.answer, answered.answered_at) == (outcome, outcome, "已核对", LATER)
    closed = moved(close(answered, LATER))
    assert (closed.state, closed.outcome, closed.closed_at) == (ReportState.CLOSED, outcome, LATER)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 2}, "no version 2 of 'enterprise-register'"),
        ({"resource": "another"}, "no version 1 of 'another'"),
        ({"fields": frozenset({"name", "colour"})}, "'colour' is no field"),
        ({"what": ""}, "says what is wrong"),
        ({"what": "a\u202eb"}, "says what is wrong"),
        ({"state": ReportState.CLOSED}, "a new report is not closed"),
    ],
)
def test_a_report_that_does_not_hold_is_refused(changes: dict[str, Any], why: str) -> None:
    assert why in refused(report(replace(REPORT, **changes), version()))


def test_a_report_on_a_resource_that_is_not_there_is_refused() -> None:
    assert "no version 1" in refused(report(REPORT, None))


@pytest.mark.parametrize(
    ("outcome", "text", "at", "why"),
    [
        (ReportState.CLOSED, "", LATER, "closed is no answer"),
        (ReportState.REPORTED, "", LATER, "reported is no answer"),
        (ReportState.REJECTED, " ", LATER, "a rejection says why"),
        (ReportState.CORRECTED, "a\x00", LATER, "not seen"),
        (ReportState.CORRECTED, "", MONDAY - timedelta(seconds=1), "not given before the report"),
    ],
)
def test_an_answer_that_does_not_hold_is_refused(outcome: ReportState, text: str, at: datetime, why: str) -> None:
    assert why in refused(answer(REPORT, outcome, text, at))


def test_a_report_is_answered_once_and_closed_once() -> None:
    answered = moved(answer(REPORT, ReportState.CORRECTED, "", LATER))
    closed = moved(close(answered, LATER))
    assert "answered once" in refused(answer(answered, ReportState.REJECTED, "否", LATER))
    assert "answered once" in refused(answer(closed, ReportState.CORRECTED, "", LATER))
    assert "the report is reported" in refused(close(REPORT, LATER))
    assert "the report is closed" in refused(close(closed, LATER))
    assert "before its answer" in refused(close(answered, MONDAY))


@pytest.mark.parametrize(
    ("today", "late"), [(date(2026, 12, 7), 0), (date(2026, 12, 8), 1), (date(2026, 12, 12), 4), (date(2026, 12, 14), 5)]
)
def test_an_answer_is_late_after_ten_working_days(today: date, late: int) -> None:
    assert answer_due(REPORT, CALENDAR).day == date(2026, 12, 7)
    assert working_days_late(REPORT, today, CALENDAR) == late


def test_the_limit_is_a_parameter() -> None:
    assert answer_due(REPORT, CALENDAR, within=1).day == date(2026, 11, 24)
    assert working_days_late(REPORT, date(2026, 11, 25), CALENDAR, within=1) == 1


def test_what_was_answered_grows_no_later() -> None:
    answered = moved(answer(REPORT, ReportState.CORRECTED, "", datetime(2026, 12, 8, 16, tzinfo=UTC)))
    assert working_days_late(answered, date(2027, 6, 1), CALENDAR) == 2, "16:00 UTC is the next day in Beijing"


@given(st.lists(st.sampled_from(["correct", "reject", "close"]), max_size=8))
def test_only_one_order_of_moves_is_ever_taken(moves: list[str]) -> None:
    now, taken = REPORT, []
    for move in moves:
        found = {
            "correct": lambda: answer(now, ReportState.CORRECTED, "", LATER),  # noqa: B023  called at once
            "reject": lambda: answer(now, ReportState.REJECTED, "否", LATER),  # noqa: B023
            "close": lambda: close(now, LATER),  # noqa: B023
        }[move]()
        if isinstance(found, ErrorReport):
            now = found
            taken.append(move)
    assert taken in ([], ["correct"], ["reject"], ["correct", "close"], ["reject", "close"])
    assert ANSWER_WITHIN == 10
