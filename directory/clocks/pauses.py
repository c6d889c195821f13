"""Say what stops the clocks of a case: the statutory ones, and those that run on a promise.

Laws: a special procedure stops what the item's list says; one that only its kind is known of, what the law says of the kind
(Art 45; 现场踏勘 and 公示 are not in it); one of which nothing is known, and a suspension (中止), stop the statutory clock only with a
cited basis. Time at the upper organ is not the lower one's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from directory.clocks import facts as kept
from directory.clocks.clock import Clock, Reason
from directory.clocks.facts import Facts, Run
from directory.clocks.limits import Limits, LocalRules, ProcedureLimit, procedure_limit
from directory.clocks.reckoning import Pause
from directory.clocks.vocabulary import ART_43, ART_45, ITEM, LOCAL, Because, StopCause


@dataclass(frozen=True, slots=True)
class Pauses:
    """What stops the statutory clocks, what the promised ones, and why something that looks like a stop is none by law."""

    statutory: tuple[Pause, ...]
    promised: tuple[Pause, ...]
    not_by_law: tuple[Reason, ...]


_UNKNOWN = ProcedureLimit(None, stops_statutory=False, stops_promised=True)


def pauses_of(facts: Facts, limits: Limits, local: LocalRules, procedures: Sequence[Clock]) -> Pauses:
    """Return what stops the clocks of a case; `procedures` are the clocks of its special procedures, in the order of their runs."""
    statutory: list[Pause] = []
    promised: list[Pause] = []
    not_by_law: list[Reason] = []
    dues = iter(procedures)
    for run in facts.runs:
        if run.what == kept.PROCEDURE:
            due = next(dues).due
            cap = due.day if due and local.promised_resumes_past_limit else None
            _procedure(run, limits, cap, (statutory, promised, not_by_law))
        elif run.what == kept.SUSPENSION:
            _suspension(run, (statutory, promised, not_by_law))
        elif run.what == kept.REFERRAL:
            pause = Pause(StopCause.REFERRAL, "", run.start, run.end, ART_43, ART_43)
            statutory.append(pause)
            promised.extend([pause] if local.referral_stops_promised else [])
    return Pauses(tuple(statutory), tuple(promised), tuple(not_by_law))


_Lists = tuple[list[Pause], list[Pause], list[Reason]]


def _procedure(run: Run, limits: Limits, cap: date | None, lists: _Lists) -> None:
    statutory, promised, not_by_law = lists
    known = procedure_limit(limits, run.of) or _UNKNOWN
    rule = ART_45 if known.by_law else ITEM
    pause = Pause(StopCause.PROCEDURE, run.of, run.start, run.end, run.basis, run.basis or rule)
    # Another law than Art 45 may exclude a procedure's time: then the event cites it.
    if known.stops_statutory or run.basis:
        statutory.append(pause)
    else:
        not_by_law.append(Reason(Because.STOP_NOT_BY_LAW, ART_45, run.start, run.end, of=run.of))
    if known.stops_promised:
        promised.append(pause._replace(cap=cap, rule=LOCAL if cap else pause.rule))


def _suspension(run: Run, lists: _Lists) -> None:
    statutory, promised, not_by_law = lists
    pause = Pause(StopCause.SUSPENSION, "", run.start, run.end, run.basis, run.basis or LOCAL)
    promised.append(pause)
    if run.basis:
        statutory.append(pause)
    else:
        not_by_law.append(Reason(Because.STOP_WITHOUT_BASIS, "", run.start, run.end))
