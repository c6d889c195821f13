"""Read the hall's cards and orders at the hub, and answer them.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.supervision.v1 import supervision_pb2
from tongban.supervision.v1.supervision_pb2_grpc import SupervisionServiceStub


def _stub(channel: aio.Channel) -> "SupervisionServiceStub":
    stub: SupervisionServiceStub = SupervisionServiceStub(channel)
    return stub


async def cards(config: Config, hall: HallKeys, request: supervision_pb2.ListCardsRequest) -> supervision_pb2.ListCardsResponse:
    """Return a page of cards."""
    return await ask(config, hall, lambda channel: _stub(channel).ListCards(request, timeout=TIMEOUT_SECONDS))


async def card(config: Config, hall: HallKeys, request: supervision_pb2.GetCardRequest) -> supervision_pb2.CardStanding:
    """Return one card."""
    return await ask(config, hall, lambda channel: _stub(channel).GetCard(request, timeout=TIMEOUT_SECONDS))


async def reply(config: Config, hall: HallKeys, request: supervision_pb2.ReplyToCardRequest) -> supervision_pb2.CardStanding:
    """Reply to a card."""
    return await ask(config, hall, lambda channel: _stub(channel).ReplyToCard(request, timeout=TIMEOUT_SECONDS))


async def appeal(config: Config, hall: HallKeys, request: supervision_pb2.AppealCardRequest) -> supervision_pb2.CardStanding:
    """Appeal against a card."""
    return await ask(config, hall, lambda channel: _stub(channel).AppealCard(request, timeout=TIMEOUT_SECONDS))


async def decide(config: Config, hall: HallKeys, request: supervision_pb2.DecideAppealRequest) -> supervision_pb2.CardStanding:
    """Decide an appeal."""
    return await ask(config, hall, lambda channel: _stub(channel).DecideAppeal(request, timeout=TIMEOUT_SECONDS))


async def withdraw(config: Config, hall: HallKeys, request: supervision_pb2.WithdrawCardRequest) -> supervision_pb2.CardStanding:
    """Withdraw a card."""
    return await ask(config, hall, lambda channel: _stub(channel).WithdrawCard(request, timeout=TIMEOUT_SECONDS))


async def orders(config: Config, hall: HallKeys, request: supervision_pb2.ListOrdersRequest) -> supervision_pb2.ListOrdersResponse:
    """Return a page of orders."""
    return await ask(config, hall, lambda channel: _stub(channel).ListOrders(request, timeout=TIMEOUT_SECONDS))


async def order(config: Config, hall: HallKeys, request: supervision_pb2.GetOrderRequest) -> supervision_pb2.OrderStanding:
    """Return one order."""
    return await ask(config, hall, lambda channel: _stub(channel).GetOrder(request, timeout=TIMEOUT_SECONDS))


async def issue(config: Config, hall: HallKeys, request: supervision_pb2.IssueOrderRequest) -> supervision_pb2.OrderStanding:
    """Issue an order."""
    return await ask(config, hall, lambda channel: _stub(channel).IssueOrder(request, timeout=TIMEOUT_SECONDS))


async def answer(config: Config, hall: HallKeys, request: supervision_pb2.AnswerOrderRequest) -> supervision_pb2.OrderStanding:
    """Answer an order."""
    return await ask(config, hall, lambda channel: _stub(channel).AnswerOrder(request, timeout=TIMEOUT_SECONDS))


async def send_back(config: Config, hall: HallKeys, request: supervision_pb2.ReturnOrderRequest) -> supervision_pb2.OrderStanding:
    """Say that an answer does not do."""
    return await ask(config, hall, lambda channel: _stub(channel).ReturnOrder(request, timeout=TIMEOUT_SECONDS))


async def close(config: Config, hall: HallKeys, request: supervision_pb2.CloseOrderRequest) -> supervision_pb2.OrderStanding:
    """Close an order."""
    return await ask(config, hall, lambda channel: _stub(channel).CloseOrder(request, timeout=TIMEOUT_SECONDS))


async def reminders(config: Config, hall: HallKeys, request: supervision_pb2.ListRemindersRequest) -> supervision_pb2.ListRemindersResponse:
    """Return a page of reminders."""
    return await ask(config, hall, lambda channel: _stub(channel).ListReminders(request, timeout=TIMEOUT_SECONDS))
