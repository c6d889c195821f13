"""Files go to the hub and from it whole, to those alone who may have them."""

import errno
import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import sqlalchemy as sa

from directory.guidance.attachments import MAX_BYTES, Attachment
from hub.db import Database, models_url, open_database, transaction
from hub.errors import Refusal
from hub.guidance.file_tables import attachments
from hub.guidance.files import CHUNK, PARTS, Files, Wanted
from hub.rooms import Rooms
from hub.schedule import sweep_files
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
    assert not answers[0].HasField("swept_at")
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


async def swept_at(client: HallClient, sha256: bytes = HASH) -> int:
    """Return since when the hub says that a file is gone, Unix milliseconds."""
    stub: Any = attachment_pb2_grpc.AttachmentServiceStub(client.channel)
    (answer,) = [answer async for answer in stub.Get(attachment_pb2.GetRequest(sha256=sha256))]
    assert answer.size == len(PDF)
    assert not answer.chunk
    return int(answer.swept_at.ToMilliseconds())


async def test_a_file_that_was_kept_for_long_enough_is_told_to_be_gone_to_those_who_might_have_had_it(scene: Scene) -> None:
    county, city, kept = await scene.client(COUNTY), await scene.client(CITY), scene.hub.config.attachments
    await put(county, PDF)
    file = Attachment(HASH, len(PDF), "图纸.pdf", "application/pdf")
    await scene.send(COUNTY, asked(attachments=(file,)))
    await eventually(lambda: refused(city), lambda reason: not reason)
    rooms, path = scene.hub.hub.rooms, kept.folder / HASH.hex()[:2] / HASH.hex()
    await sweep_files(rooms, kept)
    assert path.exists()
    began = aged(rooms, path, kept.keep + timedelta(days=1))
    await sweep_files(rooms, kept)
    assert not path.exists()
    for hall in (county, city):
        assert began <= await swept_at(hall) <= rooms.now_ms()
    for other in (SIBLING, PROVINCE):
        assert await refused(await scene.client(other)) == "REASON_NOT_FOUND"
    assert await put(county, PDF) == (0, "application/pdf")  # whoever has it still may hand it in again
    assert await get(city) == PDF
    await sweep_files(rooms, kept)
    assert await get(city) == PDF


async def test_a_file_that_one_hall_has_handed_in_of_late_stays_for_that_one(scene: Scene) -> None:
    county, city, kept = await scene.client(COUNTY), await scene.client(CITY), scene.hub.config.attachments
    await put(county, PDF)
    rooms, path = scene.hub.hub.rooms, kept.folder / HASH.hex()[:2] / HASH.hex()
    aged(rooms, path, kept.keep + timedelta(days=1))
    await put(city, PDF)
    os.utime(path, (1, 1))
    await sweep_files(rooms, kept)
    assert await get(city) == PDF
    assert await swept_at(county)


async def test_a_file_that_is_just_coming_is_not_swept_and_a_part_that_was_given_up_is(scene: Scene) -> None:
    county, kept = await scene.client(COUNTY), scene.hub.config.attachments
    path = kept.folder / HASH.hex()[:2] / HASH.hex()
    path.parent.mkdir(parents=True)
    path.write_bytes(PDF)  # whole, and not noted yet
    (path.parent / "README").write_text("none of ours")
    os.utime(path.parent / "README", (1, 1))
    assert await put(county, PDF, most=1) == (0, "REASON_UNEXPECTED_MESSAGE")
    await sweep_files(scene.hub.hub.rooms, kept)
    assert path.exists()
    (part,) = (kept.folder / "parts" / COUNTY).iterdir()
    os.utime(part, (1, 1))
    os.utime(path, (1, 1))
    await sweep_files(scene.hub.hub.rooms, kept)
    assert [one.name for one in path.parent.iterdir()] == ["README"]
    assert not part.exists()


async def test_a_hub_without_room_for_files_says_so_and_goes_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    county = await scene.client(COUNTY)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Files, "append", full)
        assert (await put(county, PDF))[1] == "REASON_STORAGE_FULL"
    assert await put(county, PDF) == (0, "application/pdf")


def aged(rooms: Rooms, path: Path, by: timedelta) -> int:
    """Let what was handed in be older; return the time, Unix milliseconds."""
    now_ms = rooms.now_ms()
    with transaction(rooms.database.writer) as connection:
        connection.execute(sa.update(attachments).values(handed_in_ms=now_ms - by // timedelta(milliseconds=1)))
    then = now_ms / 1000 - by.total_seconds()
    os.utime(path, (then, then))
    return now_ms
