"""Sign and open JSON objects (RFC 7515, compact serialization).

Laws: the kind of object that is expected says its `typ` and the algorithms it may be signed with, never the object itself; what
is verified are the bytes that came; JSON is read strictly or not at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from certs.base64url import decode, encode
from certs.errors import Fault, JwsInvalid, MalformedJson
from certs.notes import Verifier
from certs.strict_json import dumps, loads

EDDSA: Final = "EdDSA"
"""What we write (RFC 8037). `Ed25519` (RFC 9864) is the same under the name that leaves no choice of curve."""

SIGNING: Final = frozenset({EDDSA, "Ed25519"})
"""Algorithms of halls and of the hub."""

HOLDERS: Final = SIGNING | {"ES256"}
"""Algorithms of holders, whose telephones keep P-256 keys."""

MOST_CHARACTERS: Final = 128_000

Jwk = Mapping[str, str]
FindKey = Callable[[Mapping[str, Any]], Jwk | None]
"""From a header to the key that must have signed, as a JWK; None when it is not known."""

_KEYS_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """What is expected: its `typ`, what to raise when it does not hold, and the algorithms it may be signed with."""

    typ: str
    invalid: type[JwsInvalid]
    algorithms: frozenset[str] = SIGNING


@dataclass(frozen=True, slots=True)
class Read:
    """Header and claims of an object; of `read` they are anyone's word, of `open_jws` the key's."""

    header: Mapping[str, Any]
    claims: dict[str, Any]


class _Registry(JWSRegistry):
    """Knows the algorithms of one kind, and does not warn of EdDSA: RFC 9864 deprecates the name, most verifiers know no other."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - the library names no public type
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


def sign(kind: Kind, header: Mapping[str, str], claims: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """Return an object of a kind, signed; `header` is what it says beside `alg` and `typ`."""
    protected = {"alg": EDDSA, "typ": kind.typ, **header}
    return jws.serialize_compact(protected, dumps(claims), OKPKey.import_key(key), registry=_Registry(algorithms=kind.algorithms))


def read(kind: Kind, compact: str) -> Read:
    """Return what an object says, its signature unverified; raises the error of its kind."""
    if len(compact) > MOST_CHARACTERS:
        raise kind.invalid(Fault.TOO_LONG, f"longer than {MOST_CHARACTERS} characters")
    parts = compact.split(".")
    try:
        header, claims = (loads(decode(part)) for part in parts[:2])
        decode(parts[2])
    except (ValueError, IndexError, MalformedJson):
        raise kind.invalid(Fault.MALFORMED, "not a signed JSON object in its one spelling") from None
    if len(parts) != len(("header", "claims", "signature")) or not isinstance(header, dict) or not isinstance(claims, dict):
        raise kind.invalid(Fault.MALFORMED, "not a signed JSON object")
    return Read(header, claims)


def open_jws(kind: Kind, compact: str, find_key: FindKey) -> Read:
    """Return what a known key signed; raises the error of the kind."""
    found = read(kind, compact)
    if found.header.get("typ") != kind.typ:
        raise kind.invalid(Fault.WRONG_TYPE, f"its typ is not {kind.typ}")
    if not isinstance(found.header.get("alg"), str) or found.header["alg"] not in kind.algorithms:
        raise kind.invalid(Fault.WRONG_ALGORITHM, f"its algorithm is none of {', '.join(sorted(kind.algorithms))}")
    if "crit" in found.header:
        raise kind.invalid(Fault.MALFORMED, "its header asks for an extension (crit), and none is known here")
    jwk = find_key(found.header)
    if jwk is None:
        raise kind.invalid(Fault.UNKNOWN_KEY, "signed by no key that is known")
    try:
        key = _imported(jwk.get("kty", ""), jwk.get("crv", ""), jwk.get("x", ""), jwk.get("y", ""))
        jws.deserialize_compact(compact, key, registry=_Registry(algorithms=kind.algorithms, strict_check_header=False))
    except (JoseError, ValueError, TypeError, KeyError):
        raise kind.invalid(Fault.BAD_SIGNATURE, "its signature does not verify") from None
    return found


def jwk_of(verifier: Verifier) -> Jwk:
    """Return an Ed25519 key as a JWK (RFC 8037 §2)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": encode(verifier.encoded)}


@lru_cache(maxsize=_KEYS_KEPT)
def _imported(kty: str, crv: str, x: str, y: str) -> OKPKey | ECKey:
    # Only public members are taken over; the curve decides the algorithm, so a key of one kind never serves another.
    if (kty, crv) == ("OKP", "Ed25519"):
        return OKPKey.import_key({"kty": kty, "crv": crv, "x": x})
    if (kty, crv) == ("EC", "P-256"):
        return ECKey.import_key({"kty": kty, "crv": crv, "x": x, "y": y})
    raise ValueError("not a key of an allowed kind")
