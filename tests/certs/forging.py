"""Sign certificates that the authority never would."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs.authority import Issuer

CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)


def uri(text: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(text)


@dataclass
class Forgery:
    """What a certificate shall say; `begin` and `end` are relative to `now`."""

    now: datetime
    names: Sequence[x509.GeneralName] = field(default_factory=list)
    usages: Sequence[x509.ObjectIdentifier] | None = CLIENT
    ca: bool = False
    begin: timedelta = timedelta(minutes=-5)
    end: timedelta = timedelta(days=1)

    def sign(self, issuer: Issuer, public_key: CertificatePublicKeyTypes) -> bytes:
        """Return the certificate as PEM, without a chain."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]))
            .issuer_name(issuer.certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + self.begin)
            .not_valid_after(self.now + self.end)
            .add_extension(x509.BasicConstraints(self.ca, None), critical=True)
        )
        if self.names:
            builder = builder.add_extension(x509.SubjectAlternativeName(self.names), critical=False)
        if self.usages is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(self.usages), critical=False)
        return builder.sign(issuer.key, SHA256()).public_bytes(Encoding.PEM)
