"""Say how one of the two streams is: to the log, to the pulse, to the retry.

Laws: offline is normal: it is told once, not at every try; what a person must mend is told with what to do, and tried again
slowly; a contradiction that is signed is kept as evidence before anything else happens.
"""

from collections.abc import Callable

import structlog

from node_agent import ledger_view
from node_agent.errors import Alarm, HubRefused, StoreError
from node_agent.link import refusals
from node_agent.link.back_off import BackOff
from node_agent.link.rooms import LinkRooms

_log = structlog.get_logger(__name__)

REMEDY = {
    "ReceiptInvalid": "keep `data_dir` as it is and call the hub's operators: the hub gave a receipt that proves nothing",
    "DeliveryInvalid": "keep `data_dir` as it is and call the hub's operators: the hub delivered what does not prove itself",
    "JournalForked": "stop the agent, keep `data_dir` as it is: there are two histories of this hall's journal",
    "TailDiverged": "stop the agent and run `tongban-agent reset-tail`",
    "HubLostJournal": "the hub was restored to an older state: its operators must recover it; nothing is lost here",
    "LogKeyLost": "put the newest copy of `data_dir`/keys back; where there is none, keep `data_dir` and ask the hub's operators for new"
    " keys of this hall; if nobody here changed the key, it was stolen: have the hall revoked",
    "InboxDiverged": "keep `data_dir` as it is and call the hub's operators: it holds another acknowledgement than this hall gave",
    "LedgerForked": "keep `data_dir` as it is and tell the province: the hub signed two histories; both notes are kept",
    "LedgerRolledBack": "the hub was restored to an older state: its operators must recover it; nothing is lost here",
}


_TROUBLES = ("refused", "alarm", "store", "certificate")


class Line:
    """The state of one stream over all its sessions; `name` is `submit` or `receive`."""

    def __init__(self, name: str, rooms: LinkRooms, on_open: Callable[[], None]) -> None:
        self.name = name
        self._rooms = rooms
        self._on_open = on_open
        tuning = rooms.config.link
        self._back_off = BackOff(tuning.back_off_first, tuning.back_off_most)
        self._told = ""

    def opened(self, **facts: object) -> None:
        """Tell that the stream is open."""
        self._tell("open", **facts)
        self.heard()
        self._on_open()

    def heard(self) -> None:
        """Note that the hub said something."""
        self._rooms.pulse.tell(last_contact=self._rooms.clock().isoformat())

    def progressed(self) -> None:
        """Take note that the stream does what it is for: troubles are over, the next failure is a first one."""
        self._back_off.reset()
        for name in _TROUBLES:
            if self._rooms.pulse.well(f"{self.name} {name}"):
                _log.info("trouble is over", stream=self.name, trouble=name)

    def ended(self) -> None:
        """Tell that the stream ended as it should."""
        self._tell("ended")

    def closed(self) -> None:
        """Tell that the stream will not be opened again."""
        self._tell("closed")

    def offline(self, why: str) -> float:
        """Tell that the hub was not reached; return how many seconds to stay away."""
        self._tell("offline", why=why)
        return self._back_off.next()

    def refused(self, error: HubRefused) -> float:
        """Tell that the hub refused; return how many seconds to stay away."""
        remedy = refusals.remedy(error.reason)
        self._tell(f"refused: {error.reason}")
        if self._rooms.pulse.alarm(f"{self.name} refused", str(error), remedy.do, self._rooms.clock()):
            _log.warning("the hub refuses", stream=self.name, reason=error.reason, said=str(error), do=remedy.do)
        if remedy.person:
            return self._rooms.config.link.parked.total_seconds()
        return max(error.retry_after or 0.0, self._back_off.next())

    def troubled(self, name: str, what: str, do: str) -> float:
        """Tell of something wrong on this side; return how many seconds to stay away."""
        self._tell(f"stopped: {name}")
        if self._rooms.pulse.alarm(f"{self.name} {name}", what, do, self._rooms.clock()):
            _log.error("the link stops", stream=self.name, what=what, do=do)
        return max(1.0, self._back_off.next())

    async def alarmed(self, error: Alarm) -> float:
        """Keep the evidence and tell of it; return how many seconds to stay away."""
        name = type(error).__name__
        self._tell(f"stopped: {name}")
        if self._rooms.pulse.alarm(f"{self.name} alarm", str(error), REMEDY[name], self._rooms.clock()):
            _log.error("the link stops", stream=self.name, alarm=name, what=str(error), do=REMEDY[name])
        if error.notes:
            try:
                await self._rooms.writer.write(ledger_view.keep_evidence, error, self._rooms.now_ms())
            except StoreError as full:
                _log.error("evidence could not be kept", notes=error.notes, error=str(full))
        return self._rooms.config.link.parked.total_seconds()

    def _tell(self, state: str, **more: object) -> None:
        """Log a change of state, once."""
        self._rooms.pulse.tell(**{self.name: state})
        if self._told != state:
            self._told = state
            _log.info("stream", stream=self.name, state=state, **more)
