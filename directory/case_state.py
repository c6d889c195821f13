"""Say where a case stands: its phase, its end, what holds it up and what is odd about it.

Laws: the ends of a case stay distinct (不受理 is not 不予受理); a state is values only, so that two folds of the
same events are equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final

from tongban.case.v1 import case_pb2 as wire

# Plain integers, not enums: the fold runs on every event, and each access to an enum's member costs as much as a step.
REPORTED: Final = 0
"""Something was said of the case, no application yet."""
PRE_DECLARED: Final = 1
PRE_REVIEWED: Final = 2
APPLIED: Final = 3
ACCEPTED: Final = 4
DECIDED: Final = 5
DOCUMENT_ISSUED: Final = 6
DELIVERED: Final = 7

RUNNING: Final = 0
NOT_REQUIRED: Final = 1
ACCEPTANCE_REFUSED: Final = 2
WITHDRAWN: Final = 3
TERMINATED: Final = 4
CLOSED: Final = 5

_PHASES: Final = ("reported", "pre_declared", "pre_reviewed", "applied", "accepted", "decided", "document_issued", "delivered")
_ENDS: Final = ("", "not_required", "acceptance_refused", "withdrawn", "terminated", "closed")
_HELD_UP: Final = ("suspended", "supplement_requested", "in_procedure", "referred_up", "referred")
STATUSES: Final = frozenset(_PHASES) | frozenset(_ENDS[1:]) | frozenset(_HELD_UP)
"""Every value of `status`."""

GRADES: Final = range(1, 6)
"""Of a rating (好差评): 非常满意 5, 满意 4, 基本满意 3, 不满意 2, 非常不满意 1."""

UNKNOWN_KIND: Final = 1 << 0
NOT_APPLIED: Final = 1 << 1
NOT_ACCEPTED: Final = 1 << 2
NOT_DECIDED: Final = 1 << 3
REPEATED: Final = 1 << 4
AFTER_END: Final = 1 << 5
ENDED_WITHOUT_START: Final = 1 << 6
STARTED_TWICE: Final = 1 << 7
LEFT_OPEN: Final = 1 << 8
SUPPLEMENT_TWICE: Final = 1 << 9
AFTER_ACCEPTANCE: Final = 1 << 10
EXTENDED_TWICE: Final = 1 << 11
WITHOUT_GROUND: Final = 1 << 12
WITHOUT_OUTCOME: Final = 1 << 13
BACK_IN_TIME: Final = 1 << 14
AFTER_DECISION: Final = 1 << 15
RATED_EARLY: Final = 1 << 16
NO_SUCH_GRADE: Final = 1 << 17

FLAGS: Final[Mapping[int, str]] = {
    UNKNOWN_KIND: "unknown_kind",  # of a newer agent
    NOT_APPLIED: "not_applied",  # an act on a case for which nobody applied
    NOT_ACCEPTED: "not_accepted",  # an act that presupposes acceptance (Art 42, 43, 45)
    NOT_DECIDED: "not_decided",  # a document, or its delivery, before the decision (Art 44)
    REPEATED: "repeated",  # done before; the first one dates it
    AFTER_END: "after_end",
    ENDED_WITHOUT_START: "ended_without_start",  # resumed, received, ended or returned what was never begun
    STARTED_TWICE: "started_twice",  # begun again while it was open
    LEFT_OPEN: "left_open",  # decided or ended while something was still open
    SUPPLEMENT_TWICE: "supplement_twice",  # Art 32(4): once, listing everything
    AFTER_ACCEPTANCE: "after_acceptance",  # Art 32: belongs to intake
    AFTER_DECISION: "after_decision",  # belongs to what leads to a decision
    EXTENDED_TWICE: "extended_twice",  # Art 42: once
    WITHOUT_GROUND: "without_ground",  # Art 32(2), 38: a refusal gives its reasons
    WITHOUT_OUTCOME: "without_outcome",  # decided, neither granted nor refused
    RATED_EARLY: "rated_early",  # rated before the case was decided or ended
    NO_SUCH_GRADE: "no_such_grade",  # a rating that is none of the five: it counts for none
    BACK_IN_TIME: "back_in_time",  # happened before the event in front of it
}
"""What each bit of `flags` says of a case, and of the event that raised it."""


@dataclass(slots=True)
class CaseState:
    """The state of one case. Times are Unix milliseconds, None for what has not happened.

    `end` is the first act that ended the case, `closed_at_ms` when its file was closed: a withdrawn case is closed too,
    and stays withdrawn. What is open (`…_since_ms`, `procedures_open`) holds the case up until it is ended or settled.
    `department` is the one that the newest event to name any names; `referred_to` the hall that the newest referral to name any
    names, until the case is returned. A decision does not end it: who decided a case may go on reading it.
    """

    phase: int = REPORTED
    end: int = RUNNING
    outcome: int = wire.OUTCOME_UNSPECIFIED
    flags: int = 0
    events: int = 0
    item_code: str = ""
    department: str = ""
    referred_to: str = ""
    first_event_at_ms: int | None = None
    last_event_at_ms: int | None = None
    applied_at_ms: int | None = None
    accepted_at_ms: int | None = None
    decided_at_ms: int | None = None
    ended_at_ms: int | None = None
    closed_at_ms: int | None = None
    issued_at_ms: int | None = None
    delivered_at_ms: int | None = None
    renewal_applied_at_ms: int | None = None
    renewed_at_ms: int | None = None
    rated_at_ms: int | None = None
    promised_by_ms: int | None = None
    suspended_since_ms: int | None = None
    supplement_since_ms: int | None = None
    referred_up_since_ms: int | None = None
    referred_at_ms: int | None = None
    procedures_open: int = 0
    supplements: int = 0
    extensions: int = 0
    extension_days: int = 0

    @property
    def status(self) -> str:
        """Return one word for where the case stands: its end, what holds it up, or how far it has come."""
        if self.end:
            return _ENDS[self.end]
        held_up = self._held_up() if self.phase < DECIDED else ""
        return held_up or _PHASES[self.phase]

    def _held_up(self) -> str:
        if self.suspended_since_ms is not None:
            return "suspended"
        if self.supplement_since_ms is not None:
            return "supplement_requested"
        if self.procedures_open:
            return "in_procedure"
        if self.referred_up_since_ms is not None:
            return "referred_up"
        return "referred" if self.referred_at_ms is not None and self.phase < ACCEPTED else ""

    @property
    def is_open(self) -> bool:
        """Tell whether no act has ended the case."""
        return self.end == RUNNING

    @property
    def listed_at_ms(self) -> int:
        """Return the time by which cases are listed: of the application, or of the first event while there is none."""
        return self.applied_at_ms if self.applied_at_ms is not None else self.first_event_at_ms or 0


_values: Callable[[CaseState], tuple[Any, ...]] = attrgetter(*(field.name for field in fields(CaseState)))


def values(state: CaseState) -> tuple[Any, ...]:
    """Return all that a state holds, in the order of its fields: CaseState(*values(state)) is the same state."""
    return _values(state)


def flag_names(flags: int) -> list[str]:
    """Spell out a set of flags."""
    return [name for bit, name in FLAGS.items() if flags & bit]
