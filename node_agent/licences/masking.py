"""Hide the middle of personal numbers wherever a licence is shown.

Laws: a citizen id is never shown whole, in whatever field it stands; the code of a holder is shown whole where it is a USCC, which every
signboard shows, and nowhere else. What is shown can be told apart by head and tail, no more.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from directory.identifiers import mask_citizen_id
from directory.licences.types import HOLDER_CODE, HOLDER_CODE_TYPE
from directory.licences.vocabulary import CodeType

_LIKE_CITIZEN_ID: Final = re.compile(r"[0-9]{6}(?:18|19|20)[0-9]{9}[0-9Xx]")
"""Also with a wrong check character: one slip of the pen leaves a person as easy to find."""


def masked(field: str, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever a field holds
    """Return what a field of a licence may be shown as; `fields` are all that are known of it."""
    value = fields[field]
    if not isinstance(value, str):
        return value
    if field == HOLDER_CODE:
        return value if fields.get(HOLDER_CODE_TYPE) == CodeType.USCC and not _LIKE_CITIZEN_ID.fullmatch(value) else mask_citizen_id(value)
    return masked_text(value)


def masked_text(text: str) -> str:
    """Return a text with the middle of every citizen id in it hidden."""
    return _LIKE_CITIZEN_ID.sub(lambda found: mask_citizen_id(found[0]), text)
