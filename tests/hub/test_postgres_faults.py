"""A PostgreSQL that dies under a running hub, and comes back."""

from pathlib import Path

import pytest

from hub import db, schema
from hub.db import open_database, transaction
from hub.errors import StorageBusy
from hub.exchange import ledger
from tests.hub.hall_client import Journal, case_envelope
from tests.hub.running import make_province, running
from tests.hub.test_submit import opened, reason, receipt
from tests.province import postgres
from tests.province.postgres import PostgreSQL
from tests.province.processes import wait_until
from tongban.exchange.v1 import exchange_pb2

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "-")]


def kill(server: PostgreSQL) -> None:
    """Kill a server and wait for its children: one that had not noticed yet could still commit."""
    with server.connect() as connection:
        children = [pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity")]
    server.kill()
    wait_until(lambda: all(ended(pid) for pid in children), "the server's children ended")


def ended(pid: object) -> bool:
    """Tell whether a process runs no more; it may still wait to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_a_server_that_is_killed_loses_nothing_that_has_a_receipt(tmp_path: Path) -> None:
    with postgres.postgresql() as server:
        config = make_province(tmp_path, server.new_database())
        async with running(tmp_path, config) as hub:
            client = await hub.join("gongzhuling")
            stream, _ = await opened(client)
            journal = Journal(client.identity)
            first = await receipt(stream, journal.seal([case_envelope(client.identity, "kept")]))
            kill(server)
            second = journal.seal([case_envelope(client.identity, "refused at first")])
            stream.say(exchange_pb2.SubmitRequest(batch=second))
            assert await reason(stream) == "REASON_STORAGE_BUSY"
            server.start()
            again, where = await opened(client)
            assert where.size == 1
            assert (await receipt(again, second)).ledger_first == first.ledger_first + 1
            await client.close()
        server.kill()


def test_a_connection_that_died_while_idle_is_replaced(postgres_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(postgres_server.url("postgres"))
    for engine in (database.writer, database.reader):
        with engine.begin() as connection:
            first = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with postgres_server.connect() as operator:
            operator.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        with monkeypatch.context() as patched:
            patched.setattr(db, "PING_AFTER_SECONDS", 0.0)  # as if it had been idle
            with engine.begin() as connection:
                assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != first
        with pytest.raises(StorageBusy, match="does not answer"), engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        with engine.begin() as connection:
            assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != first
    database.dispose()


def test_a_statement_that_does_not_end_is_ended(postgres_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "STATEMENT_TIMEOUT_MS", 200)
    database = open_database(postgres_server.url("postgres"))
    with pytest.raises(StorageBusy), database.writer.begin() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    database.dispose()


def test_a_hub_that_froze_inside_a_commit_does_not_keep_the_next_one_out(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("a frozen process keeps SQLite's lock until it is ended")
    database, models = open_database(database_url), open_database(database_url, durable=False)
    schema.upgrade(database.writer, models.writer)
    monkeypatch.setattr(db, "IDLE_IN_TRANSACTION_MS", 500)
    soon_frozen = open_database(database_url)
    with pytest.raises(StorageBusy), transaction(soon_frozen.writer) as frozen:
        ledger.take_over(frozen)
        with transaction(database.writer) as next_one:  # waits for the head until the server ends the frozen transaction
            assert ledger.take_over(next_one).term == 1
        ledger.current(frozen)
    for each in (database, models, soon_frozen):
        each.dispose()
