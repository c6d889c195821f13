"""Check a licence offline: one file with all that leads from it to the province's root (docs/licences.md).

Laws: nothing is believed but what leads back to the root; a file has exactly the members of its format; what it cannot prove is a
finding, never an assumption: without a status list the status is unknown, and a file cannot show that no key entry was left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from certs import jws
from certs.annotation import ANNOTATION, open_annotation
from certs.charter import Charter, open_charter
from certs.credential import VerifiedLicence, verify
from certs.errors import MalformedLicenceFile
from certs.key_entries import Introduction, LicenceRevocation, Revocation, check_authorised, open_entry
from certs.keyring import Keyring
from certs.licence_findings import LicenceFindings, Status
from certs.notes import Verifier
from certs.status_list import StatusToken, open_token
from certs.strict_json import dumps, loads

FORMAT: Final = "tongban-licence/1"
MOST_BYTES: Final = 1 << 20

_NEEDED = frozenset({"format", "presentation", "charter", "key_entries"})
_OPTIONAL = frozenset({"annotation", "status_list"})
_MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class LicenceFile:
    """A presentation with its chain: `key_entries` are the notes about the halls that signed, in ledger order.

    `annotation` and `status_list` are tokens, empty where there is none.
    """

    presentation: str
    charter: str
    key_entries: tuple[str, ...]
    annotation: str = ""
    status_list: str = ""


def write(file: LicenceFile) -> bytes:
    """Write a file."""
    optional = {"annotation": file.annotation, "status_list": file.status_list}
    content = {"format": FORMAT, "presentation": file.presentation, "charter": file.charter, "key_entries": list(file.key_entries)}
    return dumps({**content, **{name: value for name, value in optional.items() if value}})


def read(data: bytes) -> LicenceFile:
    """Read a file, nothing of it verified; raises MalformedLicenceFile or MalformedJson."""
    if len(data) > MOST_BYTES:
        raise MalformedLicenceFile(f"a licence file is not longer than {MOST_BYTES:,} bytes")
    found = loads(data)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise MalformedLicenceFile(f"not a licence file of the format {FORMAT}")
    if not found.keys() >= _NEEDED or found.keys() - _NEEDED - _OPTIONAL:
        raise MalformedLicenceFile("a licence file has a presentation, a charter, key_entries and at most an annotation and a status_list")
    entries = found.pop("key_entries")
    if (
        not isinstance(entries, list)
        or len(entries) > _MOST_ENTRIES
        or not all(isinstance(value, str) for value in [*entries, *found.values()])
    ):
        raise MalformedLicenceFile("a licence file holds texts, and a list of texts as its key_entries")
    return LicenceFile(**{name: value for name, value in found.items() if name != "format"}, key_entries=tuple(entries))


def check(file: LicenceFile, root: x509.Certificate, now: datetime, *, status_list: str = "", recipient: str = "") -> LicenceFindings:
    """Return what a file proves under a root; raises what certs.errors names where something does not hold.

    `status_list` is a newer token than the file's; `recipient` is who was handed it, to compare with its annotation.
    """
    charter = open_charter(file.charter, root)
    keyring = _keyring(charter, file.key_entries, root)

    def licence_key(key_id: str) -> Verifier:
        return keyring.licence_key(key_id).verifier

    licence = verify(file.presentation, licence_key, None)
    annotation = open_annotation(file.annotation, file.presentation, licence_key) if file.annotation else None
    tokens = [open_token(token, charter, now) for token in (file.status_list, status_list) if token]
    return LicenceFindings(
        licence=licence,
        revoked_from=keyring.licence_key(licence.key_id).revoked_at,
        status=_status(licence, tokens, now),
        annotation=annotation,
        annotation_counts=annotation is None or _counts(keyring, file.annotation),
        recipient=recipient,
        now=now,
    )


def _keyring(charter: Charter, entries: Sequence[str], root: x509.Certificate) -> Keyring:
    keyring, place = Keyring(charter), 0
    for note in entries:
        act = open_entry(note, charter.registry_verifier)
        if isinstance(act, Introduction) and act.hall in keyring.halls():
            # A hall that lost its keys starts a new epoch only with the root's word.
            check_authorised(note, root)
        # Where an entry stands in the ledger is not in its note; behind its cut-off it is in any case.
        place = max(place + 1, act.cut_off if isinstance(act, Revocation | LicenceRevocation) else 0)
        keyring.apply(place, bytes(32), act)
    return keyring


def _status(licence: VerifiedLicence, tokens: Sequence[StatusToken], now: datetime) -> Status | None:
    """Return what the newest list of this licence's says; None without one."""
    fitting = [token for token in tokens if token.uri == licence.claims.status_uri]
    if not fitting:
        return None
    newest = max(fitting, key=lambda token: token.issued_at)
    return Status(newest.statuses.status(licence.claims.status_index), newest.issued_at, newest.is_stale(now))


def _counts(keyring: Keyring, annotation: str) -> bool:
    """Tell whether the key of an annotation that was opened is in force: of a revoked one nobody can tell when it signed."""
    return keyring.licence_key(jws.read(ANNOTATION, annotation).header["kid"]).revoked_at is None
