"""Fold what happened to an application into where it stands.

Laws: no event makes the fold fail; what should not have happened is flagged. What would open a resource takes effect only
where it is right; what closes one always does: a withdrawal that arrives before its application keeps it closed for ever.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from directory.calendar import beijing_day
from directory.catalogue.vocabulary import SharingType
from directory.sharing.applications import Grant, ShareApplication, beyond
from directory.sharing.vocabulary import ShareEventKind, ShareFlag, SharePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareEvent:
    """One thing that happened; `at` is aware. `sharing` is the type of the resource when it happened.

    Raises ValueError for a moment without a time zone.
    """

    kind: str
    at: datetime
    sharing: SharingType = SharingType.CONDITIONAL
    application: ShareApplication | None = None
    grant: Grant | None = None
    ground: str = ""

    def __post_init__(self) -> None:
        beijing_day(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Where one application stands. `answered_at` is the first answer, whether consent or refusal."""

    phase: SharePhase = SharePhase.UNKNOWN
    application: ShareApplication | None = None
    sharing: SharingType = SharingType.CONDITIONAL
    grant: Grant | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ground: str = ""
    flags: frozenset[ShareFlag] = frozenset()
    last_at: datetime | None = None
    events: int = 0


def fold(share: Share, event: ShareEvent) -> Share:
    """Return where an application stands after one more event."""
    after, flags = _STEPS.get(event.kind, _unknown)(share, event)
    if share.last_at is not None and event.at < share.last_at:
        flags |= {ShareFlag.BACK_IN_TIME}
    last = event.at if share.last_at is None else max(share.last_at, event.at)
    return replace(after, flags=share.flags | flags, last_at=last, events=share.events + 1)


def fold_all(events: Iterable[ShareEvent]) -> Share:
    """Return where an application stands after these events, in this order."""
    share = Share()
    for event in events:
        share = fold(share, event)
    return share


_Step = tuple[Share, frozenset[ShareFlag]]
_ENDED: Final = frozenset({SharePhase.REFUSED, SharePhase.WITHDRAWN, SharePhase.EXPIRED})
_FINE: Final[frozenset[ShareFlag]] = frozenset()


def _flagged(share: Share, *flags: ShareFlag) -> _Step:
    return share, frozenset(flags)


def _unknown(share: Share, _event: ShareEvent) -> _Step:
    return _flagged(share, ShareFlag.UNKNOWN_KIND)


def _applied(share: Share, event: ShareEvent) -> _Step:
    if event.application is None:
        return _flagged(share, ShareFlag.WITHOUT_CONTENT)
    if share.application is not None:
        return _flagged(share, ShareFlag.REPEATED)
    known = replace(share, application=event.application, sharing=event.sharing)
    # A withdrawal came first: the application is kept, and stays withdrawn.
    return _flagged(known, ShareFlag.AFTER_END) if share.phase in _ENDED else (replace(known, phase=SharePhase.APPLIED), _FINE)


def _answered(share: Share, event: ShareEvent) -> _Step:
    if flag := _not_open(share):
        return _flagged(share, flag)
    if share.phase is not SharePhase.APPLIED:
        return _flagged(share, ShareFlag.REPEATED)
    return replace(share, phase=SharePhase.ANSWERED, answered_at=event.at), _FINE


def _granted(share: Share, event: ShareEvent) -> _Step:
    if event.grant is None:
        return _flagged(share, ShareFlag.WITHOUT_CONTENT)
    if flag := _not_open(share):
        return _flagged(share, flag)
    if share.phase is SharePhase.GRANTED:
        return _flagged(share, ShareFlag.REPEATED)
    if SharingType.NOT_SHARED in {share.sharing, event.sharing}:
        return _flagged(share, ShareFlag.NOT_SHARED)
    if share.application is None or beyond(event.grant, share.application):
        return _flagged(share, ShareFlag.BEYOND_APPLICATION)
    return replace(share, phase=SharePhase.GRANTED, grant=event.grant, answered_at=share.answered_at or event.at), _FINE


def _refused(share: Share, event: ShareEvent) -> _Step:
    if flag := _not_open(share):
        return _flagged(share, flag)
    flags = _FINE if event.ground.strip() else frozenset({ShareFlag.WITHOUT_GROUND})
    if share.phase is not SharePhase.APPLIED:
        flags |= {ShareFlag.AFTER_CONSENT}
    if share.phase is SharePhase.GRANTED:
        return _closed(share, SharePhase.WITHDRAWN, event), flags
    return replace(_closed(share, SharePhase.REFUSED, event), answered_at=share.answered_at or event.at), flags


def _withdrawn(share: Share, event: ShareEvent) -> _Step:
    if share.phase in _ENDED:
        return _flagged(share, ShareFlag.REPEATED if share.phase is SharePhase.WITHDRAWN else ShareFlag.AFTER_END)
    flags = frozenset({ShareFlag.NOT_APPLIED}) if share.phase is SharePhase.UNKNOWN else _FINE
    return _closed(share, SharePhase.WITHDRAWN, event), flags


def _expired(share: Share, event: ShareEvent) -> _Step:
    if share.phase in _ENDED:
        return _flagged(share, ShareFlag.REPEATED if share.phase is SharePhase.EXPIRED else ShareFlag.AFTER_END)
    if share.grant is None:
        return _flagged(share, ShareFlag.NOT_GRANTED)
    if beijing_day(event.at) in share.grant.period or beijing_day(event.at) < share.grant.period.start:
        return _flagged(share, ShareFlag.TOO_EARLY)
    return _closed(share, SharePhase.EXPIRED, event), _FINE


def _closed(share: Share, phase: SharePhase, event: ShareEvent) -> Share:
    """End an application and its grant: at once, though the event may be dated ahead."""
    grant = replace(share.grant, ended_at=event.at) if share.grant else None
    return replace(share, phase=phase, grant=grant, ended_at=event.at, ground=event.ground)


def _not_open(share: Share) -> ShareFlag | None:
    """Say why nothing can be answered any more, or yet."""
    if share.phase is SharePhase.UNKNOWN:
        return ShareFlag.NOT_APPLIED
    return ShareFlag.AFTER_END if share.phase in _ENDED else None


_STEPS: Final[Mapping[str, Callable[[Share, ShareEvent], _Step]]] = {
    ShareEventKind.APPLIED: _applied,
    ShareEventKind.ANSWERED: _answered,
    ShareEventKind.GRANTED: _granted,
    ShareEventKind.REFUSED: _refused,
    ShareEventKind.WITHDRAWN: _withdrawn,
    ShareEventKind.EXPIRED: _expired,
}
