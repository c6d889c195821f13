"""Calls that are open end when the law opens them no more, and no others."""

import asyncio

from hub.rpc import lawful
from tests.hub.quarantining import (
    HALL,
    SECONDS,
    Sender,
)
from tests.hub.running import RunningHub
from tests.hub.test_receive import begun, next_of
from tests.hub.test_submit import reason


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
