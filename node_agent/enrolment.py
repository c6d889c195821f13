"""Make ready what enrolment hands in, and keep what it gives back.

Laws: keys are made once and kept, so that a lost reply can be asked for again; the root is the one whose fingerprint came with
the token, and everything else is checked against it; the charter is written last: with it the hall is enrolled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from certs import enrolment, keys, names
from certs.charter import open_charter
from certs.enrolment import HallKeys
from certs.errors import CertsError
from certs.identity import read_caller, read_certificate, read_chain
from certs.keys import PUBLIC, PrivateKey, create_file, replace_file
from node_agent import hall_keys
from node_agent.config import Config
from node_agent.errors import EnrolmentUnusable
from tongban.enrolment.v1.enrolment_pb2 import EnrolRequest, EnrolResponse
from tongban.enrolment.v1.enrolment_pb2 import HallKeys as HallKeysMessage

_MAKERS: dict[str, Callable[[], PrivateKey]] = {
    hall_keys.TLS_KEY: keys.generate_tls_key,
    hall_keys.LOG_KEY: keys.generate_signing_key,
    hall_keys.COSIGNING_KEY: keys.generate_signing_key,
    hall_keys.HPKE_KEY: keys.generate_hpke_key,
}
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A token with the root that it names (PEM)."""

    token: str
    root: bytes


def read_invitation(path: Path, hall: str) -> Invitation:
    """Read a token file: the token, then the root in PEM; raises EnrolmentUnusable."""
    try:
        data = path.read_bytes()
        text, mark, rest = data.partition(_CERTIFICATE)
        token = text.decode("ascii").strip()
        parsed = enrolment.parse_token(token)
        root = mark + rest
        enrolment.check_root(parsed, read_certificate(root))
    except OSError as error:
        raise EnrolmentUnusable(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, CertsError) as error:
        raise EnrolmentUnusable(f"{path}: the token is damaged, or of another province") from error
    if parsed.hall != hall:
        raise EnrolmentUnusable(f"{path} invites {parsed.hall}, the configuration is of {hall}")
    return Invitation(token, root)


def request(config: Config, invitation: Invitation, epoch: int) -> EnrolRequest:
    """Make the hall's keys where there are none yet, and the request that introduces them; raises EnrolmentUnusable."""
    folder = config.keys_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    origin = names.journal_origin(config.trust_domain, config.hall, epoch)
    _keep_origin(folder, origin)
    for name, make in _MAKERS.items():
        if not (folder / name).exists():
            keys.save_key(folder / name, make())
    try:
        journal, _, witness = hall_keys.signers(folder, config.trust_domain, config.hall, epoch)
        hpke = keys.load_hpke_key(folder / hall_keys.HPKE_KEY).public_key().public_bytes_raw()
        introduced = HallKeys(journal.vkey, witness.vkey, hpke)
        log, cosigning = (keys.load_signing_key(folder / name) for name in (hall_keys.LOG_KEY, hall_keys.COSIGNING_KEY))
        possession = enrolment.make_possession(enrolment.token_digest(invitation.token), introduced, log, cosigning)
        signing_request = enrolment.make_signing_request(keys.load_tls_key(folder / hall_keys.TLS_KEY))
    except (OSError, CertsError) as error:
        raise EnrolmentUnusable(f"the keys in {folder} cannot be used: {error}") from error
    message = HallKeysMessage(log=introduced.log, cosigning=introduced.cosigning, hpke=introduced.hpke)
    return EnrolRequest(token=invitation.token, signing_request=signing_request, keys=message, possession=possession)


def accept(config: Config, invitation: Invitation, answer: EnrolResponse) -> None:
    """Check what the hub answered and keep it; raises EnrolmentUnusable, and then keeps nothing."""
    folder = config.keys_dir
    try:
        root = read_certificate(invitation.root)
        charter = open_charter(answer.charter, root)
        leaf = read_chain(answer.certificate_chain)[0]
        caller = read_caller(leaf, config.trust_domain)
        own = keys.load_tls_key(folder / hall_keys.TLS_KEY).public_key()
    except (OSError, CertsError) as error:
        raise EnrolmentUnusable(f"the hub's answer cannot be trusted: {error}") from error
    if read_certificate(answer.root) != root:
        raise EnrolmentUnusable("the hub names another root than the token")
    if charter.trust_domain != config.trust_domain:
        raise EnrolmentUnusable(f"the hub is of {charter.trust_domain}, the configuration of {config.trust_domain}")
    if caller.hall != config.hall or answer.hall != config.hall or leaf.public_key() != own:
        raise EnrolmentUnusable(f"the certificate is for {caller.hall}, or not for the key of this hall")
    replace_file(folder / hall_keys.ROOT, invitation.root, PUBLIC)
    replace_file(folder / hall_keys.TLS_CHAIN, answer.certificate_chain, PUBLIC)
    replace_file(folder / hall_keys.EXCHANGE, answer.exchange_address.encode("ascii"), PUBLIC)
    replace_file(folder / hall_keys.CHARTER, answer.charter.encode(), PUBLIC)


def _keep_origin(folder: Path, origin: str) -> None:
    path = folder / hall_keys.ORIGIN
    try:
        create_file(path, f"{origin}\n".encode("ascii"), PUBLIC)
    except FileExistsError:
        if path.read_text("ascii").strip() != origin:
            raise EnrolmentUnusable(f"{folder} holds keys of {path.read_text('ascii').strip()}, not of {origin}") from None
