"""Say what the tables of shares and reports tell of each beside its document."""

from dataclasses import astuple, dataclass
from typing import Any

from hub.dockets.store import Place

SOURCE = "sharing"
"""Which of the hub's systems says their events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the table says of a matter beside its document, in the order of its columns."""

    id: str
    hall: str
    department: str
    resource: str
    phase: str
    opened_at_ms: int

    @property
    def place(self) -> Place:
        """Say where it stands in the list."""
        return self.opened_at_ms, self.id

    @property
    def row(self) -> tuple[Any, ...]:
        """Spell it out for the table."""
        return astuple(self)
