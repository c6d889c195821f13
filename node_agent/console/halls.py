"""Say which halls a person may look at, in the order of the tree."""

from dataclasses import dataclass

from directory.halls import Hall, Province
from node_agent.console.visit import Visit


@dataclass(frozen=True, slots=True)
class Branch:
    """A hall with those directly below it that are at the end of the tree."""

    hall: Hall
    below: tuple[Hall, ...]

    @property
    def halls(self) -> tuple[Hall, ...]:
        """All of them, the upper one first."""
        return (self.hall, *self.below)


def branches(visit: Visit) -> tuple[Branch, ...]:
    """Return the halls at and below the own one: each that has halls below it with those that have none; empty while nobody knows."""
    if visit.law is None:
        return ()
    return tuple(_branches(visit.law.province, visit.site.hall))


def in_order(visit: Visit) -> list[Hall]:
    """Return the same halls one by one."""
    return [hall for branch in branches(visit) for hall in branch.halls]


def above(visit: Visit) -> list[Hall]:
    """Return those of them that have halls below them."""
    return [branch.hall for branch in branches(visit) if visit.law is not None and visit.law.province.inferiors(branch.hall.hall)]


def _branches(province: Province, hall: str) -> list[Branch]:
    inferiors = province.inferiors(hall)
    inner = [one for one in inferiors if province.inferiors(one) or hall == province.root]
    ends = tuple(province.hall(one) for one in inferiors if one not in inner)
    found = [Branch(province.hall(hall), ends)]
    for one in inner:
        found += _branches(province, one)
    return found
