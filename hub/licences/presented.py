"""Check a presentation that somebody was shown, as anyone with the province's root could."""

from datetime import datetime
from typing import Final

from certs.credential import VerifiedLicence, verify
from certs.errors import UnknownKey
from certs.keyring import Keyring
from certs.notes import Verifier

UNREGISTERED: Final = "unregistered"
"""Why a licence is not valid that is signed as it should be, and that the registry does not hold."""


def checked(presentation: str, annotation: str, keyring: Keyring, now: datetime) -> tuple[VerifiedLicence, list[str]]:
    """Return what a presentation proves, and the names of what it shows, sorted; raises JwsInvalid."""

    def find(key_id: str) -> Verifier | None:
        try:
            return keyring.licence_key(key_id).verifier
        except UnknownKey:
            return None

    found = verify(presentation, find, now)
    return found, sorted([*found.disclosed, *found.public])
