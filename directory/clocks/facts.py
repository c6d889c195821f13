"""Keep of a case's events what its clocks are computed from.

Laws: what is kept is plain values, so that it fits one column of a read model and two folds of the same events are equal; it
names no day and no calendar, which are looked at only when clocks are read. Times are Unix milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

LATE_RECORDED: Final = 1 << 0
"""Dated before a time up to which the hall had already reported all it had."""
SKEWED: Final = 1 << 1
"""Told by a clock that was wrong: such a time feeds no card."""
IMPOSSIBLE: Final = 1 << 2
"""A time at which no case was handled."""
MARKS: Final[Mapping[int, str]] = {LATE_RECORDED: "late_recorded", SKEWED: "skewed", IMPOSSIBLE: "impossible_time"}
"""What each bit of an event's `marks` says of its time."""

EARLIEST_MS: Final = 315_504_000_000
"""1980-01-01 in Beijing; the registers begin there."""
LATEST_MS: Final = 7_258_089_600_000
"""2200-01-01 in Beijing."""
AHEAD_MS: Final = 5 * 60 * 1000
"""How far a hall's clock may be ahead of the hub's."""

IMPOSSIBLE_TIME: Final = 1 << 0
STEP_STARTED_TWICE: Final = 1 << 1
STEP_ENDED_WITHOUT_START: Final = 1 << 2
PROCEDURE_NOT_NAMED: Final = 1 << 3
STOPPED_WITHOUT_BASIS: Final = 1 << 4
EXPIRY_NOT_NAMED: Final = 1 << 5
TOO_MANY: Final = 1 << 6
NEVER_ENDED: Final = 1 << 7
ENDED_BEFORE_START: Final = 1 << 8
IMPOSSIBLE_LIMIT: Final = 1 << 9
TOLD_AHEAD: Final = 1 << 10
FLAGS: Final[Mapping[int, str]] = {
    IMPOSSIBLE_TIME: "impossible_time",
    STEP_STARTED_TWICE: "step_started_twice",
    STEP_ENDED_WITHOUT_START: "step_ended_without_start",
    PROCEDURE_NOT_NAMED: "procedure_not_named",  # nothing says what it stops
    STOPPED_WITHOUT_BASIS: "stopped_without_basis",  # so it stops the promised clock alone
    EXPIRY_NOT_NAMED: "expiry_not_named",  # a renewal of nobody knows what
    TOO_MANY: "too_many",  # more than MOST_RUNS: what came later starts no clock
    NEVER_ENDED: "never_ended",  # a step or procedure was still open when the case was over
    ENDED_BEFORE_START: "ended_before_start",
    TOLD_AHEAD: "told_ahead",  # by a clock that was ahead: no clock that rests on such a time gives a card
    IMPOSSIBLE_LIMIT: "impossible_limit",  # a procedure longer than any limit; it is taken for one without
}
"""What each bit of `Facts.flags` says of a case, besides the flags of its lifecycle."""

MOST_RUNS: Final = 256
"""Of steps, procedures and the like that one case keeps; a hall that sends more is broken, or worse."""
MOST_ACTS: Final = 16

NOTICE: Final = 0
STEP: Final = 1
PROCEDURE: Final = 2
SUSPENSION: Final = 3
REFERRAL: Final = 4
DELIVERY: Final = 5
RENEWAL: Final = 6
TRANSFER: Final = 7
"""Of the case to the hall that has it from then on; nothing ends it, and it has no clock."""

REFUSED_WITHOUT_GROUND: Final = 0
FEE: Final = 1
OUTSIDE: Final = 2
RATED: Final = 3
"""Of a rating the act is about its grade; only the first one that has a grade is an act."""


class Moment(NamedTuple):
    """An event that counts for a clock: its kind, when it happened, the ledger index by which it is cited, its marks.

    `reported_ms` is None but for an event that was recorded late: up to when the hall had reported all it had before.
    """

    kind: int
    at_ms: int
    ref: int = -1
    marks: int = 0
    reported_ms: int | None = None


class Run(NamedTuple):
    """Something that was begun and, perhaps, ended: `what` is NOTICE to TRANSFER, `of` its name.

    `due_ms` and `days` are the limit that the event itself gave; `hall` has it meanwhile, empty for the case's own.
    """

    what: int
    of: str
    start: Moment
    end: Moment | None = None
    due_ms: int | None = None
    days: int = 0
    basis: str = ""
    hall: str = ""


class Extension(NamedTuple):
    """An extension of the limit; 0 days where the event names none."""

    at: Moment
    days: int


class Act(NamedTuple):
    """An act that a rule of supervision may look at: `what` is REFUSED_WITHOUT_GROUND, FEE, OUTSIDE or RATED."""

    what: int
    of: str
    at: Moment


class Promise(NamedTuple):
    """A promised limit that an event states as a time."""

    by_ms: int
    stated: Moment


@dataclass(slots=True)
class Facts:
    """What the clocks of one case are computed from.

    `hall` is the first hall that told of the case, `with_hall` the one that it was handed to; `over` is the first act that ended
    or decided it, `closed` the closing of its file. `runs` are in the order in which they were begun.
    """

    item_code: str = ""
    hall: str = ""
    with_hall: str = ""
    flags: int = 0
    notices: int = 0
    accepted: Moment | None = None
    over: Moment | None = None
    closed: Moment | None = None
    promise: Promise | None = None
    runs: list[Run] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


def copied(facts: Facts) -> Facts:
    """Return facts of their own, equal to these."""
    return Facts(
        facts.item_code,
        facts.hall,
        facts.with_hall,
        facts.flags,
        facts.notices,
        facts.accepted,
        facts.over,
        facts.closed,
        facts.promise,
        list(facts.runs),
        list(facts.extensions),
        list(facts.acts),
    )


def values(facts: Facts) -> tuple[Any, ...]:
    """Return all that facts hold, as JSON can write it: `restored` makes equal facts of it."""
    return (
        facts.item_code,
        facts.hall,
        facts.with_hall,
        facts.flags,
        facts.notices,
        facts.accepted,
        facts.over,
        facts.closed,
        facts.promise,
        facts.runs,
        facts.extensions,
        facts.acts,
    )


def restored(held: Any) -> Facts:  # noqa: ANN401 - what JSON made of `values`
    """Return the facts of which `values` was written; raises TypeError or ValueError for what it never writes."""
    item_code, hall, with_hall, flags, notices, accepted, over, closed, promise, runs, extensions, acts = held
    return Facts(
        item_code,
        hall,
        with_hall,
        flags,
        notices,
        _moment(accepted),
        _moment(over),
        _moment(closed),
        None if promise is None else Promise(promise[0], Moment(*promise[1])),
        [Run(what, of, Moment(*start), _moment(end), *rest) for what, of, start, end, *rest in runs],
        [Extension(Moment(*at), days) for at, days in extensions],
        [Act(what, of, Moment(*at)) for what, of, at in acts],
    )


def _moment(held: Any) -> Moment | None:  # noqa: ANN401 - as above
    return None if held is None else Moment(*held)


def marks(occurred_at_ms: int, accepted_at_ms: int, reported_up_to_ms: int | None) -> int:
    """Say what is odd about the time of an event that the hub accepted just now.

    `reported_up_to_ms` is the hall's watermark before: the time up to which it had reported all it had; None when it never said.
    """
    found = LATE_RECORDED if reported_up_to_ms is not None and occurred_at_ms < reported_up_to_ms else 0
    if occurred_at_ms > accepted_at_ms + AHEAD_MS:
        found |= SKEWED
    return found


def is_possible(at_ms: int) -> bool:
    """Tell whether a case may have been handled at a time."""
    return EARLIEST_MS <= at_ms < LATEST_MS


def flag_names(flags: int) -> list[str]:
    """Spell out a set of flags of `Facts`."""
    return [name for bit, name in FLAGS.items() if flags & bit]
