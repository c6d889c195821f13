"""Issue, present and verify a licence as an SD-JWT VC.

Laws: SD-JWT is RFC 9901, SD-JWT VC the draft named below; identifier, type, issuer, validity and status are always to be seen,
and the holder's claims and every field that is not public are disclosed one by one; only these may ever stand behind a digest;
the issuer is the hall that the key's name names; what came is verified as it came.

    header   alg EdDSA · typ dc+sd-jwt · kid (thumbprint of the licence key)
    claims   iss · vct · licence_id · iat · nbf · exp? · status · trust_level · layout_digest? · cnf? · _sd_alg
             holder {_sd: name, code_type, code} · fields {_sd: …, what is public}
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.credential_claims import FIELDS, HOLDER, ClearClaims, clear_claims, read_claims
from certs.disclosures import (
    DIGESTS,
    HASH,
    HASH_NAME,
    MOST_DISCLOSURES,
    Disclosure,
    Path,
    Resolved,
    Salts,
    digest_of,
    disclosure,
    fresh_salt,
    parse_disclosure,
    resolve,
)
from certs.errors import CredentialInvalid, Fault, MalformedJson, MalformedName, UnknownKey
from certs.holder_binding import Asked, check_binding
from certs.jws import Jwk, Kind, jwk_of, open_jws, read, sign
from certs.names import hall_uri, parse_licence_name
from certs.notes import Verifier
from certs.strict_json import dumps

SD_JWT_VC: Final = "draft-ietf-oauth-sd-jwt-vc-16"
"""The Internet-Draft that this follows."""

LICENCE: Final = Kind("dc+sd-jwt", CredentialInvalid)
MOST_CHARACTERS: Final = 1 << 17

FieldValue = str | int | bool | None
FindLicenceKey = Callable[[str], Verifier | None]
"""From a thumbprint to the licence key of a hall; None, or UnknownKey raised, when there is none."""

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SCALAR = "a field's value is a text, a whole number, true, false or null"
_HOLDER_NAMES = ("name", "code_type", "code")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose licence it is; `code_type` as in GB/T 36903 (001 USCC, 111 citizen id)."""

    name: str = field(repr=False)
    code_type: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LicenceClaims:
    """What a hall issues: the clear claims, the holder, and the type's fields, of which `public` name those always to be seen."""

    clear: ClearClaims
    holder: Holder
    fields: Mapping[str, FieldValue] = field(repr=False)
    public: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VerifiedLicence:
    """A presentation that holds: `disclosed` and `public` by field name (`holder.name`, or the type's); `hidden` are not shown."""

    claims: ClearClaims
    key_id: str
    disclosed: Mapping[str, Any] = field(repr=False)
    public: Mapping[str, Any] = field(repr=False)
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """A presentation in its parts, unverified; `bound` is all up to the last tilde, `binding` the holder's signature, if any."""

    jwt: str
    disclosures: tuple[Disclosure, ...]
    bound: str
    binding: str


def issue(claims: LicenceClaims, signer: Ed25519PrivateKey, key_id: str, *, salts: Salts = fresh_salt) -> str:
    """Return the credential with all its disclosures; raises CredentialInvalid for claims that no verifier would take."""
    content = clear_claims(claims.clear)
    _check_fields(claims)
    holder = [disclosure(name, getattr(claims.holder, name), salts()) for name in _HOLDER_NAMES]
    hidden = [disclosure(name, value, salts()) for name, value in claims.fields.items() if name not in claims.public]
    public = {name: value for name, value in claims.fields.items() if name in claims.public}
    content[HOLDER] = {DIGESTS: _digests(holder)}
    content[FIELDS] = {DIGESTS: _digests(hidden), **public} if hidden else public
    jwt = sign(LICENCE, {"kid": key_id}, {**content, HASH_NAME: HASH}, signer)
    return _joined(jwt, [*holder, *hidden])


def present(credential: str, fields: Collection[str]) -> str:
    """Return a credential with the disclosures of these fields alone, of those it has; raises CredentialInvalid.

    Signature and times are not looked at.
    """
    parts = split(credential)
    resolved = resolve(read(LICENCE, parts.jwt).claims, parts.disclosures)
    shown = {one.text for path, one in resolved.disclosed.items() if _field_name(path) in fields}
    return _joined(parts.jwt, [one for one in parts.disclosures if one.text in shown])


def reduced(credential: str, fields: Collection[str]) -> str:
    """Return what `present` does, of a credential that `verify` took with all its disclosures: nothing of it is checked again."""
    jwt, *texts, _ = credential.split("~")
    of_holder: list[str] | None = None

    def name_of(text: str) -> str:
        nonlocal of_holder
        name: str = _taken(text)[1]
        if name not in _HOLDER_NAMES:
            return name
        if of_holder is None:
            of_holder = _taken(jwt.split(".", 2)[1])[HOLDER][DIGESTS]
        return f"{HOLDER}.{name}" if digest_of(text) in of_holder else name

    return "".join(f"{part}~" for part in (jwt, *(text for text in texts if name_of(text) in fields)))


def _taken(text: str) -> Any:  # noqa: ANN401 - JSON is whatever it says
    """Return what JSON in base64url says that was read strictly when it came: to do so again takes several times as long."""
    return json.loads(urlsafe_b64decode(text + "==").decode())


def verify(presentation: str, find_key: FindLicenceKey, now: datetime | None, *, asked: Asked | None = None) -> VerifiedLicence:
    """Return what a presentation proves, or raise CredentialInvalid.

    `now` None leaves the times to the caller; with `asked` its holder must have signed it for this question (then `now` is needed).
    Whether the key was revoked, and what became of the licence, is not asked here.
    """
    parts = split(presentation)
    opened = open_jws(LICENCE, parts.jwt, lambda header: _jwk(find_key, header.get("kid")))
    resolved = resolve(opened.claims, parts.disclosures)
    _check_places(resolved)
    found = read_claims(resolved.claims)
    _check_content(resolved)
    key_id = opened.header["kid"]
    _check_issuer(find_key, key_id, found)
    _check_holder(parts, resolved, asked, now)
    if now is not None:
        _check_times(found, now)
    disclosed = {_field_name(path): one.value for path, one in resolved.disclosed.items()}
    public = {name: value for name, value in resolved.claims[FIELDS].items() if name not in disclosed}
    return VerifiedLicence(found, key_id, disclosed, public, resolved.hidden)


def unverified(credential: str) -> ClearClaims:
    """Return what a credential says in clear, its signature unchecked: for whoever knows from elsewhere that it is its own.

    Raises CredentialInvalid.
    """
    parts = split(credential)
    return read_claims(resolve(read(LICENCE, parts.jwt).claims, parts.disclosures).claims)


def split(presentation: str) -> Parts:
    """Part a presentation, nothing of it verified; raises CredentialInvalid."""
    if len(presentation) > MOST_CHARACTERS:
        raise CredentialInvalid(Fault.TOO_LONG, f"longer than {MOST_CHARACTERS} characters")
    if "~" not in presentation:
        raise CredentialInvalid(Fault.MALFORMED, "not a credential and its disclosures, each followed by a tilde")
    bound, _, binding = presentation.rpartition("~")
    jwt, *texts = bound.split("~")
    if len(texts) > MOST_DISCLOSURES:
        raise CredentialInvalid(Fault.TOO_LONG, f"more than {MOST_DISCLOSURES} disclosures")
    return Parts(jwt, tuple(parse_disclosure(text) for text in texts), f"{bound}~", binding)


def _joined(jwt: str, disclosures: Sequence[Disclosure]) -> str:
    return "".join(f"{part}~" for part in (jwt, *(one.text for one in disclosures)))


def _digests(disclosures: Sequence[Disclosure]) -> list[str]:
    # RFC 9901 §4.2.4.1: in an order that tells nothing of the claims.
    return sorted(one.digest for one in disclosures)


def _field_name(path: Path) -> str:
    return f"{path[0]}.{path[1]}" if path[0] == HOLDER else str(path[-1])


def _jwk(find_key: FindLicenceKey, key_id: object) -> Jwk | None:
    verifier = _found(find_key, key_id)
    return None if verifier is None else jwk_of(verifier)


def _found(find_key: FindLicenceKey, key_id: object) -> Verifier | None:
    try:
        return find_key(key_id) if isinstance(key_id, str) else None
    except UnknownKey:
        return None


def _check_places(resolved: Resolved) -> None:
    """Let nothing stand behind a digest but the holder's claims and fields."""
    for path in resolved.disclosed:
        if path[:-1] not in {(HOLDER,), (FIELDS,)}:
            raise CredentialInvalid(Fault.HIDDEN_CLAIM, "a claim that has always to be seen stands behind a digest")


def _check_content(resolved: Resolved) -> None:
    holder, fields = resolved.claims[HOLDER], resolved.claims[FIELDS]
    if any(name not in _HOLDER_NAMES or (HOLDER, name) not in resolved.disclosed for name in holder):
        raise CredentialInvalid(Fault.MALFORMED, "its holder has claims that no holder has, or that anyone sees")
    if not all(isinstance(value, str) for value in holder.values()) or not all(map(_FIELD_NAME.fullmatch, fields)):
        raise CredentialInvalid(Fault.MALFORMED, "its holder or its fields are not what they have to be")
    if not all(isinstance(value, FieldValue) for value in fields.values()):
        raise CredentialInvalid(Fault.MALFORMED, _SCALAR)


def _check_issuer(find_key: FindLicenceKey, key_id: str, found: ClearClaims) -> None:
    verifier = _found(find_key, key_id)
    try:
        trust_domain, hall, _ = parse_licence_name(verifier.name if verifier else "")
    except MalformedName:
        raise CredentialInvalid(Fault.UNKNOWN_KEY, "not signed by a key for licences") from None
    if found.issuer != hall_uri(trust_domain, hall):
        raise CredentialInvalid(Fault.FOREIGN_ISSUER, "signed by the key of another hall than it names as its issuer")


def _check_holder(parts: Parts, resolved: Resolved, asked: Asked | None, now: datetime | None) -> None:
    if asked is None:
        if parts.binding:
            raise CredentialInvalid(Fault.BINDING_UNEXPECTED, "the holder made it for somebody's question, and none was asked")
        return
    if not parts.binding or now is None:
        raise CredentialInvalid(Fault.BINDING_MISSING, "the holder did not sign it for this question")
    check_binding(parts.bound, parts.binding, resolved.claims.get("cnf"), asked, now)


def _check_times(found: ClearClaims, now: datetime) -> None:
    if now < found.valid_from:
        raise CredentialInvalid(Fault.NOT_YET_VALID, f"valid from {found.valid_from:%Y-%m-%d %H:%M} UTC on")
    if found.valid_to is not None and now >= found.valid_to:
        raise CredentialInvalid(Fault.EXPIRED, f"valid until {found.valid_to:%Y-%m-%d %H:%M} UTC")


def _check_fields(claims: LicenceClaims) -> None:
    wrong = [name for name in claims.fields if not _FIELD_NAME.fullmatch(name)]
    if wrong or not claims.public <= claims.fields.keys():
        raise CredentialInvalid(Fault.MALFORMED, f"not names of fields of the type: {', '.join(wrong) or 'a public one is missing'}")
    if not all(isinstance(value, FieldValue) for value in claims.fields.values()):
        raise CredentialInvalid(Fault.MALFORMED, _SCALAR)
    try:
        dumps({**claims.fields, HOLDER: [claims.holder.name, claims.holder.code_type, claims.holder.code]})
    except MalformedJson as error:
        raise CredentialInvalid(Fault.MALFORMED, str(error)) from None
