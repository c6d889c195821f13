"""Judge what someone does to an application, given where it stands.

Laws: a move is an event, or nothing because it is so already, or it is refused with what to do; so whoever asks again because the
answer was lost does nothing twice. An event is never dated before the last one: clocks step back. What opens a resource is judged by
the version that is in force; what closes one needs its ground alone.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from directory.calendar import beijing_day
from directory.catalogue.resources import ResourceVersion
from directory.errors import Fault
from directory.refusal import Refused
from directory.sharing.applications import LONGEST_TERM, Consent, ShareApplication, apply, grant
from directory.sharing.history import Share, ShareEvent
from directory.sharing.vocabulary import ShareEventKind, SharePhase
from directory.texts import text_fault

OPEN = frozenset({SharePhase.APPLIED, SharePhase.ANSWERED, SharePhase.GRANTED})
"""What has not ended."""


@dataclass(frozen=True, slots=True)
class SoAlready:
    """It is as it is to be: nothing has to happen."""


Move = ShareEvent | SoAlready | Refused


def applied(application: ShareApplication, version: ResourceVersion | None, longest: int = LONGEST_TERM) -> ShareEvent | Refused:
    """Apply, given the version in force; `longest` is the longest term in days."""
    judged = apply(application, version, longest)
    if isinstance(judged, Refused):
        return judged
    assert version is not None  # noqa: S101 - `apply` refuses what no version describes
    return ShareEvent(kind=ShareEventKind.APPLIED, at=application.applied_at, sharing=version.resource.sharing, application=application)


def same_request(application: ShareApplication, other: ShareApplication) -> bool:
    """Tell whether two applications ask for the same, whenever they were made."""
    return replace(other, application=application.application, applied_at=application.applied_at) == application


def answered(share: Share, at: datetime) -> Move:
    """Consent to an application."""
    if share.phase in {SharePhase.ANSWERED, SharePhase.GRANTED}:
        return SoAlready()
    return _out_of_turn(share, {SharePhase.APPLIED}) or ShareEvent(kind=ShareEventKind.ANSWERED, at=_not_before(share, at))


def granted(share: Share, version: ResourceVersion | None, consent: Consent) -> Move:
    """Share the resource from now on; its consent may name fewer fields and a shorter period, never more."""
    if share.phase is SharePhase.GRANTED and share.grant is not None:
        fields, period = consent.fields or _asked(share).fields, consent.period or _asked(share).term
        same = (fields, period) == (share.grant.fields, share.grant.period)
        return SoAlready() if same else Refused("it is shared already, in another way: withdraw it, and have it applied for anew")
    if refused := _out_of_turn(share, {SharePhase.APPLIED, SharePhase.ANSWERED}):
        return refused
    at = _not_before(share, consent.granted_at)
    made = grant(_asked(share), version, replace(consent, granted_at=at))
    if isinstance(made, Refused):
        return made
    assert version is not None  # noqa: S101 - as above
    return ShareEvent(kind=ShareEventKind.GRANTED, at=at, sharing=version.resource.sharing, grant=made)


def refused(share: Share, ground: str, at: datetime) -> Move:
    """Refuse an application, before it was consented to."""
    if share.phase is SharePhase.REFUSED:
        return SoAlready()
    return (
        _out_of_turn(share, {SharePhase.APPLIED})
        or _groundless(ground)
        or ShareEvent(kind=ShareEventKind.REFUSED, at=_not_before(share, at), ground=ground)
    )


def withdrawn(share: Share, ground: str, at: datetime) -> Move:
    """End an application, and the grant on it, before its time."""
    if share.phase is SharePhase.WITHDRAWN:
        return SoAlready()
    return (
        _out_of_turn(share, OPEN)
        or _groundless(ground)
        or ShareEvent(kind=ShareEventKind.WITHDRAWN, at=_not_before(share, at), ground=ground)
    )


def expired(share: Share, at: datetime) -> Move:
    """Record that the period of a grant is over."""
    if share.phase is SharePhase.EXPIRED:
        return SoAlready()
    if refused := _out_of_turn(share, {SharePhase.GRANTED}):
        return refused
    day, period = beijing_day(_not_before(share, at)), share.grant.period if share.grant else None
    if period is None or day < period.start or day in period:
        return Refused(f"it is shared until {period.end if period else 'it is withdrawn'}")
    return ShareEvent(kind=ShareEventKind.EXPIRED, at=_not_before(share, at))


_SAID = {
    SharePhase.UNKNOWN: "nobody has applied",
    SharePhase.APPLIED: "it waits for an answer",
    SharePhase.ANSWERED: "it was consented to: share it, or withdraw it",
    SharePhase.GRANTED: "it is shared: withdraw it",
    SharePhase.REFUSED: "it was refused: apply anew",
    SharePhase.WITHDRAWN: "it was withdrawn: apply anew",
    SharePhase.EXPIRED: "it has expired: apply anew",
}


def _out_of_turn(share: Share, wanted: Collection[SharePhase]) -> Refused | None:
    return None if share.phase in wanted else Refused(_SAID[share.phase])


def _groundless(ground: str) -> Refused | None:
    fault = text_fault(ground)
    return Refused(f"say why: {fault}", (Fault(0, fault, "ground"),)) if fault else None


def _asked(share: Share) -> ShareApplication:
    if share.application is None:
        raise ValueError("what was never applied for is not answered")
    return share.application


def _not_before(share: Share, at: datetime) -> datetime:
    return at if share.last_at is None else max(at, share.last_at)
