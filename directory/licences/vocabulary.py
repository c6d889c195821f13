"""Name the words in which licences are spoken of, each with its title for pages.

Laws: the lists are closed. A value is what files, tables and messages hold, and never changes; a title is what a page shows. The four
endings are different acts in law, and each has grounds of its own (行政许可法 Art 8, 69, 70; 行政处罚法 Art 9).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ActKind(StrEnum):
    """What is done to a licence."""

    ISSUED = "issued"
    CHANGED = "changed"
    """The next version says something else."""
    RENEWED = "renewed"
    """The next version is valid for longer."""
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    SUPERSEDED = "superseded"
    """Another licence stands in its place."""
    ANNULLED = "annulled"
    """It was wrongly granted (行政许可法 Art 69)."""
    WITHDRAWN = "withdrawn"
    """Law or facts changed (行政许可法 Art 8)."""
    REVOKED = "revoked"
    """A punishment (行政处罚法 Art 9)."""
    CANCELLED = "cancelled"
    """It is struck off the list (行政许可法 Art 70)."""


class Status(StrEnum):
    """How a version of a licence stands."""

    VALID = "valid"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    """By its next version, or by another licence."""
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """By the calendar, never by an act."""


class Ground(StrEnum):
    """Why a licence was ended; each belongs to one ending."""

    # 行政许可法 Art 69: annulled.
    ABUSE_OF_OFFICE = "abuse-of-office"
    BEYOND_AUTHORITY = "beyond-authority"
    AGAINST_PROCEDURE = "against-procedure"
    UNQUALIFIED_APPLICANT = "unqualified-applicant"
    OBTAINED_BY_FRAUD = "obtained-by-fraud"
    OTHERWISE_ANNULLABLE = "otherwise-annullable"
    # 行政许可法 Art 8: withdrawn, for the public good.
    LAW_CHANGED = "law-changed"
    CIRCUMSTANCES_CHANGED = "circumstances-changed"
    # 行政处罚法 Art 9: revoked.
    PENALTY = "penalty"
    # 行政许可法 Art 70: cancelled.
    NOT_RENEWED = "not-renewed"
    HOLDER_DIED_OR_INCAPABLE = "holder-died-or-incapable"
    HOLDER_DISSOLVED = "holder-dissolved"
    ENDED_BEFORE = "ended-before"
    FORCE_MAJEURE = "force-majeure"
    OTHERWISE_CANCELLED = "otherwise-cancelled"


class Fault(StrEnum):
    """Why an act does not count."""

    UNREADABLE = "unreadable"
    """The payload cannot be opened, or is no act."""
    IDENTIFIER = "identifier"
    """An identifier is malformed, or is not that of the subject."""
    UNKNOWN_TYPE = "unknown-type"
    NOT_ENTITLED = "not-entitled"
    """The hall, its department or the person may not do this to licences of the type."""
    INCOMPLETE = "incomplete"
    """Something that the act needs is missing, or something stands in it that does not belong."""
    GROUND = "ground"
    """The ground is none of the act's."""
    SECOND_OFFICER = "second-officer"
    CREDENTIAL = "credential"
    """Its signature, its key or its disclosures do not hold."""
    CONTENTS = "contents"
    """What it says does not fit its type."""
    ISSUED_TWICE = "issued-twice"
    UNKNOWN_LICENCE = "unknown-licence"
    FOREIGN_LICENCE = "foreign-licence"
    """Another hall issued it."""
    OUT_OF_TURN = "out-of-turn"
    """As the licence stands this cannot be done to it."""
    STATUS_PLACE = "status-place"
    """Its place in the status list is another licence's, or in another hall's list."""


class CodeType(StrEnum):
    """Of what kind a holder's code is (GB/T 36903)."""

    USCC = "001"
    CITIZEN_ID = "111"


ENDINGS: Final[Mapping[ActKind, frozenset[Ground]]] = {
    ActKind.ANNULLED: frozenset(
        {
            Ground.ABUSE_OF_OFFICE,
            Ground.BEYOND_AUTHORITY,
            Ground.AGAINST_PROCEDURE,
            Ground.UNQUALIFIED_APPLICANT,
            Ground.OBTAINED_BY_FRAUD,
            Ground.OTHERWISE_ANNULLABLE,
        }
    ),
    ActKind.WITHDRAWN: frozenset({Ground.LAW_CHANGED, Ground.CIRCUMSTANCES_CHANGED}),
    ActKind.REVOKED: frozenset({Ground.PENALTY}),
    ActKind.CANCELLED: frozenset(
        {
            Ground.NOT_RENEWED,
            Ground.HOLDER_DIED_OR_INCAPABLE,
            Ground.HOLDER_DISSOLVED,
            Ground.ENDED_BEFORE,
            Ground.FORCE_MAJEURE,
            Ground.OTHERWISE_CANCELLED,
        }
    ),
}
"""The four endings, each with its grounds."""
MAKING: Final = frozenset({ActKind.ISSUED, ActKind.CHANGED, ActKind.RENEWED})
"""Acts that make a version, with a credential of its own."""

STATUS_AFTER: Final[Mapping[ActKind, Status]] = {
    ActKind.ISSUED: Status.VALID,
    ActKind.CHANGED: Status.VALID,
    ActKind.RENEWED: Status.VALID,
    ActKind.SUSPENDED: Status.SUSPENDED,
    ActKind.RESUMED: Status.VALID,
    ActKind.SUPERSEDED: Status.SUPERSEDED,
    ActKind.ANNULLED: Status.ANNULLED,
    ActKind.WITHDRAWN: Status.WITHDRAWN,
    ActKind.REVOKED: Status.REVOKED,
    ActKind.CANCELLED: Status.CANCELLED,
}
"""How the version that an act makes, or is about, stands after it."""

LISTED_AS: Final[Mapping[Status, int]] = {
    Status.VALID: 0,
    Status.EXPIRED: 0,  # the credential's own end says so, and a list that no act changes does not change
    Status.SUSPENDED: 2,
    Status.SUPERSEDED: 1,
    Status.ANNULLED: 1,
    Status.WITHDRAWN: 1,
    Status.REVOKED: 1,
    Status.CANCELLED: 1,
}
"""The value in a status list: 0 VALID, 1 INVALID, 2 SUSPENDED (Token Status List)."""

_TITLES: Final[Mapping[type[StrEnum], Mapping[str, str]]] = {
    ActKind: {
        "issued": "颁发",
        "changed": "变更",
        "renewed": "延续",
        "suspended": "暂扣",
        "resumed": "恢复",
        "superseded": "换发",
        "annulled": "撤销",
        "withdrawn": "撤回",
        "revoked": "吊销",
        "cancelled": "注销",
    },
    Status: {
        "valid": "有效",
        "suspended": "暂扣",
        "superseded": "已被替代",
        "annulled": "已撤销",
        "withdrawn": "已撤回",
        "revoked": "已吊销",
        "cancelled": "已注销",
        "expired": "已过有效期",
    },
    Ground: {
        "abuse-of-office": "工作人员滥用职权、玩忽职守作出准予决定",
        "beyond-authority": "超越法定职权作出准予决定",
        "against-procedure": "违反法定程序作出准予决定",
        "unqualified-applicant": "对不具备申请资格或者不符合法定条件的申请人准予许可",
        "obtained-by-fraud": "被许可人以欺骗、贿赂等不正当手段取得",
        "otherwise-annullable": "依法可以撤销的其他情形",
        "law-changed": "所依据的法律、法规、规章修改或者废止",
        "circumstances-changed": "所依据的客观情况发生重大变化",
        "penalty": "行政处罚决定",
        "not-renewed": "有效期届满未延续",
        "holder-died-or-incapable": "公民死亡或者丧失行为能力",
        "holder-dissolved": "法人或者其他组织依法终止",
        "ended-before": "许可依法被撤销、撤回，或者证件依法被吊销",
        "force-majeure": "因不可抗力导致许可事项无法实施",
        "otherwise-cancelled": "法律、法规规定的应当注销的其他情形",
    },
    CodeType: {"001": "统一社会信用代码", "111": "公民身份号码"},
}


def title(word: StrEnum) -> str:
    """Return the Chinese title of a word of this vocabulary; raises KeyError for a word of another."""
    return _TITLES[type(word)][word]
