"""Say what agent the API is a door of.

Law: nothing here loads the library that serves it: an agent without an API does not pay for one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node_agent.api import tables  # noqa: F401 - the store has them from the start
from node_agent.config import Config
from node_agent.pulse import Pulse


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent that the API is a door of."""

    config: Config
    engine: sa.Engine
    pulse: Pulse
    clock: Callable[[], datetime]
