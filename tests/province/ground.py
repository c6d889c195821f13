"""Lay the ground of a province with cases: which hall has which log, its business database, and the province's table.

Laws: each county hall has one source, its business database, addressed to the provincial hall; the provincial hall has one sink, the
table `deliveries` of a database of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.province.build import COUNTIES, PROVINCE_HALL, HallSetup, Table
from tests.province.business import HallLog
from tests.province.feeding import first_cases, makes_event

SOURCE = "business"
EVERY = "1s"
SECTIONS: Mapping[str, Table] = {"link": {"back_off_most": "2s"}}
"""Agents come back soon: a test has no minute to spare."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is sent and where it is: the logs of the county halls and all paths, under the folder of a Province."""

    folder: Path
    logs: Mapping[str, HallLog]
    mapping: Path

    @classmethod
    def of(cls, logs: Sequence[HallLog], mapping: Path, cases: int, folder: Path) -> Self:
        """Give one county hall after the other a log, cut down to so many cases in all where that is not 0."""
        if cases:
            share = -(-cases // len(logs))
            logs = [first_cases(log, max(0, min(share, cases - share * place))) for place, log in enumerate(logs)]
        return cls(folder, dict(zip(COUNTIES, logs, strict=False)), mapping)

    @property
    def business(self) -> dict[str, Path]:
        """The business databases by hall."""
        return {hall: self.folder / "halls" / hall / "business.db" for hall in self.logs}

    @property
    def sink(self) -> Path:
        """The province's database, in which its sink fills the table `deliveries`."""
        return self.folder / "halls" / PROVINCE_HALL / "province.db"

    @property
    def evidence(self) -> Path:
        """The folder of exported evidence."""
        return self.folder / "evidence"

    @property
    def events(self) -> int:
        """Count the events that the logs are in the end."""
        return sum(makes_event(change) for log in self.logs.values() for change in log.changes)

    def setups(
        self, overlap: int, *, proxied: str = "", every: str = EVERY, consoles: Mapping[str, Table] | None = None
    ) -> Iterator[HallSetup]:
        """Give the configurations of the provincial hall and of the county halls; `consoles` those that have pages."""
        sections = {hall: {**SECTIONS, "console": section} for hall, section in (consoles or {}).items()}
        sink = {"name": "cases", "kind": "sql", "url": f"sqlite:///{self.sink.name}"}
        yield HallSetup(PROVINCE_HALL, sinks=[sink], sections=sections.get(PROVINCE_HALL, SECTIONS))
        for hall, path in self.business.items():
            source = {
                "name": SOURCE,
                "kind": "sql",
                "url": f"sqlite:///{path.name}",
                "every": every,
                "mapping": str(self.mapping),
                "recipients": [PROVINCE_HALL],
                "overlap": overlap,
            }
            yield HallSetup(hall, sources=[source], sections=sections.get(hall, SECTIONS), proxied=hall == proxied)
