"""Make a copy of a licence for one recipient and one purpose (加注件), as a file that verifies offline.

Laws: a copy shows no more than the presentation it was made of; it is signed with this hall's licence key, whoever issued the licence; what
leads from it to the root is in the file, so nobody has to be asked.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa

from certs.annotation import Annotation, annotate
from certs.credential import VerifiedLicence, verify
from certs.licence_file import LicenceFile
from directory.licences.identifiers import LicenceId
from node_agent import keys_replica
from node_agent.hall_keys import CHARTER
from node_agent.licences import book, keys
from node_agent.licences.credentials import opened
from node_agent.licences.declining import decline
from node_agent.licences.desk import Desk


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a copy is made, for what, in which case (empty: in none), and until when it counts."""

    recipient: str
    purpose: str
    case: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy: what it proves, what was written on it, and the parts of its file but the status list."""

    licence: VerifiedLicence
    annotation: Annotation
    file: LicenceFile


def of_book(connection: sa.Connection, desk: Desk, licence: LicenceId) -> str:
    """Return the credential of a version that this hall made, with all its disclosures; raises LicenceDeclined."""
    made = book.making(book.entries(connection, licence.root), licence)
    if made is None:
        decline("unknown-licence", [("licence", "this hall issued no licence of this number, or the hub did not take it")])
    return opened(made.envelope, desk.opener).credential


def make(connection: sa.Connection, desk: Desk, presentation: str, wanted: Wanted, now: datetime) -> Copy:
    """Write on a presentation for whom it is; raises CredentialInvalid, AnnotationInvalid, NoLicenceKey or LicenceDeclined."""
    hall = desk.hall
    licence = verify(presentation, lambda name: desk.keyring.licence_key(name).verifier, now)
    signing = keys.signing(desk.keyring, hall)
    whole = now.replace(microsecond=0)
    said = Annotation(
        hall.trust_domain, hall.hall, wanted.recipient, wanted.purpose, wanted.case or None, whole, wanted.until, str(uuid4())
    )
    token = annotate(presentation, said, signing.key, signing.key_id)
    notes = keys_replica.notes_about(connection, hall.charter, {licence.claims.hall, hall.hall})
    return Copy(licence, said, LicenceFile(presentation, (hall.folder / CHARTER).read_text("utf-8"), tuple(notes), token))
