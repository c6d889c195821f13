"""Find out what keeps the agent from working, and say what to do.

Law: nothing is changed, and nothing is sent but questions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from certs.errors import CertsError
from node_agent import db, hall_keys, renewal, store_check
from node_agent.config import Config
from node_agent.errors import AgentError
from node_agent.hall_keys import HallKeys
from node_agent.sinks.config import read_sinks
from node_agent.sinks.sql import SqlSink
from node_agent.sources.config import read_sources
from node_agent.sources.preview import preview


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `do` is empty when it is well."""

    name: str
    well: bool
    what: str
    do: str = ""


def local(config: Config, now: datetime) -> tuple[list[Check], HallKeys | None]:
    """Check everything that needs no network; return the keys for what does."""
    checks = []
    hall: HallKeys | None = None
    try:
        hall = hall_keys.load(config)
        checks.append(Check("keys", well=True, what=f"keys of {hall.journal.name}, charter of ledger epoch {hall.charter.epoch}"))
        checks.append(_certificate(hall, now))
    except AgentError as error:
        checks.append(Check("keys", well=False, what=str(error), do="run `tongban-agent enrol TOKEN_FILE`"))
    if hall is not None and config.store_path.exists():
        checks += _store(config, hall)
    return [*checks, *_sources(config), *_sinks(config)], hall


def _certificate(hall: HallKeys, now: datetime) -> Check:
    try:
        left = renewal.ends_in(hall.folder, now)
        is_due = renewal.is_due(hall.folder, now)
    except (OSError, CertsError) as error:
        return Check("certificate", well=False, what=str(error), do="restore `data_dir`/keys, or enrol again")
    if left.total_seconds() < 0:
        return Check("certificate", well=False, what=f"expired {-left} ago", do="start the agent: it renews for 30 days; later, enrol again")
    due = ", due for renewal" if is_due else ""
    return Check("certificate", well=True, what=f"in force for {left.days} more days{due}")


def _store(config: Config, hall: HallKeys) -> list[Check]:
    engine = db.connect(config.store_path)
    restore = "stop the agent and move `data_dir`/agent.db away: the agent takes everything back from the hub"
    try:
        return [
            _looked("database", lambda: _on(engine, lambda c: (store_check.sqlite_is_sound(c), "SQLite finds nothing wrong")), restore),
            _looked("journal", lambda: _finding(_on(engine, lambda c: store_check.check_journal(c, hall))), restore),
            _looked("inbox", lambda: _finding(_on(engine, lambda c: store_check.check_inbox(c, hall, hall.charter))), restore),
        ]
    finally:
        engine.dispose()


def _on[T](engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
    with db.reading(engine) as connection:
        return work(connection)
