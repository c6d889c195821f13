"""A hub whose disk is full accepts nothing, says why, and goes on when there is room."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from psycopg import sql

from tests.hub.conftest import KINDS
from tests.hub.hall_client import Journal, Stream, case_envelope
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_submit import opened, reason_of, receipt
from tests.province.postgres import PostgreSQL
from tongban.exchange.v1 import exchange_pb2

MEBIBYTE = 1 << 20
DISK_BYTES = 64 * MEBIBYTE
BATCHES = 200

Step = Callable[[], Awaitable[Any]]


async def refuses_while_full(hub: RunningHub, fill: Step, free: Step) -> None:
    """Fill the disk under a hub that submits go on to, look at what it says, then make room and look again."""
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    await receipt(stream, batch(journal))
    await fill()
    held, refused, error = 0, b"", None
    for _ in range(BATCHES):
        held, refused = journal.frontier.size, batch(journal)
        error = await refusal(stream, refused)
        if error is not None:
            break
    assert error is not None, "the disk did not fill"
    assert reason_of(error) == "REASON_STORAGE_FULL"
    assert "no room" in str(error.details())
    await free()
    again, where = await opened(client)
    assert where.size == held
    assert (await receipt(again, refused)).journal_size == held + 20
    assert (await receipt(again, batch(journal))).journal_size == held + 40
    await client.close()


async def refusal(stream: Stream, sealed: bytes) -> grpc.aio.AioRpcError | None:
    """Submit a batch and return what ended the stream; None when the batch got its receipt."""
    stream.say(exchange_pb2.SubmitRequest(batch=sealed))
    try:
        await stream.hear(60)
    except grpc.aio.AioRpcError as error:
        return error
    return None


def batch(journal: Journal) -> bytes:
    """Seal 20 envelopes of 20 KB."""
    return journal.seal([case_envelope(journal.identity, f"{n}", dataschema=os.urandom(10_000).hex()) for n in range(20)])


async def test_a_database_that_may_not_grow_refuses_batches_until_it_may(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        deed = hub.hub.rooms.committer.deed
        pages = "PRAGMA max_page_count="

        async def fill() -> None:
            now = await deed(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
            await deed(lambda connection: connection.exec_driver_sql(f"{pages}{now + 4}").scalar_one())

        async def free() -> None:
            await deed(lambda connection: connection.exec_driver_sql(f"{pages}{1 << 30}").scalar_one())

        await refuses_while_full(hub, fill, free)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Mount a small file system of its own."""
    folder = Path(tempfile.mkdtemp(prefix="tongban-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"only root may mount a small disk: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture(params=KINDS)
def url_on_small_disk(request: pytest.FixtureRequest, small_disk: Path) -> Iterator[str]:
    """Name an empty database on the small disk."""
    if request.param == "sqlite":
        yield f"sqlite:///{small_disk / 'hub.db'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgres_server")
    place = small_disk / "tablespace"
    place.mkdir()
    shutil.chown(place, server.folder.owner(), server.folder.group())
    names = {"space": sql.Identifier("small"), "base": sql.Identifier("on_small_disk"), "place": sql.Literal(str(place))}
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE TABLESPACE {space} LOCATION {place}").format(**names))
        connection.execute(sql.SQL("CREATE DATABASE {base} TABLESPACE {space}").format(**names))
    yield server.url("on_small_disk")
    with server.connect() as connection:
        # Before the disk goes: a server that cannot write its files out any more ends itself.
        connection.execute(sql.SQL("DROP DATABASE {base} WITH (FORCE)").format(**names))
        connection.execute(sql.SQL("DROP TABLESPACE {space}").format(**names))


async def test_a_full_disk_refuses_batches_until_there_is_room(tmp_path: Path, small_disk: Path, url_on_small_disk: str) -> None:
    ballast = small_disk / "ballast"

    async def fill() -> None:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(MEBIBYTE)):
                pass

    async def free() -> None:
        ballast.unlink()

    async with running(tmp_path, make_province(tmp_path, url_on_small_disk)) as hub:
        await refuses_while_full(hub, fill, free)
