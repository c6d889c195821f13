"""Play a hub over real mTLS, as a script says: well-behaved, silent, refusing or lying."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from certs import authority
from certs.checkpoints import parse_checkpoint
from certs.enrolment import check_signing_request
from certs.identity import read_caller, read_certificate, read_chain
from certs.merkle import Frontier
from certs.names import inbox_origin, parse_origin
from certs.notes import parse_vkey, split
from certs.tls import CertificateFiles, enrolment_server_credentials, exchange_server_credentials
from tests.node_agent.tiny_province import TD, TinyProvince
from tongban.enrolment.v1 import enrolment_pb2, enrolment_pb2_grpc
from tongban.exchange.v1 import exchange_pb2_grpc
from tongban.exchange.v1.exchange_pb2 import (
    Acknowledged,
    Delivery,
    GetJournalResponse,
    Limits,
    Receipt,
    ReceiveOpen,
    ReceiveOpened,
    ReceiveResponse,
    SubmitOpen,
    SubmitOpened,
    SubmitResponse,
)
from tongban.ledger.v1 import ledger_pb2, ledger_pb2_grpc


@dataclass
class Script:
    """How the hub behaves; change it while it runs."""

    refuse_submit: str = ""
    refuse_receive: str = ""
    retry_after_ms: int = 0
    limits: Limits = field(default_factory=lambda: Limits(frame_bytes=1 << 20, envelope_bytes=1 << 16, batch_length=4, batches_in_flight=3))
    receipts_wait: asyncio.Event | None = None
    tamper_receipt: Callable[[Receipt], None] = lambda _: None
    tamper_delivery: Callable[[Delivery], None] = lambda _: None
    tamper_opened: Callable[[SubmitOpened], None] = lambda _: None
    lose_receipts: bool = False
    newest: str | None = None
    """The ledger checkpoint to show instead of the newest."""
    deliver: bool = True


@dataclass
class Heard:
    """What agents said."""

    submit_opens: list[SubmitOpen] = field(default_factory=list)
    receive_opens: list[ReceiveOpen] = field(default_factory=list)
    batches: list[bytes] = field(default_factory=list)
    acknowledgements: list[str] = field(default_factory=list)
    not_full: list[tuple[int, int, int]] = field(default_factory=list)
    cosignatures: list[tuple[int, str]] = field(default_factory=list)
    pongs: list[int] = field(default_factory=list)
    closes: list[str] = field(default_factory=list)
    most_in_flight: int = 0
    serials: list[int] = field(default_factory=list)


class FakeHub(
    exchange_pb2_grpc.ExchangeServiceServicer, ledger_pb2_grpc.LedgerServiceServicer, enrolment_pb2_grpc.EnrolmentServiceServicer
):
    """One province's hub; `start` and `stop` it as often as wanted, on the same ports."""

    def __init__(self, province: TinyProvince) -> None:
        self.province = province
        self.script = Script()
        self.heard = Heard()
        self.ports = (0, 0)
        self._servers: list[grpc.aio.Server] = []
        self._mail = asyncio.Condition()
        self.say_submit: list[asyncio.Queue[SubmitResponse]] = []
        self.say_receive: list[asyncio.Queue[ReceiveResponse]] = []

    async def start(self) -> None:
        keys = self.province.keys
        exchange, enrolment = grpc.aio.server(), grpc.aio.server()
        exchange_pb2_grpc.add_ExchangeServiceServicer_to_server(self, exchange)
        ledger_pb2_grpc.add_LedgerServiceServicer_to_server(self, exchange)
        enrolment_pb2_grpc.add_EnrolmentServiceServicer_to_server(self, enrolment)
        tls = CertificateFiles(keys / authority.TLS_KEY, keys / authority.TLS_CHAIN, keys / authority.ROOT)
        open_tls = CertificateFiles(keys / authority.ENROLMENT_KEY, keys / authority.ENROLMENT_CHAIN, keys / authority.ROOT)
        first = exchange.add_secure_port(f"localhost:{self.ports[0]}", exchange_server_credentials(tls))
        second = enrolment.add_secure_port(f"localhost:{self.ports[1]}", enrolment_server_credentials(open_tls))
        self.ports = (first, second)
        self._servers = [exchange, enrolment]
        for server in self._servers:
            await server.start()

    async def stop(self) -> None:
        """Vanish, as a killed process does."""
        for server in self._servers:
            await server.stop(None)
        self._servers = []

    async def posted(self) -> None:
        """Tell receive streams that mailboxes grew."""
        async with self._mail:
            self._mail.notify_all()

    async def _refuse(self, context: Any, reason: str) -> None:
        status = status_pb2.Status(code=grpc.StatusCode.FAILED_PRECONDITION.value[0], message="as the script says")
        details: list[Any] = [error_details_pb2.ErrorInfo(reason=reason, domain=TD)]
        if self.script.retry_after_ms:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.FromMilliseconds(self.script.retry_after_ms)
            details.append(retry)
        for detail in details:
            packed = any_pb2.Any()
            packed.Pack(detail)
            status.details.append(packed)
        await context.abort_with_status(rpc_status.to_status(status))

    # ---- Submit

    async def Submit(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[SubmitResponse]:  # noqa: N802
        opening = (await anext(requests)).open
        self.heard.submit_opens.append(opening)
        self.heard.serials.append(read_chain(context.auth_context()["x509_pem_cert"][0])[0].serial_number)
        if self.script.refuse_submit:
            await self._refuse(context, self.script.refuse_submit)
        journal = self.province.journals.get(opening.journal)
        frontier = journal.frontier if journal else Frontier.empty()
        opened = SubmitOpened(lease=1, size=frontier.size, root=frontier.root(), limits=self.script.limits)
        opened.hub_time.GetCurrentTime()
        self.script.tamper_opened(opened)
        yield SubmitResponse(opened=opened)
        queue: asyncio.Queue[SubmitResponse | None] = asyncio.Queue()
        self.say_submit.append(queue)  # type: ignore[arg-type]
        reader = asyncio.create_task(self._take_batches(requests, queue))
        try:
            while (answer := await queue.get()) is not None:
                yield answer
        finally:
            reader.cancel()

    async def _take_batches(self, requests: AsyncIterator[Any], queue: asyncio.Queue[SubmitResponse | None]) -> None:
        in_flight: list[asyncio.Task[None]] = []
        async for request in requests:
            match request.WhichOneof("message"):
                case "batch":
                    self.heard.batches.append(request.batch)
                    receipt = Receipt.FromString(self.province.accept(request.batch).SerializeToString())
                    await self.posted()
                    in_flight = [task for task in in_flight if not task.done()]
                    in_flight.append(asyncio.create_task(self._answer(receipt, queue)))
                    self.heard.most_in_flight = max(self.heard.most_in_flight, len(in_flight))
                case "pong":
                    self.heard.pongs.append(request.pong.nonce)
                case "close":
                    self.heard.closes.append("submit")
                    await asyncio.gather(*in_flight)
                    break
        queue.put_nowait(None)

    async def _answer(self, receipt: Receipt, queue: asyncio.Queue[SubmitResponse | None]) -> None:
        if self.script.receipts_wait is not None:
            await self.script.receipts_wait.wait()
        if not self.script.lose_receipts:
            self.script.tamper_receipt(receipt)
            queue.put_nowait(SubmitResponse(receipt=receipt))

    async def GetJournal(self, request: Any, context: Any) -> AsyncIterator[GetJournalResponse]:  # noqa: ARG002, N802
        for raw, receipt in self.province.journals[request.journal].answers:
            if receipt.journal_size > request.first:
                yield GetJournalResponse(batch=raw, receipt=receipt)

    # ---- Receive

    async def Receive(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[ReceiveResponse]:  # noqa: N802
        opening: ReceiveOpen = (await anext(requests)).open
        self.heard.receive_opens.append(opening)
        if self.script.refuse_receive:
            await self._refuse(context, self.script.refuse_receive)
        hall = parse_origin(opening.inbox).hall
        box = self.province.mailboxes[hall]
        size = parse_checkpoint(split(opening.checkpoint)[0]).size if opening.checkpoint else 0
        if size > box.acknowledged_size:
            box.acknowledged = opening.checkpoint
        acknowledged = box.acknowledged_size
        yield ReceiveResponse(opened=ReceiveOpened(size=acknowledged, checkpoint=box.acknowledged, waiting=box.size - acknowledged))
        queue: asyncio.Queue[ReceiveResponse | None] = asyncio.Queue()
        self.say_receive.append(queue)  # type: ignore[arg-type]
        tasks = [
            asyncio.create_task(self._take_acknowledgements(requests, hall, queue)),
            asyncio.create_task(self._deliver(hall, min(size, acknowledged), acknowledged, queue)),
        ]
        try:
            while (answer := await queue.get()) is not None:
                yield answer
        finally:
            for task in tasks:
                task.cancel()

    async def _take_acknowledgements(self, requests: AsyncIterator[Any], hall: str, queue: asyncio.Queue[ReceiveResponse | None]) -> None:
        async for request in requests:
            match request.WhichOneof("message"):
                case "acknowledgement":
                    note = request.acknowledgement.checkpoint
                    self.heard.acknowledgements.append(note)
                    self.heard.not_full += [(part.first, part.count, part.form) for part in request.acknowledgement.not_full]
                    checkpoint = parse_checkpoint(split(note)[0])
                    assert checkpoint.origin == inbox_origin(TD, hall, 1)
                    self.province.mailboxes[hall].acknowledged = note
                    queue.put_nowait(ReceiveResponse(acknowledged=Acknowledged(size=checkpoint.size)))
                case "cosignature":
                    self.heard.cosignatures.append((request.cosignature.ledger_size, request.cosignature.line))
                case "pong":
                    self.heard.pongs.append(request.pong.nonce)
                case "close":
                    self.heard.closes.append("receive")
                    break
        queue.put_nowait(None)

    async def _deliver(self, hall: str, at: int, acknowledged: int, queue: asyncio.Queue[ReceiveResponse | None]) -> None:
        box = self.province.mailboxes[hall]
        while True:
            async with self._mail:
                while not (self.script.deliver and box.size > at):
                    await self._mail.wait()
            for first, count, segment in list(box.segments):
                if first < at:
                    continue
                delivery = Delivery(first=first, segments=[segment], waiting=box.size - first - count, replay=first < acknowledged)
                self.script.tamper_delivery(delivery)
                queue.put_nowait(ReceiveResponse(delivery=delivery))
                at = first + count

    # ---- Ledger

    async def GetCheckpoint(self, request: Any, context: Any) -> ledger_pb2.GetCheckpointResponse:  # noqa: ARG002, N802
        note = self.province.note() if self.script.newest is None else self.script.newest
        return ledger_pb2.GetCheckpointResponse(checkpoint=note)

    async def GetConsistencyProof(self, request: Any, context: Any) -> ledger_pb2.GetConsistencyProofResponse:  # noqa: ARG002, N802
        return ledger_pb2.GetConsistencyProofResponse(hashes=self.province.consistency(request.from_size, request.to_size))

    async def GetInclusionProof(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "agents do not ask")

    async def ListEntries(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "agents do not ask")

    async def ExportEvidence(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ARG002, N802
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "agents do not ask")
        yield

    # ---- Enrolment

    async def Enrol(self, request: Any, context: Any) -> enrolment_pb2.EnrolResponse:  # noqa: ARG002, N802
        answer = self.province.enrol(request, parse_origin(parse_vkey(request.keys.log).name).hall)
        answer.exchange_address = f"localhost:{self.ports[0]}"
        return answer

    async def Renew(self, request: Any, context: Any) -> enrolment_pb2.RenewResponse:  # noqa: ARG002, N802
        caller = read_caller(read_certificate(request.certificate), TD)
        public = check_signing_request(request.signing_request)
        return enrolment_pb2.RenewResponse(certificate_chain=self.province.authority.issue_hall(caller.hall, public, datetime.now(UTC)))
