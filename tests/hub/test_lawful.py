"""Calls that are open end when the law opens them no more, and no others."""

import asyncio
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from directory.scopes.reading import default_rules, rules_as_toml
from directory.scopes.vocabulary import Seat
from hub.rpc import lawful
from tests.hub.quarantining import (
    HALL,
    SECONDS,
    Sender,
    command,
)
from tests.hub.running import RunningHub
from tests.hub.test_receive import begun, next_of
from tests.hub.test_submit import opened, reason, reason_of


async def test_calls_that_the_law_opens_no_more_end_within_a_second(hub: RunningHub) -> None:
    yushu, other = await hub.join(HALL), await hub.join("dehui")
    sender, receiving = await Sender.of(yushu), await begun(yushu)
    laws = hub.hub.rooms.laws
    sources = laws._sources
    less = tuple(rule for rule in sources().rules if "exchange.receive" not in rule.actions)
    laws._sources = lambda: sources()._replace(rules=less)
    begun_at = asyncio.get_running_loop().time()
    assert await reason(receiving[0]) == "REASON_SCOPE_DENIED"
    assert asyncio.get_running_loop().time() - begun_at < SECONDS
    assert await reason(sender.stream) == "REASON_SCOPE_DENIED"  # one rule opens both
    laws._sources = sources
    await next_of((await begun(other))[0], "proposal")
    await yushu.close()
    await other.close()


async def test_a_new_law_ends_no_call_that_it_opens_too(hub: RunningHub) -> None:
    yushu = await hub.join(HALL)
    sender = await Sender.of(yushu)
    laws = hub.hub.rooms.laws
    sources = laws._sources
    watch = lawful.LawWatch(laws, hub.hub.calls)
    watch.look()
    laws._sources = lambda: type(sources())(tuple(sources().rules), sources().province, ())
    watch.look()
    await sender.send("a")
    await yushu.close()


async def test_rules_that_an_operator_imports_end_the_streams_that_they_close(hub: RunningHub, tmp_path: Path) -> None:
    yushu, changchun = await hub.join(HALL), await hub.join("changchun")
    county, city = (await begun(yushu))[0], (await begun(changchun))[0]
    rules = default_rules()
    exchanges = next(rule for rule in rules if rule.rule == "node-exchanges")
    others = [rule for rule in rules if rule is not exchanges]
    path = tmp_path / "rules.toml"
    path.write_bytes(rules_as_toml([*others, replace(exchanges, tiers=exchanges.tiers - {Seat.COUNTY})]))
    command(hub, "directory", "import", str(path))
    assert await reason(county) == "REASON_SCOPE_DENIED"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await opened(yushu)
    assert reason_of(caught.value) == "REASON_SCOPE_DENIED"
    await next_of(city, "proposal")
    await yushu.close()
    await changchun.close()
