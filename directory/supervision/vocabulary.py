"""Name every word of supervision (电子监察), with titles for pages.

Laws: each list is closed, and a word keeps its meaning for ever: cards of the past cite it. Lights say how much time is left,
cards are sanctions; they are two scales and share no word.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Light(StrEnum):
    """How much time is left (灯)."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
    """The hall has not reported what would be needed to tell."""


class Effect(StrEnum):
    """What a rule brings about."""

    YELLOW_LIGHT = "yellow-light"
    REMINDER = "reminder"
    YELLOW_CARD = "yellow-card"
    RED_CARD = "red-card"
    ORDER_TO_REPORT = "order-to-report"
    """A hall that is silent is told to report; it gets no card."""

    RECTIFICATION = "rectification"
    """A bad rating opens a rectification, with a limit of its own."""


UNFOUNDED: Final = "rectification-withdrawn"
"""No rule brings it about: the rating on which a rectification rests does not count any more."""
CARDS: Final = frozenset({Effect.YELLOW_CARD, Effect.RED_CARD})


class Trigger(StrEnum):
    """What a rule looks at."""

    BEFORE_DUE = "before-due"
    """So many working days, or fewer, are left."""
    AFTER_DUE = "after-due"
    """The limit has been over for more than so many working days."""
    AFTER_DUE_CASE_IN_TIME = "after-due-case-in-time"
    """As after-due, though the limits of the case itself are not over."""
    FOLLOW_UP_MISSED = "follow-up-missed"
    """So many working days after the yellow card the clock has still not ended."""
    REFUSAL_WITHOUT_GROUND = "refusal-without-ground"
    FEE_NOT_IN_ITEM = "fee-not-in-item"
    OUTSIDE_THE_SYSTEM = "outside-the-system"
    """Decided without having been applied for or accepted in the system."""
    BADLY_RATED = "badly-rated"
    """The applicant gave one of the bad grades (directory.supervision.rectification)."""
    SILENCE = "silence"
    """The hall has not reported for more than so many working days."""
    NEVER = "never"
    """Nothing: a place switches off, for its own, what a wider rule would bring about."""


TIMED: Final = frozenset({Trigger.BEFORE_DUE, Trigger.AFTER_DUE, Trigger.AFTER_DUE_CASE_IN_TIME, Trigger.FOLLOW_UP_MISSED})
WRONGS: Final = frozenset({Trigger.REFUSAL_WITHOUT_GROUND, Trigger.FEE_NOT_IN_ITEM, Trigger.OUTSIDE_THE_SYSTEM})
"""Acts that may give a card; a rating never does."""
ACTS: Final = WRONGS | {Trigger.BADLY_RATED}

EFFECT_TITLES: Final[Mapping[Effect, str]] = {
    Effect.YELLOW_LIGHT: "黄灯",
    Effect.REMINDER: "提醒",
    Effect.YELLOW_CARD: "黄牌",
    Effect.RED_CARD: "红牌",
    Effect.ORDER_TO_REPORT: "责令报送",
    Effect.RECTIFICATION: "差评整改",
}
LIGHT_TITLES: Final[Mapping[Light, str]] = {Light.GREEN: "绿灯", Light.YELLOW: "黄灯", Light.RED: "红灯", Light.GREY: "灰灯"}
TRIGGER_TITLES: Final[Mapping[Trigger, str]] = {
    Trigger.BEFORE_DUE: "临近届满",
    Trigger.AFTER_DUE: "逾期",
    Trigger.AFTER_DUE_CASE_IN_TIME: "环节逾期",
    Trigger.FOLLOW_UP_MISSED: "黄牌后逾期未改",
    Trigger.REFUSAL_WITHOUT_GROUND: "不予许可未说明理由",
    Trigger.FEE_NOT_IN_ITEM: "收取清单外费用",
    Trigger.OUTSIDE_THE_SYSTEM: "体外循环",
    Trigger.BADLY_RATED: "差评",
    Trigger.SILENCE: "未报送数据",
    Trigger.NEVER: "不适用",
}
