"""Read the clocks of a case: every limit that runs in it, or ran, as of a moment.

Laws: the case's clock starts with acceptance, written or deemed (Art 32(4)), not with the application; what stops the statutory
clock is a procedure that the law excludes, a cited basis, or the time at another organ; the promised one is stopped by what its
rules say. The same facts, limits, calendar and moment give the same clocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from directory.calendar import Calendar, beijing_day
from directory.clocks import facts as kept
from directory.clocks.clock import Clock, Reason
from directory.clocks.facts import Facts, Moment, Run
from directory.clocks.limits import DECISION, Limits, LocalRules, procedure_limit
from directory.clocks.pauses import Pauses, pauses_of
from directory.clocks.reckoning import Reckoned, Term, reckon
from directory.clocks.terms import day_of
from directory.clocks.vocabulary import (
    ART_32,
    ART_42,
    ART_43,
    ART_44,
    ART_45,
    ART_50,
    EVENT,
    ITEM,
    LOCAL,
    Because,
    ClockKind,
    ClockState,
)
from directory.items.service_items import Limit
from tongban.case.v1 import case_pb2 as wire

_PAST = frozenset({ClockState.OVERDUE, ClockState.MISSED})
_Named = tuple[ClockKind, str, tuple[str, ...]]
"""Kind, of what, and the halls whose word may end it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What limits hold for a case, and whose days count."""

    limits: Limits
    local: LocalRules
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class _Intake:
    """How a case came in: its notice clocks, and what its own clocks start with."""

    notices: tuple[Clock, ...]
    start: Moment | None
    deemed: bool


def clocks(facts: Facts, rules: Rules, now: datetime) -> tuple[Clock, ...]:
    """Return the clocks of a case as of a moment; raises CalendarExceeded for a limit that no law has.

    First those of the intake, then the case's own, its steps and procedures, the referral, delivery and renewal.
    """
    today = beijing_day(now)
    intake = _intake(facts, rules, today)
    procedures = tuple(_procedures(facts, rules, today))
    pauses = pauses_of(facts, rules.limits, rules.local, procedures)
    handed = tuple((run.start.at_ms, run.hall) for run in _runs(facts, kept.TRANSFER))
    found = (
        *intake.notices,
        *_case(facts, rules, intake, pauses, today),
        *_steps(facts, rules, pauses, today),
        *procedures,
        *_reviews(facts, rules, intake, pauses, today),
        *_after(facts, rules, today),
    )
    return tuple(replace(clock, handed=(*handed, *clock.handed)) for clock in found) if handed else found


def accepted_at(facts: Facts, rules: Rules, now: datetime) -> tuple[Moment | None, bool]:
    """Return the event with which the case's clocks start, None while they do not, and whether acceptance is deemed (视为受理)."""
    intake = _intake(facts, rules, beijing_day(now))
    return intake.start, intake.deemed


def _intake(facts: Facts, rules: Rules, today: date) -> _Intake:
    notices: list[Clock] = []
    for run in _runs(facts, kept.NOTICE):
        term = Term(start=run.start, end=run.end, rule=ART_32, limit=Limit(rules.local.notice_days))
        clock = _clock((ClockKind.SUPPLEMENT_NOTICE, run.of, _halls(facts)), term, reckon(term, rules.calendar, today))
        if clock.state in _PAST and rules.limits.deems_accepted:
            notices.append(_deemed(clock, Reason(Because.DEEMED_ACCEPTED, ART_32, run.start, day=day_of(run.start.at_ms))))
            # Accepted by law: whatever came in later, or was asked for, is part of a case that runs.
            return _Intake(tuple(notices), run.start, deemed=True)
        notices.append(clock)
    return _Intake(tuple(notices), facts.accepted, deemed=False)


def _deemed(clock: Clock, reason: Reason) -> Clock:
    return replace(clock, state=ClockState.DEEMED, why=(*clock.why, reason))


def _case(facts: Facts, rules: Rules, intake: _Intake, pauses: Pauses, today: date) -> Iterator[Clock]:
    if intake.start is None:
        return
    opening = Reason(Because.STARTED_DEEMED if intake.deemed else Because.STARTED, ART_32 if intake.deemed else ART_42, intake.start)
    if statutory := _statutory(facts, rules, intake.start, pauses):
        found = reckon(statutory, rules.calendar, today)
        said = [opening, *(() if rules.limits.known else (Reason(Because.LIMIT_ASSUMED, ART_42),)), *pauses.not_by_law]
        yield _clock((ClockKind.CASE_STATUTORY, "", _halls(facts)), statutory, found, said)
    if promised := _promised(facts, rules, intake.start, pauses):
        clock = _clock((ClockKind.CASE_PROMISED, "", _halls(facts)), promised, reckon(promised, rules.calendar, today), [opening])
        silent = rules.local.silence_grants and clock.state in _PAST
        yield _deemed(clock, Reason(Because.DEEMED_GRANTED, LOCAL)) if silent else clock


def _statutory(facts: Facts, rules: Rules, start: Moment, pauses: Pauses) -> Term | None:
    if rules.limits.statutory is None:
        return None
    return Term(
        start=start,
        end=facts.over,
        rule=ITEM if rules.limits.known else ART_42,
        limit=rules.limits.statutory,
        pauses=pauses.statutory,
        extensions=facts.extensions,
        most_extension=rules.limits.extension_days,
    )


def _promised(facts: Facts, rules: Rules, start: Moment, pauses: Pauses) -> Term | None:
    """Say how the promised limit runs: until the time that an event gave, else by the item's list."""
    stated = facts.promise
    if stated is None and rules.limits.promised is None:
        return None
    return Term(
        start=start,
        end=_kept_promise(facts) if rules.local.promised_until_closed else facts.over,
        rule=EVENT if stated else ITEM,
        limit=None if stated else rules.limits.promised,
        by=day_of(stated.by_ms) if stated else None,
        stated=stated.stated if stated else None,
        pauses=pauses.promised,
        extensions=facts.extensions,
        most_extension=rules.limits.extension_days if rules.local.extension_moves_promised else 0,
    )


def _kept_promise(facts: Facts) -> Moment | None:
    """Return what ends a promise that runs to the closing of the file: a decision alone does not."""
    decided = facts.over is not None and facts.over.kind == wire.CASE_EVENT_KIND_DECIDED
    return facts.closed if decided else facts.over


def _steps(facts: Facts, rules: Rules, pauses: Pauses, today: date) -> Iterator[Clock]:
    for run in _runs(facts, kept.STEP):
        known = rules.limits.steps.get(run.of)
        by = day_of(run.due_ms) if run.due_ms is not None else None
        if known is None and by is None:
            continue
        term = Term(
            start=run.start,
            end=run.end,
            rule=ITEM if by is None else EVENT,
            limit=known.limit if known and by is None else None,
            by=by,
            # A step that is a special procedure is not stopped by it.
            pauses=[pause for pause in pauses.promised if not (known and known.procedure and pause.of == known.procedure)],
        )
        yield _clock((ClockKind.STEP, run.of, _halls(facts)), term, reckon(term, rules.calendar, today))


def _procedures(facts: Facts, rules: Rules, today: date) -> Iterator[Clock]:
    """Yield the clocks of special procedures; nothing stops them."""
    for run in _runs(facts, kept.PROCEDURE):
        known = procedure_limit(rules.limits, run.of)
        by = day_of(run.due_ms) if run.due_ms is not None else None
        told = Limit(run.days) if run.days else None
        # What the applicant was told in writing (Art 45) goes before the usual length of the list.
        limit = told or (known.limit if known else None)
        rule = EVENT if told or by else ITEM if limit else ART_45
        term = Term(start=run.start, end=run.end, rule=rule, limit=None if by else limit, by=by)
        yield _clock((ClockKind.PROCEDURE, run.of, _halls(facts)), term, reckon(term, rules.calendar, today))


def _reviews(facts: Facts, rules: Rules, intake: _Intake, pauses: Pauses, today: date) -> Iterator[Clock]:
    """Yield the two clocks of a referral: the lower organ's until its opinion goes up, the upper organ's from then on."""
    referrals = _runs(facts, kept.REFERRAL)
    own = [pause for pause in pauses.statutory if pause.start not in {run.start for run in referrals}]
    if intake.start is not None and (referrals or rules.limits.lower_review):
        end = referrals[0].start if referrals else facts.over
        term = Term(start=intake.start, end=end, rule=ART_43, limit=rules.limits.lower_review or DECISION, pauses=own)
        yield _clock((ClockKind.LOWER_REVIEW, "", _halls(facts)), term, reckon(term, rules.calendar, today))
    for run in referrals:
        limit = rules.limits.statutory or DECISION
        term = Term(
            start=run.start,
            end=run.end,
            rule=ART_42,
            limit=limit,
            pauses=own,
            extensions=[extension for extension in facts.extensions if extension.at.at_ms >= run.start.at_ms],
            most_extension=rules.limits.extension_days,
        )
        clock = _clock((ClockKind.UPPER_REVIEW, run.of, _halls(facts, run.hall)), term, reckon(term, rules.calendar, today))
        yield replace(clock, handed=((run.start.at_ms, run.hall),)) if run.hall else clock


def _after(facts: Facts, rules: Rules, today: date) -> Iterator[Clock]:
    """Yield what runs when the case is over."""
    for run in _runs(facts, kept.DELIVERY):
        if rules.limits.delivers:
            term = Term(start=run.start, end=run.end, rule=ART_44, limit=Limit(rules.local.delivery_days))
            yield _clock((ClockKind.DELIVERY, run.of, _halls(facts)), term, reckon(term, rules.calendar, today))
    for run in _runs(facts, kept.RENEWAL):
        term = Term(start=run.start, end=run.end, rule=ART_50, by=day_of(run.due_ms) if run.due_ms is not None else None)
        clock = _clock((ClockKind.RENEWAL, run.of, _halls(facts)), term, reckon(term, rules.calendar, today))
        yield _renewal(clock, rules.local)


def _renewal(clock: Clock, local: LocalRules) -> Clock:
    """Judge a renewal: what was applied for in time and not decided before the expiry is renewed by law (视为准予延续)."""
    if clock.due is None:
        return clock
    too_late = day_of(clock.started.at_ms) > clock.due.day - timedelta(local.renewal_ahead_days)
    if too_late:
        return replace(clock, why=(*clock.why, Reason(Because.RENEWAL_TOO_LATE, ART_50, clock.started, days=local.renewal_ahead_days)))
    return _deemed(clock, Reason(Because.DEEMED_RENEWED, ART_50, day=clock.due.day)) if clock.state in _PAST else clock


def _runs(facts: Facts, what: int) -> Sequence[Run]:
    return [run for run in facts.runs if run.what == what]


def _halls(facts: Facts, other: str = "") -> tuple[str, ...]:
    """Name the halls whose word may end a clock: the case's own, and those that have had it since."""
    had = (run.hall for run in _runs(facts, kept.TRANSFER))
    return tuple(dict.fromkeys((facts.hall, *(hall for hall in (*had, facts.with_hall, other) if hall))))


def _clock(named: _Named, term: Term, found: Reckoned, opening: Sequence[Reason] = ()) -> Clock:
    kind, of, halls = named
    return Clock(
        kind=kind,
        of=of,
        halls=halls,
        started=term.start,
        limit=term.limit,
        extra_days=found.extra_days,
        stops=tuple(found.stops),
        due=found.due,
        ended=term.end,
        state=found.state,
        used=found.used,
        left=found.left,
        why=(*(opening or [Reason(Because.STARTED, term.rule, term.start, of=of)]), *found.why),
    )
