"""Make a copy of a licence for one recipient and one purpose (加注件), as a file that verifies offline.

Laws: a copy is an act of a person with a role for licences, who is written down with it; of a licence of the hall's own only those copy who
may change it, of what was shown here whoever may be shown it. A copy shows no more than the presentation it was made of; it is signed with
this hall's licence key, whoever issued the licence; what leads from it to the root is in the file, so nobody has to be asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

import sqlalchemy as sa

from certs.annotation import MOST_TEXT, Annotation, annotate
from certs.credential import VerifiedLicence, verify
from certs.licence_file import LicenceFile
from directory.licences.disclosing import field_of
from directory.licences.identifiers import LicenceId, names_a_person
from directory.licences.judging import not_entitled
from directory.licences.vocabulary import ActKind, Fault
from directory.scopes.decisions import Denied
from directory.scopes.principal import Principal
from directory.scopes.vocabulary import Role
from directory.texts import name_fault
from node_agent import keys_replica
from node_agent.hall_keys import CHARTER
from node_agent.licences import acting, book, copy_book, keys
from node_agent.licences.copy_book import Noted
from node_agent.licences.credentials import opened
from node_agent.licences.declining import check, decline
from node_agent.licences.desk import Desk


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a copy is made, for what, in which case (empty: in none), and until when it counts; by whom, and under which request."""

    recipient: str
    purpose: str
    case: str
    until: datetime
    officer: Principal
    request: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy: what it proves, what was written on it, and the parts of its file but the status list."""

    licence: VerifiedLicence
    annotation: Annotation
    file: LicenceFile


ROLES: Final = frozenset({Role.LICENCE_OFFICER, Role.LICENCE_READER})
"""Who may make copies at all."""


def of_book(connection: sa.Connection, desk: Desk, licence: LicenceId, officer: Principal) -> str:
    """Return the credential of a version that this hall made, with all its disclosures; raises LicenceDeclined."""
    check(not_entitled(ActKind.SUSPENDED, licence, officer, "", desk.register.issuing))  # what needs no type in force, as a copy does not
    made = book.making(book.entries(connection, licence.root), licence)
    if made is None:
        decline("unknown-licence", [("licence", "this hall issued no licence of this number, or the hub did not take it")])
    return opened(made.envelope, desk.opener).credential


def make(connection: sa.Connection, desk: Desk, presentation: str, wanted: Wanted, now: datetime) -> Copy:
    """Write on a presentation for whom it is, and into the book who made the copy; hand it out when the caller's transaction is durable.

    Raises CredentialInvalid, NoLicenceKey or LicenceDeclined.
    """
    hall = desk.hall
    acting.check_request(wanted.request)
    copy_book.check_new(connection, wanted.request)
    _check_officer(desk, wanted.officer)
    if faults := [*_faults(wanted, now)]:
        decline(Fault.CONTENTS, faults)
    licence = verify(presentation, lambda name: desk.keyring.licence_key(name).verifier, now)
    signing = keys.signing(desk.keyring, hall)
    whole = now.replace(microsecond=0)
    said = Annotation(
        hall.trust_domain, hall.hall, wanted.recipient, wanted.purpose, wanted.case or None, whole, wanted.until, str(uuid4())
    )
    token = annotate(presentation, said, signing.key, signing.key_id)
    notes = keys_replica.notes_about(connection, hall.charter, {licence.claims.hall, hall.hall})
    copy_book.write(connection, wanted.request, _noted(licence, said, wanted.officer))
    return Copy(licence, said, LicenceFile(presentation, (hall.folder / CHARTER).read_text("utf-8"), tuple(notes), token))


def shown_fields(licence: VerifiedLicence) -> tuple[str, ...]:
    """Return the names of the fields that a presentation shows."""
    return tuple(sorted(field_of(name) for name in {*licence.disclosed, *licence.public}))


def _check_officer(desk: Desk, officer: Principal) -> None:
    if not officer.person or name_fault(officer.person):
        decline(Fault.NOT_ENTITLED, [("person", "say who makes the copy, by staff number")])
    asserted = desk.register.issuing.law.may_assert(officer)
    if officer.role not in ROLES or isinstance(asserted, Denied):
        roles = ", ".join(sorted(ROLES))
        decline(Fault.NOT_ENTITLED, [("role", f"a copy is made by a person of this hall with one of the roles {roles}")])


def _faults(wanted: Wanted, now: datetime) -> Iterator[tuple[str, str]]:
    for name, text in (("recipient", wanted.recipient), ("purpose", wanted.purpose), ("case", wanted.case)):
        if names_a_person(text):
            yield name, "it holds a citizen id, and would show it to everybody"
        elif not (text or name == "case") or len(text) > MOST_TEXT or text != text.strip() or not text.isprintable():
            yield name, f"it is a text of 1 to {MOST_TEXT} characters that print, none of them at an edge blank"
    if wanted.until <= now:
        yield "until", "the copy would have run out before it is made"


def _noted(licence: VerifiedLicence, said: Annotation, officer: Principal) -> Noted:
    return Noted(
        id=said.id,
        licence_id=licence.claims.licence_id,
        hall=licence.claims.hall,
        disclosed=shown_fields(licence),
        recipient=said.recipient,
        purpose=said.purpose,
        case_number=said.case or "",
        made_at=said.made_at,
        expires_at=said.expires_at,
        role=officer.role,
        department=officer.department,
        officer=officer.person,
    )
