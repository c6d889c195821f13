"""Name how far an application for a resource has come, with titles for pages.

Laws: the lists are closed. A value is what tables and messages hold, and never changes; a title is what a page shows.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ShareEventKind(StrEnum):
    """What can happen to an application."""

    APPLIED = "applied"
    ANSWERED = "answered"
    """The provider consents; the resource is to be shared."""
    GRANTED = "granted"
    """The resource is shared from now on; consents too, where nobody had answered."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """The applicant withdraws the application, or the provider the grant."""
    EXPIRED = "expired"


class SharePhase(StrEnum):
    """How far an application has come."""

    UNKNOWN = "unknown"
    APPLIED = "applied"
    ANSWERED = "answered"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ShareFlag(StrEnum):
    """What is odd about an event, and the history that holds it."""

    UNKNOWN_KIND = "unknown-kind"
    WITHOUT_CONTENT = "without-content"
    """Applied without an application, granted without a grant."""
    NOT_APPLIED = "not-applied"
    NOT_GRANTED = "not-granted"
    NOT_SHARED = "not-shared"
    BEYOND_APPLICATION = "beyond-application"
    WITHOUT_GROUND = "without-ground"
    AFTER_CONSENT = "after-consent"
    AFTER_END = "after-end"
    REPEATED = "repeated"
    TOO_EARLY = "too-early"
    BACK_IN_TIME = "back-in-time"


class Awaited(StrEnum):
    """What an application waits for."""

    ANSWER = "answer"
    SHARING = "sharing"


_TITLES: Final[Mapping[type[StrEnum], Mapping[str, str]]] = {
    ShareEventKind: {
        "applied": "申请",
        "answered": "答复同意",
        "granted": "授权共享",
        "refused": "答复不同意",
        "withdrawn": "撤回",
        "expired": "到期",
    },
    SharePhase: {
        "unknown": "未申请",
        "applied": "待答复",
        "answered": "待共享",
        "granted": "共享中",
        "refused": "不同意",
        "withdrawn": "已撤回",
        "expired": "已到期",
    },
    ShareFlag: {
        "unknown-kind": "事件种类不明",
        "without-content": "缺少内容",
        "not-applied": "未经申请",
        "not-granted": "未经授权",
        "not-shared": "不予共享的资源",
        "beyond-application": "超出申请范围",
        "without-ground": "未说明理由",
        "after-consent": "同意后不同意",
        "after-end": "结束之后",
        "repeated": "重复",
        "too-early": "未到期",
        "back-in-time": "时间倒序",
    },
    Awaited: {"answer": "待答复", "sharing": "待共享"},
}


def title(word: StrEnum) -> str:
    """Return the Chinese title of a word of this vocabulary; raises KeyError for a word of another."""
    return _TITLES[type(word)][word]
