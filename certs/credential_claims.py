"""Write and read the claims of a credential that are always to be seen.

Laws: a claim that is not known, or of another form than ours, is refused: nobody has to guess what an issuer meant by it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from certs.errors import CredentialInvalid, Fault, MalformedName
from certs.names import hall_uri, parse_hall_uri, parse_status_uri

HOLDER: Final = "holder"
FIELDS: Final = "fields"
TRUST_LEVELS: Final = ("A", "B", "C", "D")
MOST_STATUS_INDEX: Final = 2**31 - 1

_VCT = "urn:tongban:licence:"
_VCT_FORM = re.compile(rf"{_VCT}[0-9A-Z]{{21}}")
_LICENCE_ID = re.compile(r"[0-9A-Z.]{1,128}")
_DIGEST = re.compile(r"sha-256:[A-Za-z0-9_-]{43}")
_NEEDED = frozenset({"iss", "vct", "licence_id", "iat", "nbf", "status", "trust_level", HOLDER, FIELDS})
_OPTIONAL = frozenset({"exp", "layout_digest", "cnf"})


@dataclass(frozen=True, slots=True)
class ClearClaims:
    """Which licence it is, who issued it, for when, and where its status stands.

    `type` is a USCC and three digits; `valid_to` is the first moment at which it is no longer valid, None for a long-term licence;
    `trust_level` is A to D (GB/T 36901); `layout_digest` is `sha-256:` and the digest of the sealed layout file in base64url;
    `holder_key` is the key with which the holder signs presentations, a JWK.
    """

    trust_domain: str
    hall: str
    type: str
    licence_id: str
    issued_at: datetime
    valid_from: datetime
    valid_to: datetime | None
    status_uri: str
    status_index: int
    trust_level: str
    layout_digest: str | None = None
    holder_key: Mapping[str, str] | None = None

    @property
    def issuer(self) -> str:
        """The hall's SPIFFE id."""
        return hall_uri(self.trust_domain, self.hall)


def clear_claims(clear: ClearClaims) -> dict[str, Any]:
    """Return them as they stand in the credential; raises CredentialInvalid for what could not be read back."""
    found: dict[str, Any] = {
        "iss": clear.issuer,
        "vct": f"{_VCT}{clear.type}",
        "licence_id": clear.licence_id,
        "iat": _seconds(clear.issued_at),
        "nbf": _seconds(clear.valid_from),
        "status": {"status_list": {"idx": clear.status_index, "uri": clear.status_uri}},
        "trust_level": clear.trust_level,
    }
    if clear.valid_to is not None:
        found["exp"] = _seconds(clear.valid_to)
    if clear.layout_digest is not None:
        found["layout_digest"] = clear.layout_digest
    if clear.holder_key is not None:
        found["cnf"] = {"jwk": dict(clear.holder_key)}
    if read_claims({**found, HOLDER: {}, FIELDS: {}}) != clear:
        raise _malformed("its times are whole seconds in UTC")
    return found


def read_claims(claims: Mapping[str, Any]) -> ClearClaims:
    """Return the claims that are always to be seen, of a credential whose disclosures were put back; raises CredentialInvalid."""
    names = claims.keys()
    if missing := _NEEDED - names:
        raise _malformed(f"it lacks {', '.join(sorted(missing))}")
    if names - _NEEDED - _OPTIONAL:
        raise _malformed("it has claims that no licence has")
    if not isinstance(claims[HOLDER], Mapping) or not isinstance(claims[FIELDS], Mapping):
        raise _malformed("its holder or its fields are not an object")
    trust_domain, hall = _issuer(claims["iss"])
    uri, index = _status(claims["status"], trust_domain, hall)
    return ClearClaims(
        trust_domain=trust_domain,
        hall=hall,
        type=_matching(_VCT_FORM, claims["vct"], "vct").removeprefix(_VCT),
        licence_id=_matching(_LICENCE_ID, claims["licence_id"], "licence_id"),
        issued_at=_moment(claims["iat"], "iat"),
        valid_from=_moment(claims["nbf"], "nbf"),
        valid_to=_moment(claims["exp"], "exp") if "exp" in claims else None,
        status_uri=uri,
        status_index=index,
        trust_level=claims["trust_level"] if claims["trust_level"] in TRUST_LEVELS else _wrong("trust_level"),
        layout_digest=_matching(_DIGEST, claims["layout_digest"], "layout_digest") if "layout_digest" in claims else None,
        holder_key=_holder_key(claims["cnf"]) if "cnf" in claims else None,
    )


def _issuer(value: object) -> tuple[str, str]:
    try:
        return parse_hall_uri(_text(value))
    except MalformedName:
        return _wrong("iss")


def _status(value: object, trust_domain: str, hall: str) -> tuple[str, int]:
    listed = value.get("status_list") if isinstance(value, Mapping) and len(value) == 1 else None
    if not isinstance(listed, Mapping) or listed.keys() != {"idx", "uri"}:
        return _wrong("status")
    index, uri = listed["idx"], _text(listed["uri"])
    try:
        place = parse_status_uri(uri)
    except MalformedName:
        return _wrong("status")
    # Another hall's list would let that hall, or a number of its own, speak for this licence.
    if type(index) is not int or not 0 <= index <= MOST_STATUS_INDEX or place[:2] != (trust_domain, hall):
        return _wrong("status")
    return uri, index


def _holder_key(value: object) -> Mapping[str, str]:
    jwk = value.get("jwk") if isinstance(value, Mapping) and len(value) == 1 else None
    if not isinstance(jwk, Mapping) or not all(isinstance(member, str) for member in jwk.values()) or "d" in jwk:
        return _wrong("cnf")
    return dict(jwk)


def _moment(value: object, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(value, UTC) if type(value) is int else _wrong(name)
    except (OverflowError, ValueError, OSError):
        return _wrong(name)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _matching(pattern: re.Pattern[str], value: object, name: str) -> str:
    text = _text(value)
    return text if pattern.fullmatch(text) else _wrong(name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _wrong(name: str) -> NoReturn:
    raise _malformed(f"its {name} is not what it has to be")


def _malformed(why: str) -> CredentialInvalid:
    return CredentialInvalid(Fault.MALFORMED, why)
