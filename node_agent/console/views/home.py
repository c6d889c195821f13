"""Show first what needs action.

Laws: what is late comes first, then what waits for somebody, then what is out of order; every figure leads to the list of what it counts.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.responses import Response

from directory.calendar import beijing_day
from directory.scopes.vocabulary import Action
from node_agent.console import halls
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.moments import midnight
from node_agent.console.pages import draw
from node_agent.console.seeing import Area, may, sees
from node_agent.console.views.asking_for import asked_by, purpose
from node_agent.console.views.counting import counts
from node_agent.console.views.exchange import LocalFacts, local_facts
from node_agent.console.views.guidance import about
from node_agent.console.views.province import HallState, Row, standings
from node_agent.console.visit import Visit
from node_agent.link import cases, supervision
from tongban.case.v1 import case_pb2
from tongban.supervision.v1 import supervision_pb2

SHOWN: Final = 8
"""Of each kind; the list of all is a page of its own."""
ORDER: Final = ("overdue", "soon", "guidance", "orders", "cards", "silent", "stuck")
"""What comes first."""
_SILENT: Final = f"/province?state={HallState.SILENT}"


@dataclass(frozen=True, slots=True)
class Todo:
    """One kind of thing that needs action: what there is, whether there is more, and where all of it is; `total` where it is known."""

    kind: str
    path: str
    rows: list[Any]
    more: bool
    unanswered: Unanswered | None
    total: int | None = None

    @property
    def figure(self) -> str:
        """Say how many there are, as far as that was told."""
        if self.unanswered is not None:
            return "—"
        if self.total is not None:
            return str(self.total)
        return f"{len(self.rows)}{'+' if self.more else ''}"

    @property
    def any(self) -> bool:
        """Tell whether there is one."""
        return bool(self.rows or self.total)


@dataclass(frozen=True, slots=True)
class HallsBelow:
    """How the halls below stand: those that fell silent, how many never reported, and how many cases of all are overdue."""

    silent: Todo
    never: int
    overdue: int


async def show(visit: Visit) -> Response:
    """Draw the first page, or the part of it that changes."""
    part = visit.asked("part")
    if part == "link":
        return draw(visit, "_link.html")
    facts, guidance, halls_below, *todo = await asyncio.gather(
        visit.site.keeping.apart(lambda: local_facts(visit)), _guidance(visit), _below(visit), *_questions(visit)
    )
    guided, lists = guidance
    may_exchange = sees(visit.law, visit.who, Area.EXCHANGE)
    todo = _in_order([*guided, *_counted(todo, halls_below), *([_stuck(facts)] if may_exchange else [])])
    away = any(one.unanswered is not None and not one.unanswered.reason for one in todo)
    template = "_todo.html" if part == "todo" else "home.html"
    never = halls_below.never if halls_below is not None else 0
    return draw(visit, template, todo=todo, away=away, never=never, facts=facts, may_exchange=may_exchange, **lists)


def _in_order(todo: list[Todo]) -> list[Todo]:
    return sorted(todo, key=lambda one: ORDER.index(one.kind))


def _counted(todo: list[Todo], below: HallsBelow | None) -> list[Todo]:
    """Add what is said of the halls below; where many cases are overdue, their number is known from there."""
    if below is None:
        return todo
    whole = [replace(one, total=below.overdue) if one.kind == "overdue" and one.more and below.overdue else one for one in todo]
    return [*whole, below.silent]


def _stuck(facts: LocalFacts) -> Todo:
    """Return what was neither routed nor could be taken in, which the hall knows itself."""
    return Todo("stuck", "/exchange/dead-letters", [], more=False, unanswered=None, total=facts.stuck)


async def _below(visit: Visit) -> HallsBelow | None:
    """Ask how the halls below stand; None for who has none, or may not look at them."""
    if len(halls.in_order(visit)) < 2 or not may(visit.law, visit.who, Action.CASE_LIST):  # noqa: PLR2004 - the own one and another
        return None
    answer = await counts(visit, {}, ["hall"], lights=True)
    if isinstance(answer, Unanswered):
        return None if answer.reason else HallsBelow(Todo("silent", _SILENT, [], more=False, unanswered=answer), 0, 0)
    return below(standings(visit, answer))


def below(found: Sequence[Row]) -> HallsBelow:
    """Say of halls which fell silent, the one that did so first at the top, how many never reported, and how many cases are overdue."""
    silent = sorted((row for row in found if row.state is HallState.SILENT), key=lambda row: row.lag or timedelta(0), reverse=True)
    never = sum(row.state is HallState.NEVER for row in found)
    overdue = sum(row.counted.red for row in found if row.counted is not None)
    return HallsBelow(Todo("silent", _SILENT, silent[:SHOWN], more=len(silent) > SHOWN, unanswered=None, total=len(silent)), never, overdue)


async def _guidance(visit: Visit) -> tuple[list[Todo], dict[str, Any]]:
    """Return what waits of guidance, which the hall knows itself; nothing for who has no part in it."""
    if not sees(visit.law, visit.who, Area.GUIDANCE):
        return [], {}
    found = await about.waiting(visit, SHOWN)
    rows = found.pop("rows")
    return [Todo("guidance", "/guidance", rows[:SHOWN], more=len(rows) > SHOWN, unanswered=None)], found


def _questions(visit: Visit) -> list[Any]:
    asked = []
    if may(visit.law, visit.who, Action.CASE_LIST):
        tomorrow = beijing_day(visit.now) + timedelta(days=1)
        # A limit that ends with a day ends at 24:00 of it: the moment at which the next day begins.
        ends = {"due_from": _stamp(midnight(tomorrow)), "due_before": _stamp(midnight(tomorrow + timedelta(days=1)) + timedelta(seconds=1))}
        days = f"due_from={beijing_day(visit.now)}&due_to={tomorrow}"
        asked += [_cases(visit, "overdue", "/cases?light=red", light="red"), _cases(visit, "soon", f"/cases?{days}", **ends)]
    if may(visit.law, visit.who, Action.ORDER_READ):
        asked.append(_orders(visit))
    if may(visit.law, visit.who, Action.CARD_READ):
        asked.append(_cards(visit))
    return asked


async def _cases(visit: Visit, kind: str, path: str, **wanted: Any) -> Todo:  # noqa: ANN401 - filters of the request
    request = case_pb2.ListCasesRequest(page_size=SHOWN, asked_by=asked_by(visit), purpose=purpose(visit), **wanted)
    answer = await visit.site.asking.ask(cases.page, request)
    rows = list(answer.said.cases) if isinstance(answer, Answered) else []
    return _todo(kind, path, rows, answer)


async def _orders(visit: Visit) -> Todo:
    request = supervision_pb2.ListOrdersRequest(page_size=SHOWN, phase="issued", asked_by=asked_by(visit))
    answer = await visit.site.asking.ask(supervision.orders, request)
    return _todo("orders", "/orders?phase=issued", list(answer.said.orders) if isinstance(answer, Answered) else [], answer)


async def _cards(visit: Visit) -> Todo:
    request = supervision_pb2.ListCardsRequest(page_size=SHOWN, phase="issued", asked_by=asked_by(visit))
    answer = await visit.site.asking.ask(supervision.cards, request)
    return _todo("cards", "/cards?phase=issued", list(answer.said.cards) if isinstance(answer, Answered) else [], answer)


def _todo(kind: str, path: str, rows: list[Any], answer: Answered[Any] | Unanswered) -> Todo:
    if isinstance(answer, Unanswered):
        return Todo(kind, path, [], more=False, unanswered=answer)
    return Todo(kind, path, rows, more=bool(answer.said.next_page_token), unanswered=None)


def _stamp(moment: Any) -> Timestamp:  # noqa: ANN401 - a datetime
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
