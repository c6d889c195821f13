"""Say which names a server's certificate may carry.

Laws: a name is a DNS name in lower case, without wildcards, or an address; the intermediate is bound to the names for which
it was made (RFC 5280 §4.2.1.10), as far as gRPC's BoringSSL understands such bounds (profiles.toml).
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network

from cryptography import x509

from certs.errors import MalformedName
from certs.names import check_trust_domain

_EVERY_ADDRESS = [x509.IPAddress(ip_network("0.0.0.0/0")), x509.IPAddress(ip_network("::/0"))]


def server_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Return DNS names and addresses as a certificate carries them; raise MalformedName for any other, or for none."""
    found = [_server_name(name) for name in names]
    if not found:
        raise MalformedName("a server needs at least one name")
    return found


def name_constraints(trust_domain: str, hub: Sequence[x509.GeneralName], kinds: frozenset[str]) -> x509.NameConstraints | None:
    """Bind an authority to SPIFFE ids of the trust domain and to names of the hub; `kinds` are those of profiles.toml."""
    permitted: list[x509.GeneralName] = []
    if "uri" in kinds:
        permitted.append(x509.UniformResourceIdentifier(trust_domain))
    if "dns" in kinds:
        permitted += dict.fromkeys([x509.DNSName(trust_domain), *(name for name in hub if isinstance(name, x509.DNSName))])
    no_addresses = "ip" in kinds and not any(isinstance(name, x509.IPAddress) for name in hub)
    if not permitted and not no_addresses:
        return None
    return x509.NameConstraints(permitted or None, _EVERY_ADDRESS if no_addresses else None)


def check_permitted(authority: x509.Certificate, wanted: Iterable[x509.GeneralName]) -> None:
    """Raise MalformedName for a name with which every handshake would fail under this authority."""
    try:
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return
    for name in wanted:
        if not _allows(constraints, name):
            raise MalformedName(f"the intermediate may not certify {name.value}: it was made for other names of the hub")


def _server_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        # A trust domain has the form of a DNS name.
        return x509.DNSName(check_trust_domain(text))


def _allows(constraints: x509.NameConstraints, name: x509.GeneralName) -> bool:
    if isinstance(name, x509.IPAddress):
        return not constraints.excluded_subtrees
    domains = [base.value for base in constraints.permitted_subtrees or [] if isinstance(base, x509.DNSName)]
    return not domains or any(name.value == domain or name.value.endswith(f".{domain}") for domain in domains)
