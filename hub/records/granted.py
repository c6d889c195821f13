"""Say what the room of records asks of whoever keeps the grants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from directory.catalogue.vocabulary import Manner
from directory.scopes.law import Law
from directory.sharing.applications import Grant
from directory.sharing.grants import why_dead


class Grants(Protocol):
    """All grants that were ever made; whether one holds is asked of it each time."""

    def grants_of(self, resource: str) -> Sequence[Grant]:
        """Return the grants of a resource."""
        ...

    def grant(self, grant: str) -> Grant | None:
        """Return a grant by its id."""
        ...


def holds(grant: Grant, law: Law, now: datetime) -> bool:
    """Say whether a grant holds now, by the catalogue of the law's day."""
    return not why_dead(grant, now, law.resources.get(grant.resource))


def delivers(grant: Grant, law: Law, now: datetime) -> bool:
    """Say whether records are sent under a grant as they come."""
    return grant.manner is Manner.DELIVERY and holds(grant, law, now)
