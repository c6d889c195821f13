"""Write reports of errors and what happens to them as the contract's messages, read them again, and fold them.

Laws: what is written is read as the same; what this release cannot read raises MessageMalformed, and is never half read. No event makes
the fold fail: what does not follow from where a report stands changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from directory.catalogue.corrections import ErrorReport, answer, close
from directory.catalogue.vocabulary import ReportState
from directory.contract import moment, moment_if_any, reading, said_principal, timestamp
from directory.refusal import Refused
from directory.scopes.principal import Principal
from tongban.directory.v1 import corrections_pb2

RESOURCE = "correction"
"""The resource under which they travel."""
TYPE = corrections_pb2.CorrectionEvent.DESCRIPTOR.full_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionEvent:
    """One thing that happened to a report: the state that it led to; `error` when it was made, `text` when it was answered."""

    kind: ReportState
    at: datetime
    error: ErrorReport | None = None
    text: str = ""


def fold(before: ErrorReport | None, event: CorrectionEvent) -> ErrorReport | None:
    """Return where a report stands after one more event."""
    if before is None:
        return event.error
    if event.kind is ReportState.REPORTED:
        return before
    closed = event.kind is ReportState.CLOSED
    after = close(before, event.at) if closed else answer(before, event.kind, event.text, event.at)
    return before if isinstance(after, Refused) else after


def write_event(report: str, event: CorrectionEvent, by: Principal) -> bytes:
    """Write what happened to a report, and who did it."""
    said = corrections_pb2.CorrectionEvent(
        report_id=report, kind=event.kind, at=timestamp(event.at), text=event.text, hall=by.hall, by=said_principal(by)
    )
    if event.error is not None:
        said.report.CopyFrom(write_report(event.error))
    return said.SerializeToString()


def read_event(data: bytes) -> tuple[str, CorrectionEvent]:
    """Read the id of a report and what happened to it; raises MessageMalformed."""
    with reading(TYPE):
        said = corrections_pb2.CorrectionEvent.FromString(data)
        error = read_report(said.report) if said.HasField("report") else None
        return said.report_id, CorrectionEvent(kind=ReportState(said.kind), at=moment(said.at), error=error, text=said.text)


def write_report(error: ErrorReport) -> corrections_pb2.ErrorReport:
    """Write where a report stands."""
    return corrections_pb2.ErrorReport(
        report=error.report,
        hall=error.hall,
        department=error.department,
        resource=error.resource,
        version=error.version,
        record=error.record,
        fields=sorted(error.fields),
        what=error.what,
        reported_at=timestamp(error.reported_at),
        state=error.state,
        outcome=error.outcome or "",
        answer=error.answer,
        answered_at=timestamp(error.answered_at),
        closed_at=timestamp(error.closed_at),
    )


def read_report(said: corrections_pb2.ErrorReport) -> ErrorReport:
    """Read where a report stands; raises MessageMalformed."""
    with reading(corrections_pb2.ErrorReport.DESCRIPTOR.full_name):
        return ErrorReport(
            report=said.report,
            resource=said.resource,
            version=said.version,
            hall=said.hall,
            department=said.department,
            record=said.record,
            fields=frozenset(said.fields),
            what=said.what,
            reported_at=moment(said.reported_at),
            state=ReportState(said.state),
            answer=said.answer,
            answered_at=moment_if_any(said, "answered_at"),
            outcome=ReportState(said.outcome) if said.outcome else None,
            closed_at=moment_if_any(said, "closed_at"),
        )


def report_from_bytes(data: bytes) -> ErrorReport:
    """Read where a report stands from a serialised tongban.directory.v1.ErrorReport; raises MessageMalformed."""
    with reading(corrections_pb2.ErrorReport.DESCRIPTOR.full_name):
        said = corrections_pb2.ErrorReport.FromString(data)
    return read_report(said)


def report_to_bytes(error: ErrorReport) -> bytes:
    """Write where a report stands, the same bytes for the same report in one release."""
    return write_report(error).SerializeToString(deterministic=True)
