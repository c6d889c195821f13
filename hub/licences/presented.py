"""Check a presentation that somebody was shown, as anyone with the province's root could, and tell for whom it was made."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from certs.annotation import Annotation, open_annotation
from certs.credential import VerifiedLicence, verify
from certs.errors import AnnotationInvalid, Fault, UnknownKey
from certs.keyring import Keyring
from certs.notes import Verifier
from directory.departments import Department
from directory.halls import Province
from directory.scopes.principal import Principal
from hub.licences.nonces import OFF_MOST

UNREGISTERED: Final = "unregistered"
"""Why a licence is not valid that is signed as it should be, and that the registry does not hold."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a presentation proves, the names of what it shows, sorted, and what its maker wrote on it, where it is a copy (加注件)."""

    licence: VerifiedLicence
    disclosed: tuple[str, ...]
    copy: Annotation | None


def checked(presentation: str, annotation: str, keyring: Keyring, now: datetime) -> Presented:
    """Return what a presentation proves; raises JwsInvalid.

    With an annotation (加注件) it counts only for as long as that says.
    """
    found = verify(presentation, _finder(keyring, in_force=False), now)
    copy = _copy(presentation, annotation, keyring, now) if annotation else None
    return Presented(found, tuple(sorted([*found.disclosed, *found.public])), copy)


def _copy(presentation: str, annotation: str, keyring: Keyring, now: datetime) -> Annotation:
    said = open_annotation(annotation, presentation, _finder(keyring, in_force=True))
    if now >= said.expires_at:
        raise AnnotationInvalid(Fault.EXPIRED, "what was presented for a purpose counts no longer: ask for another")
    if now + OFF_MOST < said.made_at:
        raise AnnotationInvalid(Fault.NOT_YET_VALID, "it was presented in the future: one of the two clocks is wrong")
    return said


def names_of(who: Principal, province: Province, departments: Iterable[Department], day: date) -> frozenset[str]:
    """Return all by which a copy may be made for those who ask: their hall's id and name, their department's id, name and USCC.

    `departments` may hold all versions; a copy for a name of earlier days is somebody else's.
    """
    hall = province.get(who.hall)
    seated = [one for one in departments if (one.department, one.hall) == (who.department, who.hall) and day in one.period]
    of_department = {name for one in seated for name in (one.name, one.uscc)}
    return (frozenset({who.hall, who.department, hall.display_name if hall else ""}) | of_department) - {""}


def _finder(keyring: Keyring, *, in_force: bool) -> Callable[[str], Verifier | None]:
    """Return what finds licence keys; `in_force` finds none that was revoked."""

    def find(key_id: str) -> Verifier | None:
        try:
            key = keyring.licence_key(key_id)
        except UnknownKey:
            return None
        return None if in_force and key.revoked_at is not None else key.verifier

    return find
