"""Check that a presentation was made by its holder, for one verifier, now (RFC 9901 §7.3).

Laws: where it is asked for it must be there; where it is not asked for it must not: it was made for somebody else. One audience,
one nonce, both exact; the signature covers exactly what is presented.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from certs.disclosures import digest_of, same
from certs.errors import CredentialInvalid, Fault
from certs.jws import HOLDERS, Jwk, Kind, open_jws

BINDING: Final = Kind("kb+jwt", CredentialInvalid, HOLDERS)
WINDOW: Final = timedelta(minutes=5)
"""By how much a holder's clock may differ from the verifier's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verifier asked a holder to sign: its own name, and a nonce that it used for nothing else."""

    audience: str
    nonce: str
    window: timedelta = WINDOW


def check_binding(bound: str, binding: str, holder_key: object, asked: Asked, now: datetime) -> None:
    """Check the holder's signature over a presentation; raises CredentialInvalid.

    `bound` is the presentation up to its last tilde, `holder_key` the credential's `cnf` claim.
    """
    jwk = _jwk(holder_key)
    said = open_jws(BINDING, binding, lambda _header: jwk).claims
    if not isinstance(said.get("aud"), str) or said["aud"] != asked.audience:
        raise CredentialInvalid(Fault.WRONG_AUDIENCE, "the holder made it for another verifier, or for several")
    if not isinstance(said.get("nonce"), str) or not hmac.compare_digest(said["nonce"].encode(), asked.nonce.encode()):
        raise CredentialInvalid(Fault.WRONG_NONCE, "the holder made it for another question")
    made = said.get("iat")
    if type(made) is not int or abs(now.timestamp() - made) > asked.window.total_seconds():
        raise CredentialInvalid(Fault.STALE, "the holder did not make it now")
    if not isinstance(said.get("sd_hash"), str) or not same(said["sd_hash"], digest_of(bound)):
        raise CredentialInvalid(Fault.OTHER_PRESENTATION, "the holder signed another presentation")


def _jwk(holder_key: object) -> Jwk:
    jwk: Any = holder_key.get("jwk") if isinstance(holder_key, Mapping) else None
    if not isinstance(jwk, Mapping) or not all(isinstance(member, str) for member in jwk.values()):
        raise CredentialInvalid(Fault.BINDING_INVALID, "the credential is bound to no holder's key")
    return jwk
