"""Carry reports of errors to the providers of resources, and their answers back (校核纠错).

Law: as for shares, each act is one event in the hub's own journal, addressed to the halls of the reader and the provider.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from directory.calendar import Due, beijing_day
from directory.catalogue import corrections as rules
from directory.catalogue.correction_messages import (
    RESOURCE,
    TYPE,
    CorrectionEvent,
    fold,
    read_event,
    report_from_bytes,
    report_to_bytes,
    write_event,
)
from directory.catalogue.corrections import ErrorReport
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import ReportState
from directory.errors import MessageMalformed
from directory.refusal import Refused
from directory.register.lookup import Lookup, Provider
from directory.scopes.principal import Principal
from directory.texts import name_fault
from hub.dockets.docket import Docket
from hub.dockets.moves import Declined, Said
from hub.dockets.store import Form
from hub.sharing.headings import SOURCE, Heading
from hub.sharing.shares import new_id
from hub.tables import correction_events, corrections
from tongban.errors.v1 import errors_pb2

MOST_WAITING = 1_000
"""Reports of one hall that wait for an answer."""


def heading(error: ErrorReport) -> Heading:
    """Say what the table tells of a report."""
    return Heading(
        id=error.report,
        hall=error.hall,
        department=error.department,
        resource=error.resource,
        phase=error.state,
        opened_at_ms=round(error.reported_at.timestamp() * 1000),
    )


def _folded(before: ErrorReport | None, event: bytes) -> ErrorReport:
    after = fold(before, read_event(event)[1])
    if after is None:
        raise MessageMalformed("an event of a report that nobody made")
    return after


FORM: Form[ErrorReport] = Form(
    matters=corrections,
    events=correction_events,
    source=SOURCE,
    resource=RESOURCE,
    type=TYPE,
    place=lambda error: heading(error).place,
    row=lambda error: heading(error).row,
    write=report_to_bytes,
    read=report_from_bytes,
    folded=_folded,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is wrong with records of a resource; `version` 0 is the one in force, without a `record` all are meant."""

    resource: str
    version: int
    record: str
    fields: frozenset[str]
    what: str


@dataclass(slots=True)
class Corrections:
    """Reports and their answers; its verbs raise what keeps an act from being committed."""

    docket: Docket[ErrorReport]
    lookup: Callable[[], Lookup]
    answer_within: int
    """Working days."""
    clock: Callable[[], datetime]

    async def report(self, found: Found, who: Principal) -> ErrorReport | Declined:
        """Report an error, for the department of whoever found it; what is reported twice and not answered yet is one report."""
        now = self.clock()
        catalogue, day = self.lookup().catalogue, beijing_day(now)
        current = catalogue.newest(found.resource, day)
        if current is None:
            return Declined(errors_pb2.REASON_UNKNOWN_RESOURCE, f"there is no resource {found.resource[:64]!a}", "resource")
        if found.record and (fault := name_fault(found.record)):
            return Declined(errors_pb2.REASON_FIELD_INVALID, fault, "record")
        error = ErrorReport(
            report=new_id("r"),
            resource=found.resource,
            version=found.version or current.version,
            hall=who.hall,
            department=who.department,
            record=found.record,
            fields=found.fields,
            what=found.what,
            reported_at=now,
        )
        named = catalogue.version(error.resource, error.version)

        def judge(_nothing: ErrorReport | None) -> Said[ErrorReport] | ErrorReport | Declined:
            judged = rules.report(error, named)
            if isinstance(judged, Refused):
                return Declined(errors_pb2.REASON_FIELD_INVALID, judged.why, _field_at_fault(error, named))
            if same := self._same(error):
                return same
            if self._waiting_of(who.hall) >= MOST_WAITING:
                return Declined(errors_pb2.REASON_QUOTA, f"{MOST_WAITING} reports of {who.hall} wait for an answer")
            return self._said(judged, CorrectionEvent(kind=ReportState.REPORTED, at=now, error=judged), who)

        return await self.docket.move(error.report, judge)

    async def answer(self, ident: str, outcome: ReportState, text: str, who: Principal) -> ErrorReport | Declined:
        """Answer a report, for the provider: corrected, or rejected with a reason."""

        def judge(error: ErrorReport) -> CorrectionEvent | ErrorReport:
            if error.outcome is outcome and error.answer == text:
                return error
            return CorrectionEvent(kind=outcome, at=max(self.clock(), error.reported_at), text=text)

        return await self._act(ident, who, judge)

    async def close(self, ident: str, who: Principal) -> ErrorReport | Declined:
        """Close a report that was answered, for its reader."""

        def judge(error: ErrorReport) -> CorrectionEvent | ErrorReport:
            if error.state is ReportState.CLOSED:
                return error
            return CorrectionEvent(kind=ReportState.CLOSED, at=max(self.clock(), error.answered_at or error.reported_at))

        return await self._act(ident, who, judge)

    def due(self, error: ErrorReport) -> Due | None:
        """Return the last day on which an answer is in time, None for what was answered."""
        if error.state is not ReportState.REPORTED:
            return None
        return rules.answer_due(error, self.lookup().calendar, self.answer_within)

    def working_days_late(self, error: ErrorReport, day: date) -> int:
        """Return by how many working days an answer is late at a day in Beijing."""
        return rules.working_days_late(error, day, self.lookup().calendar, self.answer_within)

    def provider(self, error: ErrorReport, day: date) -> Provider:
        """Say who provides the resource."""
        return self.lookup().provider(error.resource, day)

    async def _act(
        self, ident: str, who: Principal, judge: Callable[[ErrorReport], CorrectionEvent | ErrorReport]
    ) -> ErrorReport | Declined:
        def judged(error: ErrorReport | None) -> Said[ErrorReport] | ErrorReport | Declined:
            if error is None:
                return Declined(errors_pb2.REASON_NOT_FOUND, "there is no such report, or none that may be read")
            event = judge(error)
            if isinstance(event, ErrorReport):
                return event
            closes = event.kind is ReportState.CLOSED
            after = rules.close(error, event.at) if closes else rules.answer(error, event.kind, event.text, event.at)
            if isinstance(after, Refused):
                return _refused(error, event, after.why)
            return self._said(after, event, who)

        return await self.docket.move(ident, judged)

    def _said(self, after: ErrorReport, event: CorrectionEvent, who: Principal) -> Said[ErrorReport]:
        halls = frozenset({after.hall, self.provider(after, beijing_day(event.at)).hall}) - {""}
        return Said(after=after, kind=event.kind, event=write_event(after.report, event, who), at=event.at, halls=halls)

    def _same(self, error: ErrorReport) -> ErrorReport | None:
        return next((one for one in self.docket if replace(one, report=error.report, reported_at=error.reported_at) == error), None)

    def _waiting_of(self, hall: str) -> int:
        return sum(one.state is ReportState.REPORTED and one.hall == hall for one in self.docket)


def _field_at_fault(error: ErrorReport, named: ResourceVersion | None) -> str:
    if named is None:
        return "version"
    return "fields" if error.fields - named.item_names else "what"


def _refused(error: ErrorReport, event: CorrectionEvent, why: str) -> Declined:
    in_turn = event.kind is not ReportState.CLOSED and error.state is ReportState.REPORTED
    return Declined(errors_pb2.REASON_FIELD_INVALID, why, "text") if in_turn else Declined(errors_pb2.REASON_NOT_IN_TURN, why)
