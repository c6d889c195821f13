"""Spell the kinds of case events and outcomes as configuration does: in lower case, without the enum's name."""

from tongban.case.v1.case_pb2 import CaseEventKind, Outcome

_KIND = "CASE_EVENT_KIND_"
_OUTCOME = "OUTCOME_"

KINDS = {name.removeprefix(_KIND).lower(): name for name in CaseEventKind.keys()[1:]}
"""The enum's name of each kind."""

KIND_NAMES: dict[int, str] = {CaseEventKind.Value(name): kind for kind, name in KINDS.items()}
"""The kind of each number of the enum."""

OUTCOMES = {name.removeprefix(_OUTCOME).lower(): name for name in Outcome.keys()[1:]}
"""The enum's name of each outcome."""
