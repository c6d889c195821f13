"""Serve tongban.case.v1.StatisticsService: counts of cases.

Laws: whoever may list the cases of a hall may count them; a rule that opens cases one by one, by referral, opens no counts. No answer
leaves before the decision on it is in the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NoReturn

import grpc

from directory.access import action_of
from directory.scopes.decisions import Allowed, Denied, Why
from directory.scopes.predicates import Never, Predicate, settled
from directory.scopes.subject import Subject
from hub.cases.freshness import as_of
from hub.cases.lights import watch
from hub.cases.rulings import RulingsInForce
from hub.cases.shining import SHOWN, shining
from hub.cases.sums import GROUPS, MOST_ROWS, Asked, Sum, is_empty_span, is_month, sums
from hub.cases.tables import COUNTS
from hub.cases.times import timestamp, unix_ms
from hub.cases.watermarks import reported
from hub.db import Database
from hub.decisions.questions import Question
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.asking import check_purpose, principal_of, refusal
from hub.rpc.door import Doorkeeper, serve
from hub.rpc.filters import check_name_if_any
from hub.rpc.streams import OpenCall
from tongban.case.v1 import statistics_pb2
from tongban.errors.v1 import errors_pb2

_COLUMNS: Final = {"hall": "hall", "department": "department"}
_NAMES: Final = ("hall", "subtree", "item_code", "department")


@dataclass(frozen=True, slots=True)
class StatisticsService:
    """Counts of cases, from the read model."""

    rooms: Rooms
    models: Database
    rulings: RulingsInForce

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the method behind a doorkeeper."""
        service = statistics_pb2.DESCRIPTOR.services_by_name["StatisticsService"]
        serve(server, service, {"GetStatistics": self.get_statistics}, keeper)

    async def get_statistics(self, request: statistics_pb2.GetStatisticsRequest, call: OpenCall) -> statistics_pb2.GetStatisticsResponse:
        """Return the counts that are asked for."""
        asked = _asked(request)
        question = self._question(request, call)
        closed = question.closed(_COLUMNS)
        if closed is not None:
            await self._turn_away(question, closed)
        predicate = question.scope(_COLUMNS)
        open_halls = _halls(request, question, predicate)
        if not open_halls:
            decision = question.decide(Subject(hall=question.hall, purpose=question.purpose.purpose))
            await self._turn_away(question, decision if isinstance(decision, Denied) else Denied(Why.NO_RULE))
        read = await self.rooms.reading(lambda: self._read(request, replace(asked, halls=open_halls), predicate, question.at))
        decisions = [question.decide(Subject(hall=hall, purpose=question.purpose.purpose)) for hall in open_halls]
        allowed = [decision for decision in decisions if isinstance(decision, Allowed)]
        await self.rooms.decisions.write(question.allowed(allowed, []), question.at)
        if read is None:
            raise Refusal(errors_pb2.REASON_TOO_LARGE, f"these are more than {MOST_ROWS:,} rows: keep less apart, or ask for fewer months")
        return read

    def _read(
        self, request: statistics_pb2.GetStatisticsRequest, asked: Asked, predicate: Predicate, now: datetime
    ) -> statistics_pb2.GetStatisticsResponse | None:
        """Return the answer; None when it is too long."""
        rulings = self.rulings.now()
        with self.rooms.database.reader.begin() as ledger, self.models.reader.begin() as connection:
            rows = sums(connection, asked, predicate)
            watermarks = reported(connection)
            when = watch(rulings, watermarks, now)
            shown = shining(connection, asked, predicate, when) if request.lights else {}
            read_as_of = as_of(ledger, connection, now)
        if rows is None:
            return None
        told = [
            statistics_pb2.Reported(hall=hall, up_to=timestamp(unix_ms(watermarks[hall])), silent=hall not in when.seen)
            for hall in asked.halls or ()
            if hall in watermarks
        ]
        return statistics_pb2.GetStatisticsResponse(
            rows=[_row(row, shown.get(row.group, ())) for row in rows], as_of=timestamp(unix_ms(read_as_of)), reported=told
        )

    def _question(self, request: statistics_pb2.GetStatisticsRequest, call: OpenCall) -> Question:
        check_purpose(request.purpose)
        return Question(
            principal=principal_of(call, request),
            method=call.method,
            action=action_of(call.method),
            purpose=request.purpose,
            hall=request.hall or request.subtree,
            in_force=self.rooms.laws.in_force(),
            at=self.rooms.clock(),
        )

    async def _turn_away(self, question: Question, denied: Denied) -> NoReturn:
        await self.rooms.decisions.write(question.denied(denied), question.at)
        raise refusal(question.principal, denied)


def _asked(request: statistics_pb2.GetStatisticsRequest) -> Asked:
    for name in _NAMES:
        check_name_if_any(getattr(request, name), name)
    if request.hall and request.subtree:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "ask for a hall or for a subtree, not for both", field="subtree")
    for name in ("from_month", "to_month"):
        if (month := getattr(request, name)) and not is_month(month):
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{name} is no month: YYYY-MM", field=name)
    if is_empty_span(request.from_month, request.to_month):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "to_month is before from_month", field="to_month")
    if request.lights and (request.from_month or request.to_month or "month" in request.group_by):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "lights are of today: ask for them without months", field="lights")
    if not set(request.group_by) <= set(GROUPS):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"rows are kept apart by {', '.join(GROUPS)}", field="group_by")
    return Asked(
        item_code=request.item_code,
        department=request.department,
        from_month=request.from_month,
        to_month=request.to_month,
        group_by=tuple(request.group_by),
    )


def _halls(request: statistics_pb2.GetStatisticsRequest, question: Question, predicate: Predicate) -> list[str]:
    """Return the halls that are asked for, as far as anything of them may be counted."""
    province = question.in_force.law.province
    if request.hall:
        named = {request.hall} if request.hall in province else set()
    elif request.subtree:
        named = set(province.subtree(request.subtree)) if request.subtree in province else set()
    else:
        named = {hall.hall for hall in province}
    return sorted(hall for hall in named if not isinstance(settled(predicate, {"hall": hall}), Never))


def _row(row: Sum, lights: Sequence[int]) -> statistics_pb2.StatisticsRow:
    said: dict[str, Any] = dict(zip((*GROUPS, *COUNTS), (*row.group, *row.counts), strict=True))
    said |= zip(map(str, SHOWN), lights, strict=False)
    return statistics_pb2.StatisticsRow(**said)
