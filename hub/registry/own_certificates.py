"""Renew the hub's own TLS certificates at half their life; the servers take them up without a restart (certs.tls)."""

from datetime import datetime
from pathlib import Path

import structlog
from cryptography import x509

from certs import authority
from certs.authority import Authority
from certs.identity import read_chain
from certs.keys import PUBLIC, load_tls_key, replace_file
from certs.tls import renewal_due

_log = structlog.get_logger(__name__)


def renew_own(issuer: Authority, folder: Path, now: datetime) -> list[str]:
    """Renew what is due, under the same names and keys; return the files that were replaced."""
    renewed = []
    issues = {
        authority.TLS_CHAIN: (authority.TLS_KEY, issuer.issue_hub),
        authority.ENROLMENT_CHAIN: (authority.ENROLMENT_KEY, issuer.issue_enrolment),
    }
    for chain_file, (key_file, issue) in issues.items():
        chain = (folder / chain_file).read_bytes()
        if not renewal_due(chain, now):
            continue
        public = load_tls_key(folder / key_file).public_key()
        replace_file(folder / chain_file, issue(_names(chain), public, now), PUBLIC)
        _log.info("own certificate renewed", file=chain_file)
        renewed.append(chain_file)
    return renewed


def _names(chain: bytes) -> list[str]:
    """Return the DNS names and addresses of a certificate."""
    names = read_chain(chain)[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
