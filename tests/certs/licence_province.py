"""A province in which two halls sign licences, with what leads from their keys to its root."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from certs.annotation import Annotation, annotate
from certs.authority import create_root
from certs.charter import Charter, sign_charter
from certs.credential import LicenceClaims, issue, present
from certs.key_entries import Introduction, KeyAct, LicenceIntroduction, sign_entry
from certs.keys import generate_hpke_key
from certs.licence_file import LicenceFile
from certs.licence_keys import key_id
from certs.names import journal_origin, ledger_origin, licence_name, registry_name, witness_name
from certs.notes import COSIGNATURE, ED25519, Signer, vkey
from certs.status_list import StatusList, sign_token
from tests.certs.licences import CLAIMS, CLEAR, DOMAIN, HALL, NOW, private

ROOT = create_root(DOMAIN, NOW)
REGISTRY = Signer(registry_name(DOMAIN), private(3))
CHARTER = Charter(
    DOMAIN,
    1,
    vkey(ledger_origin(DOMAIN, 1), ED25519, private(1).public_key()),
    vkey(journal_origin(DOMAIN, "hub", 1), ED25519, private(2).public_key()),
    REGISTRY.vkey,
)
SEEDS = {HALL: 7, "changchun": 8}
DAY = timedelta(days=1)


def introduced(hall: str, epoch: int = 1, seed: int | None = None) -> list[KeyAct]:
    """Return the acts by which a hall comes to sign licences."""
    own = SEEDS[hall] if seed is None else seed
    log = vkey(journal_origin(DOMAIN, hall, epoch), ED25519, private(own + 100).public_key())
    witness = vkey(witness_name(DOMAIN, hall), COSIGNATURE, private(own + 150).public_key())
    hpke = generate_hpke_key().public_key().public_bytes_raw()
    licence = vkey(licence_name(DOMAIN, hall, epoch), ED25519, private(own).public_key())
    return [Introduction(hall, epoch, log, witness, hpke), LicenceIntroduction(hall, epoch, licence)]


def thumbprint(hall: str) -> str:
    return key_id(Signer(licence_name(DOMAIN, hall, 1), private(SEEDS[hall])).verifier)


def note(act: KeyAct, registry: Signer = REGISTRY) -> str:
    return sign_entry(DOMAIN, act, registry)


def token(statuses: dict[int, int] | None = None, at: datetime = NOW, uri: str = CLEAR.status_uri) -> str:
    return sign_token(uri, StatusList.of(statuses or {}), REGISTRY, at, DAY)


ANNOTATION = Annotation(DOMAIN, "changchun", "长春市示例银行", "开立账户", "220100-17", NOW, NOW + 30 * DAY, "a1")


def annotation(presentation: str, made: Annotation = ANNOTATION, signer: str = "changchun") -> str:
    return annotate(presentation, made, private(SEEDS[signer]), thumbprint(signer))


@dataclass
class Made:
    """What goes into a licence file."""

    claims: LicenceClaims = CLAIMS
    fields: frozenset[str] = frozenset({"holder.name", "holder.code", "address"})
    acts: list[KeyAct] = field(default_factory=lambda: [*introduced(HALL), *introduced("changchun")])
    status_list: str = field(default_factory=token)

    def file(self, *, annotated: bool = False) -> LicenceFile:
        presentation = present(issue(self.claims, private(SEEDS[HALL]), thumbprint(HALL)), self.fields)
        entries = tuple(note(act) for act in self.acts)
        made = annotation(presentation) if annotated else ""
        return LicenceFile(presentation, sign_charter(CHARTER, ROOT.key), entries, made, self.status_list)
