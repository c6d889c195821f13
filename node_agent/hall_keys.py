"""Hold the hall's own keys, certificate and charter.

Laws: they are files in `data_dir/keys`, secrets with mode 0600; a hall is enrolled when the charter is there, which is
written last. The log key signs journal and inbox, each under its own origin line; its successor waits beside it, and takes its place
when its public half is written down.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from certs import keys, names
from certs.charter import Charter, open_charter
from certs.errors import CertsError
from certs.notes import COSIGNATURE, Signer, Verifier
from node_agent import crash, log_keys
from node_agent.config import Config
from node_agent.errors import NotEnrolled
from node_agent.log_keys import LogKeys

TLS_KEY = "tls.key"
TLS_CHAIN = "tls-chain.pem"
ROOT = "root.pem"
CHARTER = "charter"
LOG_KEY = "log.key"
NEXT_LOG_KEY = "log.next.key"
"""The log key that is to succeed, from the moment it is made until it is in force."""
COSIGNING_KEY = "cosigning.key"
HPKE_KEY = "hpke.key"
ORIGIN = "origin"
"""The journal's origin line: it says which epoch the keys are for."""
EXCHANGE = "exchange"
"""The exchange's address, as the hub named it at enrolment."""


@dataclass(frozen=True, slots=True)
class HallKeys:
    """What the hall signs with, and what it trusts; `log_keys` are the public halves of all its log keys."""

    trust_domain: str
    hall: str
    epoch: int
    journal: Signer
    inbox: Signer
    witness: Signer
    charter: Charter
    folder: Path
    exchange_address: str
    log_keys: LogKeys

    @property
    def ledger_verifier(self) -> Verifier:
        """The key that signs the province's ledger."""
        return self.charter.ledger_verifier

    @property
    def certificate(self) -> x509.Certificate:
        """The node's certificate as it is on the disk now; renewal replaces it."""
        return x509.load_pem_x509_certificates((self.folder / TLS_CHAIN).read_bytes())[0]


def signers(folder: Path, trust_domain: str, hall: str, epoch: int) -> tuple[Signer, Signer, Signer]:
    """Return the hall's signers of journal, inbox and cosignatures; raises OSError or CertsError."""
    log_key = keys.load_signing_key(folder / LOG_KEY)
    cosigning_key = keys.load_signing_key(folder / COSIGNING_KEY)
    return (
        Signer(names.journal_origin(trust_domain, hall, epoch), log_key),
        Signer(names.inbox_origin(trust_domain, hall, epoch), log_key),
        Signer(names.witness_name(trust_domain, hall), cosigning_key, COSIGNATURE),
    )


def load(config: Config) -> HallKeys:
    """Read everything that enrolment left, or raise NotEnrolled."""
    folder = config.keys_dir
    if not (folder / CHARTER).exists():
        raise NotEnrolled(f"{folder} holds no charter: run `tongban-agent enrol` with the token of this hall")
    try:
        origin = names.parse_origin((folder / ORIGIN).read_text("ascii").strip())
        if (origin.trust_domain, origin.hall) != (config.trust_domain, config.hall):
            raise NotEnrolled(f"{folder} holds the keys of {origin.hall} in {origin.trust_domain}; the configuration says {config.hall}")
        root = x509.load_pem_x509_certificate((folder / ROOT).read_bytes())
        charter = open_charter((folder / CHARTER).read_text("utf-8"), root)
        journal, inbox, witness = signers(folder, config.trust_domain, config.hall, origin.epoch)
        known = log_keys.read(folder, journal.verifier)
        address = config.hub.address or (folder / EXCHANGE).read_text("ascii").strip()
    except (OSError, ValueError, CertsError) as error:
        raise NotEnrolled(f"the keys in {folder} cannot be used: {error}") from error
    return HallKeys(config.trust_domain, config.hall, origin.epoch, journal, inbox, witness, charter, folder, address, known)


def next_signer(hall: HallKeys) -> Signer | None:
    """Return the journal's signer that is to succeed, if one was made; raises OSError or CertsError."""
    path = hall.folder / NEXT_LOG_KEY
    return Signer(hall.journal.name, keys.load_signing_key(path)) if path.exists() else None


def make_next_signer(hall: HallKeys) -> Signer:
    """Return the signer that is to succeed, made now where none waits; raises OSError or CertsError."""
    made = next_signer(hall)
    if made is None:
        keys.save_key(hall.folder / NEXT_LOG_KEY, keys.generate_signing_key())
        made = Signer(hall.journal.name, keys.load_signing_key(hall.folder / NEXT_LOG_KEY))
    crash.reached("next-log-key-written")
    return made


def drop_next_signer(hall: HallKeys) -> None:
    """Destroy the key that was to succeed; raises OSError."""
    (hall.folder / NEXT_LOG_KEY).unlink(missing_ok=True)
    keys.sync_directory(hall.folder)


def succeed(hall: HallKeys, known: LogKeys) -> None:
    """Write the history down, then let the next log key take the place of the present one, which is gone then; raises OSError."""
    log_keys.write(hall.folder, known)
    crash.reached("log-history-written")
    (hall.folder / NEXT_LOG_KEY).replace(hall.folder / LOG_KEY)
    keys.sync_directory(hall.folder)
    crash.reached("log-key-replaced")
