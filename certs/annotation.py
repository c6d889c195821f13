"""Bind a presentation to one recipient and one purpose, for a time (加注件).

Laws: it is signed with a hall's licence key, the issuer's or another's, which is named as its maker; it covers exactly one
presentation; it is a statement of its maker's for the recipient and anyone who is shown it, and opens no field by itself.

    header   alg EdDSA · typ tongban-annotation+jwt · kid (thumbprint of the maker's licence key)
    claims   iss (the maker's SPIFFE id) · sd_hash · aud · purpose · case? · iat · exp · jti
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.credential import FindLicenceKey
from certs.disclosures import digest_of, same
from certs.errors import AnnotationInvalid, Fault, MalformedName, UnknownKey
from certs.jws import Jwk, Kind, jwk_of, open_jws, sign
from certs.names import hall_uri, parse_hall_uri, parse_licence_name
from certs.notes import Verifier

ANNOTATION: Final = Kind("tongban-annotation+jwt", AnnotationInvalid)
MOST_TEXT: Final = 200

_NEEDED = frozenset({"iss", "sd_hash", "aud", "purpose", "iat", "exp", "jti"})
_OPTIONAL = frozenset({"case"})


@dataclass(frozen=True, slots=True)
class Annotation:
    """Who made a presentation for whom, for what purpose, in which case, and from when to when it counts.

    `recipient`, `purpose`, `case` and `id` are texts of 1 to 200 characters that print; `case` may be None.
    """

    trust_domain: str
    hall: str
    recipient: str
    purpose: str
    case: str | None
    made_at: datetime
    expires_at: datetime
    id: str


def annotate(presentation: str, annotation: Annotation, signer: Ed25519PrivateKey, key_id: str) -> str:
    """Return the annotation of a presentation, signed; raises AnnotationInvalid for one that could not be read back."""
    claims: dict[str, Any] = {
        "iss": hall_uri(annotation.trust_domain, annotation.hall),
        "sd_hash": digest_of(presentation),
        "aud": annotation.recipient,
        "purpose": annotation.purpose,
        "iat": int(annotation.made_at.timestamp()),
        "exp": int(annotation.expires_at.timestamp()),
        "jti": annotation.id,
    }
    if annotation.case is not None:
        claims["case"] = annotation.case
    if _read(claims) != annotation:
        raise _malformed("its times are whole seconds in UTC, and it ends after it begins")
    return sign(ANNOTATION, {"kid": key_id}, claims, signer)


def open_annotation(token: str, presentation: str, find_key: FindLicenceKey) -> Annotation:
    """Return what a hall wrote on this presentation, or raise AnnotationInvalid.

    Whether it has expired, whom it is for, and whether the key was revoked is the caller's to judge.
    """
    signers: list[Verifier] = []
    opened = open_jws(ANNOTATION, token, lambda header: _jwk(find_key, header.get("kid"), signers))
    found = _read(opened.claims)
    try:
        trust_domain, hall, _ = parse_licence_name(signers[0].name)
    except MalformedName:
        raise AnnotationInvalid(Fault.UNKNOWN_KEY, "not signed by a key for licences") from None
    if (trust_domain, hall) != (found.trust_domain, found.hall):
        raise AnnotationInvalid(Fault.FOREIGN_ISSUER, "signed by the key of another hall than it names as its maker")
    if not same(opened.claims["sd_hash"], digest_of(presentation)):
        raise AnnotationInvalid(Fault.OTHER_PRESENTATION, "it was made for another presentation")
    return found


def _jwk(find_key: FindLicenceKey, key_id: object, signers: list[Verifier]) -> Jwk | None:
    try:
        verifier = find_key(key_id) if isinstance(key_id, str) else None
    except UnknownKey:
        verifier = None
    if verifier is None:
        return None
    signers.append(verifier)
    return jwk_of(verifier)


def _read(claims: dict[str, Any]) -> Annotation:
    names = claims.keys()
    if not names >= _NEEDED or names - _NEEDED - _OPTIONAL:
        raise _malformed("it lacks a claim, or has one that no annotation has")
    try:
        trust_domain, hall = parse_hall_uri(_text(claims["iss"], "iss"))
    except MalformedName:
        raise _malformed("its iss is not a hall") from None
    _text(claims["sd_hash"], "sd_hash")
    made_at, expires_at = _moment(claims["iat"]), _moment(claims["exp"])
    if expires_at <= made_at:
        raise _malformed("it ends before it begins")
    case = _text(claims["case"], "case") if "case" in claims else None
    recipient, purpose, identity = (_text(claims[name], name) for name in ("aud", "purpose", "jti"))
    return Annotation(trust_domain, hall, recipient, purpose, case, made_at, expires_at, identity)


def _text(value: object, name: str) -> str:
    # What stands on a page is what was signed: no characters that a page would not show, or show elsewhere.
    if not isinstance(value, str) or not 0 < len(value) <= MOST_TEXT or not value.isprintable() or value != value.strip():
        raise _malformed(f"its {name} is not a text of 1 to {MOST_TEXT} characters that print")
    return value


def _moment(value: object) -> datetime:
    try:
        if type(value) is int:
            return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        pass
    raise _malformed("its times are missing, or no calendar holds them")


def _malformed(why: str) -> AnnotationInvalid:
    return AnnotationInvalid(Fault.MALFORMED, why)
