"""Count the cases of the five halls' logs in the raw files, with nothing of the programs': what a careful reader with a pencil would count.

Laws: a question answered False did not happen; rows count in the order of `position`, never of their times.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

SUSPENDED, RESUMED = {"07_OPS_050", "07_OPS_055"}, {"07_OPS_070"}
ACCEPTED = "01_HOOFD_195"
NEVER_BEFORE, NEVER_AFTER = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)


class Act(NamedTuple):
    """One row of a case that happened."""

    position: int
    code: str
    answer: str
    at: datetime


@dataclass(slots=True)
class HallCount:
    """What one hall's files hold; `rows` with those answered False, `happened` without."""

    rows: int = 0
    happened: int = 0
    cases: int = 0
    open: int = 0
    suspended: int = 0
    unaccepted: int = 0
    decided_twice_said: int = 0
    """Cases that hold both the permit drawn up and the phase "decision taken"."""
    states: Counter[str] = field(default_factory=Counter)
    first: datetime = NEVER_BEFORE
    last: datetime = NEVER_AFTER


def acts_of(events: Path) -> tuple[int, dict[str, list[Act]]]:
    """Return how many rows a hall's file of events has, and what happened in each case."""
    rows, found = 0, dict[str, list[Act]]()
    with gzip.open(events, "rt", encoding="utf-8", newline="") as lines:
        for rows, row in enumerate(csv.DictReader(lines), start=1):  # noqa: B007 - counts
            acts = found.setdefault(row["case_id"], [])
            if row["answer"] != "False":
                at = datetime.fromisoformat(row["occurred_at"])
                acts.append(Act(int(row["position"]), row["activity_code"], row["answer"], at))
    return rows, {case: sorted(acts) for case, acts in found.items()}


def counted(rows: int, cases: Mapping[str, list[Act]]) -> HallCount:
    """Count one hall's cases."""
    found = HallCount(rows=rows)
    for acts in cases.values():
        times = [act.at for act in acts]
        found.happened += len(acts)
        found.first, found.last = min(found.first, *times), max(found.last, *times)
        _count(found, acts)
    return found


def _count(found: HallCount, acts: list[Act]) -> None:
    codes = [act.code for act in acts]
    is_open, held = "05_EIND_065" not in codes, _is_held(codes)
    found.cases += 1
    found.open += is_open
    found.suspended += is_open and held
    found.unaccepted += ACCEPTED not in codes
    found.decided_twice_said += {"01_HOOFD_490_1", "01_HOOFD_495"} <= set(codes)
    found.states[_state(acts, codes)] += 1


def decisions(codes: list[str]) -> list[int]:
    """Return where the decision stands: the permit drawn up is one only where no phase "decision taken" is."""
    wanted = "01_HOOFD_495" if "01_HOOFD_495" in codes else "01_HOOFD_490_1"
    return [place for place, code in enumerate(codes) if code == wanted]


def _is_held(codes: list[str]) -> bool:
    """Tell whether the last word is a suspension: a decision ends whatever was suspended before it."""
    since = max(decisions(codes), default=-1) + 1
    return _is_on(codes[since:], SUSPENDED, RESUMED)


def _is_on(codes: Iterable[str], on: set[str], off: set[str]) -> bool:
    """Tell whether the last of these that came switched it on."""
    last = [code for code in codes if code in on | off][-1:]
    return bool(last) and last[0] in on


def _state(acts: list[Act], codes: list[str]) -> str:
    for code, state in (("05_EIND_065", "terminated"), ("01_HOOFD_510_2", "delivered")):
        if code in codes:
            return state
    if decisions(codes):
        return "decided"
    if _is_on(codes, SUSPENDED, RESUMED):
        return "suspended"
    # The first acceptance settles what was asked for before it; a second one says nothing new.
    behind = codes[codes.index(ACCEPTED) + 1 :] if ACCEPTED in codes else codes
    if _is_on(behind, {"08_AWB45_020_2"}, {"08_AWB45_030"}):
        return "supplement_requested"
    if _procedures(acts):
        return "in_procedure"
    return _reached(acts, codes)


def _procedures(acts: list[Act]) -> int:
    running = 0
    for act in acts:
        running += (act.code, act.answer) == ("10_UOV_010", "True")
        running -= act.code == "10_UOV_060" and running > 0
    return running


def _reached(acts: list[Act], codes: list[str]) -> str:
    if ACCEPTED in codes:
        return "accepted"
    if any((act.code, act.answer) == ("02_DRZ_010", "True") for act in acts):
        return "referred"
    return "applied" if "01_HOOFD_010" in codes else "reported"
