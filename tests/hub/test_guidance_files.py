"""Files go to the hub and from it whole, to those alone who may have them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from directory.guidance.attachments import MAX_BYTES, Attachment
from hub.db import Database, models_url, open_database, transaction
from hub.errors import Refusal
from hub.guidance.files import CHUNK, PARTS, Files, Wanted
from hub.schema import prepare
from tests.hub.guidance_told import CITY, COUNTY, PROVINCE, SIBLING
from tests.hub.hall_client import HallClient
from tests.hub.people import eventually
from tests.hub.test_guidance_rpc import Scene, asked, scene, threads_of
from tests.hub.test_submit import reason_of
from tongban.guidance.v1 import attachment_pb2, attachment_pb2_grpc

__all__ = ["scene"]

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 2_500
HASH = hashlib.sha256(PDF).digest()


def pieces(data: bytes) -> list[bytes]:
    return [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]


async def put(client: HallClient, data: bytes, sha256: bytes = b"", *, size: int = 0, most: int = 100) -> tuple[int, str]:
    """Hand a file in, at most so many pieces of it; return the offset from which it was wanted, and its kind or why it was refused."""
    stub: Any = attachment_pb2_grpc.AttachmentServiceStub(client.channel)
    call = stub.Put()
    opening = attachment_pb2.PutOpen(sha256=sha256 or hashlib.sha256(data).digest(), size=size or len(data))
    offset = -1
    try:
        await call.write(attachment_pb2.PutRequest(open=opening))
        offset = (await call.read()).wanted.offset
        for piece in pieces(data[offset:])[:most]:
            await call.write(attachment_pb2.PutRequest(chunk=piece))
        await call.done_writing()
        return offset, (await call.read()).done.media_type
    except Exception as error:  # noqa: BLE001 - a write to a call that ended says less than its status
        del error
        return offset, reason_of(await _status(call))


async def _status(call: Any) -> Any:
    try:
        await call.read()
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("the call was not refused")


async def get(client: HallClient, sha256: bytes = HASH, offset: int = 0) -> bytes:
    stub: Any = attachment_pb2_grpc.AttachmentServiceStub(client.channel)
    answers = [answer async for answer in stub.Get(attachment_pb2.GetRequest(sha256=sha256, offset=offset))]
    assert answers[0].size == len(PDF)
    return b"".join(answer.chunk for answer in answers)


async def refused(client: HallClient, sha256: bytes = HASH) -> str:
    try:
        await get(client, sha256)
    except grpc.aio.AioRpcError as error:
        return reason_of(error)
    return ""


async def test_a_file_goes_to_the_other_hall_of_the_thread_and_to_nobody_else(scene: Scene) -> None:
    county, city = await scene.client(COUNTY), await scene.client(CITY)
    assert await put(county, PDF) == (0, "application/pdf")
    assert await put(county, PDF) == (len(PDF), "application/pdf")
    assert await get(county) == PDF
    assert await refused(city) == "REASON_NOT_FOUND"
    file = Attachment(HASH, len(PDF), "图纸.pdf", "application/pdf")
    await scene.send(COUNTY, asked(attachments=(file,)))
    await eventually(lambda: refused(city), lambda reason: not reason)
    assert await get(city) == PDF
    assert await get(city, offset=CHUNK + 7) == PDF[CHUNK + 7 :]
    for other in (SIBLING, PROVINCE):
        assert await refused(await scene.client(other)) == "REASON_NOT_FOUND"


async def test_whoever_only_names_a_hash_gets_nothing_by_it(scene: Scene) -> None:
    await put(await scene.client(COUNTY), PDF)
    thief = await scene.client(SIBLING)
    file = Attachment(HASH, len(PDF), "x.pdf", "application/pdf")
    await scene.send(SIBLING, asked(asking_hall=SIBLING, attachments=(file,)))
    await eventually(lambda: threads_of(scene, PROVINCE), lambda found: len(found) == 1)
    assert await refused(thief) == await refused(await scene.client(CITY)) == "REASON_NOT_FOUND"


async def test_a_file_that_broke_off_is_gone_on_with(scene: Scene) -> None:
    county = await scene.client(COUNTY)
    assert await put(county, PDF, most=1) == (0, "REASON_UNEXPECTED_MESSAGE")
    assert await put(county, PDF) == (CHUNK, "application/pdf")
    assert await get(county) == PDF


@pytest.mark.parametrize(
    ("data", "told", "reason"),
    [
        (PDF, {"sha256": b"\x01" * 32}, "REASON_FIELD_INVALID"),
        (PDF, {"sha256": b"\x01" * 31}, "REASON_FIELD_INVALID"),
        (PDF, {"size": MAX_BYTES + 1}, "REASON_TOO_LARGE"),
        (PDF, {"size": 10}, "REASON_TOO_LARGE"),
        (b"MZ" + bytes(1_000), {}, "REASON_FIELD_INVALID"),
        (b"<html><script>alert(1)</script></html>" * 20, {}, "REASON_FIELD_INVALID"),
    ],
)
async def test_a_file_that_is_not_what_it_says_is_not_kept(scene: Scene, data: bytes, told: dict[str, Any], reason: str) -> None:
    county = await scene.client(COUNTY)
    assert (await put(county, data, **told))[1] == reason
    kept = [path for path in scene.hub.config.attachments.folder.rglob("*") if path.is_file()]
    assert kept == []


@pytest.fixture
def files(tmp_path: Path, database_url: str) -> Iterator[Files]:
    prepare(database_url)
    ledger, models = open_database(database_url), open_database(models_url(database_url), durable=False)
    yield Files(tmp_path / "files", 2_000_000, ledger, models)
    ledger.dispose()
    models.dispose()


def note(files: Files, database: Database, wanted: Wanted) -> None:
    with transaction(database.writer) as connection:
        files.note(connection, wanted, "application/pdf", now_ms=0)


def test_no_hall_hands_in_more_than_its_quota(files: Files) -> None:
    first = Wanted(COUNTY, b"\x01" * 32, 1_500_000)
    files.begin(first)
    note(files, files.database, first)
    with pytest.raises(Refusal):
        files.begin(Wanted(COUNTY, b"\x02" * 32, 600_000))
    assert files.begin(Wanted(SIBLING, b"\x02" * 32, 600_000)) == 0


def test_no_hall_leaves_more_than_a_few_files_begun(files: Files) -> None:
    for number in range(PARTS + 5):
        wanted = Wanted(COUNTY, bytes([number]) * 32, 1_000)
        files.begin(wanted)
        files.append(wanted, b"%PDF-1.7")
    assert len(list((files.folder / "parts" / COUNTY).iterdir())) <= PARTS
