"""Name the kinds of clocks, how they can stand, and what is said to explain them.

Laws: each list is closed, and a word keeps its meaning for ever: rules and cards of the past cite it.
"""

from enum import StrEnum
from typing import Final


class ClockKind(StrEnum):
    """What a clock measures."""

    CASE_STATUTORY = "case-statutory"
    """法定时限: from acceptance to the decision (Art 42)"""
    CASE_PROMISED = "case-promised"
    """承诺时限"""
    STEP = "step"
    """环节时限"""
    PROCEDURE = "procedure"
    """特别程序时限 (Art 45)"""
    SUPPLEMENT_NOTICE = "supplement-notice"
    """补正告知时限 (Art 32(4))"""
    LOWER_REVIEW = "lower-review"
    """下级机关初审时限 (Art 43)"""
    UPPER_REVIEW = "upper-review"
    """上级机关审查时限 (Art 35, 42)"""
    DELIVERY = "delivery"
    """送达时限 (Art 44)"""
    RENEWAL = "renewal"
    """延续时限 (Art 50)"""
    SHARE_APPLICATION = "share-application"
    """共享申请答复时限; read from shares, not from cases"""
    GUIDANCE_REPLY = "guidance-reply"
    """指导答复时限; read from threads, not from cases"""
    RECTIFICATION = "rectification"
    """差评整改时限"""
    ORDER_REPLY = "order-reply"
    """督办回复时限"""


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    OVERDUE = "overdue"
    """Past its last day, and not ended."""
    MET = "met"
    MISSED = "missed"
    """Ended after its last day."""
    DEEMED = "deemed"
    """Past its last day, for which the law, or a local rule, has an outcome: no act of an officer."""
    UNCLEAR = "unclear"
    """Ended at a time that cannot be."""


GOING: Final = frozenset({ClockState.RUNNING, ClockState.STOPPED, ClockState.OVERDUE})
"""How a clock stands that nothing has ended."""


class StopCause(StrEnum):
    """What stops a clock."""

    PROCEDURE = "procedure"
    SUSPENSION = "suspension"
    REFERRAL = "referral"


class Because(StrEnum):
    """What a sentence of an explanation says."""

    STARTED = "started"
    STARTED_DEEMED = "started-deemed"
    LIMIT = "limit"
    LIMIT_STATED = "limit-stated"
    LIMIT_ASSUMED = "limit-assumed"
    NO_LIMIT = "no-limit"
    STOPPED = "stopped"
    STOPPED_STILL = "stopped-still"
    STOP_AFTER_EXPIRY = "stop-after-expiry"
    STOP_WITHOUT_BASIS = "stop-without-basis"
    STOP_NOT_BY_LAW = "stop-not-by-law"
    STOP_CAPPED = "stop-capped"
    EXTENDED = "extended"
    EXTENDED_AGAIN = "extended-again"
    EXTENDED_AFTER_EXPIRY = "extended-after-expiry"
    EXTENDED_TOO_LONG = "extended-too-long"
    DUE = "due"
    PROVISIONAL = "provisional"
    ENDED = "ended"
    ENDED_LATE_RECORDED = "ended-late-recorded"
    DEEMED_ACCEPTED = "deemed-accepted"
    DEEMED_RENEWED = "deemed-renewed"
    DEEMED_GRANTED = "deemed-granted"
    RENEWAL_TOO_LATE = "renewal-too-late"


ART_32: Final = "行政许可法 Art 32(4)"
ART_42: Final = "行政许可法 Art 42"
ART_43: Final = "行政许可法 Art 43"
ART_44: Final = "行政许可法 Art 44"
ART_45: Final = "行政许可法 Art 45"
ART_50: Final = "行政许可法 Art 50"
ITEM: Final = "item"
"""The item's list is the source of the rule."""
EVENT: Final = "event"
"""The event itself is."""
LOCAL: Final = "local rule"
