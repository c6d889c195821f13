"""Find out what keeps the agent from working, and say what to do.

Law: nothing is changed, and nothing is sent but questions.
"""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from certs.errors import CertsError
from node_agent import db, hall_keys, invalid_records, keys_replica, renewal, store_check, successions
from node_agent.checks import Check
from node_agent.config import Config
from node_agent.errors import AgentError, LogKeyLost
from node_agent.hall_keys import HallKeys
from node_agent.sinks.config import read_sinks
from node_agent.sinks.errors import SinkMisconfigured
from node_agent.sinks.look import Seen, look
from node_agent.sources import settled
from node_agent.sources.config import SourceSection, read_sources
from node_agent.sources.errors import ResourceNotSendable
from node_agent.sources.meaning import meaning_at_rest
from node_agent.sources.preview import preview
from node_agent.store_check import Finding

ROWS_TRIED = 20
RESTORE = "stop the agent and move `data_dir`/agent.db away: the agent takes everything back from the hub"
RESTORE_KEYS = "put the newest copy of `data_dir`/keys back; where there is none, ask the hub's operators for new keys of this hall"
SETTLES = "say in its `settles_after` how long after something happened the source shows it, at the latest"
MEND_TABLES = "add the columns, or name another `table`: the agent makes a table that is missing, and changes none"


def local(config: Config, now: datetime) -> tuple[list[Check], HallKeys | None]:
    """Check everything that needs no network; return the keys for what does."""
    checks = []
    hall: HallKeys | None = None
    try:
        hall = hall_keys.load(config)
        checks.append(Check("keys", well=True, what=_keys(hall)))
        checks.append(_certificate(hall, now))
    except AgentError as error:
        checks.append(Check("keys", well=False, what=str(error), do="run `tongban-agent enrol TOKEN_FILE`"))
    if hall is not None and config.store_path.exists():
        checks += _store(config, hall)
    return [*checks, *_sources(config, now), *_sinks(config)], hall


def _keys(hall: HallKeys) -> str:
    log_key = f"log key {hall.journal.verifier.key_id.hex()}, behind journal size {hall.log_keys.behind}"
    return f"keys of {hall.journal.name}, {log_key}, charter of ledger epoch {hall.charter.epoch}"


def _certificate(hall: HallKeys, now: datetime) -> Check:
    try:
        left = renewal.ends_in(hall.folder, now)
        is_due = renewal.is_due(hall.folder, now)
    except (OSError, CertsError) as error:
        return Check("certificate", well=False, what=str(error), do="restore `data_dir`/keys, or enrol again")
    if left.total_seconds() < 0:
        return Check(
            "certificate", well=False, what=f"expired {-left} ago", do="start the agent: it renews for 30 days; later, enrol again"
        )
    due = ", due for renewal" if is_due else ""
    return Check("certificate", well=True, what=f"in force for {left.days} more days{due}")


def _store(config: Config, hall: HallKeys) -> list[Check]:
    looks: list[tuple[str, Callable[[sa.Connection], Finding]]] = [
        ("database", store_check.check_file),
        ("journal", lambda connection: store_check.check_journal(connection, hall)),
        ("inbox", lambda connection: store_check.check_inbox(connection, hall)),
    ]
    engine = db.connect(config.store_path)
    try:
        return [*(_looked(engine, name, look) for name, look in looks), _log_key(engine, hall), *_invalid(engine)]
    finally:
        engine.dispose()


def _looked(engine: sa.Engine, name: str, look: Callable[[sa.Connection], Finding]) -> Check:
    try:
        with db.reading(engine) as connection:
            found = look(connection)
    except AgentError as error:
        return Check(name, well=False, what=str(error), do=RESTORE)
    if found.fault:
        return Check(name, well=False, what=found.fault, do=RESTORE)
    return Check(name, well=True, what=f"{found.checked:,} entries recomputed" if name != "database" else "SQLite finds nothing wrong")


def _log_key(engine: sa.Engine, hall: HallKeys) -> Check:
    """Look whether the journal names the log key that is there, and whether another is to succeed it."""
    try:
        with db.reading(engine) as connection:
            successions.check_in_force(connection, hall, keys_replica.load(connection, hall.charter))
            asked = successions.waiting(connection)
    except LogKeyLost as error:
        return Check("log key", well=False, what=str(error), do=RESTORE_KEYS)
    except (AgentError, CertsError) as error:
        return Check("log key", well=False, what=str(error), do=RESTORE)
    awaited = f"; {asked.key_id} is to succeed it and has no receipt yet" if asked is not None else ""
    return Check("log key", well=True, what=f"the one that the journal names is there{awaited}")


def _invalid(engine: sa.Engine) -> list[Check]:
    """Mention the records that the hub found invalid: what was sent is history, so nothing here is out of order."""
    try:
        with db.reading(engine) as connection:
            count = invalid_records.count(connection)
    except AgentError:
        return []  # what is wrong with the store is said by the checks before
    told = f"the hub found {count:,} records of this hall invalid"
    return [Check("records", well=True, what=told, do="see `tongban-agent record invalid`, mend them and send them again")] if count else []


def _sources(config: Config, now: datetime) -> list[Check]:
    checks = []
    for source in read_sources(config.source, config.folder):
        name = f"source {source.name}"
        try:
            rows = preview(source, ROWS_TRIED, meaning_at_rest(source, config.hall, config.store_path, now))
        except ResourceNotSendable as error:
            checks.append(Check(name, well=False, what=str(error), do="what the text says; nothing is lost meanwhile"))
            continue
        except AgentError as error:
            checks.append(Check(name, well=False, what=str(error), do="see what the text says; try `tongban-agent source preview`"))
            continue
        unread = [row.reason for row in rows if row.mapped is None and row.reason]
        readable = f"readable; {len(rows) - len(unread)} of the first {len(rows)} rows make a {_made(source)}"
        if source.record is None and not settled.tells(source):
            checks.append(Check(name, well=True, what=f"{readable}; when it is quiet, the hall is silent", do=SETTLES))
        else:
            checks.append(Check(name, well=True, what=readable))
    return checks


def _made(source: SourceSection) -> str:
    return "case event" if source.record is None else f"record of {source.resource!r}"


def _sinks(config: Config) -> list[Check]:
    checks = []
    for one in read_sinks(config.sink, config.folder):
        name = f"sink {one.name}"
        try:
            checks.append(Check(name, well=True, what=_found(look(one))))
        except AgentError as error:
            do = MEND_TABLES if isinstance(error, SinkMisconfigured) else "see what the text says"
            checks.append(Check(name, well=False, what=str(error), do=do))
    return checks


def _found(seen: Seen) -> str:
    made = f"the agent will make {', '.join(seen.to_make)}" if seen.to_make else "the tables fit"
    return f"reached; {made}; next is inbox entry {seen.position}"
