"""Serve tongban.exchange.v1.ExchangeService."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc

from certs.names import JOURNAL
from hub.exchange import segments
from hub.exchange.ledger import LONGEST
from hub.exchange.receipts import receipt
from hub.exchange.segments import Segment
from hub.rooms import Rooms
from hub.rpc.door import Doorkeeper, serve
from hub.rpc.receive import ReceiveSession
from hub.rpc.streams import OpenCall
from hub.rpc.submit import SubmitSession, check_own_log
from tongban.exchange.v1 import exchange_pb2

PAGE_SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class ExchangeService:
    """Submit, Receive and GetJournal."""

    rooms: Rooms

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        service = exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]
        serve(server, service, {"Submit": self.submit, "Receive": self.receive, "GetJournal": self.get_journal}, keeper)

    def submit(self, requests: AsyncIterator[exchange_pb2.SubmitRequest], call: OpenCall) -> AsyncIterator[exchange_pb2.SubmitResponse]:
        """Take batches and answer with receipts."""
        return SubmitSession(self.rooms, call, requests).responses()

    def receive(self, requests: AsyncIterator[exchange_pb2.ReceiveRequest], call: OpenCall) -> AsyncIterator[exchange_pb2.ReceiveResponse]:
        """Deliver a mailbox."""
        return ReceiveSession(self.rooms, call, requests).responses()

    async def get_journal(
        self,
        request: exchange_pb2.GetJournalRequest,
        call: OpenCall,
    ) -> AsyncIterator[exchange_pb2.GetJournalResponse]:
        """Give a hall its own journal back, batch by batch, from the batch that starts at `first` or behind it."""
        hall = call.caller.hall
        epoch = check_own_log(request.journal, JOURNAL, hall, self.rooms)
        at = min(request.first, LONGEST)
        while page := await self.rooms.reading(self._page, hall, epoch, at):
            for segment in page:
                note = await self.rooms.reading(self.rooms.note_of, segment)
                yield exchange_pb2.GetJournalResponse(batch=segment.batch, receipt=receipt(segment, note))
                at = segment.journal_size

    def _page(self, hall: str, epoch: int, at: int) -> list[Segment]:
        with self.rooms.database.reader.begin() as connection:
            return segments.journal_after(connection, hall, epoch, at, PAGE_SEGMENTS)
