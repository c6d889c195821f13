"""Sign the certificates of a province.

Laws: nothing else in this code base signs a certificate. What a certificate says comes from its profile and from
arguments of the operator, never from a signing request, of which only the public key is used. The root
signs one intermediate and the charter, then goes offline; the intermediate is bound to names of this trust domain.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import EEXIST
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs import names
from certs.charter import Charter, sign_charter
from certs.errors import AuthorityExpired, IdentityInvalid
from certs.identity import issued_by_any, read_certificate, root_trust_domain
from certs.keys import (
    PUBLIC,
    check_tls_key,
    create_file,
    generate_hpke_key,
    generate_signing_key,
    generate_tls_key,
    load_tls_key,
    save_key,
    sync_directory,
)
from certs.notes import ED25519, vkey
from certs.profiles import Profile, Profiles, built_in
from certs.server_names import check_permitted, name_constraints, server_names

OFFLINE = "offline"
"""Directory of the root's key, to be moved to a place without a network."""
HUB = "hub"
"""Directory of the hub's keys and certificates."""

ROOT_KEY = "root.key"
ROOT = "root.pem"
INTERMEDIATE_KEY = "intermediate.key"
INTERMEDIATE = "intermediate.pem"
LEDGER_KEY = "ledger.key"
JOURNAL_KEY = "journal.key"
REGISTRY_KEY = "registry.key"
READING_KEY = "reading.key"
TLS_KEY = "tls.key"
TLS_CHAIN = "tls.pem"
ENROLMENT_KEY = "enrolment.key"
ENROLMENT_CHAIN = "enrolment.pem"
CHARTER = "charter"

_EXTENDED = {"server_auth": ExtendedKeyUsageOID.SERVER_AUTH, "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH}


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate that signs others, with its key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey


def create_root(trust_domain: str, now: datetime, profiles: Profiles | None = None) -> Issuer:
    """Make the root of a province; raise MalformedName for a trust domain of the wrong form."""
    profiles = profiles or built_in()
    names.check_trust_domain(trust_domain)
    key = generate_tls_key()
    subject = _subject(trust_domain, "root")
    uri = [x509.UniformResourceIdentifier(f"spiffe://{trust_domain}")]
    builder = _builder(subject, key.public_key(), profiles.root, uri, _validity(profiles, profiles.root, now))
    builder = builder.issuer_name(subject)
    return Issuer(builder.sign(key, SHA256()), key)


def create_intermediate(root: Issuer, hub_names: Sequence[str], now: datetime, profiles: Profiles | None = None) -> Issuer:
    """Make the online authority under a root, which can certify the hub under these names and no others.

    Raises MalformedName for a hub name that is neither a DNS name nor an address, AuthorityExpired for a root not in force.
    """
    profiles = profiles or built_in()
    trust_domain = root_trust_domain(root.certificate)
    key = generate_tls_key()
    builder = _builder(
        _subject(trust_domain, "intermediate"),
        key.public_key(),
        profiles.intermediate,
        [],
        _validity(profiles, profiles.intermediate, now, root),
    )
    constraints = name_constraints(trust_domain, server_names(hub_names), profiles.intermediate.name_constraints)
    if constraints is not None:
        builder = builder.add_extension(constraints, critical=True)
    return Issuer(_signed(builder, root), key)


@dataclass(frozen=True, slots=True)
class Authority:
    """The hub's own authority: issues the TLS certificates of halls and servers, and nothing else."""

    intermediate: Issuer
    root: x509.Certificate
    profiles: Profiles

    @property
    def trust_domain(self) -> str:
        """The trust domain that the root names."""
        return root_trust_domain(self.root)

    def issue_hall(self, hall: str, public_key: EllipticCurvePublicKey, now: datetime) -> bytes:
        """Return the certificate chain of a hall's node: PEM, leaf first, without the root.

        Raises MalformedName, KeyTooWeak or AuthorityExpired.
        """
        uri = names.hall_uri(self.trust_domain, names.check_hall(hall))
        return self._issue(hall, public_key, self.profiles.hall, [x509.UniformResourceIdentifier(uri)], now)

    def issue_hub(self, hub_names: Sequence[str], public_key: EllipticCurvePublicKey, now: datetime) -> bytes:
        """Return the certificate chain of the exchange: PEM, leaf first, without the root.

        Raises MalformedName (also for a name that the intermediate may not certify), KeyTooWeak or AuthorityExpired.
        """
        uri = x509.UniformResourceIdentifier(names.hub_uri(self.trust_domain))
        return self._issue("hub", public_key, self.profiles.hub, [uri, *self._permitted(hub_names)], now)

    def issue_enrolment(self, hub_names: Sequence[str], public_key: EllipticCurvePublicKey, now: datetime) -> bytes:
        """Return the certificate chain of the enrolment server: PEM, leaf first, root last.

        A hall that enrols knows the root by its fingerprint only, so this server presents it.
        Raises MalformedName (also for a name that the intermediate may not certify), KeyTooWeak or AuthorityExpired.
        """
        chain = self._issue("enrolment", public_key, self.profiles.enrolment, self._permitted(hub_names), now)
        return chain + self.root.public_bytes(Encoding.PEM)

    def _issue(
        self, name: str, public_key: EllipticCurvePublicKey, profile: Profile, alternative: Sequence[x509.GeneralName], now: datetime
    ) -> bytes:
        validity = _validity(self.profiles, profile, now, self.intermediate)
        builder = _builder(_subject(self.trust_domain, name), check_tls_key(public_key), profile, alternative, validity)
        leaf = _signed(builder, self.intermediate)
        return leaf.public_bytes(Encoding.PEM) + self.intermediate.certificate.public_bytes(Encoding.PEM)

    def _permitted(self, hub_names: Sequence[str]) -> list[x509.GeneralName]:
        wanted = server_names(hub_names)
        check_permitted(self.intermediate.certificate, wanted)
        return wanted


def load_authority(directory: Path, profiles: Profiles | None = None) -> Authority:
    """Read the hub's authority from its directory; raise OSError, MalformedKey or IdentityInvalid, naming the path."""
    root = _load_certificate(directory / ROOT)
    intermediate = Issuer(_load_certificate(directory / INTERMEDIATE), load_tls_key(directory / INTERMEDIATE_KEY))
    if intermediate.certificate.public_key() != intermediate.key.public_key():
        raise IdentityInvalid(f"{directory / INTERMEDIATE_KEY} is not the key of {INTERMEDIATE}")
    if not issued_by_any(intermediate.certificate, [root]):
        raise IdentityInvalid(f"{directory / INTERMEDIATE} was not issued by {ROOT}")
    return Authority(intermediate, root, profiles or built_in())


def create_province(directory: Path, trust_domain: str, hub_names: Sequence[str], now: datetime) -> None:
    """Make a province: `offline/` with the root, `hub/` with all that the hub needs, both for their owner's eyes only.

    The two directories appear whole; hub/ comes last. Raises FileExistsError if there is one of them, MalformedName or OSError.
    """
    for name in (OFFLINE, HUB):
        if (directory / name).exists():
            raise FileExistsError(EEXIST, "there is a province already", str(directory / name))
    root = create_root(trust_domain, now)
    authority = Authority(create_intermediate(root, hub_names, now), root.certificate, built_in())
    directory.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".province-", dir=directory) as drafts:
        draft = Path(drafts)
        _write_offline(draft / OFFLINE, root)
        _write_hub(draft / HUB, authority, root, hub_names, now)
        for name in (OFFLINE, HUB):
            sync_directory(draft / name)
            (draft / name).rename(directory / name)
        sync_directory(directory)


def _write_offline(directory: Path, root: Issuer) -> None:
    directory.mkdir(mode=0o700)
    save_key(directory / ROOT_KEY, root.key)
    create_file(directory / ROOT, root.certificate.public_bytes(Encoding.PEM), PUBLIC)


def _write_hub(directory: Path, authority: Authority, root: Issuer, hub_names: Sequence[str], now: datetime) -> None:
    directory.mkdir(mode=0o700)
    create_file(directory / ROOT, root.certificate.public_bytes(Encoding.PEM), PUBLIC)
    create_file(directory / INTERMEDIATE, authority.intermediate.certificate.public_bytes(Encoding.PEM), PUBLIC)
    save_key(directory / INTERMEDIATE_KEY, authority.intermediate.key)
    _write_charter(directory, authority.trust_domain, root)
    servers = ((TLS_KEY, TLS_CHAIN, authority.issue_hub), (ENROLMENT_KEY, ENROLMENT_CHAIN, authority.issue_enrolment))
    for key_name, chain_name, issue in servers:
        key = generate_tls_key()
        save_key(directory / key_name, key)
        create_file(directory / chain_name, issue(hub_names, key.public_key(), now), PUBLIC)


def _write_charter(directory: Path, trust_domain: str, root: Issuer) -> None:
    origins = {
        LEDGER_KEY: names.ledger_origin(trust_domain, 1),
        JOURNAL_KEY: names.journal_origin(trust_domain, names.HUB, 1),
        REGISTRY_KEY: names.registry_name(trust_domain),
    }
    vkeys = []
    for name, origin in origins.items():
        key = generate_signing_key()
        save_key(directory / name, key)
        vkeys.append(vkey(origin, ED25519, key.public_key()))
    reading = generate_hpke_key()
    save_key(directory / READING_KEY, reading)
    charter = Charter(trust_domain, 1, *vkeys, reading=reading.public_key().public_bytes_raw())
    create_file(directory / CHARTER, sign_charter(charter, root.key).encode(), PUBLIC)


def _subject(trust_domain: str, name: str) -> x509.Name:
    # RFC 2247: a domain as components, since a common name has room for 64 characters only.
    domain = [x509.NameAttribute(NameOID.DOMAIN_COMPONENT, label) for label in reversed(trust_domain.split("."))]
    return x509.Name([*domain, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _validity(profiles: Profiles, profile: Profile, now: datetime, issuer: Issuer | None = None) -> tuple[datetime, datetime]:
    begin, end = now - profiles.renewal.backdate, now + profile.lifetime
    if issuer is None:
        return begin, end
    if not issuer.certificate.not_valid_before_utc <= now < issuer.certificate.not_valid_after_utc - timedelta(minutes=1):
        raise AuthorityExpired(f"the authority's own certificate is in force until {issuer.certificate.not_valid_after_utc}")
    return begin, min(end, issuer.certificate.not_valid_after_utc)


def _builder(
    subject: x509.Name,
    key: EllipticCurvePublicKey,
    profile: Profile,
    alternative: Sequence[x509.GeneralName],
    validity: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        # 128 bits of chance: CA/Browser Forum asks for 64. Zero is no serial (RFC 5280 §4.1.2.2).
        .serial_number(secrets.randbits(128) or 1)
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(profile.path_length is not None, profile.path_length), critical=True)
        .add_extension(_key_usage(profile.key_usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if profile.extended_key_usage:
        usages = [_EXTENDED[usage] for usage in sorted(profile.extended_key_usage)]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False) if alternative else builder


def _signed(builder: x509.CertificateBuilder, issuer: Issuer) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    return builder.issuer_name(issuer.certificate.subject).add_extension(identifier, critical=False).sign(issuer.key, SHA256())


def _key_usage(usages: frozenset[str]) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature="digital_signature" in usages,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign="key_cert_sign" in usages,
        crl_sign="crl_sign" in usages,
        encipher_only=False,
        decipher_only=False,
    )


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return read_certificate(path.read_bytes())
    except IdentityInvalid as error:
        raise IdentityInvalid(f"{path}: {error}") from None
