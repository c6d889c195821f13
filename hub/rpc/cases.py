"""Serve tongban.case.v1.CaseService: what the halls have told of their cases.

Laws: a hall reads its own cases and those below it, the province all; whose certificate calls decides, nothing in the
request does. A hall outside that scope is refused before the model is asked, whatever it holds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import TypeVar, cast
from uuid import UUID

import grpc
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp

from certs.names import journal_origin
from directory.access import readable_halls
from directory.case_state import STATUSES, flag_names
from hub.cases import queries
from hub.cases.paging import PageTokens
from hub.cases.queries import CaseRow, EventRow, Wanted
from hub.cases.times import milliseconds, timestamp
from hub.db import Database
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from tongban.case.v1 import case_pb2
from tongban.errors.v1 import errors_pb2

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class CaseService:
    """Cases and their timelines, from the read model; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    models: Database
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "GetCase": self.get_case,
            "ListCases": self.list_cases,
            "GetTimeline": self.get_timeline,
        }
        serve(server, case_pb2.DESCRIPTOR.services_by_name["CaseService"], methods, keeper)

    async def get_case(self, request: case_pb2.GetCaseRequest, call: OpenCall) -> case_pb2.Case:
        """Return one case."""
        scope = self._scope_of(call, request.hall)
        _check_case_number(request.case_number)
        found = await self._ask(lambda connection: queries.find_case(connection, scope, request.hall, request.case_number))
        if found is None:
            raise Refusal(errors_pb2.REASON_NOT_FOUND, "the hall has told of no such case")
        return _case(found)

    async def list_cases(self, request: case_pb2.ListCasesRequest, call: OpenCall) -> case_pb2.ListCasesResponse:
        """Return a page of cases, in the order of hall, time of application, case number."""
        caller = call.caller.hall
        scope = readable_halls(self.rooms.registry.province, caller)
        if request.hall:
            scope = _narrowed(scope, request.hall)
        wanted = _wanted(request)
        question = ("ListCases", request.hall, wanted.status, wanted.applied_from_ms, wanted.applied_before_ms)
        position = position_in(self.tokens, request.page_token, caller, question)
        after = cast("queries.Place | None", position)  # what `write` below put there
        size = page_size(request.page_size)
        rows = await self._ask(lambda connection: queries.list_cases(connection, scope, wanted, after, size + 1))
        more = self.tokens.write(caller, question, rows[size - 1].place) if len(rows) > size else ""
        return case_pb2.ListCasesResponse(cases=[_case(row) for row in rows[:size]], next_page_token=more)

    async def get_timeline(self, request: case_pb2.GetTimelineRequest, call: OpenCall) -> case_pb2.GetTimelineResponse:
        """Return the events of one case in the order of its hall's journal."""
        scope = self._scope_of(call, request.hall)
        _check_case_number(request.case_number)
        events = await self._ask(lambda connection: queries.timeline(connection, scope, request.hall, request.case_number))
        if events is None:
            raise Refusal(errors_pb2.REASON_TOO_LARGE, "the case has more events than one reply holds")
        if not events:
            raise Refusal(errors_pb2.REASON_NOT_FOUND, "the hall has told of no such case")
        return case_pb2.GetTimelineResponse(entries=[self._entry(request.hall, event) for event in events])

    def _scope_of(self, call: OpenCall, hall: str) -> frozenset[str]:
        if not hall:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "the hall is not named", field="hall")
        return _narrowed(readable_halls(self.rooms.registry.province, call.caller.hall), hall)

    async def _ask(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        """Put a question to the read model."""

        def asked() -> _Answer:
            with self.models.reader.begin() as connection:
                return question(connection)

        return await self.rooms.reading(asked)

    def _entry(self, hall: str, event: EventRow) -> case_pb2.TimelineEntry:
        return case_pb2.TimelineEntry(
            event_id=str(UUID(bytes=event.event_id)),
            event=case_pb2.CaseEvent.FromString(event.payload),
            occurred_at=timestamp(event.occurred_at_ms),
            recorded_at=timestamp(event.recorded_at_ms),
            accepted_at=timestamp(event.accepted_at_ms),
            ledger_index=event.ledger_index,
            journal=journal_origin(self.rooms.trust_domain, hall, event.epoch),
            journal_index=event.journal_index,
        )


def _narrowed(scope: frozenset[str], hall: str) -> frozenset[str]:
    if hall not in scope:
        # The same for a hall that does not exist: nothing is learned by asking.
        raise Refusal(errors_pb2.REASON_SCOPE_DENIED, "a hall reads its own cases and those of the halls below it")
    return frozenset({hall})


def _check_case_number(case_number: str) -> None:
    # PostgreSQL takes no NUL; no case number that was taken in holds anything unprintable.
    if not case_number or not case_number.isprintable():
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "the case number is empty or unprintable", field="case_number")


def _wanted(request: case_pb2.ListCasesRequest) -> Wanted:
    if request.state and request.state not in STATUSES:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"state is one of {', '.join(sorted(STATUSES))}", field="state")
    return Wanted(
        status=request.state,
        applied_from_ms=_bound(request.applied_from, "applied_from") if request.HasField("applied_from") else None,
        applied_before_ms=_bound(request.applied_before, "applied_before") if request.HasField("applied_before") else None,
    )


def _bound(time: Timestamp, field: str) -> int:
    at_ms = milliseconds(time)
    if at_ms is None:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{field} is no time between the years 1 and 9999", field=field)
    return at_ms


def _case(row: CaseRow) -> case_pb2.Case:
    state = row.state
    return case_pb2.Case(
        hall=row.hall,
        case_number=row.case_number,
        state=state.status,
        item_code=state.item_code,
        applied_at=timestamp(state.applied_at_ms),
        accepted_at=timestamp(state.accepted_at_ms),
        decided_at=timestamp(state.decided_at_ms),
        closed_at=timestamp(state.closed_at_ms),
        promised_by=timestamp(state.promised_by_ms),
        outcome=cast("case_pb2.Outcome", state.outcome),
        events=state.events,
        last_event_at=timestamp(state.last_event_at_ms),
        flags=flag_names(state.flags),
    )
