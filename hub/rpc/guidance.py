"""Serve tongban.guidance.v1.GuidanceService: how threads stand, and what is published of their answers.

Laws: nothing of what was said is shown here; what may not be read is as if it were not there; an answer is published in the name of the
guide's own hall and department, as the request's principal says and the law believes.
"""

from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any, cast

import grpc

from directory.access import action_of
from directory.calendar import beijing_day
from directory.contract import timestamp
from directory.guidance.knowledge import Knowledge
from directory.scopes.subject import Subject
from directory.texts import id_fault
from hub.cases.paging import PageTokens, Question
from hub.db import Database
from hub.errors import Refusal
from hub.guidance import listing
from hub.guidance.consumer import moment
from hub.guidance.knowledge import Publishing
from hub.guidance.listing import COLUMNS, Place, Reckoning, Wanted
from hub.rooms import Rooms
from hub.rpc.asking import Asking
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.filters import check_name_if_any
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from tongban.errors.v1 import errors_pb2
from tongban.guidance.v1 import guidance_pb2 as said


@dataclass(frozen=True, slots=True)
class GuidanceService:
    """Threads and published answers; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    models: Database
    publishing: Publishing
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "ListThreads": self.list_threads,
            "PublishAnswer": self.publish_answer,
            "WithdrawAnswer": self.withdraw_answer,
        }
        serve(server, said.DESCRIPTOR.services_by_name["GuidanceService"], methods, keeper)

    async def list_threads(self, request: said.ListThreadsRequest, call: OpenCall) -> said.ListThreadsResponse:
        """Return a page of threads, the longest wait first."""
        asking, action = Asking.of(self.rooms, call, request), action_of(call.method)
        asking.check_open(action)
        check_name_if_any(request.hall, "hall")
        may_read = asking.in_force.law.predicate(asking.principal, action, COLUMNS)
        wanted = Wanted(may_read, request.hall, request.waiting, request.overdue)
        who = asking.principal
        question: Question = ("ListThreads", *asking.asker, request.hall, request.waiting, request.overdue)
        after = cast("Place | None", position_in(self.tokens, request.page_token, who.hall, question))
        size = page_size(request.page_size)
        reckoning = await self.rooms.reading(self._reckoning)

        def read() -> list[Any]:
            with self.models.reader.begin() as connection:
                return listing.page(connection, wanted, after, size + 1, reckoning)

        found = await self.rooms.reading(read)
        more = self.tokens.write(who.hall, question, listing.place_of(found[size - 1])) if len(found) > size else ""
        return said.ListThreadsResponse(threads=[_standing(row, reckoning) for row in found[:size]], next_page_token=more)

    async def publish_answer(self, request: said.PublishAnswerRequest, call: OpenCall) -> said.PublishedAnswer:
        """Publish an answer to every hall, in the name of the guide's hall and department."""
        asking = Asking.of(self.rooms, call, request)
        who = asking.principal
        asking.check(action_of(call.method), Subject(hall=who.hall, department=who.department))
        one = Knowledge(
            knowledge=_ident(request.knowledge),
            title=request.title,
            question=request.question,
            answer=request.answer,
            items=tuple(request.items),
            hall=who.hall,
            department=who.department,
            published=beijing_day(self.rooms.clock()),
        )
        before = self.publishing.find(one.knowledge)
        if before is not None:  # whoever may not change it learns no more than anybody may read
            asking.check(action_of(call.method), Subject(hall=before.hall, department=before.department))
        await self.publishing.publish(one)
        return said.PublishedAnswer(knowledge=one.knowledge, published=True)

    async def withdraw_answer(self, request: said.WithdrawAnswerRequest, call: OpenCall) -> said.PublishedAnswer:
        """Withdraw an answer, for whoever may publish in the name of its hall and department."""
        asking = Asking.of(self.rooms, call, request)
        asking.check_open(action_of(call.method))
        before = self.publishing.find(_ident(request.knowledge))
        if before is None:
            raise Refusal(errors_pb2.REASON_NOT_FOUND, "there is no such published answer")
        asking.check(action_of(call.method), Subject(hall=before.hall, department=before.department))
        await self.publishing.withdraw(before.knowledge, request.ground)
        return said.PublishedAnswer(knowledge=before.knowledge, published=False)

    def _reckoning(self) -> Reckoning:
        with self.rooms.database.reader.begin() as connection:
            rules = listing.hours_rules(connection)
        return Reckoning(self.rooms.supervision.ground.in_force.now(), rules, self.rooms.clock())


def _ident(name: str) -> str:
    if fault := id_fault(name):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"knowledge: {fault}", field="knowledge")
    return name


def _standing(row: Any, reckoning: Reckoning) -> said.ThreadStanding:  # noqa: ANN401 - a row of threads
    waits = reckoning.waiting(row)
    one = said.ThreadStanding(
        asking_hall=row.asking_hall,
        thread=row.thread,
        guiding_hall=row.guiding_hall,
        department=row.department,
        state=row.state,
        asked_at=_time(row.asked_us),
        waiting_since=_time(row.waiting_us),
        answered_at=_time(row.answered_us),
        closed_at=_time(row.closed_us),
        grade=row.grade,
        flags=row.flags.split(),
    )
    if row.case_number:
        one.case.CopyFrom(said.AboutCase(hall=row.case_hall, case_number=row.case_number))
    elif row.item_code:
        one.item_code = row.item_code
    if waits is not None:
        one.overdue, one.waiting_minutes = waits.overdue, waits.minutes
        if waits.reply is not None:
            one.due.FromDatetime(waits.reply.due)
            one.provisional = waits.reply.provisional
    return one


def _time(unix_us: int | None) -> Any:  # noqa: ANN401 - a timestamp, or None
    return timestamp(None if unix_us is None else moment(unix_us))
