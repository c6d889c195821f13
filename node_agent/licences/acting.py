"""Do what an officer asks to be done to a licence: judge it, write it into the hall's book, and queue it for the hub, all or nothing.

Laws: an act is judged here by the rules by which the registry will judge it, so that an officer learns at once what is wrong. The work is
one transaction of the caller's, which ends on any fault; a request is done once.
"""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import sqlalchemy as sa

from directory.licences import lifecycle
from directory.licences.acts import Act, Objection
from directory.licences.judging import judge
from directory.licences.messages import RESOURCE, TYPE, write_act
from directory.licences.vocabulary import MAKING
from node_agent import outbox
from node_agent.licences import book, making, rebuilding
from node_agent.licences.asked import Asked
from node_agent.licences.book import Done, Kept
from node_agent.licences.declining import check, decline, licence_of
from node_agent.licences.desk import Desk
from node_agent.licences.making import Made
from node_agent.outbox import Actor, Draft, EnvelopeWriter

SOURCE: Final = "licences"
_REQUEST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


def check_request(request: str) -> None:
    """Raise LicenceDeclined for what is no number of a request."""
    if not _REQUEST.fullmatch(request):
        decline("request", [("request", "a request's number is 1 to 100 ASCII letters, digits and . _ : -")])


def do(connection: sa.Connection, desk: Desk, asked: Asked, now: datetime, second_officer: str = "") -> Done:
    """Do what is asked, or return what the same request came to before.

    Raises LicenceDeclined with all that is wrong, NoLicenceKey, OSError or CertsError; then the transaction must not be committed.
    """
    now = now.astimezone(UTC)
    check_request(asked.request)
    if done := book.done_before(connection, asked.request, asked.spelled()):
        return done
    rebuilding.check_whole(connection, desk)
    made = making.made(connection, desk, asked, now) if asked.kind in MAKING else Made(_act(asked, now, second_officer))
    act = made.act
    check(judge(act, asked.officer, desk.register.issuing, now))
    after = lifecycle.apply(rebuilding.newest(connection, act), act)
    if isinstance(after, Objection):
        check(after)
    return _sent(connection, desk, asked, made, now)


def _act(asked: Asked, now: datetime, second_officer: str) -> Act:
    return Act(
        kind=asked.kind,
        licence=licence_of(asked.licence),
        effective_at=now,
        successor=licence_of(asked.successor, "successor") if asked.successor else None,
        ground=asked.ground,
        basis=asked.basis,
        document=asked.document,
        case_number=asked.case_number,
        second_officer=second_officer,
    )


def _sent(connection: sa.Connection, desk: Desk, asked: Asked, made: Made, now: datetime) -> Done:
    """Queue the act for the hub, and write it into the book with its envelope."""
    event_id = str(uuid4())
    who = asked.officer
    draft = Draft(
        event_id=event_id,
        source=SOURCE,
        type=TYPE,
        subject=made.act.licence.root,
        occurred_at=now,
        recorded_at=now,
        resource=RESOURCE,
        recipients=(),
        payload=write_act(made.act),
        actor=Actor(who.person, who.role, who.department),
        key=desk.content_keys.current(desk.hall, desk.keyring, now),
    )
    outbox.put(connection, [draft], EnvelopeWriter(desk.hall.trust_domain, desk.hall.hall, desk.hall.epoch))
    kept = Kept(
        event_id=event_id,
        request=asked.request,
        said=asked.spelled(),
        officer=who.person,
        envelope=outbox.envelope_of(connection, event_id),
        valid_until=made.valid_until,
        status_place=made.status_place,
    )
    return book.write(connection, made.act, kept, now)
