"""Questions that wait together are read for together, and each is answered out of what it asked for."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from hub import schema
from hub.bulk import insert_new
from hub.cases.times import unix_ms
from hub.consumers import advance
from hub.db import Database, models_url, open_database, transaction
from hub.errors import StorageBusy
from hub.licences import looking as looking_room
from hub.licences import queries
from hub.licences.consumer import LicenceConsumer
from hub.licences.looking import AT_ONCE, Looking
from hub.licences.tables import versions
from tests.hub.licensing import food
from tests.hub.people import eventually, now
from tests.province import licensed

LICENCES = [food(f"{number:07}") for number in range(200)]


@pytest.fixture
def models(database_url: str) -> Iterator[Database]:
    """Give a registry of two hundred licences of four holders."""
    schema.prepare(database_url)
    opened = open_database(models_url(database_url), durable=False)
    at_ms = unix_ms(now())
    rows = [
        (
            str(one),
            one.root,
            licensed.FOOD,
            "yushu",
            "valid",
            "",
            at_ms,
            at_ms,
            None,
            bytes([place % 4]) * 32,
            b"",
            "key",
            "list",
            place,
            1,
            place,
            place,
        )
        for place, one in enumerate(LICENCES)
    ]
    with transaction(opened.writer) as connection:
        insert_new(connection, versions, rows)
        advance(connection, LicenceConsumer.name, 7)
    yield opened
    opened.dispose()


async def test_many_questions_cost_few_readings(models: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    real = queries.look

    def counted(connection: sa.Connection, cited: set[tuple[str, str]], ids: set[str], holders: set[bytes]) -> queries.Looked:
        groups.append(len(ids))
        return real(connection, cited, ids, holders)

    monkeypatch.setattr(queries, "look", counted)
    looking = Looking(models, lambda place: place * 2)
    asked = [look(looking, str(one), bytes([place % 4]) * 32) for place, one in enumerate(LICENCES)]
    found = await asyncio.gather(*asked)
    assert all(str(one) in looked.by_id for one, looked in zip(LICENCES, found, strict=True))
    assert {len(looked.by_holder[bytes([place % 4]) * 32]) for place, looked in enumerate(found)} == {50}
    assert {looked.read_up_to_ms for looked in found} == {14}
    assert (sum(groups), max(groups)) == (200, AT_ONCE)
    assert len(groups) == 4


async def test_who_comes_while_records_are_written_goes_with_the_next(models: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[set[str]] = []
    real = queries.look

    def counted(connection: sa.Connection, cited: set[tuple[str, str]], ids: set[str], holders: set[bytes]) -> queries.Looked:
        groups.append(set(ids))
        return real(connection, cited, ids, holders)

    monkeypatch.setattr(queries, "look", counted)
    monkeypatch.setattr(looking_room, "MOMENT_SECONDS", 30.0)
    looking, written = Looking(models, lambda place: place), asyncio.Event()

    async def ask(licence: str) -> None:
        async with looking.turn(("yushu", "1"), [licence], []):
            await written.wait()

    names = [str(one) for one in LICENCES[:4]]
    asked = [asyncio.create_task(ask(names[0]))]
    await eventually(lambda: answered(len(groups)), lambda count: count == 1)
    asked += [asyncio.create_task(ask(name)) for name in names[1:]]
    await asyncio.sleep(0.05)
    asked[1].cancel()  # before it was read for
    assert groups == [{names[0]}]
    written.set()
    await asyncio.gather(*asked, return_exceptions=True)
    assert groups[1:] == [set(names[1:])]
    async with asyncio.timeout(10):  # who hung up holds nobody up
        await look(looking, names[0])


async def test_of_a_holder_with_very_many_licences_the_newest_are_read_alone(models: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_OF_A_HOLDER", 7)
    holders = [bytes([place]) * 32 for place in range(2)]
    with transaction(models.reader) as connection:
        read = list(queries._rows(connection, queries._BY_HOLDER, "holders", holders, most=queries.MOST_OF_A_HOLDER))
        found = queries.look(connection, [], [], holders)
    assert len(read) == 14, "no more is read than is answered"
    assert {holder: [one.made for one in rows] for holder, rows in found.by_holder.items()} == {
        holder: list(range(196 + place, 168 + place, -4)) for place, holder in enumerate(holders)
    }


async def test_a_question_that_takes_long_holds_the_next_up_for_a_moment_alone(models: Database) -> None:
    looking = Looking(models, lambda place: place)
    async with looking.turn(("yushu", "1"), [], []):
        async with asyncio.timeout(10):
            assert str(LICENCES[1]) in (await look(looking, str(LICENCES[1]))).by_id


async def look(looking: Looking, licence: str, holder: bytes = b"") -> queries.Looked:
    async with looking.turn(("yushu", "1"), [licence], [holder] if holder else []) as looked:
        return looked


async def answered(count: int) -> int:
    return count


async def test_a_reading_that_fails_fails_for_its_own_alone(models: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = Looking(models, lambda place: place)
    with monkeypatch.context() as patched:
        patched.setattr(queries, "look", lambda *_: (_ for _ in ()).throw(StorageBusy("busy")))
        with pytest.raises(StorageBusy):
            await look(looking, "")
    assert (await look(looking, str(LICENCES[3]))).by_id[str(LICENCES[3])].made == 3


async def test_who_stops_waiting_stops_nobody_else(models: Database) -> None:
    looking = Looking(models, lambda place: place)
    gone = asyncio.ensure_future(look(looking, str(LICENCES[0])))
    stays = asyncio.ensure_future(look(looking, str(LICENCES[1])))
    await asyncio.sleep(0)
    gone.cancel()
    assert str(LICENCES[1]) in (await stays).by_id
