"""Serve tongban.directory.v1.CorrectionService: what readers find wrong in records, and what providers answer.

Laws: those of hub.rpc.sharing. A report names fields and the key of a record, and is never asked for its content.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from secrets import token_bytes
from typing import Protocol

import grpc

from directory.access import action_of
from directory.calendar import beijing_day
from directory.catalogue.correction_messages import write_report
from directory.catalogue.corrections import ErrorReport
from directory.catalogue.vocabulary import ReportState
from directory.scopes.vocabulary import Action
from directory.sharing.vocabulary import Awaited
from hub.cases.paging import PageTokens
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.asking import Asking
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.filters import check_name, check_name_if_any, names, word_if_any
from hub.rpc.matters import Acts, Listing, Sides, check_act, due, of_opener, of_provider, outcome, own
from hub.rpc.paging import page_size
from hub.rpc.streams import OpenCall
from hub.sharing.corrections import Corrections, Found, heading
from tongban.directory.v1 import corrections_pb2, scopes_pb2
from tongban.errors.v1 import errors_pb2


class _OnOne(Protocol):
    @property
    def report(self) -> str: ...
    @property
    def asked_by(self) -> scopes_pb2.Principal: ...


@dataclass(frozen=True, slots=True)
class CorrectionService:
    """Reports of errors and their answers; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    @property
    def _corrections(self) -> Corrections:
        return self.rooms.sharing.corrections

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "ReportError": self.report_error,
            "AnswerReport": self.answer_report,
            "CloseReport": self.close_report,
            "ListReports": self.list_reports,
        }
        serve(server, corrections_pb2.DESCRIPTOR.services_by_name["CorrectionService"], methods, keeper)

    async def report_error(self, request: corrections_pb2.ReportErrorRequest, call: OpenCall) -> corrections_pb2.ReportStanding:
        """Report an error."""
        asking = Asking.of(self.rooms, call, request)
        asking.check(action_of(call.method), own(asking))
        check_name(request.resource, "resource")
        check_name_if_any(request.record, "record")
        found = Found(
            resource=request.resource,
            version=request.version,
            record=request.record,
            fields=names(request.fields, "fields"),
            what=request.what,
        )
        return self._standing(outcome(await self._corrections.report(found, asking.principal)))

    async def answer_report(self, request: corrections_pb2.AnswerReportRequest, call: OpenCall) -> corrections_pb2.ReportStanding:
        """Answer a report, for the provider."""
        asking = self._on_one(request, call, of_provider(action_of(call.method)))
        answer = word_if_any(request.outcome, ReportState, "outcome")
        if answer not in {ReportState.CORRECTED, ReportState.REJECTED}:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "an answer is corrected or rejected", field="outcome")
        return self._standing(outcome(await self._corrections.answer(request.report, answer, request.text, asking.principal)))

    async def close_report(self, request: corrections_pb2.CloseReportRequest, call: OpenCall) -> corrections_pb2.ReportStanding:
        """Close a report that was answered, for its reader."""
        asking = self._on_one(request, call, of_opener(action_of(call.method)))
        return self._standing(outcome(await self._corrections.close(request.report, asking.principal)))

    async def list_reports(self, request: corrections_pb2.ListReportsRequest, call: OpenCall) -> corrections_pb2.ListReportsResponse:
        """Return a page of reports, in the order in which they were made."""
        asking = Asking.of(self.rooms, call, request)
        asking.check_open(action_of(call.method))
        wanted = self._wanted(request, asking, action_of(call.method))
        question: tuple[str | int, ...] = ("ListReports", *asking.asker, request.state, request.resource, request.overdue)
        listing = Listing(self._corrections.docket, self.tokens, asking.principal.hall, question, wanted)
        after, size = listing.position(request.page_token), page_size(request.page_size)
        page, more = await self.rooms.reading(listing.page, after, size)
        return corrections_pb2.ListReportsResponse(reports=[self._standing(error) for error in page], next_page_token=more)

    def _on_one(self, request: _OnOne, call: OpenCall, acts: Acts) -> Asking:
        """Judge an act on one report; raises Refusal."""
        check_name(request.report, "report")
        asking = Asking.of(self.rooms, call, request)
        error = self._corrections.docket.get(request.report)
        check_act(asking, self._sides(error) if error else None, acts, Action.CORRECTION_READ, "report")
        return asking

    def _wanted(self, request: corrections_pb2.ListReportsRequest, asking: Asking, action: Action) -> Callable[[ErrorReport], bool]:
        state = word_if_any(request.state, ReportState, "state")
        check_name_if_any(request.resource, "resource")
        today = self._today()

        def wanted(error: ErrorReport) -> bool:
            if state not in {None, error.state} or request.resource not in {"", error.resource}:
                return False
            if not self._sides(error).readable(asking, action):
                return False
            until = self._corrections.due(error) if request.overdue else None
            return not request.overdue or (until is not None and today > until.day)

        return wanted

    def _sides(self, error: ErrorReport) -> Sides:
        return Sides.of(heading(error), self._corrections.provider(error, self._today()))

    def _today(self) -> date:
        return beijing_day(self._corrections.clock())

    def _standing(self, error: ErrorReport) -> corrections_pb2.ReportStanding:
        today = self._today()
        provider, until = self._corrections.provider(error, today), self._corrections.due(error)
        said = corrections_pb2.ReportStanding(report=write_report(error), provider=provider.department, provider_hall=provider.hall)
        if until is not None:
            late = self._corrections.working_days_late(error, today)
            said.waiting.CopyFrom(due(Awaited.ANSWER, until.day, provisional=until.provisional, today=today, late=late))
        return said
