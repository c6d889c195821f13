"""Notice what changes in the agent, and tell the open pages.

Laws: pages are told when something changed, at most once a round; sessions that ended elsewhere, such as by the command line, lose their
pages within a few rounds.
"""

import asyncio
from datetime import timedelta
from typing import Final

from node_agent.accounts import sessions
from node_agent.console.site import Site
from node_agent.errors import StoreError

ROUND: Final = timedelta(milliseconds=500)
SESSIONS_EVERY: Final = 10
"""Rounds between two looks at who is still signed in."""
_FACTS: Final = ("last_receipt_at", "acknowledged_size", "inbox_waiting")


async def watch(site: Site) -> None:
    """Look round after round, until cancelled."""
    held = _seen(site)
    rounds = 0
    while True:
        await asyncio.sleep(ROUND.total_seconds())
        now = _seen(site)
        for topic, value in now.items():
            if held[topic] != value:
                site.live.publish(topic)
        held = now
        rounds += 1
        if rounds % SESSIONS_EVERY == 0:
            await _end_dead(site)


def _seen(site: Site) -> dict[str, object]:
    pulse = site.agent.pulse
    troubles = tuple((one.name, one.what) for one in pulse.troubles)
    exchanged = tuple(str(pulse.fact(name)) for name in _FACTS)
    return {"link": site.link.key, "exchange": (exchanged, troubles), "todo": (str(pulse.fact("inbox_waiting")), troubles)}


async def _end_dead(site: Site) -> None:
    watched = site.live.sessions
    if not watched:
        return
    try:
        alive = await site.keeping.read(lambda connection: sessions.alive(connection, site.now()))
    except StoreError:
        return
    site.live.end(watched - {one.id for one in alive})
