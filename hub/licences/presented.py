"""Check a presentation that somebody was shown, as anyone with the province's root could."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from certs.annotation import open_annotation
from certs.credential import VerifiedLicence, verify
from certs.errors import AnnotationInvalid, Fault, UnknownKey
from certs.keyring import Keyring
from certs.notes import Verifier
from hub.licences.nonces import OFF_MOST

UNREGISTERED: Final = "unregistered"
"""Why a licence is not valid that is signed as it should be, and that the registry does not hold."""


def checked(presentation: str, annotation: str, keyring: Keyring, now: datetime) -> tuple[VerifiedLicence, list[str]]:
    """Return what a presentation proves, and the names of what it shows, sorted; raises JwsInvalid.

    With an annotation (加注件) it counts only for as long as that says.
    """
    found = verify(presentation, _finder(keyring, in_force=False), now)
    if annotation:
        said = open_annotation(annotation, presentation, _finder(keyring, in_force=True))
        if now >= said.expires_at:
            raise AnnotationInvalid(Fault.EXPIRED, "what was presented for a purpose counts no longer: ask for another")
        if now + OFF_MOST < said.made_at:
            raise AnnotationInvalid(Fault.NOT_YET_VALID, "it was presented in the future: one of the two clocks is wrong")
    return found, sorted([*found.disclosed, *found.public])


def _finder(keyring: Keyring, *, in_force: bool) -> Callable[[str], Verifier | None]:
    """Return what finds licence keys; `in_force` finds none that was revoked."""

    def find(key_id: str) -> Verifier | None:
        try:
            key = keyring.licence_key(key_id)
        except UnknownKey:
            return None
        return None if in_force and key.revoked_at is not None else key.verifier

    return find
