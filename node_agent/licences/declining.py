"""Decline what cannot be done to a licence, with everything that is wrong named by its field.

Law: what is said never repeats what a field holds.
"""

from collections.abc import Iterable
from typing import NoReturn

from directory.errors import Fault as FieldFault
from directory.licences.acts import Objection
from directory.licences.identifiers import LicenceId, parse_licence_id
from directory.licences.vocabulary import Fault
from node_agent.errors import LicenceDeclined


def decline(fault: str, faults: Iterable[tuple[str, str]]) -> NoReturn:
    """Raise LicenceDeclined."""
    raise LicenceDeclined(fault, tuple(faults))


def check(found: Objection | None) -> None:
    """Raise LicenceDeclined for an objection."""
    if found is not None:
        decline(found.fault, [("", found.what)])


def check_fields(found: Iterable[FieldFault]) -> None:
    """Raise LicenceDeclined for what is wrong with fields, if anything is."""
    faults = [(one.path, one.what) for one in found]
    if faults:
        decline(Fault.CONTENTS, faults)


def licence_of(text: str, what: str = "licence") -> LicenceId:
    """Return the identifier that an officer gave; raises LicenceDeclined."""
    try:
        return parse_licence_id(text)
    except ValueError as error:
        decline(Fault.IDENTIFIER, [(what, str(error))])
