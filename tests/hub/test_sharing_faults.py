"""What becomes of shares when two acts come at once, when an answer is lost, and when the hub is started again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
import sqlalchemy as sa

from directory.scopes.principal import Principal
from directory.sharing.history import Share
from directory.sharing.vocabulary import SharePhase
from hub.dockets import store
from hub.errors import StorageBusy
from hub.sharing import shares as room
from tests.hub.copies import Made
from tests.hub.people import refusal
from tests.hub.running import running
from tests.hub.sharing_ground import (
    HOUSING,
    MARKET,
    PROVIDER,
    READER,
    RESOURCE,
    Scene,
    sharing,
)
from tests.hub.test_register import lost_answers
from tongban.errors.v1 import errors_pb2


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with sharing(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def test_whichever_of_a_grant_and_a_withdrawal_comes_first_nothing_is_shared_in_the_end(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    for turn in range(4):
        ident = (await reader.apply(purpose=f"用途{turn}")).share.application.application
        acts = [provider.act("Grant", ident), reader.act("Withdraw", ident, ground="不再需要")]
        done = await asyncio.gather(*(acts if turn % 2 else reversed(acts)), return_exceptions=True)
        refused = [one for one in done if isinstance(one, grpc.aio.AioRpcError)]
        share = scene.rooms.shares.docket.get(ident)
        assert share is not None
        assert (share.phase, share.flags, share.events) == (SharePhase.WITHDRAWN, frozenset(), 3 - len(refused))
    assert scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock()) == ()


async def test_what_is_judged_is_what_is_said_however_close_two_acts_come(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    shares = scene.rooms.shares
    deciding, applying = Principal(PROVIDER, provider.role, MARKET, "7"), Principal(READER, reader.role, HOUSING, "7")
    for turn in range(2):
        ident = (await reader.apply(purpose=f"用途{turn}")).share.application.application
        acts = [shares.grant(ident, frozenset(), None, deciding), shares.withdraw(ident, "不再需要", applying)]
        first, second = await asyncio.gather(*(reversed(acts) if turn else acts))
        assert isinstance(first, Share)
        assert (first.events, second.events if isinstance(second, Share) else second.reason) == (
            2,
            errors_pb2.REASON_NOT_IN_TURN if turn else 3,
        )
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        assert store.differing(connection, room.FORM) == []


async def test_after_a_restart_everything_is_as_it_was_and_is_what_the_ledger_holds(tmp_path: Path, made_province: Made) -> None:
    config = made_province.copy(tmp_path)
    async with sharing(tmp_path, config) as scene:
        reader, provider = await scene.reader(), await scene.provider()
        idents = [(await reader.apply(purpose=f"用途{number}")).share.application.application for number in range(4)]
        await provider.act("Grant", idents[0])
        await provider.act("Grant", idents[1])
        await provider.act("Withdraw", idents[1], ground="停止")
        await provider.act("Refuse", idents[2], ground="超出职责范围")
        before, live = list(scene.rooms.shares.docket), scene.rooms.grants.grants_of(RESOURCE)
    async with running(tmp_path, config) as hub:
        rooms = hub.hub.rooms
        assert list(rooms.sharing.shares.docket) == before
        assert rooms.sharing.grants.grants_of(RESOURCE) == live
        with rooms.database.reader.begin() as connection:
            assert store.differing(connection, room.FORM) == []
        with rooms.database.writer.begin() as connection:
            table = room.FORM.matters
            other = connection.scalar(sa.select(table.c.document).where(table.c.id == idents[3]))
            connection.execute(table.update().where(table.c.id == idents[0]).values(document=other))
        with rooms.database.reader.begin() as connection:
            assert idents[0] in store.differing(connection, room.FORM)


async def test_a_move_whose_answer_was_lost_is_told_as_done_and_not_done_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = (await reader.apply()).share.application.application
    await provider.act("Grant", ident)
    own = scene.hub.hub.rooms.registry.own
    with lost_answers(monkeypatch, own) as lost:
        assert await refusal(provider.act("Withdraw", ident, ground="停止")) == "REASON_STORAGE_BUSY"
    assert len(lost) == 1
    assert scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock()) == ()
    again = await provider.act("Withdraw", ident, ground="停止")
    assert (again.share.phase, again.share.events) == ("withdrawn", 3)
    with lost_answers(monkeypatch, own):
        assert await refusal(reader.apply()) == "REASON_STORAGE_BUSY"
    assert (await reader.apply()).share.events == 1
    assert len(scene.rooms.shares.docket) == 2


async def test_a_grant_is_dead_while_it_is_not_known_whether_its_end_came_through(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = (await reader.apply()).share.application.application
    await provider.act("Grant", ident)
    docket = scene.rooms.shares.docket

    async def away(*_: object) -> None:
        raise StorageBusy("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(type(docket.own), "say", away)
        patched.setattr(type(docket), "_load", away)
        assert await refusal(provider.act("Withdraw", ident, ground="停止")) == "REASON_STORAGE_BUSY"
    assert docket.in_doubt(ident)
    assert scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock()) == ()
    assert [grant.ended_at for grant in scene.rooms.grants.grants_of(RESOURCE)] == [scene.clock()]
    await scene.rooms.sweep()
    assert len(scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock())) == 1
