"""Show what the agent exchanges with the hub: streams, journal, inbox, dead letters, what is parked before the hall's own tables."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
import structlog
from starlette.responses import Response

from node_agent import db, dead_letters, exchange_log, status
from node_agent.console.pages import done, draw, message
from node_agent.console.views import stuck
from node_agent.console.visit import Visit
from node_agent.errors import AgentError
from node_agent.exchange_log import Counts
from node_agent.guidance import intake
from node_agent.link import refusals
from node_agent.pulse import Trouble
from node_agent.sinks.config import SqlSinkConfig, read_sinks
from node_agent.sinks.sql import ParkedEntry, SqlSink

_log = structlog.get_logger(__name__)

PAGE: Final = 25
_SINK: Final = "sink "


@dataclass(frozen=True, slots=True)
class LocalFacts:
    """What the agent knows without the hub; `parked` counts what could not become rows of the hall's tables, or guidance."""

    counts: Counts
    unsettled: int
    """Messages that the hub refused and nobody has sent again."""
    parked: int
    troubles: tuple[Trouble, ...]

    @property
    def stuck(self) -> int:
        """Count what goes on only when somebody acts."""
        return self.unsettled + self.parked


@dataclass(frozen=True, slots=True)
class Parked:
    """What is parked before one sink; `fault` says why it cannot be told."""

    sink: str
    entries: list[ParkedEntry]
    fault: str = ""


def local_facts(visit: Visit) -> LocalFacts:
    """Read what the agent knows by itself; call it in a thread. Raises StoreError."""
    agent = visit.site.agent
    with db.reading(agent.engine) as connection:
        counted, unsettled = exchange_log.counts(connection), dead_letters.unsettled(connection)
    facts: Any = agent.pulse.snapshot(visit.now)["facts"]
    parked = sum(int(fact.get("parked") or 0) for name, fact in facts.items() if name.startswith(_SINK) and isinstance(fact, dict))
    return LocalFacts(counted, unsettled, parked, tuple(agent.pulse.troubles))


async def show(visit: Visit) -> Response:
    """Draw how the exchange stands."""
    if visit.asked("part") == "facts":
        return draw(visit, "_exchange.html", found=await visit.site.keeping.apart(lambda: _report(visit)))
    return draw(visit, "exchange.html", found=await visit.site.keeping.apart(lambda: _report(visit)))


def _report(visit: Visit) -> dict[str, Any]:
    found = status.report(visit.site.agent.config, visit.now)
    # The running agent is this one: what it knows now is newer than the pulse that it left.
    found["alarms"] = _merged(found["alarms"], visit.site.agent.pulse.troubles)
    return found


def _merged(told: list[dict[str, Any]], now: list[Trouble]) -> list[dict[str, Any]]:
    newest = [{"name": one.name, "what": one.what, "do": one.do, "since": one.since} for one in now]
    names = {one["name"] for one in newest}
    judged = [
        one for one in told if one["name"] not in names and not one["name"].startswith(("submit", "receive", "source", _SINK, "store"))
    ]
    return newest + judged


async def show_journal(visit: Visit) -> Response:
    """Draw a page of the journal: batches with their receipts."""
    before = _place(visit)
    rows = await visit.site.keeping.read(lambda connection: exchange_log.sent(connection, before, PAGE + 1))
    more = rows[PAGE - 1].first if len(rows) > PAGE else None
    template = "_journal.html" if visit.asked("part") == "list" else "journal.html"
    return draw(visit, template, rows=rows[:PAGE], more=more, is_first=before is None)


async def show_inbox(visit: Visit) -> Response:
    """Draw a page of the inbox."""
    before = _place(visit)
    rows = await visit.site.keeping.read(lambda connection: exchange_log.received(connection, before, PAGE + 1))
    more = rows[PAGE - 1].first if len(rows) > PAGE else None
    template = "_inbox.html" if visit.asked("part") == "list" else "inbox.html"
    return draw(visit, template, rows=rows[:PAGE], more=more, is_first=before is None)


async def show_dead_letters(visit: Visit) -> Response:
    """Draw a page of dead letters, and what is parked."""
    before = _place(visit)
    rows = await visit.site.keeping.read(lambda connection: dead_letters.listed(connection, before, PAGE + 1))
    parked = [await _parked(visit, sink) for sink in _sinks(visit)] if before is None else []
    more = rows[PAGE - 1].journal_index if len(rows) > PAGE else None
    agent = visit.site.agent
    others = await visit.site.keeping.read(lambda connection: stuck.found(agent, connection)) if before is None else None
    facts: dict[str, Any] = {"more": more, "is_first": before is None, "remedy": lambda reason: refusals.remedy(reason).do}
    return draw(visit, "dead_letters.html", rows=rows[:PAGE], parked=parked, others=others, most=stuck.SHOWN, **facts)


def _sinks(visit: Visit) -> tuple[SqlSinkConfig, ...]:
    config = visit.site.agent.config
    return read_sinks(config.sink, config.folder)


async def _parked(visit: Visit, config: SqlSinkConfig) -> Parked:
    def read() -> list[ParkedEntry]:
        sink = SqlSink(config)
        try:
            return sink.parked(PAGE)
        finally:
            sink.close()

    try:
        return Parked(config.name, await visit.site.keeping.apart(read))
    except AgentError as error:
        return Parked(config.name, [], str(error))


async def send_again(visit: Visit) -> Response:
    """Send a dead letter again."""
    index = visit.form.get("journal_index", "")
    if not index.isdecimal() or len(index) > len(str(2**63)):
        return await message(visit, "absent", 404)
    writer = visit.site.agent.envelopes

    def again(connection: sa.Connection) -> bool:
        return dead_letters.send_again(connection, int(index), writer)

    sent = await visit.site.keeping.write(again)
    if sent:
        _log.info("a dead letter was sent again", journal_index=int(index))
        visit.site.live.publish("exchange")
    return done("/exchange/dead-letters", "sent-again" if sent else "not-sent-again")


async def retry_parked(visit: Visit) -> Response:
    """Try again to write what is parked before a sink, or to take in guidance."""
    if visit.form.get("what") == "guidance":
        hall, now = visit.site.hall, visit.now
        _, waiting = await visit.site.keeping.write(lambda connection: intake.retry(connection, hall, now))
        return done("/exchange/dead-letters", "retried" if not waiting else "retried-some")
    config = next((one for one in _sinks(visit) if one.name == visit.form.get("sink", "")), None)
    if config is None:
        return await message(visit, "absent", 404)

    def retry(now: datetime) -> int:
        sink = SqlSink(config)
        try:
            return sink.retry_parked(now).parked
        finally:
            sink.close()

    try:
        left = await visit.site.keeping.apart(lambda: retry(visit.now))
    except AgentError as error:
        _log.warning("parked entries were not retried", sink=config.name, error=str(error))
        return done("/exchange/dead-letters", "retry-failed")
    return done("/exchange/dead-letters", "retried" if not left else "retried-some")


def _place(visit: Visit) -> int | None:
    """Return the place in front of which a page is asked for; None for the newest."""
    text = visit.asked("before", 20)
    return int(text) if text.isdecimal() and int(text) < 2**63 else None
