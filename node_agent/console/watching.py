"""Notice what changes in the agent, and tell the open pages.

Laws: pages are told when something changed, at most once a round, and of guidance at once: a message that was taken in wakes us, one that
another program wrote, such as the command line, is seen within a round; sessions that ended elsewhere, such as by the command line, lose
their pages within a few rounds.
"""

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from node_agent.accounts import sessions
from node_agent.console.live import of_thread
from node_agent.console.site import Site
from node_agent.errors import StoreError
from node_agent.guidance import changes, queues
from node_agent.guidance.changes import Changes

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


async def watch_guidance(site: Site) -> None:
    """Tell pages of every change of guidance, until cancelled."""
    cursor: int | None = None
    while True:
        try:
            if cursor is None:
                cursor = await site.keeping.read(changes.newest)
            cursor = await _tell_of_guidance(site, cursor)
        except StoreError:
            pass  # it is looked at again
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ROUND.total_seconds()):
                await site.stirred.wait()
        site.stirred.clear()


async def _tell_of_guidance(site: Site, cursor: int) -> int:
    found, concerned = await site.keeping.read(lambda connection: _changed(connection, cursor))
    if not found.changes:
        return cursor
    for thread in {one.thread for one in found.changes}:
        site.live.publish(of_thread(thread))
    if found.missed:
        site.live.publish_all()
    site.live.publish("guidance")
    site.live.publish("unread", concerned)
    return await _tell_of_guidance(site, found.cursor)


def _changed(connection: sa.Connection, cursor: int) -> tuple[Changes, frozenset[str]]:
    """Return what changed, and the users of this hall whose own threads those are."""
    found = changes.changes_after(connection, cursor)
    return found, queues.concerned(connection, {(one.asking_hall, one.thread) for one in found.changes})


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
