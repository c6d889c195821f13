"""Look up in a register what resources there are, who provides them, and on which days the province works."""

from dataclasses import dataclass, field
from datetime import date

from directory.calendar import Calendar
from directory.calendar_file import COUNTRY, calendars, official
from directory.catalogue.catalogue import Catalogue
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.seats import NOWHERE, Seats

KINDS = frozenset({Kind.RESOURCE, Kind.DEPARTMENT, Kind.CALENDAR_DAY})
"""What it is made of."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The department that provides a resource, and the hall in which it sits; empty where nobody knows."""

    department: str
    hall: str


UNKNOWN = Provider(NOWHERE, NOWHERE)


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """What a register holds at one time; it never changes once built, and another one takes its place."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    seats: Seats = field(default_factory=Seats)
    calendar: Calendar = field(default_factory=official)
    """The country's days off: each year as the register has it, else as it came with this release."""

    @classmethod
    def of(cls, whole: Whole) -> "Lookup":
        """Read a whole register; raises CalendarMalformed for days that contradict each other."""
        country = calendars(whole.things(Kind.CALENDAR_DAY), 1)[COUNTRY]
        return cls(Catalogue(whole.things(Kind.RESOURCE)), Seats(whole.things(Kind.DEPARTMENT)), country)

    def provider(self, resource: str, day: date) -> Provider:
        """Return who provides a resource at a day, or last provided it."""
        version = self.catalogue.newest(resource, day)
        if version is None:
            return UNKNOWN
        department = version.resource.provider
        return Provider(department, self.seats.hall(department, day))
