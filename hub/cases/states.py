"""Write what a case has come to into columns: its state, and the facts of its clocks.

Laws: equal cases give equal text, whatever the database; a text of another layout is refused, and the model rebuilt.
"""

import json
from dataclasses import fields
from typing import Any

from directory.case_state import CaseState
from directory.case_state import values as state_values
from directory.clocks.facts import Facts, restored
from directory.clocks.facts import values as facts_values
from hub.cases.folded import Folded
from hub.errors import HubError


class ModelOutdated(HubError):
    """The read model was written by a release that counts differently; it must be rebuilt."""


LAYOUT = 3
"""Raise it with every change to the fields of CaseState or to their meaning."""
FACTS_LAYOUT = 2
"""Raise it with every change to the fields of Facts, or to what stands in front of them."""

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder().raw_decode
_FIELDS = len(fields(CaseState))
_FACTS_FIELDS = len(fields(Facts)) + 2


def encode(state: CaseState) -> str:
    """Write a state as a JSON array: the layout, then the fields in their order."""
    return _encode((LAYOUT, *state_values(state)))


def decode(text: str) -> CaseState:
    """Read what `encode` wrote, or raise ModelOutdated."""
    return CaseState(*_held(text, LAYOUT, _FIELDS))


def encode_facts(case: Folded) -> str:
    """Write the facts of a case as a JSON array: the layout, the halls that have a say in it, the latest times they told, the facts."""
    return _encode((FACTS_LAYOUT, case.members, case.latest, *facts_values(case.facts)))


def decode_facts(text: str) -> Facts:
    """Read the facts of what `encode_facts` wrote, or raise ModelOutdated."""
    return restored(_held(text, FACTS_LAYOUT, _FACTS_FIELDS)[2:])


def decode_case(state: str, facts: str, last: int) -> Folded:
    """Read a whole case of what `encode` and `encode_facts` wrote, or raise ModelOutdated."""
    members, latest, *held = _held(facts, FACTS_LAYOUT, _FACTS_FIELDS)
    return Folded(decode(state), restored(held), members, latest, last)


def _held(text: str, wanted: int, count: int) -> list[Any]:
    layout, *held = _decode(text)[0]
    fields_held: list[Any] = held
    if layout != wanted or len(held) != count:
        msg = f"the read model of cases has layout {layout}, this release {wanted}: run `tongban-hub rebuild cases`"
        raise ModelOutdated(msg)
    return fields_held
