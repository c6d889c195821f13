"""Show one card, and take replies, appeals, decisions and withdrawals."""

from collections.abc import Iterator
from typing import Any, Final

from starlette.responses import Response

from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.supervision.card_history import CardPhase
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.views import acting
from node_agent.console.views.acting import Act, Form, Matter, allowed
from node_agent.console.views.asking_for import asked_by
from node_agent.console.visit import Visit
from node_agent.link import supervision
from tongban.supervision.v1 import supervision_pb2 as said


async def show(visit: Visit) -> Response:
    """Draw one card."""
    return await acting.show(visit, CARD, _ident(visit))


async def take(visit: Visit) -> Response:
    """Do to a card what a form says."""
    return await acting.take(visit, CARD, _ident(visit))


def _ident(visit: Visit) -> str:
    return str(visit.request.path_params["number"])


async def _find(visit: Visit, ident: str) -> Answered[said.CardStanding] | Unanswered:
    return await visit.site.asking.ask(supervision.card, said.GetCardRequest(card=ident, asked_by=asked_by(visit)))


def _forms(visit: Visit, standing: Any) -> list[Form]:  # noqa: ANN401 - a CardStanding
    return list(_open(visit, standing))


def _open(visit: Visit, standing: said.CardStanding) -> Iterator[Form]:
    card, phase = standing.card.card, standing.card.phase
    concerned = Subject(hall=card.hall)
    if not standing.card.HasField("replied_at") and phase != CardPhase.WITHDRAWN and allowed(visit, Action.CARD_REPLY, concerned):
        yield Form("reply", ["reply"])
    if phase in {CardPhase.ISSUED, CardPhase.REPLIED} and allowed(visit, Action.CARD_APPEAL, concerned):
        yield Form("appeal", ["appeal"])
    if phase == CardPhase.APPEALED and allowed(visit, Action.APPEAL_DECIDE, Subject(hall=card.hall, issuer_hall=_below_judge(visit, card))):
        yield Form("decide", ["uphold", "lift"])
    behind = Subject(hall=card.issuer, cited_rule=card.cause.rule)
    if phase in {CardPhase.ISSUED, CardPhase.REPLIED} and allowed(visit, Action.CARD_ISSUE, behind):
        yield Form("withdraw", ["withdraw"])


def _below_judge(visit: Visit, card: said.Card) -> str:
    """Return the hall directly above which an appeal is decided: the issuer, and below the province where the province issued it."""
    province = visit.law.province if visit.law is not None else None
    if province is None or card.issuer != province.root or card.hall not in province:
        return card.issuer
    chain = (card.hall, *province.superiors(card.hall))
    return chain[-2] if len(chain) > 1 else card.issuer


def _reply(visit: Visit, ident: str) -> tuple[Any, Any]:
    return supervision.reply, said.ReplyToCardRequest(card=ident, text=_text(visit), asked_by=asked_by(visit))


def _appeal(visit: Visit, ident: str) -> tuple[Any, Any]:
    return supervision.appeal, said.AppealCardRequest(card=ident, text=_text(visit), asked_by=asked_by(visit))


def _decide(outcome: said.AppealOutcome) -> Act:
    return lambda visit, ident: (
        supervision.decide,
        said.DecideAppealRequest(card=ident, outcome=outcome, ground=_text(visit), asked_by=asked_by(visit)),
    )


def _withdraw(visit: Visit, ident: str) -> tuple[Any, Any]:
    return supervision.withdraw, said.WithdrawCardRequest(card=ident, ground=_text(visit), asked_by=asked_by(visit))


def _text(visit: Visit) -> str:
    return visit.form.get("text", "").strip()


CARD: Final = Matter(
    name="card",
    path="/cards",
    template="card.html",
    find=_find,
    forms=_forms,
    unseen=[(Action.CARD_REPLY, Form("reply", ["reply"])), (Action.CARD_APPEAL, Form("appeal", ["appeal"]))],
    acts={
        "reply": _reply,
        "appeal": _appeal,
        "uphold": _decide(said.APPEAL_OUTCOME_UPHELD),
        "lift": _decide(said.APPEAL_OUTCOME_WITHDRAWN),
        "withdraw": _withdraw,
    },
)
