"""Take what was recorded late for no earlier than it can have been known.

Laws: a hall that has said "all up to here is reported" cannot clear a limit afterwards by an event dated before: for supervision
such an event counts from the time up to which the hall had reported. The law's clocks go by the time of the event itself. What a
late record would make worse (a beginning, a resumption) keeps its own time.
"""

from collections.abc import Iterator
from typing import Final

from directory.clocks import facts as kept
from directory.clocks.facts import LATE_RECORDED, Extension, Facts, Moment, Run, copied

_BEGINNING_CLEARS: Final = frozenset({kept.PROCEDURE, kept.SUSPENSION, kept.REFERRAL, kept.TRANSFER})
"""What stops other clocks, or hands them over, by beginning; whatever else there is clears its own clock by ending."""


def as_counted(facts: Facts) -> Facts:
    """Return the facts by which cards are judged: these themselves where nothing was recorded late; they stay as they are."""
    if not any(moment is not None and moment.marks & LATE_RECORDED for moment in _moments(facts)):
        return facts
    counted = copied(facts)
    counted.over = _later(facts.over)
    counted.closed = _later(facts.closed)
    counted.runs = [_run(run) for run in facts.runs]
    counted.extensions = [Extension(_no_earlier(extension.at), extension.days) for extension in facts.extensions]
    return counted


def _moments(facts: Facts) -> Iterator[Moment | None]:
    yield from (facts.over, facts.closed)
    for run in facts.runs:
        yield from (run.start, run.end)
    yield from (extension.at for extension in facts.extensions)


def _run(run: Run) -> Run:
    if run.what in _BEGINNING_CLEARS:
        return run._replace(start=_no_earlier(run.start))
    return run._replace(end=_later(run.end))


def _later(moment: Moment | None) -> Moment | None:
    return None if moment is None else _no_earlier(moment)


def _no_earlier(moment: Moment) -> Moment:
    if not moment.marks & LATE_RECORDED or moment.reported_ms is None:
        return moment
    return moment._replace(at_ms=max(moment.at_ms, moment.reported_ms))
