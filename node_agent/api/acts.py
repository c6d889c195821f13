"""Do what a business system asks to be done to a licence.

Laws: a request is one transaction: what is done, what is sent and what is remembered of it commit together; the same request again gets the
same answer, whoever of the system asks. A key acts for its own person: no body says who acts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from directory.licences.vocabulary import ActKind
from directory.scopes.decisions import Denied
from directory.scopes.principal import Principal
from node_agent.api import models, requests
from node_agent.api.keys import ApiKey
from node_agent.api.models import Body
from node_agent.api.office import Office, check_may
from node_agent.api.operations import Operation
from node_agent.api.refusing import Refused
from node_agent.api.requests import Asked as Request
from node_agent.licences import acting, book, endings
from node_agent.licences.asked import LEVELS, Text, asked_for
from node_agent.licences.book import Done
from node_agent.licences.desk import Desk
from node_agent.licences.endings import Ending

OPERATIONS: Final[Mapping[ActKind, Operation]] = {
    ActKind.ISSUED: Operation.ISSUE,
    ActKind.CHANGED: Operation.CHANGE,
    ActKind.RENEWED: Operation.RENEW,
    ActKind.SUSPENDED: Operation.SUSPEND,
    ActKind.RESUMED: Operation.RESUME,
    ActKind.SUPERSEDED: Operation.SUPERSEDE,
}
"""What opens the acts that one person does alone."""
_NAMES: Final = {"licence_id": "licence"}


async def do(office: Office, key: ApiKey, number: str, kind: ActKind, body: Body) -> models.Done:
    """Do an act that is no ending."""
    request = _request(key, number, OPERATIONS[kind])
    asked = asked_for(kind, request.request, key.principal(office.config.hall), _said_by(body), _text(body))
    reached = office.hub_reached

    def work(connection: sa.Connection, desk: Desk, now: datetime) -> models.Done:
        _check_person(desk, asked.officer)
        requests.check(connection, request)
        done = acting.do(connection, desk, asked, now)
        if not done.repeated:
            requests.keep(connection, request, done.event_id, now)
        return _done(connection, request, done, reached=reached)

    return await office.at_desk(work)


async def end(office: Office, key: ApiKey, number: str, body: models.End) -> models.Proposed:
    """Propose an ending."""
    request = _request(key, number, Operation.END)
    asked = asked_for(ActKind(body.act), request.request, key.principal(office.config.hall), _said_by(body))

    def work(connection: sa.Connection, desk: Desk, now: datetime) -> models.Proposed:
        _check_person(desk, asked.officer)
        known = requests.check(connection, request)
        found = endings.propose(connection, desk, asked, now)
        if known is None:
            requests.keep(connection, request, "", now)
        return _proposed(connection, found)

    return await office.at_desk(work)


async def confirm(office: Office, key: ApiKey, number: str, body: models.Confirm) -> models.Done:
    """Confirm an ending that somebody else proposed."""
    request = _request(key, number, Operation.CONFIRM, body.ending)
    officer = key.principal(office.config.hall)

    def work(connection: sa.Connection, desk: Desk, now: datetime) -> models.Done:
        _check_person(desk, officer)
        proposed = _ending(connection, body.ending)
        if requests.check(connection, request) is not None:
            before = book.done_before(connection, proposed.id, proposed.asked.spelled())
            assert before is not None  # noqa: S101 - it was remembered in the transaction that did it
            return _done(connection, request, before, reached=office.hub_reached)
        done = endings.confirm(connection, desk, body.ending, officer, now)
        requests.keep(connection, request, done.event_id, now)
        return _done(connection, request, done, reached=office.hub_reached)

    return await office.at_desk(work)


async def drop(office: Office, key: ApiKey, number: str, body: models.Drop) -> models.Proposed:
    """Take back an ending that was proposed."""
    request = _request(key, number, Operation.DROP, body.ending)
    officer = key.principal(office.config.hall)

    def work(connection: sa.Connection, desk: Desk, now: datetime) -> models.Proposed:
        _check_person(desk, officer)
        _ending(connection, body.ending)
        if requests.check(connection, request) is None:
            endings.drop(connection, desk, body.ending, officer, now)
            requests.keep(connection, request, "", now)
        return _proposed(connection, _ending(connection, body.ending))

    return await office.at_desk(work)


async def became(office: Office, key: ApiKey, body: models.Status) -> models.Became:
    """Say what became of a request of the system's own."""
    number = requests.number_of(key, body.request)

    def work(connection: sa.Connection) -> models.Became:
        kept = requests.find(connection, number)
        if kept is None:
            raise Refused("REASON_NOT_FOUND", "this system made no such request")
        return _became(connection, number, kept)

    return await office.keeping.read(work)


def _became(connection: sa.Connection, number: str, kept: requests.Kept) -> models.Became:
    ending = kept.ending or ("" if kept.event_id else number)
    event_id = kept.event_id or book.event_of(connection, ending)
    if not event_id:
        found = _ending(connection, ending)
        return models.Became(
            operation=kept.operation, licence_id=found.asked.licence, act=found.asked.kind, standing=_waiting(found), ending=found.id
        )
    act, licence = book.act_of(connection, event_id)
    sent = requests.sent(connection, event_id, kept.outbox_row)
    return models.Became(
        operation=kept.operation,
        licence_id=licence,
        act=act,
        standing=sent.standing,
        ending=ending,
        event_id=event_id,
        reason=sent.reason,
        fault=sent.fault,
        what=sent.what,
    )


def _ending(connection: sa.Connection, ending: str) -> Ending:
    """Return an ending that was proposed here; raises Refused."""
    found = endings.find(connection, ending)
    if found is None:
        raise Refused("REASON_NOT_FOUND", "no ending of this number was proposed here")
    return found


def _proposed(connection: sa.Connection, found: Ending) -> models.Proposed:
    event_id = book.event_of(connection, found.id)
    return models.Proposed(
        ending=found.id,
        licence_id=found.asked.licence,
        act=found.asked.kind,
        proposed_at=found.proposed_at,
        standing=requests.sent(connection, event_id).standing if event_id else _waiting(found),
    )


def _waiting(found: Ending) -> models.Standing:
    return "dropped" if found.dropped_by else "proposed"


def _done(connection: sa.Connection, request: Request, done: Done, *, reached: bool) -> models.Done:
    kept = requests.find(connection, request.request)
    return models.Done(
        licence_id=str(done.licence),
        act=done.kind,
        event_id=done.event_id,
        done_at=done.done_at,
        repeated=done.repeated,
        standing=requests.sent(connection, done.event_id, kept.outbox_row if kept else 0).standing,
        hub_reached=reached,
    )


def _request(key: ApiKey, number: str, operation: Operation, ending: str = "") -> Request:
    """Return a request that a key may make; raises Refused."""
    check_may(key, operation)
    return Request(requests.number_of(key, number), key.id, operation, ending)


def _check_person(desk: Desk, officer: Principal) -> None:
    """Raise Refused for whom the hub would not believe: departments move, and a key outlives them."""
    asserted = desk.register.issuing.law.may_assert(officer)
    if isinstance(asserted, Denied):
        raise Refused("REASON_FOREIGN_ACTOR", f"this key acts for somebody whom this hall may not name: {asserted.why}")


def _said_by(body: Body) -> dict[str, str]:
    """Return what a body says of an act, by the names of `Asked`."""
    said = body.model_dump(exclude={"fields", "act"}, exclude_none=True)
    return {_NAMES.get(name, name): value for name, value in said.items() if isinstance(value, str)}


def _text(body: Body) -> Text | None:
    """Return what is to stand on the version that a body asks for; a renewal says the same again."""
    if not isinstance(body, models.Version):
        return None
    return Text(
        fields=body.fields if isinstance(body, models.Issue | models.Change) else None,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        layout_digest=body.layout_digest,
        trust_level=LEVELS[body.trust_level],
    )
