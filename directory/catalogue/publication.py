"""Move the versions of a resource from draft to published to withdrawn.

Laws: a published version is never edited, a new version follows it; versions are numbered from 1 without a gap and only
the last may be a draft. Publishing one ends the one before on that day. A withdrawal takes effect at once, and is not
undone. A move that is not allowed is refused with its reason, and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from directory.catalogue.requirements import faults
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State
from directory.refusal import Refused
from directory.validity import Period

History = tuple[ResourceVersion, ...]
"""All versions of one resource, in the order of their numbers."""


def in_force(history: Sequence[ResourceVersion], day: date) -> ResourceVersion | None:
    """Return the version that holds at a day, None when there is none."""
    return next((version for version in history if version.in_force(day)), None)


def draft(history: History, version: ResourceVersion) -> History | Refused:
    """Add a draft as the next version, or put it in the place of the draft that there is."""
    if version.state is not State.DRAFT:
        return Refused(f"version {version.version} is {version.state}, and only a draft can be edited")
    kept = history[:-1] if history and history[-1].state is State.DRAFT else history
    expected = len(kept) + 1
    if version.version <= len(kept):
        return Refused(f"version {version.version} is {kept[version.version - 1].state} and never edited: the next one is {expected}")
    if version.version != expected:
        return Refused(f"the next version is {expected}, not {version.version}")
    if history and version.resource.resource != history[0].resource.resource:
        return Refused(f"the versions are those of {history[0].resource.resource!r}, not of {version.resource.resource!a}")
    return (*kept, version)


def discard(history: History) -> History | Refused:
    """Take the draft away."""
    if not history or history[-1].state is not State.DRAFT:
        return Refused("there is no draft")
    return history[:-1]


def publish(history: History, day: date) -> History | Refused:
    """Publish the draft: it holds from this day on, and the version before holds no longer."""
    if not history or history[-1].state is not State.DRAFT:
        return Refused("there is no draft to publish")
    published = replace(history[-1], state=State.PUBLISHED, period=Period(day))
    if found := faults(published):
        return Refused(f"the version does not meet the requirements: {found[0]}", found)
    ended = _ended(history[:-1], day)
    return ended if isinstance(ended, Refused) else (*ended, published)


def withdraw(history: History, version: int, day: date, ground: str) -> History | Refused:
    """Withdraw a published version from this day on, for a ground."""
    if not 1 <= version <= len(history):
        return Refused(f"there is no version {version}")
    found = history[version - 1]
    if found.state is not State.PUBLISHED:
        return Refused(f"version {version} is {found.state}, and only a published one is withdrawn")
    if not ground.strip():
        return Refused("a withdrawal names its ground")
    if not found.in_force(max(day, found.period.start)):
        return Refused(f"version {version} has not been in force since {found.period.end}")
    # A period has a day at least: what is withdrawn on its first day is held dead by withdrawn_on.
    last = max(day, found.period.start + timedelta(days=1))
    withdrawn = replace(found, state=State.WITHDRAWN, period=Period(found.period.start, last), withdrawn_on=day, ground=ground)
    return (*history[: version - 1], withdrawn, *history[version:])


def _ended(history: History, day: date) -> History | Refused:
    """End the last version on the day on which its successor starts, unless it ended before."""
    if not history:
        return history
    last = history[-1]
    if last.period.end is not None and last.period.end <= day:
        return history
    if day <= last.period.start:
        return Refused(f"version {last.version} holds from {last.period.start}: its successor holds from a later day on")
    if last.state is State.WITHDRAWN:
        return Refused(f"version {last.version} is withdrawn as of {last.withdrawn_on}: its successor holds from {last.period.end} on")
    return (*history[:-1], replace(last, period=Period(last.period.start, day)))
