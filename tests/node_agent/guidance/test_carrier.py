"""Files go to the hub and come from it, or it is said why not: against a hub that says what a test lets it say."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from directory.guidance.attachments import Attachment
from node_agent import db
from node_agent.guidance import files
from node_agent.guidance.files import FOLDER, State
from node_agent.link import attachments as carrying
from node_agent.link.attachments import Carrier
from node_agent.link.rooms import LinkRooms
from node_agent.writer import Writer
from tests.node_agent.guidance.halls import Hall, carry
from tongban.guidance.v1 import attachment_pb2_grpc
from tongban.guidance.v1.attachment_pb2 import GetRequest, GetResponse, PutDone, PutRequest, PutResponse, PutWanted

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4_000
HASH = hashlib.sha256(PDF).hexdigest()
GONE_AT = 1_790_000_000_000
"""Unix milliseconds."""


@dataclass
class Shelf(attachment_pb2_grpc.AttachmentServiceServicer):
    """What the hub holds of one file, and since when it is gone."""

    held: bytes = b""
    swept_at_ms: int = 0
    asked: list[str] = field(default_factory=list)

    async def Put(self, requests: AsyncIterator[PutRequest], _context: Any) -> AsyncIterator[PutResponse]:  # noqa: N802
        self.asked.append(f"put from {len(self.held)}")
        await anext(requests)
        yield PutResponse(wanted=PutWanted(offset=len(self.held)))
        async for request in requests:
            self.held += request.chunk
        yield PutResponse(done=PutDone(media_type="application/pdf"))

    async def Get(self, request: GetRequest, context: Any) -> AsyncIterator[GetResponse]:  # noqa: N802
        self.asked.append(f"get from {request.offset}")
        if self.swept_at_ms:
            answer = GetResponse(size=len(PDF))
            answer.swept_at.FromMilliseconds(self.swept_at_ms)
            yield answer
            return
        if not self.held:
            detail, status = any_pb2.Any(), status_pb2.Status(code=grpc.StatusCode.NOT_FOUND.value[0], message="no such file")
            detail.Pack(error_details_pb2.ErrorInfo(reason="REASON_NOT_FOUND"))
            status.details.append(detail)
            await context.abort_with_status(rpc_status.to_status(status))
        yield GetResponse(size=len(PDF))
        yield GetResponse(chunk=self.held[request.offset :])


@dataclass
class Carried:
    """A hall, what carries its files, and the hub's shelf."""

    hall: Hall
    shelf: Shelf
    carrier: Carrier
    folder: Path

    async def go(self) -> tuple[State, str]:
        """Carry what waits; return where the file is, and why it is not elsewhere."""
        with self.hall.begun() as connection:
            files.failed(connection, HASH, "", again_ms=0)
        await self.carrier.carry()
        with db.reading(self.hall.engine) as connection:
            known = files.known(connection, [HASH])[HASH]
        return known.state, known.why

    @property
    def path(self) -> Path:
        return files.path_of(self.folder, HASH)


@asynccontextmanager
async def carried(hall: Hall, folder: Path, monkeypatch: pytest.MonkeyPatch, *, free_bytes: int = 0) -> AsyncIterator[Carried]:
    server, shelf = grpc.aio.server(), Shelf()
    attachment_pb2_grpc.add_AttachmentServiceServicer_to_server(shelf, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    monkeypatch.setattr(carrying, "exchange_channel", lambda *_: grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
    config = SimpleNamespace(data_dir=folder, keep=SimpleNamespace(free_bytes=free_bytes))
    writer = Writer(hall.engine)
    rooms = SimpleNamespace(config=config, hall=None, writer=writer, now_ms=lambda: 1)
    yield Carried(hall, shelf, Carrier(cast("LinkRooms", rooms)), folder / FOLDER)
    await server.stop(None)
    writer.close()


@pytest.fixture
async def sender(county: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Carried]:
    """Give the hall that names the file."""
    attached(county, tmp_path / "county")
    async with carried(county, tmp_path / "county", monkeypatch) as found:
        yield found


@pytest.fixture
async def reader(county: Hall, city: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Carried]:
    """Give the hall to which it is named."""
    attached(county, tmp_path / "county")
    carry(county, city)
    async with carried(city, tmp_path / "city", monkeypatch) as found:
        yield found


def attached(hall: Hall, folder: Path) -> None:
    folder.mkdir()
    (folder / "图纸.pdf").write_bytes(PDF)
    taken = files.attach(folder / FOLDER, folder / "图纸.pdf")
    assert isinstance(taken, Attachment)
    hall.ask("?", attachments=(taken,))


async def test_what_the_hub_holds_of_a_file_is_not_sent_again(sender: Carried) -> None:
    sender.shelf.held = PDF[:1_000]
    assert await sender.go() == (State.HERE, "")
    assert sender.shelf.held == PDF
    assert sender.shelf.asked == ["put from 1000"]


async def test_what_has_come_of_a_file_is_not_fetched_again(reader: Carried) -> None:
    reader.shelf.held = PDF
    files.part_of(reader.folder, HASH).write_bytes(PDF[:1_000])
    assert await reader.go() == (State.HERE, "")
    assert reader.path.read_bytes() == PDF
    assert reader.shelf.asked == ["get from 1000"]


async def test_what_came_and_was_damaged_on_the_disk_is_fetched_anew(reader: Carried) -> None:
    reader.shelf.held = PDF
    files.part_of(reader.folder, HASH).write_bytes(b"\0" * 1_000)
    state, why = await reader.go()
    assert (state, "fetched anew" in why) == (State.TO_FETCH, True)
    assert await reader.go() == (State.HERE, "")
    assert reader.shelf.asked == ["get from 1000", "get from 0"]


@pytest.mark.parametrize("changed", [PDF[:-1] + b"!", PDF + b"!", b"", None])
async def test_a_file_that_changed_before_it_was_sent_is_not_sent(sender: Carried, changed: bytes | None) -> None:
    sender.path.unlink() if changed is None else sender.path.write_bytes(changed)
    state, why = await sender.go()
    assert (state, "attach it to a new message" in why) == (State.TO_SEND, True)
    assert sender.shelf.held == b""
    assert sender.shelf.asked == ["get from 0"]
    assert not sender.path.exists()
    sender.shelf.held = PDF  # it had been handed in before the disk was lost
    assert await sender.go() == (State.HERE, "")
    assert sender.path.read_bytes() == PDF


async def test_a_file_that_the_hub_keeps_no_longer_is_gone_since_then_and_no_error(reader: Carried) -> None:
    reader.shelf.swept_at_ms = GONE_AT
    assert await reader.go() == (State.GONE, "")
    with db.reading(reader.hall.engine) as connection:
        since = files.known(connection, [HASH])[HASH].gone_at
        assert list(files.waiting(connection, 1 << 50)) == []
    assert since is not None
    assert since.timestamp() * 1000 == GONE_AT
    assert list(reader.folder.iterdir()) == []


async def test_a_file_for_which_there_is_no_room_is_not_fetched(
    county: Hall, city: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached(county, tmp_path / "county")
    carry(county, city)
    async with carried(city, tmp_path / "city", monkeypatch, free_bytes=1 << 62) as found:
        found.shelf.held = PDF
        state, why = await found.go()
        assert (state, "no room on the agent's disk" in why) == (State.TO_FETCH, True)
        assert found.shelf.asked == []
