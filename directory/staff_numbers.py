"""Tell whether a text may be the number of a member of staff.

Law: staff numbers stand in envelopes, in logs and on pages, so none is a citizen id (公民身份号码), however it is written.
"""

import unicodedata
from typing import Final

from directory.licences.identifiers import names_a_person

CITIZEN_ID: Final = "this is a citizen id, and staff numbers stand in messages and logs: give a number of the hall's own"


def staff_number_fault(text: str) -> str:
    """Say, without repeating it, that a citizen id stands in a staff number, in whatever signs and with whatever in between."""
    signs = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isascii() and sign.isalnum())
    return CITIZEN_ID if names_a_person(signs) else ""
