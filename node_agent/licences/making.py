"""Make the version of a licence that an issue, a change or a renewal asks for.

Laws: a version says all of itself, so that none before it is needed to read it; it has a number, a status place and a signature of its own.
Days are those of Asia/Shanghai: a version is valid from the first moment of its first day until the last of its last. No number is taken,
and nothing signed, before all that was asked holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from certs.credential import issue
from certs.errors import CredentialInvalid
from certs.names import status_uri
from directory.errors import Fault as FieldFault
from directory.licences.acts import TRUST_LEVELS, Act
from directory.licences.contents import Contents, faults, midnight, usual_end
from directory.licences.identifiers import LicenceId, shown_holder_fault
from directory.licences.judging import not_entitled
from directory.licences.types import HOLDER_CODE, LicenceType
from directory.licences.vocabulary import ActKind, Fault
from node_agent.licences import book, keys, status_places
from node_agent.licences.asked import Asked, Text
from node_agent.licences.credentials import Numbered, claims, contents_of, opened
from node_agent.licences.declining import check, check_fields, decline, licence_of
from node_agent.licences.desk import Desk
from node_agent.licences.register import checker

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Made:
    """An act, and of one that makes a version until when that is valid and where its status stands."""

    act: Act
    valid_until: datetime | None = None
    status_place: tuple[int, int] | None = None


def made(connection: sa.Connection, desk: Desk, asked: Asked, now: datetime) -> Made:
    """Return the act with its credential; raises LicenceDeclined, NoLicenceKey, OSError or CertsError."""
    if asked.text is None:
        decline(Fault.INCOMPLETE, [("", "what is to stand on the licence is missing")])
    previous = licence_of(asked.licence) if asked.kind is not ActKind.ISSUED else None
    licence_type = desk.register.type_in_force(previous.type if previous else asked.type)
    given = licence_of(asked.licence) if asked.licence and previous is None else None
    probable = previous or given or LicenceId(licence_type.type, desk.register.issuer(desk.hall.hall, asked.officer.department), "0", 1)
    if probable.type != licence_type.type:
        decline(Fault.IDENTIFIER, [("licence", "its number is of another type")])
    check(not_entitled(asked.kind, probable, asked.officer, "", desk.register.issuing))
    version = desk.register.resource(licence_type)
    contents = _contents(connection, desk, asked, licence_type)
    check_fields([*_text_faults(asked, licence_type), *faults(contents, licence_type, checker(version))])
    signing = keys.signing(desk.keyring, desk.hall)
    licence = given or _number(connection, probable, previous, desk.register.day)
    if fault := shown_holder_fault(licence, str(contents.fields[HOLDER_CODE])):
        decline(Fault.IDENTIFIER, [("licence", fault)])  # before it is sent: the number stands in clear on its way
    place = status_places.choose(connection)
    numbered = _numbered(desk, asked.text, licence, place, now)
    try:
        credential = issue(claims(numbered, contents, version), signing.key, signing.key_id)
    except CredentialInvalid as error:
        decline(Fault.CREDENTIAL, [("", str(error))])
    act = Act(
        kind=asked.kind,
        licence=licence,
        effective_at=now,
        credential=credential,
        previous=previous,
        ground=asked.ground,
        basis=asked.basis,
        document=asked.document,
        case_number=asked.case_number,
        trust_level=asked.text.trust_level,
    )
    return Made(act, contents.valid_until, place)


def _contents(connection: sa.Connection, desk: Desk, asked: Asked, licence_type: LicenceType) -> Contents:
    """Return what the version says: all that was given, and what follows from the version before or the type."""
    assert asked.text is not None  # noqa: S101 - `made` has looked
    text = asked.text
    before = _before(connection, desk, licence_of(asked.licence)) if asked.kind is not ActKind.ISSUED else None
    fields: Mapping[str, Any] = text.fields if text.fields is not None else before.fields if before else {}
    start = midnight(text.valid_from) if text.valid_from else None
    end = midnight(text.valid_until + _DAY) if text.valid_until and text.valid_until < date.max else None
    if asked.kind is ActKind.CHANGED and before:
        return Contents(fields, _utc(start or before.valid_from), _utc_if_any(end or before.valid_until))
    first = text.valid_from or desk.register.day
    return Contents(fields, _utc(midnight(first)), _utc_if_any(end or usual_end(first, licence_type.validity_months)))


def _before(connection: sa.Connection, desk: Desk, licence: LicenceId) -> Contents | None:
    """Return what the version before says; None when the hall made none of this number, which the licence's life will tell."""
    entry = book.making(book.entries(connection, licence.root), licence)
    return None if entry is None else contents_of(opened(entry.envelope, desk.opener).credential, desk.keyring)


def _text_faults(asked: Asked, licence_type: LicenceType) -> list[FieldFault]:
    found = []
    if asked.kind is ActKind.RENEWED and not licence_type.renewable:
        found.append(FieldFault(0, "licences of this type are not renewed"))
    if asked.text is not None and asked.text.trust_level not in TRUST_LEVELS:
        found.append(FieldFault(0, "is one of A, B, C, D", "trust_level"))
    return found


def _number(connection: sa.Connection, probable: LicenceId, previous: LicenceId | None, day: date) -> LicenceId:
    if previous is None:
        while True:
            serial = book.next_serial(connection, probable.type, probable.issuer, day.year)
            found = LicenceId(probable.type, probable.issuer, serial, 1)
            if book.newest(connection, found.root) is None and not book.is_lost(connection, found.root):  # a number from before
                return found
    try:
        return previous.next_version()
    except ValueError as error:
        decline(Fault.OUT_OF_TURN, [("", str(error))])


def _numbered(desk: Desk, text: Text, licence: LicenceId, place: tuple[int, int], now: datetime) -> Numbered:
    number, index = place
    return Numbered(
        licence=licence,
        trust_domain=desk.hall.trust_domain,
        hall=desk.hall.hall,
        status_uri=status_uri(desk.hall.trust_domain, desk.hall.hall, number),
        status_index=index,
        trust_level=TRUST_LEVELS[text.trust_level],
        layout_digest=text.layout_digest,
        issued_at=now.replace(microsecond=0),
    )


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _utc_if_any(at: datetime | None) -> datetime | None:
    return None if at is None else _utc(at)
