"""Others at the database of a running hub: one that holds the lock, and a second hub."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from hub import db
from hub.config import Config
from hub.db import open_database
from hub.errors import Fenced
from hub.exchange import ledger
from tests.hub.hall_client import HallClient, Journal, case_envelope
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_submit import opened, reason, receipt
from tongban.exchange.v1 import exchange_pb2

LOCKING = """
import sys, time
import sqlalchemy as sa
from hub.db import open_database
with open_database(sys.argv[1]).writer.begin() as connection:
    connection.execute(sa.text("UPDATE head SET term = term"))
    print("locked", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def locked(url: str) -> Iterator[Callable[[], None]]:
    """Hold the lock that every commit needs, from another process, until the block ends or what it yields is called."""
    with subprocess.Popen([sys.executable, "-c", LOCKING, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin
        assert stdout
        assert stdout.readline() == "locked\n"

        def release() -> None:
            stdin.write("\n")
            stdin.flush()

        yield release
        process.communicate()


def batch_of(journal: Journal, *numbers: str) -> bytes:
    return journal.seal([case_envelope(journal.identity, number) for number in numbers])


def accepted(config: Config) -> int:
    """Return the size of the ledger, from the database alone."""
    database = open_database(config.database)
    with database.reader.begin() as connection:
        size = ledger.current(connection).frontier.size
    database.dispose()
    return size


async def test_a_batch_waits_for_a_database_that_another_process_locked_for_a_second(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    with locked(hub.config.database) as release:
        started = time.monotonic()
        asyncio.get_running_loop().call_later(1, release)
        got = await receipt(stream, batch_of(journal, "waited"))
        assert time.monotonic() - started > 0.9
    assert got.journal_size == 1
    assert (await receipt(stream, batch_of(journal, "next"))).journal_size == 2
    await client.close()


async def test_a_lock_that_stays_refuses_the_batch_and_the_hub_goes_on_behind_it(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 1_000)
    async with running(tmp_path, make_province(tmp_path, database_url)) as hub:
        client = await hub.join("gongzhuling")
        stream, _ = await opened(client)
        batch = batch_of(Journal(client.identity), "refused at first")
        with locked(hub.config.database):
            stream.say(exchange_pb2.SubmitRequest(batch=batch))
            assert await reason(stream) == "REASON_STORAGE_BUSY"
        again, where = await opened(client)
        assert where.size == 0
        assert (await receipt(again, batch)).journal_size == 1
        await client.close()


async def test_a_second_hub_on_the_database_fences_the_first(tmp_path: Path, database_url: str) -> None:
    config = make_province(tmp_path, database_url)
    (tmp_path / "second").mkdir()
    with pytest.raises(Fenced):
        async with running(tmp_path, config) as first:
            client = await first.join("gongzhuling")
            stream, _ = await opened(client)
            journal = Journal(client.identity)
            assert (await receipt(stream, batch_of(journal, "before"))).journal_size == 1
            size = accepted(config)
            async with running(tmp_path / "second", config) as second:
                late = batch_of(journal, "late")
                stream.say(exchange_pb2.SubmitRequest(batch=late))
                assert await reason(stream) == "REASON_FENCED"
                assert accepted(config) == size
                with pytest.raises(grpc.aio.AioRpcError):
                    await opened(client)
                assert accepted(config) == size
                other = HallClient(client.identity, second.exchange)
                taken, where = await opened(other)
                assert where.size == 1
                assert (await receipt(taken, late)).journal_size == 2
                assert accepted(config) == size + 1
                await other.close()
            await client.close()
