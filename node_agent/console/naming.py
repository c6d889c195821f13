"""Name halls and departments as people know them; by their id while the register does not name them."""

from dataclasses import dataclass

from directory.scopes.law import Law
from node_agent.law import Known


@dataclass(frozen=True, slots=True)
class HallName:
    """What a hall is called; `tier` is empty while nobody knows it."""

    name: str
    tier: str


def hall_name(law: Law | None, hall: str) -> HallName:
    """Return what a hall is called."""
    known = law.province.get(hall) if law is not None else None
    return HallName(known.display_name, known.tier.value) if known is not None else HallName(hall, "")


def department_name(known: Known | None, department: str) -> str:
    """Return what a department is called."""
    return known.departments.get(department, department) if known is not None else department
