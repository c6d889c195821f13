"""Keep together a rectification as it was opened, what happened to it, and the words that were said of it.

Laws: what was opened never changes; a move that would be odd (directory.supervision.rectification) is not made.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from directory.errors import MessageMalformed
from directory.refusal import Refused
from directory.supervision import rectification as rules
from directory.supervision.cause import Cause
from directory.supervision.rectification import RatingEvent, RatingEventKind, Rectification, RectificationPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRectification:
    """A rectification as the hub opened it, for the issuer; `reply_days` are working days, counted from the day on which it was opened."""

    rectification: str
    hall: str
    issuer: str
    cause: Cause
    grade: int
    rated_at: datetime
    reply_days: int
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationAct:
    """One thing that is done to a rectification. `opened` is that of RATED, `contact` of ANSWERED, `reply_days` of RETURNED.

    `text` is the answer, or why it does not do, or why the rectification is closed or withdrawn.
    """

    kind: str
    at: datetime
    text: str = ""
    contact: str = ""
    reply_days: int = rules.WITHIN
    escalation: str = ""
    opened: OpenedRectification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationFile:
    """A rectification, where it stands, the last answer with what the applicant said, why it went up, and the last remark on it."""

    opened: OpenedRectification
    state: Rectification
    answer: str = ""
    contact: str = ""
    escalation: str = ""
    remark: str = ""


_REMARKS: Final = frozenset({RatingEventKind.RETURNED, RatingEventKind.CLOSED, RatingEventKind.WITHDRAWN})


def fold(file: RectificationFile | None, act: RectificationAct) -> RectificationFile:
    """Return a file after one more act; raises MessageMalformed for an act on a rectification that was never opened."""
    if file is None:
        if act.opened is None:
            raise MessageMalformed("an event of a rectification that nobody opened")
        file = RectificationFile(opened=act.opened, state=Rectification())
    state = rules.fold(file.state, _event(act))
    after = replace(file, state=state)
    if state.phase is file.state.phase:  # what is odd changes no word
        return after
    if act.kind == RatingEventKind.ANSWERED:
        return replace(after, answer=act.text, contact=act.contact)
    if act.kind == RatingEventKind.ESCALATED:
        return replace(after, escalation=act.escalation)
    return replace(after, remark=act.text) if act.kind in _REMARKS else after


def _event(act: RectificationAct) -> RatingEvent:
    opened = act.opened
    if opened is None:
        return RatingEvent(act.kind, act.at, within=act.reply_days)
    return RatingEvent(act.kind, opened.rated_at, opened.grade, asked_at=act.at, within=opened.reply_days)


def done(file: RectificationFile, act: RectificationAct) -> RectificationFile | Refused:
    """Do something to a rectification: the file after it, the same file when it is so already, or why it is not done."""
    if _is_so(file, act):
        return file
    after = fold(file, act)
    if new := after.state.flags - file.state.flags:
        return Refused(f"the rectification is {file.state.phase}: as it stands this is {', '.join(sorted(new))}")
    return after


def _is_so(file: RectificationFile, act: RectificationAct) -> bool:
    phase = file.state.phase
    if act.kind == RatingEventKind.ANSWERED:
        return phase is RectificationPhase.ANSWERED and (file.answer, file.contact) == (act.text, act.contact)
    if act.kind == RatingEventKind.RETURNED:
        return phase is RectificationPhase.OPEN and file.state.answered_at is not None and file.remark == act.text
    if act.kind == RatingEventKind.WITHDRAWN:
        return phase is RectificationPhase.WITHDRAWN
    return act.kind == RatingEventKind.CLOSED and phase is RectificationPhase.CLOSED and file.remark == act.text
