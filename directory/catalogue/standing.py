"""Say how a resource stands today: in which version, and whether it is kept up."""

from dataclasses import dataclass
from datetime import date

from directory.catalogue.freshness import Freshness, freshness
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import FreshnessState
from directory.register.lookup import Lookup, Provider


@dataclass(frozen=True, slots=True)
class Standing:
    """A resource in the version in force, or in its last one; days are those of Beijing.

    `freshness` is None for what is not in force, `last_update` for what was not updated since its release.
    """

    version: ResourceVersion
    provider: Provider
    in_force: bool
    last_update: date | None
    freshness: Freshness | None

    @property
    def is_overdue(self) -> bool:
        """Tell whether its update is overdue."""
        return self.freshness is not None and self.freshness.state is FreshnessState.OVERDUE


def standing(lookup: Lookup, resource: str, today: date, last_update: date | None) -> Standing | None:
    """Return how a resource stands, None for one that was never published; raises CalendarExceeded."""
    version = lookup.catalogue.newest(resource, today)
    if version is None:
        return None
    holds = version.in_force(today)
    released = lookup.catalogue.released_on(resource) or version.period.start
    since = max(released, last_update) if last_update else released
    found = freshness(since, version.resource.update_cycle, today, lookup.calendar) if holds else None
    return Standing(version, lookup.provider(resource, today), holds, last_update, found)
