"""Fold what was said in a thread (业务指导), whichever way it came, into how the thread stands.

Laws: what one hall said stays in the order of its journal; across the two halls the time at which a thing was said decides, then the
asking hall goes first, so that both halls and the hub fold alike, also what the hub has not heard yet. Nothing makes the fold fail: what
should not have been said is flagged, kept, and changes nothing, but for one: a question asked further of a closed thread reopens it, for
nothing that waits may be out of sight.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from directory.calendar import beijing_day
from directory.guidance.vocabulary import SAID_BY, WAITING, Flag, Kind, Side, State

GRADES: Final = range(1, 6)
"""From the worst to the best."""
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class About:
    """What a thread is about: a case, an item, or nothing of the kind."""

    case_hall: str = ""
    case_number: str = ""
    item_code: str = ""


NOTHING: Final = About()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who asks whom about what, as the message that began the thread says it; an empty department is any."""

    asking_hall: str
    guiding_hall: str
    department: str = ""
    about: About = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a hall said; `place` is its order in what the hall said, `ref` the caller's own name for it.

    `question` is that of an ASKED. Raises ValueError for a moment without a time zone.
    """

    ref: int
    kind: Kind
    hall: str
    at: datetime
    place: int
    grade: int = 0
    question: Question | None = None

    def __post_init__(self) -> None:
        beijing_day(self.at)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was waited for: since when, and when it came."""

    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """How a thread stands. `waiting_since` is when the first question was asked that nobody has answered; `grade` of the last closing."""

    state: State = State.UNKNOWN
    question: Question | None = None
    asked_at: datetime | None = None
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    grade: int = 0
    replies: tuple[Reply, ...] = ()
    last_at: datetime | None = None
    messages: int = 0
    flags: frozenset[Flag] = frozenset()

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is awaited."""
        return self.state in WAITING


@dataclass(frozen=True, slots=True)
class Folded:
    """How a thread stands, what was said in the order of the fold, and what is odd about any of it, by its `ref`."""

    thread: Thread
    order: tuple[Said, ...]
    odd: Mapping[int, Flag]


def fold(said: Iterable[Said]) -> Folded:
    """Fold all that was said in one thread, given in any order, each thing once."""
    ordered = in_order(said)
    thread, odd = Thread(), {}
    for one in ordered:
        thread, flag = _after(thread, one)
        if flag is not None:
            odd[one.ref] = flag
    return Folded(thread, tuple(ordered), odd)


def in_order(said: Iterable[Said]) -> list[Said]:
    """Put what was said in the order of the fold; a thing dated before an earlier one of its hall counts as of that time.

    Nobody answers before the question, whatever the clock of the other hall says.
    """
    latest: dict[str, datetime] = {}
    placed: list[Said] = []
    for one in sorted(said, key=lambda each: (each.hall, each.place)):
        latest[one.hall] = max(latest.get(one.hall, one.at), one.at)
        placed.append(replace(one, at=latest[one.hall]))
    first = next((one for one in placed if one.question is not None and one.question.asking_hall == one.hall), None)
    if first is not None:
        placed = [one if one.hall == first.hall else replace(one, at=max(one.at, first.at)) for one in placed]
    asker = first.hall if first is not None else ""
    return sorted(placed, key=lambda each: (each.at, each.hall != asker, each.hall, each.place))


def next_moment(said: Iterable[Said], now: datetime) -> datetime:
    """Date what is said now behind all that was said before, though the clock of another hall goes ahead."""
    return max([now, *(one.at + _TICK for one in said)])


def fault(said: Sequence[Said], more: Said) -> Flag | None:
    """Say what would be odd about one thing more, dated by `next_moment`; None when nothing is."""
    return fold([*said, more]).odd.get(more.ref)


_Step = tuple[Thread, Flag | None]


def _after(thread: Thread, said: Said) -> _Step:
    after, flag = _judged(thread, said)
    flags = thread.flags if flag is None else thread.flags | {flag}
    return replace(after, flags=flags, last_at=said.at, messages=thread.messages + 1), flag


def _judged(thread: Thread, said: Said) -> _Step:
    question = thread.question or said.question
    if question is None:
        return thread, Flag.NOT_ASKED
    if not SAID_BY[said.kind].intersection(_sides(question, said.hall)):
        return thread, Flag.FOREIGN_HALL
    if said.kind is not Kind.ASKED and thread.question is None:
        return thread, Flag.NOT_ASKED
    return _STEPS[said.kind](thread, said)


def _sides(question: Question, hall: str) -> frozenset[Side]:
    halls = {Side.ASKING: question.asking_hall, Side.GUIDING: question.guiding_hall}
    return frozenset(side for side, name in halls.items() if name == hall)


def _asked(thread: Thread, said: Said) -> _Step:
    if thread.question is not None or said.question is None:
        return thread, Flag.REPEATED
    return replace(thread, state=State.ASKED, question=said.question, asked_at=said.at, waiting_since=said.at), None


def _answered(thread: Thread, said: Said) -> _Step:
    replies = thread.replies
    if thread.waiting_since is not None:
        replies = (*replies, Reply(thread.waiting_since, said.at))
    if thread.state is State.CLOSED:
        return replace(thread, answered_at=said.at), Flag.AFTER_CLOSE
    return replace(thread, state=State.ANSWERED, answered_at=said.at, waiting_since=None, replies=replies), None


def _followed_up(thread: Thread, said: Said) -> _Step:
    if thread.state is State.CLOSED:
        return _again(thread, said), Flag.AFTER_CLOSE
    since = thread.waiting_since or said.at
    return replace(thread, state=State.FOLLOWED_UP, waiting_since=since), None


def _closed(thread: Thread, said: Said) -> _Step:
    if thread.state is State.CLOSED:
        return thread, Flag.REPEATED
    return replace(thread, state=State.CLOSED, closed_at=said.at, waiting_since=None, grade=0), None


def _reopened(thread: Thread, said: Said) -> _Step:
    if thread.state is not State.CLOSED:
        return thread, Flag.NOT_CLOSED
    return _again(thread, said), None


def _again(thread: Thread, said: Said) -> Thread:
    return replace(thread, state=State.REOPENED, closed_at=None, waiting_since=said.at)


def _rated(thread: Thread, said: Said) -> _Step:
    if said.grade not in GRADES:
        return thread, Flag.NO_GRADE
    if thread.state is not State.CLOSED:
        return thread, Flag.NOT_CLOSED
    return (thread, Flag.REPEATED) if thread.grade else (replace(thread, grade=said.grade), None)


_STEPS: Final[Mapping[Kind, Callable[[Thread, Said], _Step]]] = {
    Kind.ASKED: _asked,
    Kind.ANSWERED: _answered,
    Kind.FOLLOWED_UP: _followed_up,
    Kind.CLOSED: _closed,
    Kind.REOPENED: _reopened,
    Kind.RATED: _rated,
}
