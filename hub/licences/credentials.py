"""Check the credential of an act that makes a version of a licence.

Laws: it is signed with a licence key of the hall that sent it, one that counts where the act stands in the ledger; it comes with all its
disclosures and says what the act says; its fields hold by its type on the day, and none that is not public stands in clear. An objection
repeats nothing of it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from certs.credential import VerifiedLicence, verify
from certs.errors import CredentialInvalid, UnknownKey
from certs.keyring import Keyring
from certs.notes import Verifier
from directory.catalogue.resources import ResourceVersion
from directory.licences.acts import TRUST_LEVELS, Act, Objection
from directory.licences.contents import Contents, faults
from directory.licences.disclosing import fields_of, in_clear
from directory.licences.identifiers import shown_holder_fault
from directory.licences.judging import Issuing
from directory.licences.types import HOLDER_CODE, HOLDER_CODE_TYPE
from directory.licences.vocabulary import Fault
from directory.record_schema import Checker
from hub.licences.reading import Said

LIST_CAPACITY: Final = 1 << 17
"""Places of one status list."""
FAULTS_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What the registry keeps of a credential, in clear or hashed."""

    code_type: str
    code: str
    key_id: str
    status_uri: str
    status_index: int
    valid_from: datetime
    valid_until: datetime | None


def check(act: Act, said: Said, issuing: Issuing, keyring: Keyring) -> Facts | Objection:
    """Return what is kept of a credential, or why its act does not count."""

    def find(key_id: str) -> Verifier | None:
        return _counting(keyring, key_id, said)

    try:
        found = verify(act.credential, find, None)
    except CredentialInvalid as error:
        return Objection(Fault.CREDENTIAL, str(error))
    return _contradiction(act, found) or _checked_fields(act, found, issuing)


def _counting(keyring: Keyring, key_id: str, said: Said) -> Verifier | None:
    """Return a key of the hall that counts where the act stands; None for any other."""
    try:
        key = keyring.licence_key(key_id)
    except UnknownKey:
        return None
    return key.verifier if key.hall == said.hall and key.counts_at(said.ledger_index) else None


def _contradiction(act: Act, found: VerifiedLicence) -> Objection | None:
    claims = found.claims
    if found.hidden:
        return Objection(Fault.CREDENTIAL, "the registry is sent the credential with all its disclosures")
    if (claims.licence_id, claims.type) != (str(act.licence), act.licence.type):
        return Objection(Fault.IDENTIFIER, "the credential is that of another licence than the act")
    if claims.trust_level != TRUST_LEVELS[act.trust_level]:
        return Objection(Fault.CONTENTS, "the credential names another level of trust than the act")
    if claims.status_index >= LIST_CAPACITY:
        return Objection(Fault.STATUS_PLACE, f"a status list has {LIST_CAPACITY} places, from 0")
    return None


def _checked_fields(act: Act, found: VerifiedLicence, issuing: Issuing) -> Facts | Objection:
    licence_type = issuing.types.in_force(act.licence.type, issuing.law.day)
    version = issuing.law.resources.get(licence_type.resource) if licence_type else None
    if licence_type is None or version is None:
        return Objection(Fault.UNKNOWN_TYPE, "the type, or the resource that says its fields, is not in force on the day")
    if found.public.keys() - in_clear(version):
        return Objection(Fault.CONTENTS, "a field that the catalogue does not call public stands in clear")
    claims, fields = found.claims, fields_of({**found.public, **found.disclosed})
    wrong = faults(Contents(fields, claims.valid_from, claims.valid_to), licence_type, _checker(version))
    if wrong:
        return Objection(Fault.CONTENTS, "; ".join(str(fault) for fault in wrong[:FAULTS_SAID]))
    code = str(fields[HOLDER_CODE])
    if fault := shown_holder_fault(act.licence, code):
        return Objection(Fault.IDENTIFIER, fault)
    return Facts(
        str(fields[HOLDER_CODE_TYPE]), code, found.key_id, claims.status_uri, claims.status_index, claims.valid_from, claims.valid_to
    )


@lru_cache(maxsize=64)
def _checker(version: ResourceVersion) -> Checker:
    return Checker.compile(version)
