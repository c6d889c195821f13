"""Wake the agent from another process, which a second engine on its store stands for: neither knows the other's listeners."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
import structlog.testing

from node_agent import bell, db
from node_agent.app import Agent
from node_agent.outbox import EnvelopeWriter, put
from tests.node_agent.linked import HALL, configuration, enrolled, until
from tests.node_agent.tiny_province import TD, TinyProvince, draft

WRITER = EnvelopeWriter(TD, HALL, 1)


async def _given_time() -> None:
    for _ in range(5):
        await asyncio.sleep(0.01)


def _write(path: Path, work: Callable[[sa.Connection], object]) -> None:
    engine = db.connect(path)
    with db.begin(engine) as connection:
        work(connection)
    engine.dispose()


async def test_what_another_process_writes_wakes_the_agent_without_its_looking(tmp_path: Path) -> None:
    config = configuration(tmp_path).model_copy(update={"data_dir": tmp_path / "data"})
    enrolled(config, TinyProvince(tmp_path / "province"))
    agent, told = Agent(config), list[str]()
    with agent._built() as parts, agent._woken(parts):
        db.listen(parts.engine, lambda: told.append("pages"))
        assert not parts.link._rooms.wake.is_set()
        await asyncio.to_thread(_write, config.store_path, lambda connection: put(connection, [draft("one")], WRITER))
        async with asyncio.timeout(20):
            await parts.link._rooms.wake.wait()
        await until(lambda: told == ["pages"])


async def test_what_asks_for_nobody_wakes_nobody(tmp_path: Path) -> None:
    heard: list[int] = []
    db.open_store(tmp_path / "agent.db").dispose()
    with bell.hung(tmp_path, lambda: heard.append(1)):
        _write(tmp_path / "agent.db", lambda connection: connection.execute(sa.text("SELECT 1")))
        await _given_time()
    assert heard == []


async def test_rings_that_come_together_are_one_and_a_flood_holds_up_nobody(tmp_path: Path) -> None:
    heard: list[int] = []
    with bell.hung(tmp_path, lambda: heard.append(1)):
        for _ in range(50_000):  # more than the kernel keeps
            bell.ring(tmp_path)
        await until(lambda: bool(heard))
        await _given_time()
        assert len(heard) <= 2
        bell.ring(tmp_path)
        await until(lambda: len(heard) >= 2)


def test_where_no_agent_ever_worked_nothing_is_rung(tmp_path: Path) -> None:
    bell.ring(tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_the_bell_of_an_agent_that_was_killed_rings_for_the_next(tmp_path: Path) -> None:
    heard: list[int] = []
    (tmp_path / bell.FILE).touch()
    bell.ring(tmp_path)
    with bell.hung(tmp_path, lambda: heard.append(1)):
        bell.ring(tmp_path)
        await until(lambda: heard == [1])
        shutil.copytree(tmp_path, tmp_path / "copied", ignore=lambda *_: ["copied"])  # with anything, while it hangs


async def test_an_agent_that_cannot_be_woken_goes_on_and_says_so(tmp_path: Path) -> None:
    missing = tmp_path / "gone"
    with structlog.testing.capture_logs() as logged, bell.hung(missing, lambda: None):
        await asyncio.sleep(0)
    assert [one["event"] for one in logged] == ["other processes cannot wake the agent"]
