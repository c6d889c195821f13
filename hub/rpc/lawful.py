"""Let nodes call what the law in force opens to them, and end what it opens no more.

Laws: the door asks when a call begins; whoever has called already is asked again whenever another law takes the place of the last, be it
by other rules, halls or departments, or by a new day. What people ask is decided anew with every question.
"""

from dataclasses import dataclass

import structlog

from directory.access import judge_node
from directory.scopes.decisions import Denied
from directory.scopes.law import Law
from hub.errors import Refusal
from hub.registry.laws import Laws
from hub.rpc.streams import OpenCalls
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)


def refusal_by(law: Law, hall: str, method: str) -> Refusal | None:
    """Return the refusal of a method that the law does not open to a hall's node; None where it does, or is not asked."""
    if not isinstance(judge_node(law, hall, method), Denied):
        return None
    return Refusal(errors_pb2.REASON_SCOPE_DENIED, f"no rule of access lets the node of {hall} call {method}")


@dataclass(slots=True)
class LawWatch:
    """Who looks whether another law is in force."""

    laws: Laws
    calls: OpenCalls
    _seen: Law | None = None

    def look(self) -> None:
        """End the open calls that are not allowed by now, where the law is another than at the last look; raises RulesMalformed."""
        law = self.laws.in_force().law
        if law is self._seen:
            return
        self._seen = law
        ended = self.calls.end_where(lambda hall, method: refusal_by(law, hall, method) if hall else None)
        if ended:
            _log.warning("calls ended by a change of the law", count=ended, day=law.day.isoformat())
