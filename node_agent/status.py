"""Say how the agent stands, from its store and files alone: it need not run, nor the hub be reached.

Laws: counts come from the store; what only the running agent knows comes from its last pulse, with its age.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from certs.entries import HELD, REFUSED
from certs.errors import CertsError
from certs.tls import not_after
from node_agent import (
    db,
    directory_replica,
    forwards,
    hall_keys,
    invalid_records,
    ledger_view,
    lock,
    outbox,
    pulse,
    successions,
    withheld,
    witness,
)
from node_agent.config import Config
from node_agent.errors import ConfigInvalid, NotEnrolled
from node_agent.guidance import queues as guidance
from node_agent.hall_keys import CHARTER, TLS_CHAIN
from node_agent.sinks.config import read_sinks
from node_agent.sources import progress
from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig, read_sources
from node_agent.successions import Succession
from node_agent.tables import batches, cosigned, inbox_head, inbox_segments, journal_head, ledger_seen, refusals
from tongban.errors.v1.errors_pb2 import Reason

STALE = timedelta(seconds=15)
"""A running agent leaves its pulse every second; one older than this is a frozen agent's."""
UNWITNESSED = timedelta(days=1)
CERTIFICATE_SOON = timedelta(days=14)
CLOCK_SKEW_SECONDS = 300
REFUSALS_SHOWN = 20
SET_BACK = frozenset({"LedgerRolledBack", "HubLostJournal"})
"""Kept too, but no contradiction: an older state alarms for as long as the hub shows it."""


def report(config: Config, now: datetime) -> dict[str, Any]:
    """Return everything as JSON values; raises StoreError."""
    found: dict[str, Any] = {
        "hall": config.hall,
        "trust_domain": config.trust_domain,
        "enrolled": (config.keys_dir / CHARTER).exists(),
        "running_pid": lock.holder(config.data_dir),
        "disk_free_bytes": shutil.disk_usage(config.data_dir if config.data_dir.exists() else config.data_dir.anchor).free,
        "certificate_until": _certificate_until(config),
        "log_key": _log_key(config),
    }
    if config.store_path.exists():
        # A release that was just installed may know tables that the store lacks; a running agent has made them.
        engine = (db.open_store if found["running_pid"] is None else db.connect)(config.store_path)
        try:
            with db.reading(engine) as connection:
                found |= _stored(connection, config, now)
        finally:
            engine.dispose()
    found["alarms"] = [*found.get("alarms", ()), *_judged(found, config, now)]
    return found


def _certificate_until(config: Config) -> str | None:
    try:
        return not_after((config.keys_dir / TLS_CHAIN).read_bytes()).isoformat()
    except (OSError, CertsError):
        return None


def _log_key(config: Config) -> dict[str, Any] | None:
    """Return the log key in force by its key id, and behind how many leaves of the journal it signs."""
    try:
        hall = hall_keys.load(config)
    except NotEnrolled:
        return None
    return {"id": hall.journal.verifier.key_id.hex(), "signs_from": hall.log_keys.behind}


def _succession(connection: sa.Connection) -> dict[str, Any]:
    """Return the log key that waits to succeed, and the one that did last or was refused."""
    return {"waiting": _named(successions.waiting(connection)), "last": _named(successions.newest(connection))}


def _named(one: Succession | None) -> dict[str, Any] | None:
    if one is None:
        return None
    at = {"asked_at": one.asked_at, "answered_at": one.answered_at}
    times = {name: moment.isoformat(timespec="seconds") if moment else None for name, moment in at.items()}
    return {"id": one.key_id, **times, "sealed": one.is_sealed, "journal_index": one.journal_index, "refused": one.reason_name or None}


def _stored(connection: sa.Connection, config: Config, now: datetime) -> dict[str, Any]:
    found = pulse.read(connection)
    snapshot, at = found if found is not None else ({}, None)
    facts, rates = _mapping(snapshot.get("facts")), _mapping(snapshot.get("rates"))
    backlog = _backlog(connection)
    rate = float(rates.get("sent", 0.0) or 0.0)
    left = backlog["waiting"] + backlog["sealed_unreceipted"]
    return {
        "pulse_at": at.isoformat() if at else None,
        "pulse_age_seconds": round((now - at).total_seconds(), 1) if at else None,
        "link": {name: facts.get(name) for name in ("submit", "receive", "last_contact", "last_receipt_at", "clock_skew_seconds")},
        "backlog": backlog,
        "rate_per_second": rate,
        "received_per_second": rates.get("received", 0.0),
        "catch_up_seconds": 0 if not left else (round(left / rate, 1) if rate else None),
        "inbox": _inbox(connection, facts),
        "invalid_records": invalid_records.count(connection),
        "refused": _unrouted(connection, REFUSED),
        "held": _unrouted(connection, HELD),
        "set_aside": forwards.set_aside(connection),
        "succession": _succession(connection),
        "sources": _sources(connection, config, facts),
        "sinks": _sinks(config, facts),
        "guidance": guidance.standing(connection),
        "ledger": _ledger(connection),
        "directory": directory_replica.standing(connection),
        "reconciliation": {"at": facts.get("reconciled_at"), "found": facts.get("reconciliation")},
        "synced_at": facts.get("synced_at"),
        "contradictions": ledger_view.evidence(connection),
        "alarms": list(_sequence(snapshot.get("alarms"))),
    }


def _backlog(connection: sa.Connection) -> dict[str, Any]:
    waiting, oldest = outbox.waiting(connection)
    unreceipted = connection.scalar(sa.select(sa.func.sum(batches.c.count)).where(batches.c.receipted_at.is_(None)))
    size = connection.scalar(sa.select(journal_head.c.size)) or 0
    return {
        "waiting": waiting,
        "oldest_waiting_at": _time(oldest),
        "sealed": size,
        "sealed_unreceipted": int(unreceipted or 0),
    }


def _inbox(connection: sa.Connection, facts: Mapping[str, Any]) -> dict[str, Any]:
    row = connection.execute(sa.select(inbox_head.c.size, inbox_head.c.acknowledged_size)).one_or_none()
    size, stored = (row.size, row.acknowledged_size) if row else (0, 0)
    # The store learns it with the next delivery only.
    acknowledged = min(size, max(stored, facts.get("acknowledged_size") or 0))
    return {"size": size, "acknowledged": acknowledged, "waiting": facts.get("inbox_waiting"), "withheld": withheld.count(connection)}


def _unrouted(connection: sa.Connection, disposition: int) -> dict[str, Any]:
    """Return how many messages the hub refused, or holds back, and the newest of them."""
    of_them = refusals.c.disposition == disposition
    count = connection.scalar(sa.select(sa.func.count()).select_from(refusals).where(of_them)) or 0
    rows = connection.execute(sa.select(refusals).where(of_them).order_by(refusals.c.journal_index.desc()).limit(REFUSALS_SHOWN))
    return {
        "count": count,
        "newest": [
            {
                "journal_index": row.journal_index,
                "event_id": row.event_id,
                "disposition": "HELD" if row.disposition == HELD else "REFUSED",
                "reason": Reason.Name(row.reason) if row.reason in Reason.values() else str(row.reason),
            }
            for row in rows
        ],
    }


def _sources(connection: sa.Connection, config: Config, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return how far each source was read; `rejected` counts since the store began, `set_aside` those of a database still unmended."""
    set_aside = progress.rejected(connection)
    folders = {one.name: str(one.path / one.quarantine) for one in _configured(config) if isinstance(one, FolderSourceConfig)}
    table = f"table source_rejects of {config.store_path}"
    return [
        {
            "source": one.source,
            "cursor": one.cursor.encode() if one.cursor else None,
            "read_up_to": one.read_up_to.isoformat() if one.read_up_to else None,
            "rows_read": one.rows_read,
            "events": one.events,
            "rejected": one.rows_rejected,
            "set_aside": None if one.source in folders else set_aside.get(one.source, 0),
            "rejected_in": folders.get(one.source, table),
            "last_run": facts.get(f"source {one.source}"),
        }
        for one in progress.overview(connection)
    ]


def _configured(config: Config) -> Sequence[SqlSourceConfig | FolderSourceConfig]:
    try:
        return read_sources(config.source, config.folder)
    except ConfigInvalid:  # what is wrong with a source is for the next start to say: what was read stays true
        return ()


def _sinks(config: Config, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return how far each sink was filled, as the agent last said: it alone looks into the hall's database."""
    try:
        configured = read_sinks(config.sink, config.folder)
    except ConfigInvalid:
        return []
    told = {one.name: _mapping(facts.get(f"sink {one.name}")) for one in configured}
    return [
        {"sink": one.name, "filled_up_to": told[one.name].get("position"), "parked": told[one.name].get("parked"), "parked_in": one.url}
        for one in configured
    ]


def _ledger(connection: sa.Connection) -> dict[str, Any]:
    witnessed = witness.last_witnessed_ms(connection)
    return {
        "seen_size": connection.scalar(sa.select(ledger_seen.c.size)) or 0,
        "cosigned_size": connection.scalar(sa.select(cosigned.c.size)) or 0,
        "cosigned_at": _time(connection.scalar(sa.select(cosigned.c.cosigned_at))),
        "witnessed_at": _time(witnessed),
        "first_delivery_at": _time(connection.scalar(sa.select(sa.func.min(inbox_segments.c.received_at)))),
    }


def _judged(found: Mapping[str, Any], config: Config, now: datetime) -> list[dict[str, Any]]:
    """Return the alarms that follow from the facts, whether the agent runs or not."""
    alarms: list[tuple[str, str, str]] = []
    if not found["enrolled"]:
        alarms.append(("enrolment", "the hall is not enrolled", "run `tongban-agent enrol TOKEN_FILE`"))
    until = found["certificate_until"]
    if until is not None and datetime.fromisoformat(until) - now < CERTIFICATE_SOON:
        alarms.append(("certificate", f"the certificate ends at {until}", "see why it is not renewed: `tongban-agent doctor`"))
    if found["disk_free_bytes"] < config.keep.free_bytes:
        alarms.append(("disk", f"{found['disk_free_bytes'] // 1024 // 1024} MiB are free", "make room on the disk of `data_dir`"))
    if found["running_pid"] is not None and (found.get("pulse_age_seconds") or 0) > STALE.total_seconds():
        alarms.append(("frozen", f"the agent left no pulse for {found['pulse_age_seconds']} s", "look at its log; restart it"))
    ledger = found.get("ledger", {})
    since = ledger.get("witnessed_at") or ledger.get("first_delivery_at")
    if since and now - datetime.fromisoformat(since) > UNWITNESSED:
        alarms.append(("witnesses", "no other hall's cosignature for a day", "nothing here; the province should know"))
    forks = [kept for kept in found.get("contradictions", ()) if kept["kind"] not in SET_BACK]
    if forks:
        alarms.append(("contradiction", forks[0]["what"], "keep `data_dir` as it is, and tell the province"))
    skew = found.get("link", {}).get("clock_skew_seconds") or 0
    if skew > CLOCK_SKEW_SECONDS:
        alarms.append(("clock", f"this machine's clock is {skew} s off the hub's", "set it: times of events are judged by it"))
    told = {one["name"] for one in found.get("alarms", ())}
    return [asdict(pulse.Trouble(name, what, do, now.isoformat())) for name, what, do in alarms if name not in told]


def _time(at_ms: int | None) -> str | None:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds") if at_ms is not None else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
