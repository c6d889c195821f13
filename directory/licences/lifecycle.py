"""Fold the acts on a licence into how it stands.

Laws: acts count in ledger order, in whatever batches they come; one that cannot follow on what was done before changes nothing and is
kept with the reason. Endings are final: after an annulment, a withdrawal or a revocation only the cancellation that they call for may
follow (行政许可法 Art 70(4)), and after a cancellation nothing. Expiry is no act: the calendar says it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from directory.licences.acts import Act, Objection
from directory.licences.identifiers import HIGHEST_VERSION, LicenceId
from directory.licences.vocabulary import STATUS_AFTER, ActKind, Fault, Ground, Status

_LIVING: Final = frozenset({Status.VALID, Status.SUSPENDED})
_STRUCK: Final = frozenset({Status.ANNULLED, Status.WITHDRAWN, Status.REVOKED})
_FROM: Final[Mapping[ActKind, frozenset[Status]]] = {
    ActKind.CHANGED: frozenset({Status.VALID}),
    ActKind.RENEWED: frozenset({Status.VALID}),
    ActKind.SUSPENDED: frozenset({Status.VALID}),
    ActKind.RESUMED: frozenset({Status.SUSPENDED}),
    ActKind.SUPERSEDED: _LIVING,
    ActKind.ANNULLED: _LIVING,
    ActKind.WITHDRAWN: _LIVING,
    ActKind.REVOKED: _LIVING,
    ActKind.CANCELLED: _LIVING | _STRUCK,
}
"""How the newest version must stand for an act to follow."""


@dataclass(frozen=True, slots=True)
class Version:
    """How one version of a licence stands, since when, and on what ground."""

    licence: LicenceId
    status: Status
    since: datetime
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """An act that did not count, by its place in the order of acts."""

    place: int
    objection: Objection


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence in all its versions, oldest first, and the acts that did not count."""

    versions: tuple[Version, ...] = ()
    passed: tuple[Passed, ...] = ()
    acts: int = 0
    """How many acts were taken in, counted or not."""


def apply(newest: Version | None, act: Act) -> tuple[Version, ...] | Objection:
    """Return the versions that an act makes or changes, given the newest of its licence; an older one is not touched any more."""
    if act.kind is ActKind.ISSUED:
        return _issued(newest, act)
    if newest is None:
        return Objection(Fault.UNKNOWN_LICENCE, "no licence of this number was issued, as far as the exchange knows")
    if found := _out_of_turn(newest, act):
        return found
    after = Version(act.licence, STATUS_AFTER[act.kind], act.effective_at, act.ground)
    if act.previous is None:
        return (after,)
    return (replace(newest, status=Status.SUPERSEDED, since=act.effective_at, ground=act.ground), replace(after, ground=""))


def may_follow(status: Status) -> frozenset[ActKind]:
    """Return the acts that may follow on a licence whose newest version stands so."""
    return frozenset(kind for kind, before in _FROM.items() if status in before)


def fold(licence: Licence, acts: Iterable[Act]) -> Licence:
    """Take acts in, in their order."""
    versions, passed, count = list(licence.versions), list(licence.passed), licence.acts
    for act in acts:
        after = apply(versions[-1] if versions else None, act)
        if isinstance(after, Objection):
            passed.append(Passed(count, after))
        else:
            versions[len(versions) - (act.kind is not ActKind.ISSUED) :] = after
        count += 1
    return Licence(tuple(versions), tuple(passed), count)


def status_at(status: Status, valid_until: datetime | None, now: datetime) -> Status:
    """Say how a version stands at a moment, given the first one at which it is over; None is no end."""
    over = valid_until is not None and valid_until <= now
    return Status.EXPIRED if over and status in _LIVING else status


def _issued(newest: Version | None, act: Act) -> tuple[Version, ...] | Objection:
    if newest is not None:
        return Objection(
            Fault.ISSUED_TWICE, "a licence of this number was issued already: change it, or issue one with a number of its own"
        )
    return (Version(act.licence, Status.VALID, act.effective_at),)


def _out_of_turn(newest: Version, act: Act) -> Objection | None:
    about = act.previous or act.licence
    if about != newest.licence:
        return _refuse(f"it is about version {about.version:03}, and the newest is {newest.licence.version:03}")
    if newest.status not in _FROM[act.kind]:
        return _refuse(f"the licence is {newest.status}, and what is {newest.status} cannot be {act.kind}")
    if act.previous is not None and not _is_next(newest.licence, act.licence):
        return _refuse(f"after version {newest.licence.version:03} comes the next number, up to {HIGHEST_VERSION}")
    if (newest.status in _STRUCK) != (act.ground == Ground.ENDED_BEFORE):
        return _refuse(
            f"{Ground.ENDED_BEFORE} is the ground of a cancellation after an annulment, a withdrawal or a revocation, and its only one"
        )
    return None


def _is_next(before: LicenceId, after: LicenceId) -> bool:
    return before.version < HIGHEST_VERSION and before.next_version() == after


def _refuse(what: str) -> Objection:
    return Objection(Fault.OUT_OF_TURN, what)
