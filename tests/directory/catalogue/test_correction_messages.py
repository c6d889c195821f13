"""Reports travel as they are, and fold into where they stand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.correction_messages import (
    CorrectionEvent,
    fold,
    read_event,
    report_from_bytes,
    report_to_bytes,
    write_event,
)
from directory.catalogue.corrections import ErrorReport
from directory.catalogue.vocabulary import ReportState
from directory.errors import MessageMalformed
from directory.scopes.principal import Principal

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
WHO = Principal("gongzhuling", "clerk", "housing", "1024")
WORDS = st.text(max_size=30)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - they get their zone
SAID: dict[str, Any] = dict.fromkeys(("report", "resource", "hall", "department", "record", "what", "answer"), WORDS)
REPORTS = st.builds(
    ErrorReport,
    **SAID,
    version=st.integers(0, 2**32 - 1),
    fields=st.frozensets(st.text(min_size=1, max_size=10), max_size=5),
    reported_at=MOMENTS,
    state=st.sampled_from(ReportState),
    answered_at=st.none() | MOMENTS,
    outcome=st.none() | st.sampled_from(ReportState),
    closed_at=st.none() | MOMENTS,
)
EVENTS = st.builds(CorrectionEvent, kind=st.sampled_from(ReportState), at=MOMENTS, error=st.none() | REPORTS, text=WORDS)


def reported() -> ErrorReport:
    return ErrorReport(
        report="r-1",
        resource="enterprise-register",
        version=1,
        hall="gongzhuling",
        department="housing",
        record="17",
        fields=frozenset({"name"}),
        what="名称不一致",
        reported_at=NOON,
    )


@given(EVENTS, WORDS)
def test_an_event_is_read_as_it_was_written(event: CorrectionEvent, ident: str) -> None:
    assert read_event(write_event(ident, event, WHO)) == (ident, event)


@given(REPORTS)
def test_a_report_is_read_as_it_was_written(error: ErrorReport) -> None:
    assert report_from_bytes(report_to_bytes(error)) == error


@given(st.lists(EVENTS, max_size=8))
def test_no_events_make_the_fold_fail(events: list[CorrectionEvent]) -> None:
    after: ErrorReport | None = None
    for event in events:
        before, after = after, fold(after, event)
        assert before is None or after is not None


def test_a_report_is_answered_once_and_closed_behind_its_answer() -> None:
    kinds = (
        ReportState.CLOSED,
        ReportState.REJECTED,
        ReportState.CORRECTED,
        ReportState.REPORTED,
        ReportState.CLOSED,
        ReportState.REJECTED,
    )
    after: ErrorReport | None = reported()
    for hours, kind in enumerate(kinds):
        after = fold(after, CorrectionEvent(kind=kind, at=NOON + timedelta(hours=hours), text="与档案一致"))
    assert after is not None
    assert (after.state, after.outcome, after.answer) == (ReportState.CLOSED, ReportState.REJECTED, "与档案一致")
    assert (after.answered_at, after.closed_at) == (NOON + timedelta(hours=1), NOON + timedelta(hours=4))


def test_what_this_release_cannot_read_is_said_to_be_so() -> None:
    for read in (read_event, report_from_bytes):
        with pytest.raises(MessageMalformed):
            read(b"\xff\xff")
    with pytest.raises(MessageMalformed):
        report_from_bytes(b"")
