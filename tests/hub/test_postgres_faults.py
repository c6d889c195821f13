"""A PostgreSQL that dies under a running hub, and comes back."""

from pathlib import Path

import pytest

from tests.hub.hall_client import Journal, case_envelope
from tests.hub.running import make_province, running
from tests.hub.test_submit import opened, reason, receipt
from tests.province import postgres
from tongban.exchange.v1 import exchange_pb2

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "-")]


async def test_a_server_that_is_killed_loses_nothing_that_has_a_receipt(tmp_path: Path) -> None:
    with postgres.postgresql() as server:
        config = make_province(tmp_path, server.new_database())
        async with running(tmp_path, config) as hub:
            client = await hub.join("gongzhuling")
            stream, _ = await opened(client)
            journal = Journal(client.identity)
            first = await receipt(stream, journal.seal([case_envelope(client.identity, "kept")]))
            server.kill()
            second = journal.seal([case_envelope(client.identity, "refused at first")])
            stream.say(exchange_pb2.SubmitRequest(batch=second))
            assert await reason(stream) == "REASON_STORAGE_BUSY"
            server.start()
            again, where = await opened(client)
            assert where.size == 1
            assert (await receipt(again, second)).ledger_first == first.ledger_first + 1
            await client.close()
        server.kill()
