"""A hub that dies over licences answers nothing that it has not written down, and says everything once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
import sqlalchemy as sa
from google.protobuf.message import Message

from certs.names import HUB
from hub.config import Config
from hub.db import open_database
from hub.exchange import segments
from hub.keys import load_keys
from hub.tables import key_entries
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.hub.copies import Made
from tests.hub.hall_client import HallClient
from tests.hub.licensing import CASE, READER, Asker, IssuingHall, by_id, case_of, food, register, told_of
from tests.hub.records_sent import Provider, Said, own_messages
from tests.hub.running import RunningHub
from tests.hub.test_records_crashes import SECONDS, until
from tests.province import warden
from tests.province.business import ROOT
from tongban.directory.v1.decisions_pb2 import DecisionRecord
from tongban.licence.v1.licence_pb2 import InvalidLicence

FIRST = food("0000001")


@contextmanager
def living(folder: Path, config: Config, dies_at: str = "") -> Iterator[tuple[RunningHub, subprocess.Popen[bytes]]]:
    """Run a hub in a process of its own, which may die at a step."""
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "proto")]), VARIABLE: dies_at}
    command = [sys.executable, "-m", "tests.hub.licensing_hub", str(folder)]
    with (folder / "hub.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
    with warden.watching(process):
        try:
            until(lambda: ready.exists() or process.poll() is not None, "the hub listens")
            where = json.loads(ready.read_text("utf-8"))
            yield RunningHub(folder, config, None, where["exchange"], where["enrolment"]), process  # type: ignore[arg-type] # elsewhere
        finally:
            process.terminate()
            process.wait(SECONDS)


class Kept:
    """What the hub's database holds, read beside it."""

    def __init__(self, config: Config) -> None:
        self._database = open_database(config.database)

    def said(self, kind: type[Message]) -> list[Said]:
        with self._database.reader.begin() as connection:
            return own_messages(segments.journal_after(connection, HUB, 1, 0, 100_000), kind)

    def licence_keys(self) -> int:
        with self._database.reader.begin() as connection:
            return sum("\nact licence\n" in note for note in connection.scalars(sa.select(key_entries.c.note)))

    def close(self) -> None:
        self._database.dispose()


@pytest.mark.slow
async def test_what_dies_over_licences_answers_nothing_unwritten_and_says_everything_once(tmp_path: Path, made_province: Made) -> None:
    config = made_province.copy(tmp_path)
    register(config)
    kept = Kept(config)
    with living(tmp_path, config, "licence-key-logged") as (hub, process):
        issuer = await IssuingHall.at(hub)
        until(lambda: process.poll() is not None, "the hub dies over a licence key")
        assert process.returncode == STATUS
        await issuer.sender.client.close()
    with living(tmp_path, config, "invalid-licences-said") as (hub, process):
        issuer.sender = await Provider.again(hub, issuer.identity, issuer.sender.journal)
        issuer.reading = load_keys(config.keys).charter.reading or b""
        await issuer.issue(FIRST)
        await issuer.issue(FIRST)
        until(lambda: process.poll() is not None, "the hub dies over an act that does not count")
        assert process.returncode == STATUS
        await issuer.sender.client.close()
    with living(tmp_path, config, "access-recorded") as (hub, process):
        reader = await Provider.at(hub, READER)
        await reader.submit([told_of(reader.client.identity, case_of(CASE))])
        asker, before = Asker(reader.client), len(kept.said(DecisionRecord))
        request = asker.signed(asker.question([by_id(FIRST)]))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asker.send(request)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        until(lambda: process.poll() is not None, "the hub dies between record and answer")
        assert process.returncode == STATUS
        assert len(kept.said(DecisionRecord)) == before + 1  # the record was there, and no answer
        await reader.client.close()
    with living(tmp_path, config) as (hub, _):
        client = HallClient(reader.client.identity, hub.exchange)
        with pytest.raises(grpc.aio.AioRpcError):
            await Asker(client).send(request)  # its nonce was kept with the record
        assert len(kept.said(DecisionRecord)) == before + 1
        assert [one.read(InvalidLicence).fault for one in kept.said(InvalidLicence)] == ["issued-twice"]
        assert kept.licence_keys() == 1
        await client.close()
    kept.close()
