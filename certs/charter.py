"""Read the charter: what the offline root says of the hub's keys.

Laws: a charter has one spelling; its three keys carry the names of this trust domain's ledger, of the hub's journal and
of the registry; only the root's signature counts. A new hub key needs a new charter. A charter without a reading key is one of a
hub that reads no encrypted payload.

    <trust domain>/charter
    epoch <ledger epoch>
    ledger <verifier key>
    journal <verifier key>
    registry <verifier key>
    reading <base64>            X25519, 32 bytes; may be missing
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from certs.errors import IdentityInvalid, KeyTooWeak, MalformedCharter, MalformedKey, MalformedName
from certs.identity import root_trust_domain
from certs.keys import check_hpke_key, check_tls_key
from certs.names import HUB, JOURNAL, LogName, charter_origin, check_trust_domain, ledger_origin, parse_origin, registry_name, root_name
from certs.notes import ECDSA, ED25519, Signer, Verifier, open_note, parse_base64, parse_vkey, sign

_FIRST_LINE_END = "/charter"
_EPOCH = re.compile(r"[1-9][0-9]{0,8}")
_FIELDS = ("epoch", "ledger", "journal", "registry")
_READING = "reading"


@dataclass(frozen=True, slots=True)
class Charter:
    """The hub's keys, as C2SP verifier keys; raises MalformedCharter when they do not carry their names.

    `reading` is the X25519 key to which payloads for the hub are encrypted, 32 bytes; None: it reads none.
    """

    trust_domain: str
    epoch: int
    ledger: str
    journal: str
    registry: str
    reading: bytes | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check that the keys carry their names."""
        try:
            check_trust_domain(self.trust_domain)
            _check_key(self.ledger, parse_origin(ledger_origin(self.trust_domain, self.epoch)))
            _check_key(self.journal, LogName(self.trust_domain, JOURNAL, HUB, self.journal_epoch))
            registry = self.registry_verifier
            if self.reading is not None:
                check_hpke_key(self.reading)
        except (MalformedName, MalformedKey, KeyTooWeak) as error:
            raise MalformedCharter(f"not a charter: {error}") from None
        if registry.name != registry_name(self.trust_domain) or registry.algorithm != ED25519:
            raise MalformedCharter(f"{registry.name} is not the name of this charter's registry key")
        if len({verifier.encoded for verifier in (self.ledger_verifier, self.journal_verifier, registry)}) != len(_FIELDS) - 1:
            raise MalformedCharter("the ledger, the journal and the registry need keys of their own")

    @property
    def ledger_verifier(self) -> Verifier:
        """The key that signs ledger checkpoints."""
        return parse_vkey(self.ledger)

    @property
    def journal_verifier(self) -> Verifier:
        """The key that signs checkpoints of the hub's own journal."""
        return parse_vkey(self.journal)

    @property
    def registry_verifier(self) -> Verifier:
        """The key that signs key entries."""
        return parse_vkey(self.registry)

    @property
    def journal_epoch(self) -> int:
        """The epoch of the hub's own journal."""
        return parse_origin(self.journal_verifier.name).epoch

    def text(self) -> str:
        """Write the charter as the root signs it."""
        values = (str(self.epoch), self.ledger, self.journal, self.registry)
        lines = [charter_origin(self.trust_domain), *(f"{name} {value}" for name, value in zip(_FIELDS, values, strict=True))]
        if self.reading is not None:
            lines.append(f"{_READING} {b64encode(self.reading).decode()}")
        return "".join(f"{line}\n" for line in lines)


def _check_key(vkey: str, log: LogName) -> None:
    verifier = parse_vkey(vkey)
    if parse_origin(verifier.name) != log or verifier.algorithm != ED25519:
        raise MalformedName(f"{verifier.name} is not the name of a key of this charter")


def parse_charter(text: str) -> Charter:
    """Read the text of a charter, or raise MalformedCharter."""
    lines = text.split("\n")
    names = tuple(line.partition(" ")[0] for line in lines[1:-1])
    values = [line.partition(" ")[2] for line in lines[1:-1]]
    if names not in {_FIELDS, (*_FIELDS, _READING)} or not lines[0].endswith(_FIRST_LINE_END) or not _EPOCH.fullmatch(values[0]):
        raise MalformedCharter("not the lines of a charter")
    reading = _bytes(values[4]) if _READING in names else None
    charter = Charter(lines[0].removesuffix(_FIRST_LINE_END), int(values[0]), values[1], values[2], values[3], reading=reading)
    # One spelling: what is written back has to be what was read.
    if charter.text() != text:
        raise MalformedCharter("a charter in a spelling that is not the canonical one")
    return charter


def _bytes(text: str) -> bytes:
    try:
        return parse_base64(text)
    except ValueError:
        raise MalformedCharter("the reading key is not base64 in its canonical spelling") from None


def sign_charter(charter: Charter, root_key: EllipticCurvePrivateKey) -> str:
    """Return the charter as a note signed by the root."""
    return sign(charter.text(), [root_signer(charter.trust_domain, root_key)])


def open_charter(note: str, root: x509.Certificate) -> Charter:
    """Return the charter that a province's root signed.

    Raises MalformedNote, BadSignature, UnknownKey, MalformedCharter, or IdentityInvalid for a root that names no trust domain.
    """
    charter = parse_charter(open_note(note, [root_verifier(root)]))
    if charter.trust_domain != root_trust_domain(root):
        raise MalformedCharter(f"a charter of {charter.trust_domain}, under the root of {root_trust_domain(root)}")
    return charter


def root_signer(trust_domain: str, root_key: EllipticCurvePrivateKey) -> Signer:
    """Return the root as a signer of notes."""
    return Signer(root_name(trust_domain), root_key, ECDSA)


def root_verifier(root: x509.Certificate) -> Verifier:
    """Return the key with which a root signs notes, or raise IdentityInvalid."""
    try:
        return Verifier.of(root_name(root_trust_domain(root)), ECDSA, check_tls_key(root.public_key()))
    except KeyTooWeak as error:
        raise IdentityInvalid(f"the root: {error}") from None
