"""Serve tongban.case.v1.CaseService: what the halls have told of their cases.

Laws: the certificate says which hall asks, the request who of it and why; the law decides on each case that is found, and
what it does not open is as if it were not there. No answer leaves before the decision on it is in the ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_bytes
from typing import NoReturn, Protocol, TypeVar, cast
from uuid import UUID

import grpc
import sqlalchemy as sa

from certs.names import journal_origin
from directory.access import action_of
from directory.scopes.decisions import Allowed, Denied, Why
from directory.scopes.subject import Subject
from hub.cases import queries
from hub.cases.clock_reading import ClocksRead, read_clocks_of
from hub.cases.lights import Watch, watch
from hub.cases.paging import PageTokens
from hub.cases.queries import COLUMNS, CaseRow, EventRow, Scope
from hub.cases.rulings import RulingsInForce
from hub.cases.times import timestamp
from hub.cases.watermarks import reported
from hub.db import Database
from hub.decisions.questions import Question
from hub.errors import HubError, Refusal
from hub.rooms import Rooms
from hub.rpc.asking import check_purpose, principal_of, refusal
from hub.rpc.case_answers import case_answer, clocks_answer
from hub.rpc.case_filters import wanted_of
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.filters import check_name
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from tongban.case.v1 import case_pb2
from tongban.directory.v1 import scopes_pb2
from tongban.errors.v1 import errors_pb2

_Answer = TypeVar("_Answer")
_OneRequest = case_pb2.GetCaseRequest | case_pb2.GetTimelineRequest | case_pb2.GetClocksRequest


class _Request(Protocol):
    @property
    def hall(self) -> str: ...
    @property
    def asked_by(self) -> scopes_pb2.Principal: ...
    @property
    def purpose(self) -> scopes_pb2.Purpose: ...


@dataclass(frozen=True, slots=True)
class CaseService:
    """Cases and their timelines, from the read model; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    models: Database
    rulings: RulingsInForce
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "GetCase": self.get_case,
            "ListCases": self.list_cases,
            "GetTimeline": self.get_timeline,
            "GetClocks": self.get_clocks,
        }
        serve(server, case_pb2.DESCRIPTOR.services_by_name["CaseService"], methods, keeper)

    async def get_case(self, request: case_pb2.GetCaseRequest, call: OpenCall) -> case_pb2.Case:
        """Return one case."""
        question = await self._question_on_one(request, call)

        def read(connection: sa.Connection) -> tuple[CaseRow | None, Watch]:
            return queries.find_case(connection, request.hall, request.case_number, question.at), self._watch(connection, question)

        found, when = await self._ask(read)
        return case_answer(await self._opened(question, found), when)

    async def get_clocks(self, request: case_pb2.GetClocksRequest, call: OpenCall) -> case_pb2.GetClocksResponse:
        """Return the clocks of one case, with their explanations."""
        question = await self._question_on_one(request, call)

        def read(connection: sa.Connection) -> tuple[CaseRow | None, ClocksRead | None]:
            found = queries.find_whole(connection, request.hall, request.case_number, question.at)
            if found is None:
                return None, None
            row, case = found
            may_read = isinstance(_decided(question, row), Allowed)
            return row, read_clocks_of(connection, row, case, self.rulings.now(), question.at) if may_read else None

        found, clocks = await self._ask(read)
        await self._opened(question, found)
        if clocks is None:
            raise HubError("the clocks of a case that may be read were not")
        return clocks_answer(clocks, question.at)

    async def get_timeline(self, request: case_pb2.GetTimelineRequest, call: OpenCall) -> case_pb2.GetTimelineResponse:
        """Return the events of one case in the order of its hall's journal."""
        question = await self._question_on_one(request, call)

        def read(connection: sa.Connection) -> tuple[CaseRow | None, list[EventRow] | None]:
            found = queries.find_case(connection, request.hall, request.case_number, question.at)
            may_read = found is not None and isinstance(_decided(question, found), Allowed)
            return found, queries.timeline(connection, request.hall, request.case_number) if may_read else []

        found, events = await self._ask(read)
        await self._opened(question, found)
        if events is None:
            raise Refusal(errors_pb2.REASON_TOO_LARGE, "the case has more events than one reply holds")
        return case_pb2.GetTimelineResponse(entries=[self._entry(event) for event in events])

    async def list_cases(self, request: case_pb2.ListCasesRequest, call: OpenCall) -> case_pb2.ListCasesResponse:
        """Return a page of cases, in the order of hall, time of application, case number."""
        wanted = wanted_of(request)
        question = self._question(request, call)
        await self._check_open(question)
        scope = await self._scope(question, request)
        # Whose page it is, by which rules, and of what list: any other token is void.
        who = question.principal
        asker = (who.role, who.department, who.person, question.in_force.rules_digest)
        of_list = ("ListCases", *asker, request.hall, request.subtree, *wanted.said())
        try:
            position = position_in(self.tokens, request.page_token, who.hall, of_list)
        except Refusal:
            await self.rooms.decisions.write(question.forged(), question.at)
            raise
        after = cast("queries.Place | None", position)  # what `write` below put there
        size = page_size(request.page_size)

        def read(connection: sa.Connection) -> tuple[list[CaseRow], Watch]:
            when = self._watch(connection, question)
            return queries.list_cases(connection, scope, replace(wanted, when=when), after, size + 1), when

        rows, when = await self._ask(read)
        page = rows[:size]
        await self._write_list(question, page)
        more = self.tokens.write(who.hall, of_list, page[-1].place(wanted.axis)) if len(rows) > size else ""
        return case_pb2.ListCasesResponse(cases=[case_answer(row, when) for row in page], next_page_token=more)

    def _watch(self, connection: sa.Connection, question: Question) -> Watch:
        return watch(self.rulings.now(), reported(connection), question.at)

    async def _question_on_one(self, request: _OneRequest, call: OpenCall) -> Question:
        check_name(request.hall, "hall")
        check_name(request.case_number, "case_number")
        question = self._question(request, call, request.case_number)
        await self._check_open(question)
        return question

    def _question(self, request: _Request, call: OpenCall, case_number: str = "") -> Question:
        check_purpose(request.purpose)
        return Question(
            principal=principal_of(call, request),
            method=call.method,
            action=action_of(call.method),
            purpose=request.purpose,
            hall=request.hall or getattr(request, "subtree", ""),
            case_number=case_number,
            in_force=self.rooms.laws.in_force(),
            at=self.rooms.clock(),
        )

    async def _check_open(self, question: Question) -> None:
        """Turn away whoever may see nothing, whatever there is: so nothing is learned of what there is."""
        closed = question.closed(COLUMNS)
        if closed is not None:
            await self._turn_away(question, closed)

    async def _turn_away(self, question: Question, denied: Denied) -> NoReturn:
        await self.rooms.decisions.write(question.denied(denied), question.at)
        raise refusal(question.principal, denied)

    async def _scope(self, question: Question, request: case_pb2.ListCasesRequest) -> Scope:
        """Say what may be listed; turns away whoever asks for halls of which nothing may be, whether they exist or not."""
        province = question.in_force.law.province
        scope = Scope(question.scope(COLUMNS), sorted(hall.hall for hall in province))
        if request.hall:
            scope = scope.within(request.hall)
        elif request.subtree:
            scope = scope.below(province.subtree(request.subtree) if request.subtree in province else ())
        else:
            return scope
        if not scope.single_halls():
            decision = question.decide(Subject(hall=question.hall, purpose=question.purpose.purpose))
            await self._turn_away(question, decision if isinstance(decision, Denied) else Denied(Why.NO_RULE))
        return scope

    async def _opened(self, question: Question, found: CaseRow | None) -> CaseRow:
        """Write down what is decided on a case, and return it if it may be read; forbidden and absent are answered alike."""
        if found is not None:
            decision = _decided(question, found)
            if isinstance(decision, Allowed):
                shown = [(found.hall, found.case_number)]
                await self.rooms.decisions.write(question.allowed([decision], shown), question.at)
                return found
            await self.rooms.decisions.write(question.denied(decision), question.at)
        else:
            await self.rooms.decisions.write(question.not_found(), question.at)
        raise Refusal(errors_pb2.REASON_NOT_FOUND, "there is no such case, or none that may be read")

    async def _write_list(self, question: Question, page: Sequence[CaseRow]) -> None:
        """Decide on every case of a page, as if each were asked for, and write it down."""
        decisions = [_decided(question, row) for row in page]
        allowed = [decision for decision in decisions if isinstance(decision, Allowed)]
        if len(allowed) != len(page):
            raise HubError("the list of cases holds some that the law does not open; nothing of it is shown")
        shown = [(row.hall, row.case_number) for row in page]
        await self.rooms.decisions.write(question.allowed(allowed, shown), question.at)

    async def _ask(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        """Put a question to the read model."""

        def asked() -> _Answer:
            with self.models.reader.begin() as connection:
                return question(connection)

        return await self.rooms.reading(asked)

    def _entry(self, event: EventRow) -> case_pb2.TimelineEntry:
        return case_pb2.TimelineEntry(
            event_id=str(UUID(bytes=event.event_id)),
            event=case_pb2.CaseEvent.FromString(event.payload),
            occurred_at=timestamp(event.occurred_at_ms),
            recorded_at=timestamp(event.recorded_at_ms),
            accepted_at=timestamp(event.accepted_at_ms),
            ledger_index=event.ledger_index,
            journal=journal_origin(self.rooms.trust_domain, event.hall, event.epoch),
            journal_index=event.journal_index,
        )


def _decided(question: Question, row: CaseRow) -> Allowed | Denied:
    return question.decide(row.subject(question.purpose.purpose))
