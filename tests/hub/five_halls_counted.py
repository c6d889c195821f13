"""Count the cases of the five halls' logs in the raw files, with nothing of the programs': what a careful reader with a pencil would count.

Laws: a question answered False did not happen; rows count in the order of `position`, never of their times.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

SUSPENDED, RESUMED = {"07_OPS_050", "07_OPS_055"}, {"07_OPS_070"}
ACCEPTED = "01_HOOFD_195"


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
    first: datetime = datetime.max.replace(tzinfo=UTC)
    last: datetime = datetime.min.replace(tzinfo=UTC)


def counted(events: Path) -> HallCount:
    """Count one hall's file of events."""
    found = HallCount()
    cases: dict[str, list[tuple[int, str, str]]] = {}
    with gzip.open(events, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.rows += 1
            acts = cases.setdefault(row["case_id"], [])
            if row["answer"] != "False":
                found.happened += 1
                acts.append((int(row["position"]), row["activity_code"], row["answer"]))
                at = datetime.fromisoformat(row["occurred_at"])
                found.first, found.last = min(found.first, at), max(found.last, at)
    for acts in cases.values():
        _count(found, [(code, answer) for _, code, answer in sorted(acts)])
    return found


def _count(found: HallCount, acts: list[tuple[str, str]]) -> None:
    codes = [code for code, _ in acts]
    is_open, held = "05_EIND_065" not in codes, _is_held(codes)
    found.cases += 1
    found.open += is_open
    found.suspended += is_open and held
    found.unaccepted += ACCEPTED not in codes
    found.decided_twice_said += {"01_HOOFD_490_1", "01_HOOFD_495"} <= set(codes)
    found.states[_state(acts, codes)] += 1


def _decisions(codes: list[str]) -> list[int]:
    wanted = "01_HOOFD_495" if "01_HOOFD_495" in codes else "01_HOOFD_490_1"
    return [place for place, code in enumerate(codes) if code == wanted]


def _is_held(codes: list[str]) -> bool:
    """Tell whether the last word is a suspension: a decision ends whatever was suspended before it."""
    since = max(_decisions(codes), default=-1) + 1
    return _is_on(codes[since:], SUSPENDED, RESUMED)


def _is_on(codes: Iterable[str], on: set[str], off: set[str]) -> bool:
    """Tell whether the last of these that came switched it on."""
    last = [code for code in codes if code in on | off][-1:]
    return bool(last) and last[0] in on


def _state(acts: list[tuple[str, str]], codes: list[str]) -> str:
    for code, state in (("05_EIND_065", "terminated"), ("01_HOOFD_510_2", "delivered")):
        if code in codes:
            return state
    if _decisions(codes):
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


def _procedures(acts: list[tuple[str, str]]) -> int:
    running = 0
    for code, answer in acts:
        running += (code, answer) == ("10_UOV_010", "True")
        running -= code == "10_UOV_060" and running > 0
    return running


def _reached(acts: list[tuple[str, str]], codes: list[str]) -> str:
    if ACCEPTED in codes:
        return "accepted"
    if ("02_DRZ_010", "True") in acts:
        return "referred"
    return "applied" if "01_HOOFD_010" in codes else "reported"
