"""Carry orders: issue one, answer it, return the answer, close it, and send it up when nobody answers.

Laws: each act is one event in the hub's own journal, addressed to the hall of the order and to those above it up to the issuer, or to the
nearest when the issuer no longer stands above it; what has gone up is told to the hall above the issuer too. The same order given again
on one day is one until it is closed; then it is a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog

from directory.calendar import beijing_day
from directory.refusal import Refused
from directory.scopes.principal import Principal
from directory.supervision.cause import Cause
from directory.supervision.order_file import IssuedOrder, OrderAct, OrderFile, done, fold, may_go_up
from directory.supervision.order_messages import write_act
from directory.supervision.orders import Escalation, OrderEventKind, OrderPhase, goes_up
from hub.dockets.filed import Filed
from hub.dockets.moves import Declined, Judge, Said
from hub.supervision.going_up import send_up
from hub.supervision.ground import Ground
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)

ID_DIGITS: Final = 24
TIMES_A_DAY: Final = 32
"""How often one person may give the same order on one day, each after the last was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a supervisor orders; `reply_days` are working days, a case that is not named is none."""

    hall: str
    rule: str
    version: int
    text: str
    reply_days: int
    case_hall: str = ""
    case_number: str = ""


@dataclass(slots=True)
class Orders:
    """The orders; its verbs raise what keeps an act from being committed."""

    ground: Ground
    filed: Filed[OrderFile]

    async def issue(self, given: Given, who: Principal) -> OrderFile | Declined:
        """Issue an order in the name of the supervisor's hall; the same one that is open already is returned."""
        at = self.ground.clock()
        for time in range(TIMES_A_DAY):
            issued = await self._issue(given, who, at, _id(given, who, at, time))
            if isinstance(issued, Declined) or issued.state.phase is not OrderPhase.CLOSED:
                return issued
        return Declined(errors_pb2.REASON_NOT_IN_TURN, f"this order was given and closed {TIMES_A_DAY} times today: say what is different")

    async def _issue(self, given: Given, who: Principal, at: datetime, ident: str) -> OrderFile | Declined:
        order = IssuedOrder(
            order=ident,
            hall=given.hall,
            issuer=who.hall,
            cause=Cause(rule=given.rule, version=given.version, case_hall=given.case_hall, case_number=given.case_number),
            text=given.text,
            reply_days=given.reply_days,
            issued_at=at,
            person=who.person,
        )

        def judge(file: OrderFile | None) -> Said[OrderFile] | OrderFile | Declined:
            if file is not None:
                return file
            act = OrderAct(kind=OrderEventKind.ISSUED, at=at, reply_days=given.reply_days, order=order)
            return self._said(fold(None, act), act, who)

        return await self.filed.move(order.order, judge)

    async def act(self, order: str, act: OrderAct, who: Principal) -> OrderFile | Declined:
        """Answer, return or close an order; what is so already happens once."""

        def judge(file: OrderFile | None) -> Said[OrderFile] | OrderFile | Declined:
            if file is None:
                return Declined(errors_pb2.REASON_NOT_FOUND, "there is no such order, or none that may be read")
            return self._done(file, act, who)

        return await self.filed.move(order, judge)

    async def send_up(self) -> int:
        """Send up the orders that nobody answered in time; return how many."""
        if sent := await send_up(self.ground, self.filed, self._going_up):
            _log.warning("orders went up", orders=sent)
        return sent

    def _going_up(self, reported: Mapping[str, datetime], now: datetime) -> Judge[OrderFile]:
        def judge(file: OrderFile | None) -> Said[OrderFile] | OrderFile | Declined:
            if file is None or not may_go_up(file):
                return file or Declined(errors_pb2.REASON_NOT_FOUND, "there is no such order")
            hall = file.order.hall
            why = goes_up(file.state, self.ground.calendar(hall), reported.get(hall), now)
            return file if why is None else self._done(file, _escalation(now, why), None)

        return judge

    def _done(self, file: OrderFile, act: OrderAct, who: Principal | None) -> Said[OrderFile] | OrderFile | Declined:
        # The clock may have been set back; no event is dated before the one that it follows.
        dated = replace(act, at=max(act.at, file.state.last_at or act.at))
        after = done(file, dated)
        if isinstance(after, Refused):
            return Declined(errors_pb2.REASON_NOT_IN_TURN, after.why)
        return file if after is file else self._said(after, dated, who)

    def _said(self, after: OrderFile, act: OrderAct, who: Principal | None) -> Said[OrderFile]:
        return Said(after=after, kind=act.kind, event=write_act(after.order.order, act, who), at=act.at, halls=self._told(after))

    def _told(self, file: OrderFile) -> frozenset[str]:
        order = file.order
        above = self.ground.superiors(order.hall)
        # The issuer may be a superior that was changed: then whoever stands there now sees to it.
        known = (order.hall, *above).index(order.issuer) if order.issuer in (order.hall, *above) else 1
        further = known + 1 if file.state.escalated_at is not None else known
        return frozenset({order.hall, order.issuer, *above[:further]})


def _escalation(now: datetime, why: Escalation) -> OrderAct:
    return OrderAct(kind=OrderEventKind.ESCALATED, at=now, escalation=why)


def _id(given: Given, who: Principal, at: datetime, time: int) -> str:
    """Name an order by who gives which on which day in Beijing, and how often it was closed that day before."""
    said = (who.hall, who.person, given.hall, given.rule, given.text, given.case_hall, given.case_number, given.reply_days, beijing_day(at))
    name = repr(said) + (f"/{time}" if time else "")
    return f"o-{sha256(name.encode()).hexdigest()[:ID_DIGITS]}"
