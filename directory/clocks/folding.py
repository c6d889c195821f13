"""Fold the events of a case into the facts of its clocks.

Laws: events are taken in the order of the fold (`order`); the result does not depend on how they were batched; nothing makes
it fail. What is begun again while it is open keeps its first beginning; nothing begins after the case is over but what the law
puts there (delivery, Art 44; renewal, Art 50). The days of a limit are nobody's business here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from directory.calendar import MOST_WORKING_DAYS
from directory.case_state import GRADES
from directory.clocks.facts import (
    DELIVERY,
    ENDED_BEFORE_START,
    EXPIRY_NOT_NAMED,
    FEE,
    IMPOSSIBLE,
    IMPOSSIBLE_LIMIT,
    IMPOSSIBLE_TIME,
    MOST_ACTS,
    MOST_RUNS,
    NEVER_ENDED,
    NOTICE,
    OUTSIDE,
    PROCEDURE,
    PROCEDURE_NOT_NAMED,
    RATED,
    REFERRAL,
    REFUSED_WITHOUT_GROUND,
    RENEWAL,
    SKEWED,
    STEP,
    STEP_ENDED_WITHOUT_START,
    STEP_STARTED_TWICE,
    STOPPED_WITHOUT_BASIS,
    SUSPENSION,
    TOLD_AHEAD,
    TOO_MANY,
    TRANSFER,
    Act,
    Extension,
    Facts,
    Moment,
    Promise,
    Run,
    copied,
    is_possible,
)
from directory.clocks.terms import DAY_MS, OFFSET_MS
from directory.lifecycle import Event
from tongban.case.v1 import case_pb2 as wire

_MOST_EXTENSIONS: Final = 4


def fold_facts(facts: Facts, events: Iterable[Event]) -> Facts:
    """Return the facts after more events, in this order; the facts given stay as they are."""
    after = copied(facts)
    for event in events:
        advance_facts(after, event)
    return after


def advance_facts(facts: Facts, event: Event) -> int:
    """Move facts on by one event, in place, for their only owner; return the flags that this event raised."""
    before = facts.flags
    if event.item_code and not facts.item_code:
        facts.item_code = event.item_code
    if event.hall and not facts.hall:
        facts.hall = event.hall
    step = _STEPS.get(event.kind)
    if step is None and event.promised_by_ms is None:
        return 0
    marks = event.marks
    if not is_possible(event.occurred_at_ms):
        facts.flags |= IMPOSSIBLE_TIME
        marks |= IMPOSSIBLE
    if marks & SKEWED:
        facts.flags |= TOLD_AHEAD
    at = Moment(event.kind, event.occurred_at_ms, event.ref, marks, event.reported_ms)
    if event.promised_by_ms is not None:
        _promised(facts, event.promised_by_ms, at)
    if step is not None:
        step(facts, event, at)
    return facts.flags & ~before


def prune(facts: Facts) -> None:
    """Forget, in place, what no light and no card will ever look at: steps that certainly ended in time, whatever the calendar.

    A step that ended on the day on which it began, or by the time that its own event gave, is one.
    """
    facts.runs = [run for run in facts.runs if not _was_surely_in_time(run)]


def _was_surely_in_time(run: Run) -> bool:
    if run.what != STEP or run.end is None or run.end.marks or run.start.marks:
        return False
    began, ended = run.start.at_ms, run.end.at_ms
    if run.due_ms is not None:
        return max(began, ended) <= run.due_ms
    return (began + OFFSET_MS) // DAY_MS == (ended + OFFSET_MS) // DAY_MS


_Step = Callable[[Facts, Event, Moment], None]


def _promised(facts: Facts, by_ms: int, at: Moment) -> None:
    if is_possible(by_ms):
        # A limit repeated is not stated anew: a stop between the two still moves it.
        if facts.promise is None or facts.promise.by_ms != by_ms:
            facts.promise = Promise(by_ms, at)
    else:
        facts.flags |= IMPOSSIBLE_TIME


def _begin(facts: Facts, run: Run) -> None:
    if run.start.marks & IMPOSSIBLE:
        return  # flagged already
    # What `prune` forgets does not count, so that it makes no difference when it is called.
    if len(facts.runs) >= MOST_RUNS and sum(not _was_surely_in_time(kept) for kept in facts.runs) >= MOST_RUNS:
        facts.flags |= TOO_MANY
        return
    facts.runs.append(run)


def _open(facts: Facts, what: int, of: str | None = None) -> int | None:
    """Return the place of the first open run of a kind, of a name where one is given."""
    for place, run in enumerate(facts.runs):
        if run.what == what and run.end is None and (of is None or run.of == of):
            return place
    return None


def _end(facts: Facts, place: int, at: Moment) -> None:
    run = facts.runs[place]
    if at.at_ms < run.start.at_ms:
        facts.flags |= ENDED_BEFORE_START
    facts.runs[place] = Run(run.what, run.of, run.start, at, run.due_ms, run.days, run.basis, run.hall)


def _end_first(facts: Facts, what: int, at: Moment) -> bool:
    place = _open(facts, what)
    if place is None:
        return False
    _end(facts, place, at)
    return True


def _possible(facts: Facts, at_ms: int | None) -> int | None:
    if at_ms is not None and not is_possible(at_ms):
        facts.flags |= IMPOSSIBLE_TIME
        return None
    return at_ms


def _did(facts: Facts, act: Act) -> None:
    if len(facts.acts) < MOST_ACTS:
        facts.acts.append(act)
    else:
        facts.flags |= TOO_MANY


def _applied(facts: Facts, _event: Event, at: Moment) -> None:
    if facts.over is None and facts.accepted is None and not any(run.what == NOTICE for run in facts.runs):
        _begin(facts, Run(NOTICE, "", at))


def _supplement_requested(facts: Facts, _event: Event, at: Moment) -> None:
    facts.notices += 1
    # Art 32(4): once. A second notice answers nothing, and the time that runs since the materials came runs on.
    if facts.notices == 1:
        _end_first(facts, NOTICE, at)


def _supplement_received(facts: Facts, _event: Event, at: Moment) -> None:
    if facts.notices and facts.over is None and facts.accepted is None and _open(facts, NOTICE) is None:
        _begin(facts, Run(NOTICE, "", at))


def _accepted(facts: Facts, _event: Event, at: Moment) -> None:
    _end_first(facts, NOTICE, at)
    if facts.accepted is None and facts.over is None and not at.marks & IMPOSSIBLE:
        facts.accepted = at


def _step_started(facts: Facts, event: Event, at: Moment) -> None:
    if facts.over is not None:
        return
    if _open(facts, STEP, event.step) is not None:
        facts.flags |= STEP_STARTED_TWICE
        return
    _begin(facts, Run(STEP, event.step, at, None, _possible(facts, event.due_at_ms)))


def _step_completed(facts: Facts, event: Event, at: Moment) -> None:
    place = _open(facts, STEP, event.step)
    if place is None:
        facts.flags |= STEP_ENDED_WITHOUT_START
        return
    _end(facts, place, at)


def _step(facts: Facts, event: Event, at: Moment) -> None:
    """Take a step of which only the doing is told: it has a clock where it says by when it was due."""
    due_ms = _possible(facts, event.due_at_ms)
    if due_ms is not None and facts.over is None:
        _begin(facts, Run(STEP, event.step, at, at, due_ms))


def _procedure_started(facts: Facts, event: Event, at: Moment) -> None:
    if facts.over is not None:
        return
    if not event.procedure:
        facts.flags |= PROCEDURE_NOT_NAMED
    days = event.limit_days
    if days > MOST_WORKING_DAYS:
        facts.flags |= IMPOSSIBLE_LIMIT
        days = 0
    _begin(facts, Run(PROCEDURE, event.procedure, at, None, _possible(facts, event.due_at_ms), days, event.basis))


def _procedure_ended(facts: Facts, event: Event, at: Moment) -> None:
    place = _open(facts, PROCEDURE, event.procedure or None)
    if place is None and event.procedure:
        # One that was begun without a name, or under another: what ended is the oldest that is open.
        place = _open(facts, PROCEDURE, "")
    if place is not None:
        _end(facts, place, at)


def _suspended(facts: Facts, event: Event, at: Moment) -> None:
    if facts.over is not None or _open(facts, SUSPENSION) is not None:
        return
    if not event.basis:
        facts.flags |= STOPPED_WITHOUT_BASIS
    _begin(facts, Run(SUSPENSION, "", at, None, None, 0, event.basis))


def _resumed(facts: Facts, _event: Event, at: Moment) -> None:
    _end_first(facts, SUSPENSION, at)


def _referred_up(facts: Facts, event: Event, at: Moment) -> None:
    if facts.over is None and _open(facts, REFERRAL) is None:
        _begin(facts, Run(REFERRAL, "", at, None, None, 0, "", event.referred_to))


def _returned_down(facts: Facts, _event: Event, at: Moment) -> None:
    if not _end_first(facts, REFERRAL, at) and facts.with_hall:
        _hand_over(facts, "", at)  # back to its own


def _referred(facts: Facts, event: Event, at: Moment) -> None:
    if event.referred_to and event.referred_to != facts.with_hall:
        _hand_over(facts, event.referred_to, at)


def _hand_over(facts: Facts, hall: str, at: Moment) -> None:
    facts.with_hall = hall
    _begin(facts, Run(TRANSFER, "", at, None, None, 0, "", hall))


def _extended(facts: Facts, event: Event, at: Moment) -> None:
    if facts.over is None and len(facts.extensions) < _MOST_EXTENSIONS:
        facts.extensions.append(Extension(at, event.extension_days))


def _decided(facts: Facts, event: Event, at: Moment) -> None:
    if facts.over is None and not any(run.what == NOTICE for run in facts.runs) and facts.accepted is None:
        _did(facts, Act(OUTSIDE, "", at))
    _over(facts, at)
    _end_first(facts, RENEWAL, at)
    if event.outcome == wire.OUTCOME_REFUSED and not event.ground:
        _did(facts, Act(REFUSED_WITHOUT_GROUND, "", at))
    if event.outcome == wire.OUTCOME_GRANTED and not any(run.what == DELIVERY for run in facts.runs):
        _begin(facts, Run(DELIVERY, "", at))


def _refused_acceptance(facts: Facts, event: Event, at: Moment) -> None:
    if not event.ground:
        _did(facts, Act(REFUSED_WITHOUT_GROUND, "", at))
    _over(facts, at)


def _ended(facts: Facts, _event: Event, at: Moment) -> None:
    _over(facts, at)
    _end_first(facts, RENEWAL, at)


def _closed(facts: Facts, _event: Event, at: Moment) -> None:
    _over(facts, at)
    if facts.closed is None:
        facts.closed = at


def _over(facts: Facts, at: Moment) -> None:
    """End the case, and with it all that was open but what outlasts it."""
    if facts.over is not None:
        return
    facts.over = at
    for place, run in enumerate(facts.runs):
        if run.end is None and run.what <= REFERRAL:
            _end(facts, place, at)
            if run.what in {STEP, PROCEDURE}:
                facts.flags |= NEVER_ENDED


def _delivered(facts: Facts, _event: Event, at: Moment) -> None:
    _end_first(facts, DELIVERY, at)


def _renewal_applied(facts: Facts, event: Event, at: Moment) -> None:
    if any(run.what == RENEWAL for run in facts.runs):
        return
    due_ms = _possible(facts, event.valid_until_ms)
    if due_ms is None:
        facts.flags |= EXPIRY_NOT_NAMED
    _begin(facts, Run(RENEWAL, "", at, None, due_ms))


def _renewed(facts: Facts, _event: Event, at: Moment) -> None:
    _end_first(facts, RENEWAL, at)


def _fee(facts: Facts, event: Event, at: Moment) -> None:
    if event.fee_project and not any(act.what == FEE and act.of == event.fee_project for act in facts.acts):
        _did(facts, Act(FEE, event.fee_project, at))


def _rated(facts: Facts, event: Event, at: Moment) -> None:
    # There is one at most, so that it is kept whatever else the case has.
    if event.grade in GRADES and not any(act.what == RATED for act in facts.acts):
        facts.acts.append(Act(RATED, str(event.grade), at))


_STEPS: Final[Mapping[int, _Step]] = {
    wire.CASE_EVENT_KIND_APPLIED: _applied,
    wire.CASE_EVENT_KIND_NOT_REQUIRED: _ended,
    wire.CASE_EVENT_KIND_ACCEPTANCE_REFUSED: _refused_acceptance,
    wire.CASE_EVENT_KIND_SUPPLEMENT_REQUESTED: _supplement_requested,
    wire.CASE_EVENT_KIND_SUPPLEMENT_RECEIVED: _supplement_received,
    wire.CASE_EVENT_KIND_ACCEPTED: _accepted,
    wire.CASE_EVENT_KIND_STEP_STARTED: _step_started,
    wire.CASE_EVENT_KIND_STEP_COMPLETED: _step_completed,
    wire.CASE_EVENT_KIND_REFERRED_UP: _referred_up,
    wire.CASE_EVENT_KIND_RETURNED_DOWN: _returned_down,
    wire.CASE_EVENT_KIND_PROCEDURE_STARTED: _procedure_started,
    wire.CASE_EVENT_KIND_PROCEDURE_ENDED: _procedure_ended,
    wire.CASE_EVENT_KIND_EXTENDED: _extended,
    wire.CASE_EVENT_KIND_SUSPENDED: _suspended,
    wire.CASE_EVENT_KIND_RESUMED: _resumed,
    wire.CASE_EVENT_KIND_DECIDED: _decided,
    wire.CASE_EVENT_KIND_CLOSED: _closed,
    wire.CASE_EVENT_KIND_DELIVERED: _delivered,
    wire.CASE_EVENT_KIND_RENEWAL_APPLIED: _renewal_applied,
    wire.CASE_EVENT_KIND_RENEWED: _renewed,
    wire.CASE_EVENT_KIND_RATED: _rated,
    wire.CASE_EVENT_KIND_REFERRED: _referred,
    wire.CASE_EVENT_KIND_FEE: _fee,
    wire.CASE_EVENT_KIND_TERMINATED: _ended,
    wire.CASE_EVENT_KIND_WITHDRAWN: _ended,
    wire.CASE_EVENT_KIND_STEP: _step,
}
