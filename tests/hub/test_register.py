"""The register: staged by commands, logged by the running hub, said to every hall."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from certs.names import HUB
from directory.register.changes import RESOURCE, Change, Place, read_change
from directory.register.fold import Register
from directory.register.importing import File
from directory.scopes.reading import default_rules, rules_as_toml
from hub.cli import main
from hub.config import Config
from hub.db import open_database, transaction
from hub.errors import HubError, StorageBusy
from hub.exchange.intake import Admitted
from hub.exchange.own_journal import OwnJournal
from hub.exchange.segments import Segment
from hub.registry import edits, halls, register_log, staging
from hub.registry.registrar import BATCH_BYTES, BATCH_CHANGES, batches
from hub.registry.staging import State
from hub.tables import mailbox_entries, register, segments, staged_changes
from tests.hub.copies import Made
from tests.hub.hall_client import HallClient, Inbox
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_receive import begun, take
from tests.province.provincial import DEPARTMENTS
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HALLS = 53


def hall_rows(*names: str) -> File:
    rows = [f"{name},{name}政务大厅,county,changchun,220102" for name in names]
    return File("halls.csv", "\n".join(["hall,name,tier,superior,division_code", *rows, ""]).encode())


def stage(config: Config, *files: File, whole: bool = False) -> edits.Staged:
    database = open_database(config.database)
    try:
        return edits.stage_files(database, files, NOW, "a test", whole=whole)
    finally:
        database.dispose()


def look(config: Config, question: Callable[[sa.Connection], Any]) -> Any:
    database = open_database(config.database)
    try:
        with database.reader.begin() as connection:
            return question(connection)
    finally:
        database.dispose()


def said_by_the_hub(connection: sa.Connection) -> int | None:
    """Count what the hub's journal holds."""
    counted: int | None = connection.scalar(sa.select(sa.func.sum(segments.c.count)).where(segments.c.author == HUB))
    return counted


async def said(hub: RunningHub, client: HallClient, wanted: int, skip: int) -> Register:
    """Fold what a hall receives, of `wanted` inbox entries of which `skip` are keys."""
    stream, _ = await begun(client)
    register = Register()
    for index, data in enumerate(await take(hub, stream, Inbox(client.identity), wanted)):
        envelope = Envelope.FromString(data)
        header = Header.FromString(envelope.header)
        if header.resource == RESOURCE:
            assert list(header.recipients) == ["*"]
            register.apply(read_change(envelope.payload), index)
    assert len(register) <= wanted - skip
    return register


@pytest.fixture
def config(tmp_path: Path, made_province: Made) -> Config:
    return made_province.copy(tmp_path)


async def test_what_was_staged_while_no_hub_ran_is_said_to_every_hall_by_the_next_one(tmp_path: Path, config: Config) -> None:
    staged = stage(config, hall_rows("jingyue"))
    assert (staged.plan.faults, len(staged.plan.changes)) == ((), 1)
    async with running(tmp_path, config) as hub:
        kept = hub.hub.rooms.registrar.register
        assert len(kept) == HALLS + 1  # the list of halls goes with the first change
        client = await hub.join("gongzhuling")
        assert (await said(hub, client, HALLS + 2, 1)).digest() == kept.digest()
        await client.close()
        assert hub.hub.rooms.registry.province.hall("jingyue").linked
    assert look(config, register_log.load).digest() == kept.digest()
    assert [one.state for one in look(config, lambda c: staging.accounts(c, 9))] == [State.TAKEN]


async def test_a_province_begins_by_saying_its_halls(tmp_path: Path, database_url: str) -> None:
    config = make_province(tmp_path, database_url, halls_said=True)
    async with running(tmp_path, config) as hub:
        client = await hub.join("gongzhuling")
        register = await said(hub, client, HALLS + 1, 1)
        assert {place.key for place, _ in register} == {hall.hall for hall in hub.hub.rooms.registry.province}
        await client.close()


async def test_a_new_mailbox_starts_with_all_keys_and_changes_in_the_order_of_the_ledger(tmp_path: Path, config: Config) -> None:
    async with running(tmp_path, config) as hub:
        await (await hub.join("jilin-sheng")).close()
        stage(config, hall_rows("jingyue"))
        await hub.hub.rooms.registrar.take_in()
        await (await hub.join("siping")).close()
        stage(config, hall_rows("jingyue", "lvyuan"))
        await hub.hub.rooms.registrar.take_in()
        assert look(config, halls.load).hall("lvyuan").linked
        client = await hub.join("yushu")
        wanted = 3 + HALLS + 1 + 1
        register = await said(hub, client, wanted, 3)
        assert register.digest() == hub.hub.rooms.registrar.register.digest()
        await client.close()
    of_yushu = look(config, lambda c: c.scalars(sa.select(mailbox_entries.c.ledger_first).where(mailbox_entries.c.hall == "yushu")).all())
    assert list(of_yushu) == sorted(of_yushu)


async def test_a_staging_that_no_longer_holds_is_refused_whole_with_its_reasons(tmp_path: Path, config: Config) -> None:
    async with running(tmp_path, config) as hub:
        before = hub.hub.rooms.registrar.register.digest()
        day = '{"calendar":"yanbian","date":"2026-09-03","kind":"local_off","name":"Own day"}'
        good = Change(Place("calendar-day", "2026-09-03/local_off", "yanbian"), day)
        bad = Change(Place("department", "housing", "2026-01-01"), '{"department":"housing","uscc":"1"}')
        with transaction(hub.hub.rooms.database.writer) as connection:
            staging.stage(connection, [good, bad], "by hand", NOW)
        await hub.hub.rooms.registrar.take_in()
        assert hub.hub.rooms.registrar.register.digest() == before
        (account,) = look(config, lambda c: staging.accounts(c, 9))
        assert (account.state, account.changes, account.left) == (State.REFUSED, 2, 0)
        assert any("housing" in fault for fault in account.faults)
        assert look(config, said_by_the_hub) is None
        stage(config, hall_rows("jingyue"))
        await hub.hub.rooms.registrar.take_in()
        assert len(hub.hub.rooms.registrar.register) == HALLS + 1


async def test_what_is_refused_leaves_the_halls_it_names_as_the_register_says(tmp_path: Path, database_url: str) -> None:
    config = make_province(tmp_path, database_url, halls_said=True)
    moved = "yushu,榆树市政务大厅,county,siping,220182,1980-01-01"
    async with running(tmp_path, config) as hub:
        registrar = hub.hub.rooms.registrar
        await registrar.take_in()
        async with registrar._turn:  # it does not hold any more when its turn comes
            number = stage(config, File("halls.csv", f"hall,name,tier,superior,division_code,from\n{moved}\n".encode())).number
            assert look(config, halls.load).hall("yushu").superior == "siping"
            spoilt = {"staging": number, "ordinal": 9, "kind": "department", "key": "housing", "version": "2026-01-01", "document": "{}"}
            with transaction(hub.hub.rooms.database.writer) as connection:
                connection.execute(staged_changes.insert(), spoilt)
        await registrar.take_in()
        assert {one.id: one.state for one in look(config, lambda c: staging.accounts(c, 9))}[number] is State.REFUSED
        assert look(config, halls.load).hall("yushu").superior == "changchun"


async def test_a_staging_of_which_a_part_is_logged_is_logged_whole(tmp_path: Path, config: Config) -> None:
    # As after a crash between two batches and a night in which the rest came to be judged otherwise.
    rest = Change(Place("department", "housing", "2026-01-01"), '{"department":"housing","uscc":"1"}')
    async with running(tmp_path, config) as hub:
        with transaction(hub.hub.rooms.database.writer) as connection:
            staging.stage(connection, [rest, rest], "by hand", NOW)
            connection.execute(staged_changes.delete().where(staged_changes.c.ordinal == 0))
        await hub.hub.rooms.registrar.take_in()
        assert rest.place in hub.hub.rooms.registrar.register.documents()
    assert [one.state for one in look(config, lambda c: staging.accounts(c, 9))] == [State.TAKEN]


async def test_rules_and_departments_count_as_soon_as_they_are_taken_in(tmp_path: Path, config: Config) -> None:
    async with running(tmp_path, config) as hub:
        registrar = hub.hub.rooms.registrar
        before, default = registrar.departments, registrar.rules
        assert (len(before), list(default)) == (0, list(default_rules()))
        stage(config, File("departments.csv", DEPARTMENTS.read_bytes()))
        await registrar.take_in()
        departments = registrar.departments
        assert (len(departments), registrar.rules is default) == (26, True)
        stage(config, File("rules.toml", rules_as_toml(default_rules()[:3])))
        await registrar.take_in()
        assert (len(registrar.rules), registrar.departments is departments) == (3, True)
    async with running(tmp_path, config) as hub:
        assert (len(hub.hub.rooms.registrar.rules), len(hub.hub.rooms.registrar.departments)) == (3, 26)


async def test_what_waits_is_logged_once_however_many_look_for_it(tmp_path: Path, config: Config) -> None:
    async with running(tmp_path, config) as hub:
        stage(config, hall_rows("jingyue"))
        registrar = hub.hub.rooms.registrar
        await asyncio.gather(*(registrar.take_in() for _ in range(4)))
        waiting = look(config, staging.first_waiting)
        assert (waiting, len(registrar.register)) == (None, HALLS + 1)
        assert look(config, said_by_the_hub) == HALLS + 1


async def test_a_change_that_is_gone_from_what_waits_is_not_logged_again(tmp_path: Path, config: Config) -> None:
    stage(config, hall_rows("jingyue"))
    waiting = look(config, staging.first_waiting)
    async with running(tmp_path, config) as hub:
        with pytest.raises(HubError, match="0 of 54"):
            await hub.hub.rooms.registrar._log_all(waiting)
        assert look(config, said_by_the_hub) == HALLS + 1


async def test_a_hub_whose_commit_failed_takes_its_journal_up_where_it_stands(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, config) as hub:
        registrar = hub.hub.rooms.registrar
        with lost_answers(monkeypatch, registrar.own) as lost:
            stage(config, hall_rows("jingyue"))
            with suppress(StorageBusy):  # the hub's own round may be the one that hears of it
                await registrar.take_in()
            assert lost == [HALLS + 1]
        stage(config, hall_rows("lvyuan"))
        await registrar.take_in()
        assert len(registrar.register) == HALLS + 2
        assert look(config, register_log.load).digest() == registrar.register.digest()
        assert {one.state for one in look(config, lambda c: staging.accounts(c, 9))} == {State.TAKEN}


@contextmanager
def lost_answers(monkeypatch: pytest.MonkeyPatch, own: OwnJournal) -> Iterator[list[int]]:
    """Let batches of the hub be committed, and the answers get lost; give their lengths."""
    real = own.committer.batch
    lost: list[int] = []

    def lose(batch: Admitted) -> "asyncio.Future[Segment]":
        answer = asyncio.get_running_loop().create_future()
        real(batch).add_done_callback(lambda _: answer.set_exception(StorageBusy("the answer was lost")))
        lost.append(batch.count)
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(own.committer, "batch", lose)
        yield lost


async def test_a_register_that_is_not_what_the_ledger_holds_is_found(tmp_path: Path, config: Config) -> None:
    stage(config, hall_rows("jingyue"))
    async with running(tmp_path, config) as hub:
        stage(config, hall_rows("lvyuan"))
        await hub.hub.rooms.registrar.take_in()
    assert look(config, register_log.refolded).digest() == look(config, register_log.load).digest()
    assert doctor(tmp_path)["register"] == ""
    database = open_database(config.database)
    with transaction(database.writer) as connection:
        connection.execute(register.update().where(register.c.key == "yushu").values(document="{}"))
    database.dispose()
    assert "not what the ledger holds" in doctor(tmp_path)["register"]


def doctor(folder: Path) -> dict[str, str]:
    """Return what the doctor finds, by check."""
    done = CliRunner().invoke(main, ["doctor", "--json", "--config", str(folder / "hub.toml")])
    return {finding["check"]: finding["fault"] for finding in json.loads(done.stdout)["findings"]}


def test_batches_are_bounded_in_number_and_weight() -> None:
    small = [Change(Place("hall", str(at)), "{}") for at in range(2 * BATCH_CHANGES + 1)]
    assert [end - start for start, end in batches(small)] == [BATCH_CHANGES, BATCH_CHANGES, 1]
    large = [Change(Place("hall", str(at)), "x" * (BATCH_BYTES // 3)) for at in range(7)]
    assert [end - start for start, end in batches(large)] == [3, 3, 1]
    assert list(batches([])) == []
