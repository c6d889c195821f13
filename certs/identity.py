"""Read from a certificate who its holder is.

Laws: gRPC's handshake has checked the chain, and lets through certificates with several names, or for no stated use;
so exactly one name, the client use, the key and the validity are checked here, for every call (an expired certificate
ends neither a connection nor new calls on it).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs.errors import IdentityInvalid, KeyTooWeak, MalformedName
from certs.keys import check_tls_key
from certs.names import check_trust_domain, parse_hall_uri

_SPIFFE = "spiffe://"
_KEPT = 512
"""Certificates that are not read again for each call: some for each hall."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The hall that a certificate names; `serial` is hexadecimal, `fingerprint` the SHA-256 of the certificate (DER)."""

    hall: str
    serial: str
    fingerprint: bytes
    not_after: datetime


def caller_hall(certificate: bytes, trust_domain: str, now: datetime) -> Caller:
    """Return the hall that a PEM certificate names, or raise IdentityInvalid; the chain is the handshake's business."""
    caller, not_before = _read(certificate, trust_domain)
    if not not_before <= now <= caller.not_after:
        raise IdentityInvalid(f"the certificate of {caller.hall} is valid from {not_before} to {caller.not_after}")
    return caller


@lru_cache(maxsize=_KEPT)
def _read(certificate: bytes, trust_domain: str) -> tuple[Caller, datetime]:
    """Return whom a PEM certificate names and from when it is valid; the same bytes always say the same."""
    leaf = read_certificate(certificate)
    return read_caller(leaf, trust_domain), leaf.not_valid_before_utc


def read_caller(certificate: x509.Certificate, trust_domain: str) -> Caller:
    """Return the hall that a certificate names, whenever it is valid, or raise IdentityInvalid."""
    try:
        found, hall = parse_hall_uri(_only_uri(certificate))
        check_tls_key(certificate.public_key())
        _check_is_client(certificate)
    except (MalformedName, KeyTooWeak, ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise IdentityInvalid(f"the certificate names no hall: {error}") from None
    if certificate.serial_number <= 0:
        raise IdentityInvalid("the certificate has no serial number (RFC 5280 §4.1.2.2)")
    if found != trust_domain:
        raise IdentityInvalid(f"the certificate is of the trust domain {found}, not of {trust_domain}")
    return Caller(hall, f"{certificate.serial_number:032x}", certificate.fingerprint(SHA256()), certificate.not_valid_after_utc)


def read_certificate(pem: bytes) -> x509.Certificate:
    """Read exactly one PEM certificate, or raise IdentityInvalid."""
    chain = read_chain(pem)
    if len(chain) != 1:
        raise IdentityInvalid(f"expected one certificate, found {len(chain)}")
    return chain[0]


def read_chain(pem: bytes) -> list[x509.Certificate]:
    """Read one or more PEM certificates, or raise IdentityInvalid."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except (ValueError, x509.InvalidVersion):
        raise IdentityInvalid("not a PEM certificate") from None


def root_trust_domain(root: x509.Certificate) -> str:
    """Return the trust domain that a province's root names, or raise IdentityInvalid."""
    try:
        uri = _only_uri(root)
        if not uri.startswith(_SPIFFE):
            raise MalformedName(f"{uri!r} is not a SPIFFE trust domain")
        return check_trust_domain(uri.removeprefix(_SPIFFE))
    except (MalformedName, ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise IdentityInvalid(f"the root names no trust domain: {error}") from None


def issued_by_any(certificate: x509.Certificate, issuers: Iterable[x509.Certificate]) -> bool:
    """Tell whether one of the issuers' keys signed the certificate."""
    return any(_issued_by(certificate, issuer) for issuer in issuers)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    # Imported exceptions differ by what is wrong: a name (ValueError), an algorithm (TypeError), the signature itself.
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 -- whatever cannot be verified is not issued by it
        return False
    return True


def _only_uri(certificate: x509.Certificate) -> str:
    names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    # SPIFFE X509-SVID §2: exactly one URI. Ours carry no other name beside it.
    if len(names) != 1 or not isinstance(names[0], x509.UniformResourceIdentifier):
        raise MalformedName("it has to carry one name, a SPIFFE id, and no other")
    return names[0].value


def _check_is_client(certificate: x509.Certificate) -> None:
    extensions = certificate.extensions
    if ExtendedKeyUsageOID.CLIENT_AUTH not in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value:
        raise MalformedName("it is not for clients")
    if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise MalformedName("it is an authority's")
