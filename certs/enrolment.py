"""Judge what a hall hands in to become known, or to stay known.

Laws: pure rules, no clock and no store: that a token or a nonce works once, and that a certificate is not revoked, is the
hub's to check. Of a signing request only the public key counts, and only with proof of possession; whatever name or
extension it asks for is ignored. Signed texts begin with what they are for, so that none passes for another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA as ECDSA_SIGNATURE
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from certs.errors import (
    BadSignature,
    IdentityInvalid,
    MalformedName,
    RenewalTooLate,
    RequestStale,
    SigningRequestInvalid,
    TokenInvalid,
)
from certs.identity import Caller, issued_by_any, read_caller, read_certificate
from certs.key_entries import Introduction, entry_text
from certs.keys import check_tls_key
from certs.names import check_hall
from certs.notes import ED25519, Signer, Verifier, open_note, parse_vkey, sign
from certs.profiles import Renewal, built_in

SECRET_BYTES = 32
NONCE_BYTES = 16
MAX_SIGNING_REQUEST_BYTES = 8192

_TOKEN = "tongban1"  # noqa: S105 -- the token's first word, not its secret
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Token:
    """A one-time invitation of one hall; `root_fingerprint` is the SHA-256 of the root certificate (DER)."""

    hall: str
    root_fingerprint: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HallKeys:
    """A hall's public keys as it hands them in: two C2SP verifier keys, and 32 bytes of X25519."""

    log: str
    cosigning: str
    hpke: bytes


@dataclass(frozen=True, slots=True)
class RenewalRequest:
    """What a hall hands in for its next certificate: a signing request (DER) and the present certificate (PEM).

    `time` is aware and whole in microseconds, `nonce` is 16 random bytes, `signature` is that of `sign_renewal`.
    """

    signing_request: bytes
    certificate: bytes
    time: datetime
    nonce: bytes
    signature: bytes = b""


def make_token(hall: str, root: x509.Certificate, secret: bytes) -> str:
    """Write the token of a hall: `tongban1.<hall>.<root fingerprint>.<secret>`; raises MalformedName or TokenInvalid."""
    if len(secret) != SECRET_BYTES:
        raise TokenInvalid(f"a token's secret has {SECRET_BYTES} bytes")
    return f"{_TOKEN}.{check_hall(hall)}.{_base64url(root.fingerprint(SHA256()))}.{_base64url(secret)}"


def parse_token(text: str) -> Token:
    """Read a token, or raise TokenInvalid, which never quotes it."""
    try:
        word, hall, fingerprint, secret = text.split(".")
        token = Token(check_hall(hall), _bytes32(fingerprint), _bytes32(secret))
    except (ValueError, MalformedName):
        raise TokenInvalid("not an enrolment token") from None
    if word != _TOKEN:
        raise TokenInvalid("not an enrolment token of this version")
    return token


def token_digest(text: str) -> bytes:
    """Return what the hub stores of a token: 32 bytes that do not give it away; raises TokenInvalid."""
    parse_token(text)
    return sha256(text.encode()).digest()


def check_root(token: Token, root: x509.Certificate) -> None:
    """Raise TokenInvalid unless this is the root that the token names."""
    if not compare_digest(token.root_fingerprint, root.fingerprint(SHA256())):
        raise TokenInvalid("the token belongs to another province: its root is not this one")


def make_signing_request(key: EllipticCurvePrivateKey) -> bytes:
    """Return a signing request (PKCS #10, DER) that proves possession of the key and asks for nothing."""
    return x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256()).public_bytes(Encoding.DER)


def check_signing_request(der: bytes) -> EllipticCurvePublicKey:
    """Return the public key of a signing request, whose possession it proves; raises SigningRequestInvalid or KeyTooWeak."""
    if len(der) > MAX_SIGNING_REQUEST_BYTES:
        raise SigningRequestInvalid(f"a signing request may not be longer than {MAX_SIGNING_REQUEST_BYTES} bytes")
    try:
        request = x509.load_der_x509_csr(der)
        key = check_tls_key(request.public_key())
        # SHA-1 and its like prove nothing any more.
        proved = isinstance(request.signature_hash_algorithm, SHA256) and request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise SigningRequestInvalid("not a readable PKCS #10 signing request") from None
    if not proved:
        raise SigningRequestInvalid("the signing request does not prove possession of its key by ECDSA with SHA-256")
    return key


def make_possession(digest: bytes, keys: HallKeys, log: Ed25519PrivateKey, cosigning: Ed25519PrivateKey) -> str:
    """Sign the keys by the log key and the cosigning key, for the token of this digest; raises MalformedKey."""
    signers = [Signer(parse_vkey(vkey).name, key) for vkey, key in ((keys.log, log), (keys.cosigning, cosigning))]
    return sign(possession_text(digest, keys), signers)


def possession_text(digest: bytes, keys: HallKeys) -> str:
    """Return what both keys sign. It cannot be taken for a checkpoint, whose second line is a number."""
    lines = ["tongban/enrolment/possession", f"token {digest.hex()}", f"log {keys.log}", f"cosigning {keys.cosigning}"]
    return "".join(f"{line}\n" for line in [*lines, f"hpke {keys.hpke.hex()}"])


def check_possession(note: str, digest: bytes, keys: HallKeys) -> None:
    """Check that both signing keys signed for the token of this digest.

    Raises MalformedNote, MalformedKey, UnknownKey (a signature is missing) or BadSignature (also for another text).
    """
    for vkey in (keys.log, keys.cosigning):
        verifier = parse_vkey(vkey)
        # A cosigning key proves itself here by a plain signature: there is no checkpoint yet that it could cosign.
        plain = Verifier.of(verifier.name, ED25519, verifier.public)
        if open_note(note, [plain]) != possession_text(digest, keys):
            raise BadSignature("the proof of possession is for another token or other keys")


def check_hall_keys(keys: HallKeys, trust_domain: str, hall: str, epoch: int) -> Introduction:
    """Return the key entry's act that introduces a hall's keys; raises MalformedKeyEntry when they cannot be this hall's."""
    act = Introduction(hall, epoch, keys.log, keys.cosigning, keys.hpke)
    entry_text(trust_domain, act)
    return act


def sign_renewal(request: RenewalRequest, trust_domain: str, key: EllipticCurvePrivateKey) -> RenewalRequest:
    """Return the request with a signature by the key of its present certificate: ECDSA P-256 over SHA-256, DER."""
    return replace(request, signature=key.sign(renewal_text(request, trust_domain), ECDSA_SIGNATURE(SHA256())))


def renewal_text(request: RenewalRequest, trust_domain: str) -> bytes:
    """Return what the present key signs: audience, time, nonce, and what is handed in, as received."""
    return (
        f"{trust_domain}/enrolment/renew\n"
        f"time {(request.time - _EPOCH) // _MICROSECOND}\n"
        f"nonce {request.nonce.hex()}\n"
        f"signing-request {sha256(request.signing_request).hexdigest()}\n"
        f"certificate {sha256(request.certificate).hexdigest()}\n"
    ).encode()


def check_renewal(request: RenewalRequest, *, trust_domain: str, issuers: Iterable[x509.Certificate], now: datetime) -> Caller:
    """Return the hall whose certificate is to be succeeded; `issuers` are the province's intermediates, old and new.

    The signing request inside is `check_signing_request`'s business, revocation and the nonce's first use are the hub's.
    Raises RequestStale, IdentityInvalid (not a certificate of ours), RenewalTooLate or BadSignature.
    """
    rules = built_in().renewal
    if len(request.nonce) != NONCE_BYTES:
        raise RequestStale(f"a nonce has {NONCE_BYTES} bytes")
    if abs(request.time - now) > rules.clock_skew:
        raise RequestStale(f"the request is of {request.time}, more than {rules.clock_skew} from now: set the clock")
    certificate = read_certificate(request.certificate)
    if not issued_by_any(certificate, issuers):
        raise IdentityInvalid("the certificate was not issued by this province's authority")
    caller = read_caller(certificate, trust_domain)
    _check_in_grace(certificate, rules, now)
    try:
        check_tls_key(certificate.public_key()).verify(request.signature, renewal_text(request, trust_domain), ECDSA_SIGNATURE(SHA256()))
    except InvalidSignature:
        raise BadSignature(f"the request is not signed by the key of the certificate of {caller.hall}") from None
    return caller


def _check_in_grace(certificate: x509.Certificate, rules: Renewal, now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise IdentityInvalid(f"the certificate is valid from {certificate.not_valid_before_utc} on")
    if now > certificate.not_valid_after_utc + rules.grace:
        expired = certificate.not_valid_after_utc
        raise RenewalTooLate(f"the certificate expired at {expired}, more than {rules.grace.days} days ago: enrol the hall anew")


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes32(text: str) -> bytes:
    data = urlsafe_b64decode(text.encode("ascii") + b"=")
    # One spelling: the decoder skips foreign characters and ignores unused bits.
    if len(data) != SECRET_BYTES or _base64url(data) != text:
        raise ValueError("not 32 bytes of base64url")
    return data
