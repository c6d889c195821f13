"""Look at licences that others issued: for a purpose, in an open case, in the fields that a grant opens.

Laws: what is asked and what is found stand in no address and in no draft: a form is sent, and its answer is drawn once. What is not there
and what may not be seen get one answer, with the place of the look in the ledger. What the issuing hall did not sign is not shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import structlog
from starlette.responses import RedirectResponse, Response

from certs.errors import CertsError
from directory.errors import DirectoryError
from directory.licences.contents import code_fault
from directory.licences.identifiers import parse_licence_id
from directory.licences.vocabulary import CodeType
from directory.texts import MAX_TEXT
from node_agent import hall_keys
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.pages import draw
from node_agent.console.seeing import Area, sees
from node_agent.console.sheet import Sheet, sheet
from node_agent.console.views.asking_for import asked_by
from node_agent.console.visit import Visit
from node_agent.errors import AgentError
from node_agent.licences.register import Register
from node_agent.licences.shown import checked
from node_agent.link import licences as link
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.licence.v1 import licence_service_pb2 as messages

_log = structlog.get_logger(__name__)

MOST: Final = 20
"""Licences that are asked for by their numbers at once."""
MOST_SIGNS: Final = 200
"""Of a number, a code, a case."""
_TABS: Final = (
    (Area.LICENCE_LOOKUP, "/licences"),
    (Area.LICENCE_BOOK, "/licences/book"),
    (Area.LICENCE_ACCESSES, "/licences/accesses"),
    (Area.LICENCE_OUTLIERS, "/licences/outliers"),
)
CODE_TYPES: Final = tuple(one.value for one in CodeType)
_KEPT: Final = ("purpose", "basis", "case_number")
"""What the form for the next look holds already: no number and no code."""


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a question: the licences, and where it is written down."""

    found: Sequence[Sheet]
    ledger_index: int


async def show(visit: Visit) -> Response:
    """Draw the empty form; whoever may not look is led to what is for them."""
    if not sees(visit.law, visit.who, Area.LICENCE_LOOKUP):
        return RedirectResponse(next((path for area, path in _TABS if sees(visit.law, visit.who, area)), "/"), 303)
    return await _drawn(visit, {"case_number": visit.asked("case_number")}, {})


async def take(visit: Visit) -> Response:
    """Ask the hub, and draw what it says."""
    typed = {name: visit.form.get(name, "").strip() for name in (*_KEPT, "licences", "code_type", "code", "type")}
    wrong = faults(typed)
    if wrong:
        return await _drawn(visit, typed, wrong, 422)
    hall = await visit.site.keeping.apart(lambda: hall_keys.load(visit.site.agent.config))
    answer = await visit.site.asking.ask(link.query, link.signed(hall, question(visit, typed), visit.now))
    if isinstance(answer, Unanswered):
        return await _drawn(visit, typed, {}, 422 if answer.reason else 503, unanswered=answer)
    look = await _proved(visit, answer)
    if look is None:
        return await _drawn(visit, typed, {"": "unproved"}, 502)
    asked = {name: typed[name] for name in _KEPT}
    return await _drawn(visit, asked, {}, look=look, asked=asked)


async def _proved(visit: Visit, answer: Answered[messages.QueryLicencesResponse]) -> Look | None:
    """Lay out what the hub found; None when one of it is not what a hall signed."""
    charter = visit.site.agent.hall.charter
    register = await known_register(visit)
    try:
        found = [(one, checked(one, charter)) for each in answer.said.answers for one in each.licences]
    except CertsError as error:
        _log.error("a licence that the hub showed does not hold", error=type(error).__name__, ledger_index=answer.said.ledger_index)
        return None
    return Look([sheet(one, proved, register) for one, proved in found], answer.said.ledger_index)


async def known_register(visit: Visit) -> Register | None:
    """Return who issues what, as far as the hall has heard; None while it has not. Raises StoreError."""

    def read(connection: sa.Connection) -> Register | None:
        try:
            return visit.site.desks.at(connection, visit.now).register
        except (AgentError, DirectoryError, CertsError, OSError) as error:
            _log.warning("the desk for licences does not open", error=type(error).__name__)
            return None

    return await visit.site.keeping.read(read)


def question(visit: Visit, typed: Mapping[str, str]) -> messages.LicenceQuestion:
    """Return what was typed as a question of the person, in a case of the own hall."""
    numbers = typed["licences"].split()
    queries = [messages.LicenceQuery(licence_id=one) for one in numbers]
    if not numbers:
        holder = messages.Holder(code_type=typed["code_type"], code=_code(typed))
        queries = [messages.LicenceQuery(holder=holder, type=typed["type"])]
    purpose = Purpose(purpose=typed["purpose"], basis=typed["basis"], case_hall=visit.site.hall, case_number=typed["case_number"])
    return messages.LicenceQuestion(asked_by=asked_by(visit), purpose=purpose, queries=queries)


def faults(typed: Mapping[str, str]) -> dict[str, str]:
    """Say what is wrong with what was typed, by the name of its input."""
    found = {name: "required" for name in ("purpose", "case_number") if not typed[name]}
    found |= {name: "too-long" for name in ("purpose", "basis") if len(typed[name]) > MAX_TEXT}
    numbers = typed["licences"].split()
    if bool(numbers) == bool(typed["code"]):
        return found | {"licences": "both" if numbers else "neither"}
    if len(numbers) > MOST or any(not _is_number(one) for one in numbers):
        found["licences"] = "too-many" if len(numbers) > MOST else "number"
    return found | holder_faults(typed) if typed["code"] else found


def holder_faults(typed: Mapping[str, str]) -> dict[str, str]:
    """Say what is wrong with the code of a holder."""
    if typed["code_type"] not in CODE_TYPES:
        return {"code_type": "required"}
    return {"code": "code"} if code_fault(typed["code_type"], _code(typed)) else {}


def _code(typed: Mapping[str, str]) -> str:
    return typed["code"].upper()


def _is_number(text: str) -> bool:
    try:
        parse_licence_id(text)
    except ValueError:
        return False
    return True


async def _drawn(visit: Visit, typed: Mapping[str, str], wrong: Mapping[str, str], status: int = 200, **facts: Any) -> Response:  # noqa: ANN401 - what the template shows
    register = await known_register(visit)
    types = dict(register.issuing.types.all_at(register.day)) if register is not None else {}
    shown: dict[str, Any] = {"look": None, "asked": None, "unanswered": None} | facts
    return draw(visit, "licence_lookup.html", status, typed=typed, wrong=wrong, types=types, code_types=CODE_TYPES, most=MAX_TEXT, **shown)
