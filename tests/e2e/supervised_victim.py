"""Let a hall have cards, orders, rectifications and reminders, and ask for them as another hall does."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from google.protobuf.message import Message

from directory.supervision.vocabulary import Effect
from hub.cases import findings
from hub.db import transaction
from hub.supervision.found import thing
from hub.supervision.issuing import NAME_DIGITS
from hub.tables import metadata
from tests.hub.hall_client import Identity
from tests.hub.records_sent import OTHER_PROVIDER
from tests.hub.running import RunningHub
from tests.hub.supervision_ground import found_card, found_rating, found_silence
from tongban.directory.v1.scopes_pb2 import Principal
from tongban.supervision.v1 import supervision_pb2

VICTIM = OTHER_PROVIDER
FOUND_CARD, FOUND_SILENCE, FOUND_RATING = found_card(hall=VICTIM), found_silence(VICTIM), found_rating(hall=VICTIM)
FOUND_REMINDER = found_card(effect=Effect.REMINDER, hall=VICTIM)
CARD, ORDER = f"c-{thing(FOUND_CARD)[:NAME_DIGITS]}", f"o-{thing(FOUND_SILENCE)[:NAME_DIGITS]}"
RECTIFICATION = f"rc-{thing(FOUND_RATING)[:NAME_DIGITS]}"

Requests = Sequence[Message]
Driver = Callable[[Identity, str], Requests]


def act_on(request: type[Message], role: str) -> Driver:
    """Do something to the victim's card, order or rectification, as someone who might at the own hall."""
    known = request.DESCRIPTOR.fields_by_name
    said: dict[str, object] = {name: "x" for name in ("ground", "text") if name in known}
    said |= {name: ident for name, ident in (("card", CARD), ("order", ORDER), ("rectification", RECTIFICATION)) if name in known}
    if "contact" in known:
        said["contact"] = "content"
    if "outcome" in known:
        said["outcome"] = supervision_pb2.APPEAL_OUTCOME_WITHDRAWN
    return lambda _captured, _other: [request(**said, asked_by=Principal(role=role, person="7"))]


def issue_order(_: Identity, other: str) -> Requests:
    return [
        supervision_pb2.IssueOrderRequest(hall=other, rule="promise-broken", text="x", asked_by=Principal(role="supervisor", person="7"))
    ]


DRIVEN: dict[str, Driver] = {
    "/tongban.supervision.v1.SupervisionService/IssueOrder": issue_order,
}
ACTS: dict[str, Driver] = {
    "/tongban.supervision.v1.SupervisionService/GetCard": act_on(supervision_pb2.GetCardRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/ReplyToCard": act_on(supervision_pb2.ReplyToCardRequest, "clerk"),
    "/tongban.supervision.v1.SupervisionService/AppealCard": act_on(supervision_pb2.AppealCardRequest, "reviewer"),
    "/tongban.supervision.v1.SupervisionService/DecideAppeal": act_on(supervision_pb2.DecideAppealRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/WithdrawCard": act_on(supervision_pb2.WithdrawCardRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/GetOrder": act_on(supervision_pb2.GetOrderRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/AnswerOrder": act_on(supervision_pb2.AnswerOrderRequest, "clerk"),
    "/tongban.supervision.v1.SupervisionService/ReturnOrder": act_on(supervision_pb2.ReturnOrderRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/CloseOrder": act_on(supervision_pb2.CloseOrderRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/GetRectification": act_on(supervision_pb2.GetRectificationRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/AnswerRectification": act_on(supervision_pb2.AnswerRectificationRequest, "clerk"),
    "/tongban.supervision.v1.SupervisionService/ReturnRectification": act_on(supervision_pb2.ReturnRectificationRequest, "supervisor"),
    "/tongban.supervision.v1.SupervisionService/CloseRectification": act_on(supervision_pb2.CloseRectificationRequest, "supervisor"),
}


async def supervise(hub: RunningHub) -> None:
    """Let the victim have a card, an order, a rectification and a reminder."""
    room = hub.hub.rooms.supervision

    def find() -> None:
        with transaction(room.ground.models.writer) as connection:
            findings.add(connection, [FOUND_CARD, FOUND_SILENCE, FOUND_RATING, FOUND_REMINDER], 1)

    await hub.hub.rooms.reading(find)
    await room.sweep()
    with hub.hub.rooms.database.reader.begin() as connection:
        assert connection.scalar(sa.select(metadata.tables["cards"].c.id)) == CARD
        assert connection.scalar(sa.select(metadata.tables["orders"].c.id)) == ORDER
        assert connection.scalar(sa.select(metadata.tables["rectifications"].c.id)) == RECTIFICATION
