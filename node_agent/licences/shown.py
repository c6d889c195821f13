"""Check what the hub shows of a licence: the hall's signature, by the charter that this hall got when it was enrolled."""

from certs.charter import Charter
from certs.credential import VerifiedLicence, verify
from certs.key_entries import LicenceIntroduction, open_entry
from certs.licence_keys import key_id
from certs.notes import Verifier, parse_vkey
from tongban.licence.v1.licence_service_pb2 import FoundLicence


def checked(found: FoundLicence, charter: Charter) -> VerifiedLicence:
    """Return what a presentation proves by its chain; how the licence stands is the hub's word. Raises what certs.errors names."""
    keys: dict[str, Verifier] = {}
    for note in found.chain[1:]:
        act = open_entry(note, charter.registry_verifier)
        if isinstance(act, LicenceIntroduction):
            verifier = parse_vkey(act.key)
            keys[key_id(verifier)] = verifier
    return verify(found.presentation, keys.get, None)
