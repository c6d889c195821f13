"""Show what waits to be confirmed by a second administrator, and what was said of a row of the register before."""

import json
from typing import Any, Final

from starlette.responses import Response

from directory.differences import Difference, difference
from directory.register.kinds import Kind
from directory.scopes.principal import HUB
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from node_agent.console.asking import JUDGING, Unanswered, Verb
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.views.acting import AWAY, allowed
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.register_edit import plain
from node_agent.console.visit import Visit
from node_agent.link import register as hub
from tongban.directory.v1 import register_pb2 as said


async def show(visit: Visit) -> Response:
    """Draw what waits."""
    return await _drawn(visit, "", 200)


async def take(visit: Visit) -> Response:
    """Confirm, or take back."""
    act = _ACTS.get(visit.form.get("do", ""))
    if act is None:
        return await message(visit, "absent", 404)
    (verb, request), did = act
    told = await visit.site.asking.ask(verb, request(pending=visit.form.get("pending", ""), asked_by=asked_by(visit)), JUDGING)
    if isinstance(told, Unanswered):
        return await _drawn(visit, told.reason or AWAY, 422 if told.reason else 503)
    return done("/register-pending", "register-confirmed") if did else done("/register-pending", "register-withdrawn")


_Verb = tuple[Verb[Any, Any], Any]
_ACTS: Final[dict[str, tuple[_Verb, bool]]] = {
    "confirm": ((hub.confirm, said.ConfirmChangesRequest), True),
    "withdraw": ((hub.withdraw, said.WithdrawChangesRequest), False),
}


async def _drawn(visit: Visit, fault: str, status: int) -> Response:
    if not may(visit.law, visit.who, Action.RULES_EDIT):
        return await message(visit, "not-yours", 403)
    request = said.ListPendingChangesRequest(asked_by=asked_by(visit))
    told = Unanswered() if fault == AWAY else await visit.site.asking.ask(hub.pending, request, JUDGING)
    away = told if isinstance(told, Unanswered) else None
    pending = told.said.pending if not isinstance(told, Unanswered) else ()
    return draw(visit, "register_pending.html", status, pending=pending, away=away, fault=fault, plain=plain)


async def show_history(visit: Visit) -> Response:
    """Draw what was said of one thing: who, when, and what differed."""
    kind, key = str(visit.request.path_params["name"]), visit.asked("key")
    if not key or kind not in set(Kind) or (kind == Kind.RULE and not allowed(visit, Action.RULES_READ, Subject(hall=HUB))):
        return await message(visit, "absent", 404)
    told = await visit.site.asking.ask(hub.history, said.GetHistoryRequest(kind=kind, key=key, asked_by=asked_by(visit)))
    away = told if isinstance(told, Unanswered) else None
    changes = list(told.said.changes) if not isinstance(told, Unanswered) else []
    told_of = [(one, _differs(changes[at + 1 :], one)) for at, one in enumerate(changes)]
    return draw(visit, "register_history.html", kind=kind, key=key, changes=told_of, away=away)


def _differs(earlier: list[said.SaidChange], one: said.SaidChange) -> Difference | None:
    """Compare a change with the one before it of the same version; None where there is none."""
    before = next((other.change for other in earlier if other.change.version == one.change.version), None)
    if before is None:
        return None
    old, new = (json.loads(document or b"{}") for document in (before.document, one.change.document))
    return difference([old], [new], key=lambda _: ("",))
