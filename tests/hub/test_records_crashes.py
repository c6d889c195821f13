"""A hub that dies over records judges and hands on each of them once, in order."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from certs.names import HUB
from hub.config import Config
from hub.db import open_database
from hub.exchange import segments
from hub.tables import record_segments, record_work
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.hub.copies import Made
from tests.hub.granting_hub import READER
from tests.hub.records_sent import PROVIDER, Provider, Said, catalogue_files, own_messages, put, remove
from tests.hub.running import RunningHub
from tests.hub.test_register import stage
from tests.province import warden
from tests.province.business import ROOT
from tongban.directory.v1.records_pb2 import Extract, InvalidRecord, RecordsJudged

SECONDS = 60.0


@contextmanager
def living(folder: Path, config: Config, dies_at: str = "") -> Iterator[tuple[RunningHub, subprocess.Popen[bytes]]]:
    """Run a hub in a process of its own, which may die at a step."""
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    paths = os.pathsep.join([str(ROOT), str(ROOT / "proto")])
    with (folder / "hub.log").open("ab") as log:
        environment = {**os.environ, "PYTHONPATH": paths, VARIABLE: dies_at}
        process = subprocess.Popen([sys.executable, "-m", "tests.hub.granting_hub", str(folder)], cwd=ROOT, env=environment, stderr=log)
    with warden.watching(process):
        try:
            until(lambda: ready.exists() or process.poll() is not None, "the hub listens")
            where = json.loads(ready.read_text("utf-8"))
            yield RunningHub(folder, config, None, where["exchange"], where["enrolment"]), process  # type: ignore[arg-type] # elsewhere
        finally:
            process.terminate()
            process.wait(SECONDS)


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"it never came that {what}"
        time.sleep(0.05)


class Kept:
    """What the hub's database holds, read beside it."""

    def __init__(self, config: Config) -> None:
        self._database = open_database(config.database)

    def said(self, kind: type[Extract | InvalidRecord | RecordsJudged]) -> list[Said]:
        with self._database.reader.begin() as connection:
            return own_messages(segments.journal_after(connection, HUB, 1, 0, 100_000), kind)

    def count(self, table: sa.Table) -> int:
        with self._database.reader.begin() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)

    def close(self) -> None:
        self._database.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("step", ["records-judged", "extracts-said"])
async def test_what_dies_over_records_says_everything_once_and_in_order(tmp_path: Path, made_province: Made, step: str) -> None:
    config = made_province.copy(tmp_path)
    stage(config, *catalogue_files())
    kept = Kept(config)
    with living(tmp_path, config) as (hub, _):
        provider, reader = await Provider.at(hub, PROVIDER), await hub.join(READER)
        await provider.send(put("0", {"name": "零", "phone": "1"}))
        until(lambda: len(kept.said(Extract)) == 1, "the first record is handed on")
        identity, journal = provider.client.identity, provider.journal
        for client in (provider.client, reader):
            await client.close()
    with living(tmp_path, config, step) as (hub, process):
        provider = await Provider.again(hub, identity, journal)
        await provider.send(put("1", {"name": "甲"}), put("2", {"name": 7}))
        until(lambda: process.poll() is not None, f"the hub dies at {step}")
        assert process.returncode == STATUS
        await provider.client.close()
    with living(tmp_path, config) as (hub, _):
        provider = await Provider.again(hub, identity, journal)
        await provider.send(put("1", {"name": "乙"}), remove("0"), put("2", {"name": 7}))
        until(lambda: kept.count(record_work) == 0, "everything is judged")
        until(lambda: len(kept.said(Extract)) == 4, "everything is handed on")
        await provider.client.close()
    assert [one.shown for one in kept.said(Extract)] == [("0", {"name": "零"}), ("1", {"name": "甲"}), ("1", {"name": "乙"}), ("0", None)]
    assert [one.header.subject for one in kept.said(InvalidRecord)] == ["2", "2"]
    assert len(kept.said(RecordsJudged)) == kept.count(record_segments) == 3
    assert len({one.header.id for one in kept.said(Extract)}) == 4
    kept.close()
