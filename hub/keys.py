"""Read the hub's keys and its charter from the folder that `ca init` made."""

from dataclasses import dataclass
from pathlib import Path

from certs import authority
from certs.charter import Charter, open_charter
from certs.identity import read_certificate
from certs.keys import load_signing_key
from certs.notes import Signer, parse_vkey
from hub.errors import ConfigInvalid


@dataclass(frozen=True, slots=True)
class Keys:
    """What `ca init` left in the hub's folder of keys."""

    charter_note: str
    charter: Charter
    ledger: Signer
    journal: Signer
    registry: Signer


def load_keys(folder: Path) -> Keys:
    """Read the hub's keys and its charter; raises ConfigInvalid, OSError or what certs.errors names."""
    root = read_certificate((folder / authority.ROOT).read_bytes())
    note = (folder / authority.CHARTER).read_text(encoding="utf-8")
    charter = open_charter(note, root)
    files = {authority.LEDGER_KEY: charter.ledger, authority.JOURNAL_KEY: charter.journal, authority.REGISTRY_KEY: charter.registry}
    signers = []
    for file, vkey in files.items():
        signer = Signer(parse_vkey(vkey).name, load_signing_key(folder / file))
        if signer.vkey != vkey:
            msg = f"{folder / file} is not the key that the charter names"
            raise ConfigInvalid(msg)
        signers.append(signer)
    return Keys(note, charter, *signers)
