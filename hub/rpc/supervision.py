"""Serve tongban.supervision.v1.SupervisionService: what becomes of cards and orders; rectifications and reminders have doors of their own.

Laws: what may not be read is as if it were not there; a card is withdrawn, and an order closed, by the hall that stands behind it or one
above, never by the hall that it concerns; an appeal is decided one tier above the issuer.
"""

from dataclasses import dataclass, field, replace
from secrets import token_bytes

import grpc

from directory.access import action_of
from directory.calendar import beijing_day
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.supervision.card_file import CardFile
from directory.supervision.card_history import CardEventKind, CardPhase
from directory.supervision.order_file import OrderAct, OrderFile
from directory.supervision.orders import REPLY_DAYS, OrderEventKind, OrderPhase
from directory.supervision.vocabulary import Effect
from hub.cases.paging import PageTokens
from hub.cases.queries import CaseRow, find_case
from hub.dockets.moves import Declined
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.asking import Asking
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.filters import check_name, check_name_if_any, word_if_any
from hub.rpc.matters import not_found, outcome
from hub.rpc.rectifications import RectificationDoor
from hub.rpc.reminders import ReminderDoor
from hub.rpc.streams import OpenCall
from hub.rpc.supervised import card_standing, order_standing
from hub.rpc.supervision_desk import Desk, Thing, checked_days, checked_text
from hub.supervision.orders import Given
from hub.supervision.room import Supervision
from tongban.errors.v1 import errors_pb2
from tongban.supervision.v1 import supervision_pb2 as said

_OUTCOMES = {
    said.APPEAL_OUTCOME_UPHELD: CardEventKind.UPHELD,
    said.APPEAL_OUTCOME_WITHDRAWN: CardEventKind.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class SupervisionService:
    """Cards and orders; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    @property
    def _desk(self) -> Desk:
        return Desk(self.rooms, self.tokens)

    @property
    def _room(self) -> Supervision:
        return self.rooms.supervision

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "ListCards": self.list_cards,
            "GetCard": self.get_card,
            "ReplyToCard": self.reply_to_card,
            "AppealCard": self.appeal_card,
            "DecideAppeal": self.decide_appeal,
            "WithdrawCard": self.withdraw_card,
            "ListOrders": self.list_orders,
            "GetOrder": self.get_order,
            "IssueOrder": self.issue_order,
            "AnswerOrder": self.answer_order,
            "ReturnOrder": self.return_order,
            "CloseOrder": self.close_order,
            **RectificationDoor(self._desk).methods(),
            **ReminderDoor(self._desk).methods(),
        }
        serve(server, said.DESCRIPTOR.services_by_name["SupervisionService"], methods, keeper)

    async def list_cards(self, request: said.ListCardsRequest, call: OpenCall) -> said.ListCardsResponse:
        """Return a page of cards, the newest first."""
        asking = self._desk.asking(request, call)
        phase, effect = word_if_any(request.phase, CardPhase, "phase"), word_if_any(request.effect, Effect, "effect")
        wanted = self._desk.wanted(asking, request, action_of(call.method))
        wanted = replace(wanted, phase=phase or "", effect=effect or "")
        found, more = await self._desk.page(self._room.cards.filed.form, asking, request, wanted)
        return said.ListCardsResponse(cards=[card_standing(one, self._room.ground) for one in found], next_page_token=more)

    async def get_card(self, request: said.GetCardRequest, call: OpenCall) -> said.CardStanding:
        """Return one card."""
        asking = self._desk.asking(request, call)
        return card_standing(await self._card(request.card, asking, _concerned), self._room.ground)

    async def reply_to_card(self, request: said.ReplyToCardRequest, call: OpenCall) -> said.CardStanding:
        """Reply to a card, for the hall that it concerns."""
        asking = self._desk.asking(request, call)
        await self._card(request.card, asking, _concerned, action_of(call.method))
        return await self._act_on_card(request.card, CardEventKind.REPLIED, checked_text(request.text, "text"), asking)

    async def appeal_card(self, request: said.AppealCardRequest, call: OpenCall) -> said.CardStanding:
        """Appeal against a card, for the hall that it concerns."""
        asking = self._desk.asking(request, call)
        await self._card(request.card, asking, _concerned, action_of(call.method))
        return await self._act_on_card(request.card, CardEventKind.APPEALED, checked_text(request.text, "text"), asking)

    async def decide_appeal(self, request: said.DecideAppealRequest, call: OpenCall) -> said.CardStanding:
        """Decide an appeal, one tier above the issuer."""
        asking = self._desk.asking(request, call)
        await self._card(request.card, asking, self._appealed, action_of(call.method))
        kind = _OUTCOMES.get(request.outcome)
        if kind is None:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "outcome is neither of the two that there are", field="outcome")
        ground = checked_text(request.ground, "ground")
        return self._carded(await self._room.cards.decide(request.card, kind, ground, asking.principal))

    async def withdraw_card(self, request: said.WithdrawCardRequest, call: OpenCall) -> said.CardStanding:
        """Withdraw a card, for the issuer or a hall above it."""
        asking = self._desk.asking(request, call)
        await self._card(request.card, asking, _behind_card, action_of(call.method))
        ground = checked_text(request.ground, "ground")
        return self._carded(await self._room.cards.withdraw(request.card, ground, asking.principal))

    async def list_orders(self, request: said.ListOrdersRequest, call: OpenCall) -> said.ListOrdersResponse:
        """Return a page of orders, the newest first."""
        asking = self._desk.asking(request, call)
        phase = word_if_any(request.phase, OrderPhase, "phase")
        wanted = replace(self._desk.wanted(asking, request, action_of(call.method)), phase=phase or "")
        found, more = await self._desk.page(self._room.orders.filed.form, asking, request, wanted)
        return said.ListOrdersResponse(orders=[order_standing(one, self._room.ground) for one in found], next_page_token=more)

    async def get_order(self, request: said.GetOrderRequest, call: OpenCall) -> said.OrderStanding:
        """Return one order."""
        asking = self._desk.asking(request, call)
        return order_standing(await self._order(request.order, asking, _ordered), self._room.ground)

    async def issue_order(self, request: said.IssueOrderRequest, call: OpenCall) -> said.OrderStanding:
        """Issue an order to a hall at or below the supervisor's own, by a rule of supervision."""
        asking = self._desk.asking(request, call)
        for name in ("hall", "rule"):
            check_name(getattr(request, name), name)
        asking.check(action_of(call.method), Subject(hall=request.hall, cited_rule=request.rule))
        version = self._room.ground.rulings.book.version(request.rule, beijing_day(self._room.ground.clock()))
        if version is None:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "no rule of supervision of that name is in force today", field="rule")
        given = _given(request, version)
        await self._check_case(given, asking)
        return self._ordered(await self._room.orders.issue(given, asking.principal))

    async def answer_order(self, request: said.AnswerOrderRequest, call: OpenCall) -> said.OrderStanding:
        """Answer an order, for the hall that it concerns."""
        asking = self._desk.asking(request, call)
        await self._order(request.order, asking, _ordered, action_of(call.method))
        return await self._act_on_order(request.order, OrderEventKind.ANSWERED, checked_text(request.text, "text"), asking)

    async def return_order(self, request: said.ReturnOrderRequest, call: OpenCall) -> said.OrderStanding:
        """Say that an answer does not do, for the issuer or a hall above it."""
        asking = self._desk.asking(request, call)
        await self._order(request.order, asking, _behind_order, action_of(call.method))
        days = checked_days(request.reply_days)
        return await self._act_on_order(request.order, OrderEventKind.RETURNED, checked_text(request.ground, "ground"), asking, days)

    async def close_order(self, request: said.CloseOrderRequest, call: OpenCall) -> said.OrderStanding:
        """Close an order, for the issuer or a hall above it."""
        asking = self._desk.asking(request, call)
        await self._order(request.order, asking, _behind_order, action_of(call.method))
        return await self._act_on_order(request.order, OrderEventKind.CLOSED, checked_text(request.ground, "ground"), asking)

    async def _card(self, card: str, asking: Asking, thing: Thing[CardFile], action: Action = Action.CARD_READ) -> CardFile:
        """Return a card on which whoever asks may do this; raises Refusal NOT_FOUND for one that may not even be read."""
        check_name(card, "card")
        file = await self._desk.found(self._room.cards.filed.form, card)
        if file is None or not (asking.may(Action.CARD_READ, _concerned(file)) or asking.may(action, thing(file))):
            raise not_found("card")
        asking.check(action, thing(file))
        return file

    async def _order(self, order: str, asking: Asking, thing: Thing[OrderFile], action: Action = Action.ORDER_READ) -> OrderFile:
        """Do the same for an order."""
        check_name(order, "order")
        file = await self._desk.found(self._room.orders.filed.form, order)
        if file is None or not (asking.may(Action.ORDER_READ, _ordered(file)) or asking.may(action, thing(file))):
            raise not_found("order")
        asking.check(action, thing(file))
        return file

    async def _check_case(self, given: Given, asking: Asking) -> None:
        """Raise Refusal NOT_FOUND for a case that is not there, that may not be read, or that is neither the hall's nor referred to it."""
        if not given.case_number:
            return

        def read() -> CaseRow | None:
            with self._room.ground.models.reader.begin() as connection:
                return find_case(connection, given.case_hall, given.case_number, self._room.ground.clock())

        found = await self.rooms.reading(read)
        if found is None or not asking.may(Action.CASE_READ, found.subject("")) or given.hall not in {found.hall, found.state.referred_to}:
            raise not_found("case")

    async def _act_on_card(self, card: str, kind: CardEventKind, text: str, asking: Asking) -> said.CardStanding:
        return self._carded(await self._room.cards.act(card, kind, text, asking.principal))

    async def _act_on_order(
        self, order: str, kind: OrderEventKind, text: str, asking: Asking, reply_days: int = REPLY_DAYS
    ) -> said.OrderStanding:
        act = OrderAct(kind=kind, at=self._room.ground.clock(), text=text, reply_days=reply_days)
        return self._ordered(await self._room.orders.act(order, act, asking.principal))

    def _carded(self, done: CardFile | Declined) -> said.CardStanding:
        return card_standing(outcome(done), self._room.ground)

    def _ordered(self, done: OrderFile | Declined) -> said.OrderStanding:
        return order_standing(outcome(done), self._room.ground)

    def _appealed(self, file: CardFile) -> Subject:
        card = file.card
        return Subject(hall=card.hall, issuer_hall=self._room.ground.appealed_from(card.hall, card.issuer))


def _concerned(file: CardFile) -> Subject:
    return Subject(hall=file.card.hall)


def _behind_card(file: CardFile) -> Subject:
    """Say whose card it is to whoever would withdraw it: a thing of the issuer."""
    return Subject(hall=file.card.issuer, cited_rule=file.card.cause.rule)


def _ordered(file: OrderFile) -> Subject:
    return Subject(hall=file.order.hall)


def _behind_order(file: OrderFile) -> Subject:
    return Subject(hall=file.order.issuer, cited_rule=file.order.cause.rule)


def _given(request: said.IssueOrderRequest, version: int) -> Given:
    for name in ("case_hall", "case_number"):
        check_name_if_any(getattr(request, name), name)
    if bool(request.case_hall) != bool(request.case_number):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "a case has a hall and a number", field="case_number")
    return Given(
        hall=request.hall,
        rule=request.rule,
        version=version,
        text=checked_text(request.text, "text"),
        reply_days=checked_days(request.reply_days),
        case_hall=request.case_hall,
        case_number=request.case_number,
    )
