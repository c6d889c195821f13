"""Tell which keys a hall signs licences with, and since when.

Laws: a key is found by its thumbprint (RFC 7638), which credentials carry as `kid`; each key of a hall signs until its next one
is introduced, and goes on to verify what it signed; a revocation counts from a ledger index on, that of the hall's epoch too.
"""

from dataclasses import dataclass
from hashlib import sha256

from certs.base64url import encode
from certs.errors import BadSignature
from certs.notes import Signer, Verifier, open_note, sign
from certs.strict_json import dumps


@dataclass(frozen=True, slots=True)
class LicenceKey:
    """A key with which a hall signs licences.

    `introduced_at` is the ledger index of its entry, `succeeded_at` that of the hall's next one; nothing by it counts from the
    ledger index `revoked_at` on.
    """

    key_id: str
    hall: str
    epoch: int
    verifier: Verifier
    introduced_at: int
    succeeded_at: int | None = None
    revoked_at: int | None = None

    def counts_at(self, ledger_index: int) -> bool:
        """Tell whether what stands at this ledger index may be signed by it.

        The hall's next key takes nothing from it: what the hall signed before it heard of that comes into the ledger behind. A key that
        somebody else may have is revoked.
        """
        return self.introduced_at < ledger_index and (self.revoked_at is None or ledger_index < self.revoked_at)


def key_id(verifier: Verifier) -> str:
    """Return the thumbprint of an Ed25519 key: SHA-256 over its JWK, 43 characters of base64url (RFC 7638 §3, RFC 8037 §2)."""
    # RFC 7638 §3.2: the required members alone, in the order of their names, without spaces.
    jwk = dumps({"crv": "Ed25519", "kty": "OKP", "x": encode(verifier.encoded)})
    return encode(sha256(jwk).digest())


def make_possession(licence: Signer, log: Verifier) -> str:
    """Return a note by a new licence key over the hall's log key in force: that hall, and nobody else, means this key."""
    return sign(f"{log.vkey}\n", [licence])


def check_possession(note: str, licence: Verifier, log: Verifier) -> None:
    """Check such a note; raises MalformedNote, UnknownKey or BadSignature."""
    if open_note(note, [licence]) != f"{log.vkey}\n":
        raise BadSignature("the licence key's note is not over the log key in force")
