"""Do what a business system asks to be done to a licence.

Laws: a request is one transaction: what is done, what is sent and what is remembered of it commit together; the same request again gets the
same answer, whoever of the system asks. A key acts for its own person: no body says who acts.
"""

from datetime import datetime

import sqlalchemy as sa

from directory.licences.acts import TRUST_LEVELS
from directory.licences.vocabulary import ActKind
from directory.scopes.decisions import Denied
from directory.scopes.principal import Principal
from node_agent.api import models, requests
from node_agent.api.keys import ApiKey
from node_agent.api.office import Office, check_may
from node_agent.api.operations import Operation
from node_agent.api.refusing import Refused
from node_agent.api.requests import Asked as Request
from node_agent.licences import acting, book, endings
from node_agent.licences.asked import Asked, Text
from node_agent.licences.book import Done
from node_agent.licences.desk import Desk

_LEVELS = {level: number for number, level in TRUST_LEVELS.items()}


async def issue(office: Office, key: ApiKey, number: str, body: models.Issue) -> models.Done:
    """Issue a licence."""
    request = _request(key, number, Operation.ISSUE)
    asked = Asked(
        request=request.request,
        kind=ActKind.ISSUED,
        officer=key.principal(office.config.hall),
        type=body.type,
        text=_text(body, body.fields),
        case_number=body.case_number,
    )
    return await _do(office, request, asked)


async def change(office: Office, key: ApiKey, number: str, body: models.Change) -> models.Done:
    """Make the next version of a licence."""
    request = _request(key, number, Operation.CHANGE)
    asked = Asked(
        request=request.request,
        kind=ActKind.CHANGED,
        officer=key.principal(office.config.hall),
        licence=body.licence_id,
        text=_text(body, body.fields),
        ground=body.ground,
        case_number=body.case_number,
    )
    return await _do(office, request, asked)


async def end(office: Office, key: ApiKey, number: str, body: models.End) -> models.Proposed:
    """Propose an ending."""
    request = _request(key, number, Operation.END)
    asked = Asked(
        request=request.request,
        kind=ActKind(body.act),
        officer=key.principal(office.config.hall),
        licence=body.licence_id,
        ground=body.ground.value,
        basis=body.basis,
        document=body.document,
        case_number=body.case_number,
    )

    def work(connection: sa.Connection, desk: Desk, now: datetime) -> models.Proposed:
        _check_person(desk, asked.officer)
        known = requests.check(connection, request)
        found = endings.propose(connection, desk, asked, now)
        if known is None:
            requests.keep(connection, request, "", now)
        return models.Proposed(
            ending=found.id,
            licence_id=found.asked.licence,
            act=found.asked.kind,
            proposed_at=found.proposed_at,
            standing="proposed" if found.waits else "dropped" if found.dropped_by else "accepted",
        )

    return await office.at_desk(work)


async def confirm(office: Office, key: ApiKey, number: str, body: models.Confirm) -> models.Done:
    """Confirm an ending that somebody else proposed."""
    request = _request(key, number, Operation.CONFIRM, body.ending)
    officer = key.principal(office.config.hall)

    def work(connection: sa.Connection, desk: Desk, now: datetime) -> models.Done:
        _check_person(desk, officer)
        proposed = endings.find(connection, body.ending)
        if proposed is None:
            raise Refused("REASON_NOT_FOUND", "no ending of this number was proposed here")
        if requests.check(connection, request) is not None:
            before = book.done_before(connection, proposed.id, proposed.asked.spelled())
            assert before is not None  # noqa: S101 - it was remembered in the transaction that did it
            return _said(connection, request, before, reached=office.hub_reached)
        done = endings.confirm(connection, desk, body.ending, officer, now)
        requests.keep(connection, request, done.event_id, now)
        return _said(connection, request, done, reached=office.hub_reached)

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
    if not kept.event_id:
        found = endings.find(connection, number)
        assert found is not None  # noqa: S101 - it was remembered in the transaction that proposed it
        standing: models.Standing = "dropped" if found.dropped_by else "accepted" if found.confirmed_by else "proposed"
        return models.Became(
            operation=kept.operation, licence_id=found.asked.licence, act=found.asked.kind, standing=standing, ending=found.id
        )
    act, licence = book.act_of(connection, kept.event_id)
    sent = requests.sent(connection, kept)
    return models.Became(
        operation=kept.operation,
        licence_id=licence,
        act=act,
        standing=sent.standing,
        ending=kept.ending,
        event_id=kept.event_id,
        reason=sent.reason,
        fault=sent.fault,
        what=sent.what,
    )


async def _do(office: Office, request: Request, asked: Asked) -> models.Done:
    reached = office.hub_reached

    def work(connection: sa.Connection, desk: Desk, now: datetime) -> models.Done:
        _check_person(desk, asked.officer)
        requests.check(connection, request)
        done = acting.do(connection, desk, asked, now)
        if not done.repeated:
            requests.keep(connection, request, done.event_id, now)
        return _said(connection, request, done, reached=reached)

    return await office.at_desk(work)


def _said(connection: sa.Connection, request: Request, done: Done, *, reached: bool) -> models.Done:
    kept = requests.find(connection, request.request)
    return models.Done(
        licence_id=str(done.licence),
        act=done.kind,
        event_id=done.event_id,
        done_at=done.done_at,
        repeated=done.repeated,
        standing=requests.sent(connection, kept).standing if kept else "sent",
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


def _text(body: models.Version, fields: dict[str, object]) -> Text:
    return Text(
        fields=fields,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        layout_digest=body.layout_digest,
        trust_level=_LEVELS[body.trust_level],
    )
