"""Know whether a hall holds a signed head of the ledger that this hub does not: the hub was set back, and must not go on by itself.

Law: what the clock or a cursor alone makes the hub say waits until a hall has connected that knows of nothing more, or for a minute when
none connects; after a hall that does know more it waits until the hub is started anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

UNHEARD_SECONDS = 60.0


@dataclass(slots=True)
class Standing:
    """What halls have shown of the ledger since this hub was started; `monotonic` gives seconds."""

    monotonic: Callable[[], float]
    _started: float = field(init=False)
    _agreed: bool = False
    _set_back: bool = False

    def __post_init__(self) -> None:
        self._started = self.monotonic()

    def agreed(self) -> None:
        """Note that a hall connected that holds no head which this hub does not."""
        self._agreed = True

    def contradicted(self) -> None:
        """Note that one holds such a head."""
        self._set_back = True

    def may_go_on(self) -> bool:
        """Tell whether the hub may say what the clock or a cursor alone makes it say."""
        return not self._set_back and (self._agreed or self.monotonic() - self._started >= UNHEARD_SECONDS)
