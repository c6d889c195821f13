"""Make applications and what happens to them, for tests: synthetic."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from directory.catalogue.vocabulary import Manner
from directory.sharing.applications import Consent, Grant, ShareApplication, grant
from directory.sharing.history import ShareEvent
from directory.validity import Period
from tests.directory.catalogue.made import version

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
"""A Monday, 12:00 in Beijing."""
TERM = Period(date(2026, 11, 23), date(2027, 6, 1))
DAY = timedelta(days=1)


def application(**changes: Any) -> ShareApplication:
    """Make an application for two fields."""
    usual: dict[str, Any] = {
        "application": "a-1",
        "hall": "gongzhuling",
        "department": "housing",
        "resource": "enterprise-register",
        "version": 1,
        "fields": frozenset({"name", "uscc"}),
        "purpose": "核验申请人的企业登记信息",
        "basis": "行政许可法第三十一条",
        "term": TERM,
        "manner": Manner.DELIVERY,
        "applied_at": NOON,
    }
    return ShareApplication(**(usual | changes))


def consent(**changes: Any) -> Consent:
    """Make a consent to all that was asked for, a day later."""
    usual: dict[str, Any] = {"grant": "g-1", "approver": "示例人员", "granted_at": NOON + DAY}
    return Consent(**(usual | changes))


def granted(asked: ShareApplication | None = None, **changes: Any) -> Grant:
    """Make a grant on an application."""
    made = grant(asked or application(), version(), consent(**changes))
    assert isinstance(made, Grant), made
    return made


def event(kind: str, at: datetime = NOON, **content: Any) -> ShareEvent:
    """Make an event with what its kind needs."""
    usual: dict[str, Any] = {
        "applied": {"application": application()},
        "granted": {"grant": granted()},
        "refused": {"ground": "超出职责范围"},
    }
    return ShareEvent(kind=kind, at=at, **(usual.get(kind, {}) | content))
