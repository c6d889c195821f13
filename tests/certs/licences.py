"""Issue licences of a small province, and forge what no hall would issue."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.credential import FieldValue, Holder, LicenceClaims, issue
from certs.credential_claims import ClearClaims
from certs.disclosures import digest_of
from certs.licence_keys import key_id
from certs.names import licence_name
from certs.notes import ED25519, Verifier

DOMAIN = "jilin.test"
HALL = "huadian"
NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
TYPE = "11220000MB1234567P001"
LICENCE_ID = "1.2.156.3005.2.11220000MB1234567P001.11220282MB7654321X.0000000017.001.K"


def private(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def verifier(seed: int, hall: str = HALL) -> Verifier:
    return Verifier.of(licence_name(DOMAIN, hall, 1), ED25519, private(seed).public_key())


KEY = private(7)
VERIFIER = verifier(7)
KEY_ID = key_id(VERIFIER)
OTHER_HALL = verifier(8, "changchun")
KNOWN = {key_id(one): one for one in (VERIFIER, OTHER_HALL)}
CLEAR = ClearClaims(
    trust_domain=DOMAIN,
    hall=HALL,
    type=TYPE,
    licence_id=LICENCE_ID,
    issued_at=NOW - timedelta(days=1),
    valid_from=NOW - timedelta(hours=16),
    valid_to=NOW + timedelta(days=365),
    status_uri=f"tongban://{DOMAIN}/status/{HALL}/1",
    status_index=70_123,
    trust_level="A",
    layout_digest="sha-256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg",
)
# Synthetic: the person and the enterprise do not exist.
HOLDER = Holder("样例甲", "001", "91220282MA00000000")
FIELDS: dict[str, FieldValue] = {
    "enterprise": "桦甸市样例食品有限公司",
    "address": "桦甸市样例街1号",
    "scope": "预包装食品销售",
    "staff": 12,
    "chain": False,
}
CLAIMS = LicenceClaims(CLEAR, HOLDER, FIELDS, frozenset({"scope"}))


def issued(claims: LicenceClaims = CLAIMS) -> str:
    """Return a credential as the hall of Huadian issues it."""
    return issue(claims, KEY, KEY_ID)


def long_term() -> LicenceClaims:
    """Return a licence without an end."""
    return replace(CLAIMS, clear=replace(CLEAR, valid_to=None))


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: Mapping[str, Any] | bytes, *, key: Ed25519PrivateKey = KEY, **header: Any) -> str:
    """Sign whatever is given, under whatever header."""
    content = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    protected = {"alg": "EdDSA", "typ": "dc+sd-jwt", "kid": KEY_ID, **header}
    head = json.dumps({name: value for name, value in protected.items() if value is not None}).encode()
    text = f"{base64url(head)}.{base64url(content)}"
    return f"{text}.{base64url(key.sign(text.encode()))}"


def said(credential: str) -> dict[str, Any]:
    """Return the signed claims of a credential, unverified."""
    payload = credential.partition("~")[0].split(".")[1]
    found: dict[str, Any] = json.loads(unbase64url(payload))
    return found


def unbase64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def disclosed(*content: Any) -> tuple[str, str]:
    """Return a disclosure as it travels, and its digest."""
    text = base64url(json.dumps(content).encode())
    return text, digest_of(text)


def joined(jwt: str, *disclosures: str, binding: str = "") -> str:
    return "".join(f"{part}~" for part in (jwt, *disclosures)) + binding
