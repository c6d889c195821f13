"""Fold what a hall says about a case into the state of the case (行政许可法).

Laws: events are taken in the order of the hall's journal. Evidence is never dropped: an event that the law
does not foresee where it stands is counted, flagged and shown, and takes what effect it can without undoing an earlier
act. The first act of a kind dates it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from directory.case_state import (
    ACCEPTANCE_REFUSED,
    ACCEPTED,
    AFTER_ACCEPTANCE,
    AFTER_DECISION,
    AFTER_END,
    APPLIED,
    BACK_IN_TIME,
    CLOSED,
    DECIDED,
    DELIVERED,
    DOCUMENT_ISSUED,
    ENDED_WITHOUT_START,
    EXTENDED_TWICE,
    GRADES,
    LEFT_OPEN,
    NO_SUCH_GRADE,
    NOT_ACCEPTED,
    NOT_APPLIED,
    NOT_DECIDED,
    NOT_REQUIRED,
    PRE_DECLARED,
    PRE_REVIEWED,
    RATED_EARLY,
    REPEATED,
    STARTED_TWICE,
    SUPPLEMENT_TWICE,
    TERMINATED,
    UNKNOWN_KIND,
    WITHDRAWN,
    WITHOUT_GROUND,
    WITHOUT_OUTCOME,
    CaseState,
    values,
)
from tongban.case.v1 import case_pb2 as wire


class Event(NamedTuple):
    """What the fold needs of one case event; times are Unix milliseconds, kinds and outcomes the numbers of the contract.

    `promised_by_ms` is None when the event names no promised limit; a department or hall that it does not name is empty.
    `step` is a step's name, or its code where it has no name; `hall` the hall that told, `ref` the ledger index by which
    the event is cited, `marks` what `directory.clocks.facts.marks` says of its time; `reported_ms` is set when it was recorded
    late: up to when the hall had reported before.
    """

    kind: int
    occurred_at_ms: int
    outcome: int = wire.OUTCOME_UNSPECIFIED
    item_code: str = ""
    ground: str = ""
    extension_days: int = 0
    promised_by_ms: int | None = None
    department: str = ""
    referred_to: str = ""
    step: str = ""
    due_at_ms: int | None = None
    procedure: str = ""
    basis: str = ""
    limit_days: int = 0
    valid_until_ms: int | None = None
    fee_project: str = ""
    hall: str = ""
    ref: int = -1
    grade: int = 0
    marks: int = 0
    reported_ms: int | None = None


def fold(state: CaseState, event: Event) -> CaseState:
    """Return the state after one more event; the state given stays as it is."""
    return fold_all(state, (event,))


def fold_all(state: CaseState, events: Iterable[Event]) -> CaseState:
    """Return the state after more events, in this order; the state given stays as it is."""
    after = CaseState(*values(state))
    for event in events:
        advance(after, event)
    return after


def advance(state: CaseState, event: Event) -> int:
    """Move a state on by one event, in place, for its only owner; return the flags that this event raised."""
    at = event.occurred_at_ms
    flags = _STEPS.get(event.kind, _unknown)(state, event)
    last = state.last_event_at_ms
    if last is None:
        state.first_event_at_ms = state.last_event_at_ms = at
    elif at < last:
        flags |= BACK_IN_TIME
    else:
        state.last_event_at_ms = at
    state.events += 1
    if event.item_code and not state.item_code:
        state.item_code = event.item_code
    if event.department:
        state.department = event.department
    if event.promised_by_ms is not None:
        state.promised_by_ms = event.promised_by_ms
    state.flags |= flags
    return flags


_Step = Callable[[CaseState, Event], int]


def _unknown(_state: CaseState, _event: Event) -> int:
    return UNKNOWN_KIND


def _noted(_state: CaseState, _event: Event) -> int:
    """Keep what changes no state: a step by its name, a fee, a consultation."""
    return 0


def _worked(state: CaseState, _event: Event) -> int:
    return AFTER_END if state.end else 0


def _entered(state: CaseState, phase: int) -> int:
    """Raise the phase, never lower it."""
    if state.phase >= phase:
        return REPEATED if state.phase == phase else 0
    state.phase = phase
    return 0


def _pre_declared(state: CaseState, _event: Event) -> int:
    return _at_intake(state) | _entered(state, PRE_DECLARED)


def _pre_reviewed(state: CaseState, _event: Event) -> int:
    return _at_intake(state) | _entered(state, PRE_REVIEWED)


def _applied(state: CaseState, event: Event) -> int:
    if state.applied_at_ms is not None:
        return REPEATED
    state.applied_at_ms = event.occurred_at_ms
    _entered(state, APPLIED)
    return _worked(state, event)


def _at_intake(state: CaseState) -> int:
    """Judge an act that belongs before acceptance (Art 32)."""
    return (AFTER_ACCEPTANCE if state.accepted_at_ms is not None else 0) | (AFTER_END if state.end else 0)


def _on_application(state: CaseState) -> int:
    return (NOT_APPLIED if state.applied_at_ms is None else 0) | (AFTER_END if state.end else 0)


def _on_acceptance(state: CaseState) -> int:
    return (NOT_ACCEPTED if state.accepted_at_ms is None else 0) | (AFTER_END if state.end else 0)


def _before_decision(state: CaseState) -> int:
    return AFTER_DECISION if state.decided_at_ms is not None else 0


def _accepted(state: CaseState, event: Event) -> int:
    flags = _on_application(state)
    if state.accepted_at_ms is not None:
        return flags | REPEATED
    state.accepted_at_ms = event.occurred_at_ms
    _entered(state, ACCEPTED)
    if state.supplement_since_ms is not None:
        state.supplement_since_ms = None
        flags |= LEFT_OPEN
    return flags


def _supplement_requested(state: CaseState, event: Event) -> int:
    flags = _on_application(state) | _at_intake(state) | (SUPPLEMENT_TWICE if state.supplements else 0)
    state.supplements += 1
    if state.supplement_since_ms is not None:
        return flags | STARTED_TWICE
    state.supplement_since_ms = event.occurred_at_ms
    return flags


def _supplement_received(state: CaseState, event: Event) -> int:
    if state.supplement_since_ms is None:
        return _worked(state, event) | ENDED_WITHOUT_START
    state.supplement_since_ms = None
    return _worked(state, event)


def _suspended(state: CaseState, event: Event) -> int:
    flags = _on_application(state) | _before_decision(state)
    if state.suspended_since_ms is not None:
        return flags | STARTED_TWICE
    state.suspended_since_ms = event.occurred_at_ms
    return flags


def _resumed(state: CaseState, event: Event) -> int:
    if state.suspended_since_ms is None:
        return _worked(state, event) | ENDED_WITHOUT_START
    state.suspended_since_ms = None
    return _worked(state, event)


def _referred_up(state: CaseState, event: Event) -> int:
    flags = _on_acceptance(state) | _before_decision(state)
    _hand_over(state, event)
    if state.referred_up_since_ms is not None:
        return flags | STARTED_TWICE
    state.referred_up_since_ms = event.occurred_at_ms
    return flags


def _hand_over(state: CaseState, event: Event) -> None:
    # A referral within the hall names none, and leaves the case with whoever has it.
    state.referred_to = event.referred_to or state.referred_to


def _returned_down(state: CaseState, event: Event) -> int:
    state.referred_to = ""
    if state.referred_up_since_ms is None:
        return _worked(state, event) | ENDED_WITHOUT_START
    state.referred_up_since_ms = None
    return _worked(state, event)


def _procedure_started(state: CaseState, _event: Event) -> int:
    state.procedures_open += 1  # several may run at once
    return _on_acceptance(state) | _before_decision(state)


def _procedure_ended(state: CaseState, event: Event) -> int:
    if not state.procedures_open:
        return _worked(state, event) | ENDED_WITHOUT_START
    state.procedures_open -= 1
    return _worked(state, event)


def _extended(state: CaseState, event: Event) -> int:
    flags = _on_acceptance(state) | _before_decision(state) | (EXTENDED_TWICE if state.extensions else 0)
    state.extensions += 1
    state.extension_days += event.extension_days
    return flags


def _referred(state: CaseState, event: Event) -> int:
    _hand_over(state, event)
    if state.referred_at_ms is None:
        state.referred_at_ms = event.occurred_at_ms
    return _on_application(state)


def _settled(state: CaseState) -> int:
    """End whatever is open, for nothing holds up a case that is decided or over."""
    ages = (state.suspended_since_ms, state.supplement_since_ms, state.referred_up_since_ms)
    if ages == (None, None, None) and not state.procedures_open:
        return 0
    state.suspended_since_ms = state.supplement_since_ms = state.referred_up_since_ms = None
    state.procedures_open = 0
    return LEFT_OPEN


def _decided(state: CaseState, event: Event) -> int:
    flags = _on_acceptance(state) | _settled(state)
    if event.outcome == wire.OUTCOME_REFUSED and not event.ground:
        flags |= WITHOUT_GROUND
    elif event.outcome not in (wire.OUTCOME_GRANTED, wire.OUTCOME_REFUSED):
        flags |= WITHOUT_OUTCOME
    if state.decided_at_ms is not None:
        return flags | REPEATED
    state.decided_at_ms = event.occurred_at_ms
    state.outcome = event.outcome
    _entered(state, DECIDED)
    return flags


def _document_issued(state: CaseState, event: Event) -> int:
    flags = 0 if state.end or state.decided_at_ms is not None else NOT_DECIDED
    if state.issued_at_ms is not None:
        return flags | REPEATED
    state.issued_at_ms = event.occurred_at_ms
    _entered(state, DOCUMENT_ISSUED)
    return flags


def _delivered(state: CaseState, event: Event) -> int:
    flags = 0 if state.end or state.decided_at_ms is not None else NOT_DECIDED
    if state.delivered_at_ms is not None:
        return flags | REPEATED
    state.delivered_at_ms = event.occurred_at_ms
    _entered(state, DELIVERED)
    return flags


def _end(state: CaseState, event: Event, end: int) -> int:
    """End the case; a case that ended before keeps its end."""
    flags = _on_application(state) | _settled(state)
    if state.end:
        return flags | (REPEATED if state.end == end else 0)
    state.end = end
    state.ended_at_ms = event.occurred_at_ms
    return flags


def _not_required(state: CaseState, event: Event) -> int:
    return _at_intake(state) | _end(state, event, NOT_REQUIRED)


def _acceptance_refused(state: CaseState, event: Event) -> int:
    # Art 32(2), 38: the competent organ, or the falsehood, is named.
    return _at_intake(state) | (0 if event.ground else WITHOUT_GROUND) | _end(state, event, ACCEPTANCE_REFUSED)


def _withdrawn(state: CaseState, event: Event) -> int:
    return _before_decision(state) | _end(state, event, WITHDRAWN)


def _terminated(state: CaseState, event: Event) -> int:
    return _end(state, event, TERMINATED)


def _closed(state: CaseState, event: Event) -> int:
    """Close the file; a case that ended otherwise keeps its end."""
    flags = (NOT_APPLIED if state.applied_at_ms is None else 0) | _settled(state)
    if state.closed_at_ms is not None:
        return flags | REPEATED
    state.closed_at_ms = event.occurred_at_ms
    if not state.end:
        state.end = CLOSED
        state.ended_at_ms = event.occurred_at_ms
    return flags


def _renewal_applied(state: CaseState, event: Event) -> int:
    if state.renewal_applied_at_ms is None:
        state.renewal_applied_at_ms = event.occurred_at_ms
        return 0
    return REPEATED


def _renewed(state: CaseState, event: Event) -> int:
    if state.renewed_at_ms is not None:
        return REPEATED
    state.renewed_at_ms = event.occurred_at_ms
    return ENDED_WITHOUT_START if state.renewal_applied_at_ms is None else 0


def _rated(state: CaseState, event: Event) -> int:
    flags = (NOT_APPLIED if state.applied_at_ms is None else 0) | (0 if state.end or state.decided_at_ms is not None else RATED_EARLY)
    if event.grade not in GRADES:
        return flags | NO_SUCH_GRADE
    if state.rated_at_ms is not None:
        return flags | REPEATED
    state.rated_at_ms = event.occurred_at_ms
    return flags


_STEPS: Mapping[int, _Step] = {
    wire.CASE_EVENT_KIND_PRE_DECLARED: _pre_declared,
    wire.CASE_EVENT_KIND_PRE_REVIEWED: _pre_reviewed,
    wire.CASE_EVENT_KIND_APPLIED: _applied,
    wire.CASE_EVENT_KIND_NOT_REQUIRED: _not_required,
    wire.CASE_EVENT_KIND_ACCEPTANCE_REFUSED: _acceptance_refused,
    wire.CASE_EVENT_KIND_SUPPLEMENT_REQUESTED: _supplement_requested,
    wire.CASE_EVENT_KIND_SUPPLEMENT_RECEIVED: _supplement_received,
    wire.CASE_EVENT_KIND_ACCEPTED: _accepted,
    wire.CASE_EVENT_KIND_STEP_STARTED: _worked,
    wire.CASE_EVENT_KIND_STEP_COMPLETED: _worked,
    wire.CASE_EVENT_KIND_REFERRED_UP: _referred_up,
    wire.CASE_EVENT_KIND_RETURNED_DOWN: _returned_down,
    wire.CASE_EVENT_KIND_PROCEDURE_STARTED: _procedure_started,
    wire.CASE_EVENT_KIND_PROCEDURE_ENDED: _procedure_ended,
    wire.CASE_EVENT_KIND_EXTENDED: _extended,
    wire.CASE_EVENT_KIND_SUSPENDED: _suspended,
    wire.CASE_EVENT_KIND_RESUMED: _resumed,
    wire.CASE_EVENT_KIND_DECIDED: _decided,
    wire.CASE_EVENT_KIND_CLOSED: _closed,
    wire.CASE_EVENT_KIND_DOCUMENT_ISSUED: _document_issued,
    wire.CASE_EVENT_KIND_DELIVERED: _delivered,
    wire.CASE_EVENT_KIND_RENEWAL_APPLIED: _renewal_applied,
    wire.CASE_EVENT_KIND_RENEWED: _renewed,
    wire.CASE_EVENT_KIND_RATED: _rated,
    wire.CASE_EVENT_KIND_COORDINATED: _noted,
    wire.CASE_EVENT_KIND_REFERRED: _referred,
    wire.CASE_EVENT_KIND_FEE: _noted,
    wire.CASE_EVENT_KIND_TERMINATED: _terminated,
    wire.CASE_EVENT_KIND_WITHDRAWN: _withdrawn,
    wire.CASE_EVENT_KIND_STEP: _noted,
}
