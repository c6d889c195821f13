"""Say which grants there are, and which of them hold.

Laws: a grant is dead from the moment at which its end is durable, and while that is in doubt; liveness is computed from the clock and the
catalogue each time, and waits for nobody to record that a period is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from directory.calendar import beijing_day
from directory.register.lookup import Lookup
from directory.sharing.applications import Grant
from directory.sharing.grants import why_dead
from directory.sharing.history import Share
from hub.dockets.docket import Docket

IN_DOUBT = "it is not known yet whether the grant was ended"


@dataclass(slots=True)
class Grants:
    """The grants of a docket of shares; watch the docket with `moved`."""

    docket: Docket[Share]
    lookup: Callable[[], Lookup]
    clock: Callable[[], datetime]
    _application: dict[str, str] = field(default_factory=dict)
    """Of every grant, whether it has ended or not."""
    _open: dict[str, dict[str, None]] = field(default_factory=dict)
    """By resource, the grants that nobody has ended, in the order in which they were given."""
    _observers: list[Callable[[], None]] = field(default_factory=list)
    _generation: int = 0
    _known: tuple[object, date, frozenset[str]] = (None, date.min, frozenset())

    def moved(self, before: Share | None, after: Share) -> None:
        """Take note of a move."""
        grant, was = after.grant, before.grant if before else None
        if grant is None or grant == was:
            return
        self._application[grant.grant] = grant.application
        of_resource = self._open.setdefault(grant.resource, {})
        if grant.ended_at is None:
            of_resource[grant.grant] = None
        else:
            of_resource.pop(grant.grant, None)
            self._generation += 1
        for observer in self._observers:
            observer()

    def watch(self, observer: Callable[[], None]) -> None:
        """Call `observer` whenever a grant was given or ended."""
        self._observers.append(observer)

    @property
    def generation(self) -> int:
        """Count up whenever a grant may have ended: by a move, or one in doubt, by what is looked up, by a new day in Beijing."""
        known = self.lookup(), beijing_day(self.clock()), self.docket.doubts
        if known != self._known:
            self._known = known
            self._generation += 1
        return self._generation

    def grant(self, grant: str) -> Grant | None:
        """Return a grant, whether it holds or not, as ended while that is in doubt; None when there is none of this id."""
        application = self._application.get(grant)
        share = self.docket.get(application) if application is not None else None
        found = share.grant if share else None
        if found is not None and self.docket.in_doubt(found.application):
            return replace(found, ended_at=found.ended_at or self.clock())
        return found

    def grants_of(self, resource: str) -> tuple[Grant, ...]:
        """Return the grants on a resource that nobody has ended, in the order in which they were given."""
        found = (self.grant(grant) for grant in self._open.get(resource, ()))
        return tuple(grant for grant in found if grant is not None)

    def why_dead(self, grant: Grant, now: datetime) -> str:
        """Say why a grant does not hold now; empty when it does."""
        if self.docket.in_doubt(grant.application):
            return IN_DOUBT
        return why_dead(grant, now, self.lookup().catalogue.in_force(grant.resource, beijing_day(now)))

    def live(self, resource: str, hall: str, department: str, now: datetime) -> tuple[Grant, ...]:
        """Return the grants on a resource to a department of a hall that hold now."""
        given = (grant for grant in self.grants_of(resource) if (grant.hall, grant.department) == (hall, department))
        return tuple(grant for grant in given if not self.why_dead(grant, now))
