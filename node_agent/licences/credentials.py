"""Make the credential of a licence's version, and read one back.

Laws: what the catalogue calls public is in clear in a credential, everything else and the holder is disclosed field by field; what says
whose licence it is is a claim of the holder. A credential is read as anyone would verify it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certs.credential import Holder, LicenceClaims, verify
from certs.credential_claims import ClearClaims
from certs.keyring import Keyring
from certs.readers import Opener, Sealed
from directory.catalogue.resources import ResourceVersion
from directory.licences.contents import Contents
from directory.licences.disclosing import fields_of, in_clear
from directory.licences.identifiers import LicenceId
from directory.licences.types import HOLDER_CODE, HOLDER_CODE_TYPE, HOLDER_FIELDS, HOLDER_NAME
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.licence.v1.licence_pb2 import LicenceEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """What is the exchange's own on a version: its number, its issuer, and where its status stands."""

    licence: LicenceId
    trust_domain: str
    hall: str
    status_uri: str
    status_index: int
    trust_level: str
    layout_digest: str
    issued_at: datetime


def claims(numbered: Numbered, contents: Contents, version: ResourceVersion) -> LicenceClaims:
    """Return what the hall signs; the fields were judged."""
    own = {name: value for name, value in contents.fields.items() if name not in HOLDER_FIELDS}
    clear = ClearClaims(
        trust_domain=numbered.trust_domain,
        hall=numbered.hall,
        type=numbered.licence.type,
        licence_id=str(numbered.licence),
        issued_at=numbered.issued_at,
        valid_from=contents.valid_from,
        valid_to=contents.valid_until,
        status_uri=numbered.status_uri,
        status_index=numbered.status_index,
        trust_level=numbered.trust_level,
        layout_digest=numbered.layout_digest or None,
    )
    holder = Holder(*(str(contents.fields[name]) for name in (HOLDER_NAME, HOLDER_CODE_TYPE, HOLDER_CODE)))
    return LicenceClaims(clear, holder, own, in_clear(version) & own.keys())


def opened(envelope: bytes, opener: Opener) -> LicenceEvent:
    """Open the act in one of the hall's own envelopes; raises CertsError or DecodeError."""
    message = Envelope.FromString(envelope)
    return LicenceEvent.FromString(opener.open(message.header, Sealed.of(message.encrypted)))


def contents_of(credential: str, keyring: Keyring) -> Contents:
    """Return what a credential says, whatever the time; raises CredentialInvalid."""
    found = verify(credential, lambda name: keyring.licence_key(name).verifier, None)
    shown: Mapping[str, Any] = {**found.public, **found.disclosed}
    return Contents(fields_of(shown), found.claims.valid_from, found.claims.valid_to)
