"""Make a ledger of a few words, its read model of cases, and a reckoner whose clock stands where a test puts it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from directory.lifecycle import Event
from directory.register.changes import Change
from directory.register.kinds import FORMS, Kind
from hub.cases import findings
from hub.cases.consumer import CaseConsumer
from hub.cases.findings import Kept
from hub.cases.reckoner import Reckoner
from hub.cases.tables import cases
from hub.consumers import metadata as models_metadata
from hub.consumers import run_once
from hub.db import Database, models_url, open_database, transaction
from hub.registry import register_log
from hub.tables import metadata as ledger_metadata
from hub.tables import register_segments
from tests.directory.clocks.made import at, ms
from tests.hub.cases_told import Ledger, run

ACCEPTED_MS = ms("2026-11-20")
"""When the hub accepts whatever is told: after everything that tests tell of."""


@dataclass
class Ground:
    """A hub's databases, and the ledger that its read model follows."""

    database: Database
    models: Database
    now: datetime = field(default_factory=lambda: at("2026-03-02"))
    ledger: Ledger = field(default_factory=lambda: Ledger(accepts_from_ms=ACCEPTED_MS))
    runs: int = 0

    @classmethod
    def of(cls, url: str) -> "Ground":
        """Make the databases of a URL."""
        made = cls(open_database(url), open_database(models_url(url), durable=False))
        ledger_metadata.create_all(made.database.writer)
        models_metadata.create_all(made.models.writer)
        return made

    def reckoner(self, *, replayed: bool = False, hears_from: datetime | None = None) -> Reckoner:
        """Make a reckoner of this ground's clock."""
        return Reckoner(self.database, self.models, lambda: self.now, replayed=replayed, hears_from=hears_from)

    def tell(self, hall: str, number: str, *events: Event) -> None:
        """Tell of one case."""
        self.ledger.tell(hall, [(number, event) for event in events])
        self.follow()

    def report(self, hall: str, day: str, hour: int = 10) -> None:
        """Let a hall say that it has told all it had up to an hour of a day."""
        self.runs += 1
        self.ledger.append(hall, [run(hall, "business", ms(day, hour), f"run {self.runs}")])
        self.follow()

    def follow(self) -> None:
        """Let the read model follow."""
        while run_once(self.database.reader, self.models.writer, CaseConsumer(), self.ledger.read_after, 16):
            pass

    def reckon(self, day: str = "", hour: int = 10, *, replayed: bool = False) -> int:
        """Reckon all that is due, at an hour of a day when one is given; return how many looks that took."""
        self.now = at(day, hour) if day else self.now
        reckoner, looks = self.reckoner(replayed=replayed), 0
        while looked := reckoner.run():
            looks += looked
        return looks

    def register(self, kind: Kind, things: Sequence[Any]) -> None:
        """Let the register say something from now on."""
        form = FORMS[kind]
        changes = [Change(form.place(thing), document) for thing, document in zip(things, form.documents(things), strict=True)]
        with transaction(self.database.writer) as connection:
            newest = connection.scalar(sa.select(sa.func.max(register_segments.c.ledger_first))) or 0
            register_log.keep(connection, changes, newest + 100)

    def row(self, hall: str, number: str) -> Any:
        """Return the row of a case."""
        with self.models.reader.begin() as connection:
            return connection.execute(sa.select(cases).where(cases.c.hall == hall, cases.c.case_number == number)).one()

    def found(self) -> list[Kept]:
        """Return everything that was found."""
        with self.models.reader.begin() as connection:
            return findings.after(connection, 0, 1_000)

    def effects(self) -> list[tuple[str, str]]:
        """Return case number and effect of everything that was found."""
        return [(kept.finding.case_number, kept.finding.effect) for kept in self.found()]

    def dispose(self) -> None:
        """Close the databases."""
        self.database.dispose()
        self.models.dispose()
