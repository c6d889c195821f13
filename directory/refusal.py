"""Say that a move is not allowed."""

from dataclasses import dataclass

from directory.errors import Fault


@dataclass(frozen=True, slots=True)
class Refused:
    """A move that is not allowed, and why; `faults` are those of the thing moved, where they are the reason."""

    why: str
    faults: tuple[Fault, ...] = ()
