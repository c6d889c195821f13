"""Carry a report of an error in a resource back to its provider, and the answer to its reader (校核纠错).

Laws: reported → corrected or rejected → closed, in this order and each once; a rejection says why. A move that is not
allowed is refused with its reason. A report names fields and a record by its key at the provider, never their content.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from directory.calendar import Calendar, Due, beijing_day
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import ReportState
from directory.refusal import Refused
from directory.texts import text_fault

ANSWER_WITHIN: Final = 10
"""Working days in which a provider answers, where no local rule says otherwise."""

_ANSWERS: Final = (ReportState.CORRECTED, ReportState.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """What a reader found wrong in a resource's records; times are aware.

    `record` is the provider's key of the record, empty when all are meant; `fields` are names of fields, none when the
    whole record is meant.
    """

    report: str
    resource: str
    version: int
    hall: str
    department: str
    record: str
    fields: frozenset[str]
    what: str
    reported_at: datetime
    state: ReportState = ReportState.REPORTED
    answer: str = ""
    answered_at: datetime | None = None
    outcome: ReportState | None = None
    closed_at: datetime | None = None


def report(error: ErrorReport, version: ResourceVersion | None) -> ErrorReport | Refused:
    """Take a new report in, given the version of the resource that it names (None where there is none)."""
    if version is None or (version.resource.resource, version.version) != (error.resource, error.version):
        return Refused(f"there is no version {error.version} of {error.resource!a}")
    if surplus := sorted(error.fields - version.item_names):
        return Refused(f"{surplus[0][:64]!a} is no field of version {error.version} of {error.resource!r}")
    if error.state is not ReportState.REPORTED:
        return Refused(f"a new report is not {error.state}")
    if fault := text_fault(error.what):
        return Refused(f"a report says what is wrong: {fault}")
    return error


def answer(error: ErrorReport, outcome: ReportState, text: str, answered_at: datetime) -> ErrorReport | Refused:
    """Answer a report: corrected, or rejected with a reason."""
    if outcome not in _ANSWERS:
        return Refused(f"{outcome} is no answer: {' or '.join(_ANSWERS)}")
    if error.state is not ReportState.REPORTED:
        return Refused(f"the report is {error.state}, and is answered once")
    if outcome is ReportState.REJECTED and not text.strip():
        return Refused("a rejection says why")
    if text and (fault := text_fault(text)):
        return Refused(fault)
    if answered_at < error.reported_at:
        return Refused("an answer is not given before the report")
    return replace(error, state=outcome, outcome=outcome, answer=text, answered_at=answered_at)


def close(error: ErrorReport, closed_at: datetime) -> ErrorReport | Refused:
    """Close a report that was answered; its outcome stays what it was."""
    if error.state not in _ANSWERS:
        return Refused(f"the report is {error.state}: it is closed when it has been answered, and once")
    if error.answered_at is not None and closed_at < error.answered_at:
        return Refused("a report is not closed before its answer")
    return replace(error, state=ReportState.CLOSED, closed_at=closed_at)


def answer_due(error: ErrorReport, calendar: Calendar, within: int = ANSWER_WITHIN) -> Due:
    """Return the last day on which the provider's answer is in time; raises CalendarExceeded."""
    return calendar.add_working_days(beijing_day(error.reported_at), within)


def working_days_late(error: ErrorReport, today: date, calendar: Calendar, within: int = ANSWER_WITHIN) -> int:
    """Return by how many working days an answer is late, or was; 0 when it is not."""
    end = today if error.answered_at is None else beijing_day(error.answered_at)
    return max(0, calendar.working_days_between(answer_due(error, calendar, within).day, end).days)
