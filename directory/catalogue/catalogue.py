"""Look resources up: which version holds at a day, and which did last.

Law: drafts are nobody's business but their provider's: they are not in it.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from directory.catalogue.publication import in_force
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State


class Catalogue:
    """All versions of all resources that were ever published; it never changes once built."""

    __slots__ = ("_histories", "resources")

    def __init__(self, versions: Iterable[ResourceVersion] = ()) -> None:
        found: dict[str, list[ResourceVersion]] = {}
        for version in versions:
            if version.state is not State.DRAFT:
                found.setdefault(version.resource.resource, []).append(version)
        self._histories = {resource: sorted(found[resource], key=lambda version: version.version) for resource in sorted(found)}
        self.resources: Sequence[str] = tuple(self._histories)
        """Ids, in the order of their code points."""

    def __len__(self) -> int:
        return len(self.resources)

    def in_force(self, resource: str, day: date) -> ResourceVersion | None:
        """Return the version of a resource that holds at a day, None when there is none."""
        return in_force(self._histories.get(resource, ()), day)

    def newest(self, resource: str, day: date) -> ResourceVersion | None:
        """Return the version that holds at a day or else the last one that did, None for what was never published by then."""
        begun = [version for version in self._histories.get(resource, ()) if version.period.start <= day]
        return in_force(begun, day) or (begun[-1] if begun else None)

    def version(self, resource: str, number: int) -> ResourceVersion | None:
        """Return one version, None when there is none."""
        return next((version for version in self._histories.get(resource, ()) if version.version == number), None)

    def released_on(self, resource: str) -> date | None:
        """Return the day on which a resource was first released, None for one that is not in it."""
        history = self._histories.get(resource)
        return history[0].period.start if history else None
