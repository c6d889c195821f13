"""Write the hall's book of licences anew from its own journal, after the store was lost.

Laws: what comes back is taken in with the batch that holds it, in its order, each act once; it is opened with the hall's own key, for the
hall is a reader of all that it sends. An act that this key no longer opens is listed as lost, and its number is given to no other licence.
Until the journal is back nothing is done to a licence: a number would be given twice, and the hub would take the second licence for a
forgery of the first. Which requests were made, and endings that nobody had confirmed, are in no journal: they are forgotten.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Final

import sqlalchemy as sa
import structlog
from google.protobuf.message import DecodeError
from sqlalchemy.dialects.sqlite import insert

from certs.credential import unverified
from certs.errors import CertsError
from certs.keys import load_hpke_key
from certs.names import parse_status_uri
from certs.readers import Opener, Sealed
from directory.licences.acts import Act, Objection
from directory.licences.identifiers import TREE, root_fault
from directory.licences.lifecycle import Version
from directory.licences.messages import RESOURCE, TYPE, read_act
from directory.licences.vocabulary import ENDINGS, Status
from node_agent import adoption
from node_agent.adoption import Adopted
from node_agent.hall_keys import HPKE_KEY, HallKeys
from node_agent.licences import book, status_places
from node_agent.licences.book import Kept
from node_agent.licences.declining import decline
from node_agent.licences.desk import Desk
from node_agent.licences.tables import licence_acts, licence_lost
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

_log = structlog.get_logger(__name__)

NOT_BACK: Final = "not-back"
_REQUEST: Final = "returned"
"""Stands in front of an act's event in the place of the request that is forgotten; no caller's number has a space."""


def check_whole(connection: sa.Connection, desk: Desk) -> None:
    """Raise LicenceDeclined while the hall's journal, and with it its book, has not come back from the hub."""
    hall = desk.hall
    # A licence key is announced in the journal: where there is one, and of the journal nothing, the store was lost.
    is_new = adoption.is_empty(connection, hall.epoch)
    was_there = is_new and any(known.epoch == hall.epoch for known in desk.keyring.licence_keys(hall.hall))
    if was_there or adoption.is_awaited(connection, hall.epoch):
        decline(NOT_BACK, [("", "the hall's book has not come back from the hub yet: let the agent run until it reaches the hub")])


def newest(connection: sa.Connection, act: Act) -> Version | None:
    """Return how the newest version of the licence of an act stands.

    What can no longer be read may still be ended: it is taken to be as the officer says, and the registry has the last word.
    """
    found = book.newest(connection, act.licence.root)
    if found is None and act.kind in ENDINGS and book.is_lost(connection, act.licence.root):
        return Version(act.licence, Status.VALID, act.effective_at)
    return found


def take_back(hall: HallKeys, connection: sa.Connection, found: Sequence[Adopted]) -> None:
    """Write the acts on licences among envelopes of this hall into the book."""
    acts = [(header, data) for header, data in found if (header.resource, header.type) == (RESOURCE, TYPE)]
    if not acts:
        return
    opener = _opener(hall)
    for header, data in acts:
        if not root_fault(header.subject) and not _is_known(connection, header.id):
            _take(connection, header, data, opener)


def _opener(hall: HallKeys) -> Opener | None:
    """Return what opens the hall's own envelopes; None without a key that can be used: the journal is to come back all the same."""
    try:
        return Opener(hall.hall, load_hpke_key(hall.folder / HPKE_KEY), hall.trust_domain)
    except (OSError, CertsError) as error:
        _log.warning("the book of licences comes back unread: the hall's own key is not there", error=type(error).__name__)
        return None


def _is_known(connection: sa.Connection, event_id: str) -> bool:
    return connection.scalar(sa.select(licence_acts.c.position).where(licence_acts.c.event_id == event_id)) is not None


def _take(connection: sa.Connection, header: Header, data: bytes, opener: Opener | None) -> None:
    licence_type, issuer, serial = header.subject.removeprefix(f"{TREE}.").split(".")
    book.note_serial(connection, licence_type, issuer, serial)
    kept = _kept(header, data, opener) if opener is not None else None
    if kept is None:
        values = {"event_id": header.id, "root": header.subject, "officer": header.actor.person, "done_at": header.time.ToMilliseconds()}
        connection.execute(insert(licence_lost).values(values).on_conflict_do_nothing())
        return
    act, beside = kept
    if beside.status_place and status_places.is_taken(connection, *beside.status_place):
        beside = replace(beside, status_place=None)  # by an act from before the journal was back: the hub says which of them counts
    book.write(connection, act, beside, header.time.ToDatetime(UTC))


def _kept(header: Header, data: bytes, opener: Opener) -> tuple[Act, Kept] | None:
    """Return an act with what stands beside it in the book; None for what the hall cannot read."""
    envelope = Envelope.FromString(data)
    try:
        act = read_act(opener.open(envelope.header, Sealed.of(envelope.encrypted)), header.subject)
        claims = unverified(act.credential) if isinstance(act, Act) and act.credential else None
    except (CertsError, DecodeError, ValueError):
        return None
    if isinstance(act, Objection):
        return None
    kept = Kept(
        event_id=header.id,
        request=f"{_REQUEST} {header.id}",
        said=b"",
        officer=header.actor.person,
        envelope=data,
        valid_until=claims.valid_to if claims else None,
        status_place=(parse_status_uri(claims.status_uri)[2], claims.status_index) if claims else None,
    )
    return act, kept
