"""Answer the hub's proposals with cosignatures.

Laws: proven, written down, then signed (node_agent.witness); of several proposals the newest is enough, and none holds up the
deliveries beside it.
"""

import asyncio

import structlog

from certs.errors import CertsError
from node_agent import witness
from node_agent.errors import DeliveryInvalid, HubRefused
from node_agent.ledger_view import Seen
from node_agent.link.ledger import LedgerClient
from node_agent.link.rooms import LinkRooms
from node_agent.link.stream import Stream
from node_agent.link.together import either
from node_agent.witness import Step
from tongban.exchange.v1.exchange_pb2 import Cosignature, Proposal, ReceiveRequest, ReceiveResponse, Witnessed

_log = structlog.get_logger(__name__)


class Witnessing:
    """The witness's side of one receive stream."""

    def __init__(self, rooms: LinkRooms, ledger: LedgerClient, stream: Stream[ReceiveRequest, ReceiveResponse]) -> None:
        self._rooms = rooms
        self._ledger = ledger
        self._stream = stream
        self._news = asyncio.Event()
        self._proposal: Proposal | None = None
        self._witnessed: Witnessed | None = None

    def propose(self, proposal: Proposal) -> None:
        """Take a proposal in place of an older one that is not answered yet."""
        self._proposal = proposal
        self._news.set()

    def witness(self, witnessed: Witnessed) -> None:
        """Take a checkpoint with its cosignatures."""
        self._witnessed = witnessed
        self._news.set()

    async def run(self, ended: asyncio.Event) -> None:
        """Answer until the stream has ended; raises LedgerForked or DeliveryInvalid."""
        while not ended.is_set():
            await either(self._news, ended, seconds=60.0)
            self._news.clear()
            proposal, self._proposal = self._proposal, None
            witnessed, self._witnessed = self._witnessed, None
            try:
                if proposal is not None and not ended.is_set():
                    await self._cosign(proposal)
                if witnessed is not None:
                    await self._keep(witnessed)
            except HubRefused as refused:  # no proof, no cosignature; the deliveries go on
                _log.warning("not cosigned: the hub gave no consistency proof", reason=refused.reason)

    async def _cosign(self, proposal: Proposal) -> None:
        rooms = self._rooms
        proposed = self._opened(proposal.checkpoint)
        cosigned = await rooms.writer.read(witness.last_cosigned)
        if cosigned is not None and proposed.size < cosigned.size:
            _log.warning("not cosigned: an older ledger than the last one", size=proposed.size, cosigned=cosigned.size)
            return
        for step in witness.steps(proposed, [cosigned, rooms.view.newest]):
            await self._check(step, proposal)
        rooms.view.open(proposed.note)
        await rooms.writer.write(witness.store_cosigned, proposed, rooms.view, now_ms=rooms.now_ms())
        line = witness.cosign(proposed, rooms.hall.witness, now_seconds=rooms.now_ms() // 1000)
        await self._stream.write(ReceiveRequest(cosignature=Cosignature(ledger_size=proposed.size, line=line)))
        rooms.pulse.tell(cosigned_size=proposed.size, cosigned_at=rooms.clock().isoformat())

    async def _check(self, step: Step, proposal: Proposal) -> None:
        offered = proposal.from_size == step.older.size and proposal.checkpoint == step.newer.note
        proof = proposal.consistency_proof if offered else await self._ledger.consistency(step.older.size, step.newer.size)
        witness.check_step(step, proof)

    async def _keep(self, witnessed: Witnessed) -> None:
        rooms = self._rooms
        seen = self._opened(witnessed.checkpoint)
        cosigned = await rooms.writer.read(witness.last_cosigned)
        for step in witness.steps(seen, [cosigned, rooms.view.newest]):
            witness.check_step(step, await self._ledger.consistency(step.older.size, step.newer.size))
        try:
            found = len(witness.others(seen, rooms.keys, rooms.hall.witness.name))
        except CertsError as error:  # it proves nothing, and harms nothing that is proved otherwise
            _log.warning("a cosignature of another hall does not verify", size=seen.size, error=str(error))
            return
        await rooms.writer.write(witness.store_witnessed, seen, found, now_ms=rooms.now_ms())
        rooms.pulse.tell(witnessed_size=seen.size, witnesses=found, witnesses_known=max(rooms.keys.hall_count - 1, 0))

    def _opened(self, note: str) -> Seen:
        try:
            checkpoint = self._rooms.view.peek(note)
        except CertsError as error:
            raise DeliveryInvalid(f"a ledger checkpoint does not verify: {error}", (note,)) from error
        return Seen(checkpoint.size, checkpoint.root, note)
