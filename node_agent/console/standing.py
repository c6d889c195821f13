"""Say what the console knows of the link without asking anybody.

Law: the running agent's pulse is the source; what it has not said is not guessed.
"""

from dataclasses import dataclass
from datetime import datetime

from node_agent.console.moments import moment
from node_agent.pulse import Pulse

_STREAMS = ("submit", "receive")


@dataclass(frozen=True, slots=True)
class LinkStanding:
    """Whether both streams to the hub are open, and when the hub was last heard; None: not since the agent began."""

    open: bool
    streams: tuple[tuple[str, str], ...]
    last_contact: datetime | None

    @property
    def key(self) -> tuple[object, ...]:
        """Say what of it pages show at once."""
        return self.open, self.streams


def link_standing(pulse: Pulse) -> LinkStanding:
    """Read the pulse."""
    streams = tuple((name, str(pulse.fact(name) or "")) for name in _STREAMS)
    return LinkStanding(all(state == "open" for _, state in streams), streams, moment(pulse.fact("last_contact")))
