"""Name every word of guidance.

Laws: each list is closed; a word, once sent or stored, keeps its meaning for ever.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from directory.scopes.vocabulary import Role


class Kind(StrEnum):
    """What can be said in a thread."""

    ASKED = "asked"
    ANSWERED = "answered"
    FOLLOWED_UP = "followed-up"
    CLOSED = "closed"
    REOPENED = "reopened"
    RATED = "rated"


class State(StrEnum):
    """How a thread stands."""

    UNKNOWN = "unknown"
    """Its question has not come (yet)."""
    ASKED = "asked"
    ANSWERED = "answered"
    FOLLOWED_UP = "followed-up"
    REOPENED = "reopened"
    CLOSED = "closed"


class Flag(StrEnum):
    """What is odd about what was said."""

    NOT_ASKED = "not-asked"
    """There is no question to which it belongs."""
    REPEATED = "repeated"
    AFTER_CLOSE = "after-close"
    """It was said of a thread that was closed; further questions reopen it."""
    NOT_CLOSED = "not-closed"
    """Only what is closed is reopened or rated."""
    FOREIGN_HALL = "foreign-hall"
    """This hall may not say it in this thread."""
    NO_GRADE = "no-grade"


class Side(StrEnum):
    """Which of the two halls of a thread."""

    ASKING = "asking"
    GUIDING = "guiding"


WAITING: Final = frozenset({State.ASKED, State.FOLLOWED_UP, State.REOPENED})
"""The states in which a thread waits for an answer."""
SAID_BY: Final[Mapping[Kind, frozenset[Side]]] = {
    Kind.ASKED: frozenset({Side.ASKING}),
    Kind.ANSWERED: frozenset({Side.GUIDING}),
    Kind.FOLLOWED_UP: frozenset({Side.ASKING}),
    Kind.CLOSED: frozenset(Side),
    Kind.REOPENED: frozenset(Side),
    Kind.RATED: frozenset({Side.ASKING}),
}
"""By which hall each may be said."""
GUIDE: Final = frozenset({Role.GUIDE})
"""The roles of those who speak for the guiding hall; all others speak for the asking one."""

STATE_TITLES: Final[Mapping[State, str]] = {
    State.UNKNOWN: "未知",
    State.ASKED: "待答复",
    State.ANSWERED: "已答复",
    State.FOLLOWED_UP: "追问待答",
    State.REOPENED: "重新打开",
    State.CLOSED: "已关闭",
}
