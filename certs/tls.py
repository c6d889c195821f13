"""Hand keys and certificates from files to gRPC.

Laws: a server reads its files again at each handshake, and a pair of key and certificate that do not belong together (one
of the two files is not written yet) is never taken over; the exchange wants a client certificate, enrolment does not.
gRPC speaks TLS 1.2 and 1.3 and nothing below.
"""

import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any, cast

import grpc

from certs.errors import IdentityInvalid, MalformedKey, UnknownKey
from certs.identity import read_chain
from certs.keys import load_tls_key, private_pem
from certs.profiles import built_in


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key, its certificate chain and the root of the others, all PEM."""

    key: bytes
    chain: bytes
    root: bytes


class CertificateFiles:
    """The three files of a program that speaks TLS: its key, its chain (leaf first), and the province's root."""

    def __init__(self, key: Path, chain: Path, root: Path) -> None:
        self.key = key
        self.chain = chain
        self.root = root
        self._seen: object = None

    def read(self) -> Credentials:
        """Read the files; raise OSError, MalformedKey, KeyTooWeak or IdentityInvalid, naming the path."""
        state = self._state()
        credentials = self._load()
        self._seen = state
        return credentials

    def read_if_changed(self) -> Credentials | None:
        """Return None while the files are as they were at the last read; raises what `read` raises."""
        return None if self._state() == self._seen else self.read()

    def _state(self) -> object:
        # Replaced files have another inode even within one tick of the clock.
        stats = [path.stat() for path in (self.key, self.chain, self.root)]
        return [(stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in stats]

    def _load(self) -> Credentials:
        key, chain, root = load_tls_key(self.key), self.chain.read_bytes(), self.root.read_bytes()
        for path, pem in ((self.chain, chain), (self.root, root)):
            try:
                first = read_chain(pem)[0]
            except IdentityInvalid as error:
                raise IdentityInvalid(f"{path}: {error}") from None
            if path == self.chain and first.public_key() != key.public_key():
                raise MalformedKey(f"{self.key} is not the key of {self.chain}")
        return Credentials(private_pem(key), chain, root)


def exchange_server_credentials(files: CertificateFiles) -> grpc.ServerCredentials:
    """Return credentials of the exchange: every client has to present a certificate under the root.

    Raises what `CertificateFiles.read` raises; later, files that cannot be read leave the old certificate in force.
    """
    return grpc.dynamic_ssl_server_credentials(_configuration(files.read()), _fetch(files), require_client_authentication=True)


def enrolment_server_credentials(files: CertificateFiles) -> grpc.ServerCredentials:
    """Return credentials of the enrolment server, whose clients have no certificate; raises as `exchange_server_credentials`."""
    return grpc.dynamic_ssl_server_credentials(_configuration(files.read()), _fetch(files), require_client_authentication=False)


def _configuration(credentials: Credentials) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(credentials.key, credentials.chain)], credentials.root)


def _fetch(files: CertificateFiles) -> Callable[[], grpc.ServerCertificateConfiguration]:
    def fetch() -> grpc.ServerCertificateConfiguration | None:
        credentials = files.read_if_changed()
        return None if credentials is None else _configuration(credentials)

    # grpc-stubs do not know that None means unchanged.
    return cast("Callable[[], grpc.ServerCertificateConfiguration]", fetch)


def agent_channel_credentials(files: CertificateFiles) -> grpc.ChannelCredentials:
    """Return credentials of an agent's channel to the exchange; a renewed certificate needs a new channel."""
    credentials = files.read()
    return grpc.ssl_channel_credentials(credentials.root, credentials.key, credentials.chain)


def enrolment_channel_credentials(root: bytes) -> grpc.ChannelCredentials:
    """Return credentials of a channel to the enrolment server, trusting this root (PEM)."""
    return grpc.ssl_channel_credentials(root)


def presented_root(address: tuple[str, int], fingerprint: bytes, timeout_seconds: float = 10.0) -> bytes:
    """Return the certificate (PEM) with this SHA-256 that an enrolment server presents, so that a token is enough to enrol.

    The connection is trusted for nothing else, and closed. Raises OSError, or UnknownKey when no certificate there has it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The fingerprint, which came with the token, decides; names and dates are checked on the connection proper.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(address, timeout_seconds) as plain, context.wrap_socket(plain, server_hostname=address[0]) as connection:
        for certificate in _presented(connection):
            if compare_digest(sha256(certificate).digest(), fingerprint):
                return ssl.DER_cert_to_PEM_cert(certificate).encode()
    raise UnknownKey(f"{address[0]}:{address[1]} does not present the root that the token names")


def _presented(connection: ssl.SSLSocket) -> list[bytes]:
    if sys.version_info >= (3, 13):
        return connection.get_unverified_chain()
    unnamed: Any = connection
    chain = unnamed._sslobj.get_unverified_chain()  # noqa: SLF001 -- it has no public name before Python 3.13
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in chain or []]


def not_after(chain: bytes) -> datetime:
    """Return when the first certificate of a PEM chain ends; raises IdentityInvalid."""
    return min(certificate.not_valid_after_utc for certificate in read_chain(chain))


def renewal_due(chain: bytes, now: datetime) -> bool:
    """Tell whether the leaf of a PEM chain is due for renewal, at half its lifetime (profiles.toml); raises IdentityInvalid."""
    leaf = read_chain(chain)[0]
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    return now >= begin + (end - begin) * built_in().renewal.share_of_lifetime
