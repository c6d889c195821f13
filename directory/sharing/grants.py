"""Say whether a grant holds, and what it lets through.

Laws: a grant ends with its period, whose end is the first day on which it is over, and by withdrawal at once, whatever
time the withdrawal names. It holds as long as some version of its resource is in force and shared, under later versions
too, for the fields that they still have. A record reduced by a grant holds the granted fields and nothing else.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from directory.calendar import beijing_day
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import SharingType
from directory.sharing.applications import Grant


def is_live(grant: Grant, now: datetime, current: ResourceVersion | None) -> bool:
    """Say whether a grant holds now, given the version of its resource that is in force (None where none is)."""
    return not why_dead(grant, now, current)


def why_dead(grant: Grant, now: datetime, current: ResourceVersion | None) -> str:
    """Say why a grant does not hold now; empty when it does. Raises ValueError for a moment without a time zone."""
    day = beijing_day(now)
    if day not in grant.period:
        return f"the grant begins on {grant.period.start}" if day < grant.period.start else f"the grant was over on {grant.period.end}"
    if grant.ended_at is not None:
        return "the grant was ended before its time"
    if current is None or current.resource.resource != grant.resource or not current.in_force(day):
        return f"no version of {grant.resource!r} is in force"
    if current.resource.sharing is SharingType.NOT_SHARED:
        return f"{grant.resource!r} is not shared any more: {current.resource.sharing_terms}"
    return "" if grant.fields & current.item_names else f"version {current.version} of {grant.resource!r} has none of the fields granted"


def reduce(record: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
    """Return what a grant lets through of a record, in the record's order."""
    return {name: value for name, value in record.items() if name in grant.fields}


def outside(grant: Grant, fields: Iterable[str]) -> frozenset[str]:
    """Return the fields asked for that are outside a grant; empty when it covers all of them."""
    return frozenset(fields) - grant.fields
