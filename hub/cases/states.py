"""Write the state of a case into one column.

Laws: equal states give equal text, whatever the database; a state of another layout is refused, and the model rebuilt.
"""

import json
from dataclasses import fields

from directory.case_state import CaseState, values
from hub.errors import HubError


class ModelOutdated(HubError):
    """The read model was written by a release that counts differently; it must be rebuilt."""


LAYOUT = 2
"""Raise it with every change to the fields of CaseState or to their meaning."""

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder().raw_decode
_FIELDS = len(fields(CaseState))


def encode(state: CaseState) -> str:
    """Write a state as a JSON array: the layout, then the fields in their order."""
    return _encode((LAYOUT, *values(state)))


def decode(text: str) -> CaseState:
    """Read what `encode` wrote, or raise ModelOutdated."""
    layout, *held = _decode(text)[0]
    if layout != LAYOUT or len(held) != _FIELDS:
        msg = f"the read model of cases has layout {layout}, this release {LAYOUT}: run `tongban-hub rebuild cases`"
        raise ModelOutdated(msg)
    return CaseState(*held)
