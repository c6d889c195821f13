"""Read the hub's keys and its charter from the folder that `ca init` made."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from certs import authority
from certs.charter import Charter, open_charter
from certs.identity import read_certificate
from certs.keys import load_hpke_key, load_signing_key
from certs.notes import Signer, parse_vkey
from hub.errors import ConfigInvalid


@dataclass(frozen=True, slots=True)
class Keys:
    """What `ca init` left in the hub's folder of keys; without `reading` the hub reads no encrypted payload."""

    charter_note: str
    charter: Charter
    ledger: Signer
    journal: Signer
    registry: Signer
    reading: X25519PrivateKey | None = field(default=None, kw_only=True)


def load_keys(folder: Path) -> Keys:
    """Read the hub's keys and its charter; raises ConfigInvalid, OSError or what certs.errors names."""
    root = read_certificate((folder / authority.ROOT).read_bytes())
    note = (folder / authority.CHARTER).read_text(encoding="utf-8")
    charter = open_charter(note, root)
    files = {authority.LEDGER_KEY: charter.ledger, authority.JOURNAL_KEY: charter.journal, authority.REGISTRY_KEY: charter.registry}
    signers = [_signer(folder / file, vkey) for file, vkey in files.items()]
    return Keys(note, charter, *signers, reading=_reading(folder / authority.READING_KEY, charter))


def _signer(path: Path, vkey: str) -> Signer:
    signer = Signer(parse_vkey(vkey).name, load_signing_key(path))
    if signer.vkey != vkey:
        raise ConfigInvalid(f"{path} is not the key that the charter names")
    return signer


def _reading(path: Path, charter: Charter) -> X25519PrivateKey | None:
    """Return the key of encrypted payloads; None where there is none, since all that is clear goes on without it."""
    if charter.reading is None or not path.exists():
        return None
    key = load_hpke_key(path)
    if key.public_key().public_bytes_raw() != charter.reading:
        raise ConfigInvalid(f"{path} is not the key that the charter names")
    return key
