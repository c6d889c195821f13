"""Look for what would stop the hub, before it does."""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from certs import authority
from certs.identity import read_chain
from certs.merkle import frontier_at
from directory.calendar import beijing_day
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.scopes.reading import default_rules
from directory.scopes.unspoken import unspoken
from hub.cli.opening import EXIT_FAULT, config_option, json_option, opened, show, told
from hub.config import Config
from hub.db import Database
from hub.dockets import store
from hub.exchange import held, ledger, record_work
from hub.keys import load_keys
from hub.licences.sealing import DATA_KEY, load_seal
from hub.quarantine import switches
from hub.quarantine.release import HELD_FOR
from hub.registry import halls, key_log, register_log, staging
from hub.sharing import corrections, shares
from hub.supervision import forms

EXPIRY_WARNING = timedelta(days=30)
ROOM_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `fault` is empty when all is well, and else says what to do; `note` is for a person to think about."""

    check: str
    fault: str
    note: str = ""

    @property
    def line(self) -> str:
        """Say it in one line."""
        word = "FAULT" if self.fault else "note" if self.note else "ok"
        said = self.fault or self.note
        return f"{word:<6}{self.check}{': ' + said if said else ''}"


@click.command()
@config_option
@json_option
@told
def doctor(config_path: Path, *, as_json: bool) -> None:
    """Check keys, certificates, charter, database, rules and disk; exit code 1 when something needs an operator."""
    with opened(config_path) as (config, database):
        checks: dict[str, Callable[[Config, Database], str]] = {
            "keys and charter": _keys,
            "key files are private": _private,
            "key of the registry of licences": _registry_key,
            "certificates": _certificates,
            "halls": _halls,
            "quarantine": _quarantine,
            "ledger head": _ledger,
            "key entries": _key_entries,
            "register": _register,
            "shares, corrections, cards and orders": _matters,
            "rectifications": _rectifications,
            "records": _records,
            "disk": _disk,
        }
        findings = [_found(name, check, config, database) for name, check in checks.items()]
        noted = _found("rules of access", _rules, config, database)
        findings.append(Finding(noted.check, "", noted.fault))
    show({"findings": [asdict(finding) for finding in findings]}, [finding.line for finding in findings], as_json=as_json)
    if any(finding.fault for finding in findings):
        sys.exit(EXIT_FAULT)


def _found(name: str, check: Callable[[Config, Database], str], config: Config, database: Database) -> Finding:
    try:
        return Finding(name, check(config, database))
    except DBAPIError as error:
        return Finding(name, f"database: {error.orig}")
    except Exception as error:  # noqa: BLE001 - a check that cannot be made is a finding, and the next ones are made all the same
        return Finding(name, f"{type(error).__name__}: {error}")


def _keys(config: Config, _database: Database) -> str:
    keys = load_keys(config.keys)
    if keys.charter.trust_domain != config.trust_domain:
        return f"the charter is for {keys.charter.trust_domain}; mend trust_domain"
    if keys.charter.reading is not None and keys.reading is None:
        return f"{config.keys / authority.READING_KEY} is missing, so no encrypted payload can be read; put it back from the backup"
    return ""


def _registry_key(config: Config, _database: Database) -> str:
    if load_keys(config.keys).charter.reading is None or load_seal(config.keys) is not None:
        return ""
    return f"{config.keys / DATA_KEY} is missing, so no question about licences is answered; put it back from the backup"


def _private(config: Config, _database: Database) -> str:
    open_files = [path.name for path in sorted(config.keys.glob("*.key")) if path.stat().st_mode & 0o077]
    return f"others may read {', '.join(open_files)}: chmod 600" if open_files else ""


def _certificates(config: Config, _database: Database) -> str:
    soon = datetime.now(UTC) + EXPIRY_WARNING
    names = (authority.TLS_CHAIN, authority.ENROLMENT_CHAIN, authority.INTERMEDIATE)
    chains = {name: read_chain((config.keys / name).read_bytes())[0].not_valid_after_utc for name in names}
    ending = [f"{name} ends {at:%Y-%m-%d}" for name, at in chains.items() if at < soon]
    return "; ".join(ending)


def _halls(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        province = halls.load(connection)
    return "" if any(hall.linked for hall in province) else "no hall is linked: tongban-hub hall link HALL"


def _quarantine(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        apart, waiting = switches.load(connection), held.counts(connection)
    found = [f"{hall} is {switch.state}, {waiting.get(hall, 0):,} of its messages are held" for hall, switch in apart.items()]
    return f"{'; '.join(found)}: tongban-hub hall release HALL, before it is {HELD_FOR.days} days" if found else ""


def _ledger(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        head = ledger.current(connection)
        size, root = ledger.newest_commit(connection)
        if (size, root) != (head.frontier.size, head.frontier.root()):
            return f"the head ({head.frontier.size}) is not the newest tree head ({size}); restore from a backup"
        if frontier_at(size, ledger.nodes(connection)) != head.frontier:
            return "the tiles do not lead to the head; restore from a backup"
    return ""


def _key_entries(config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        head = ledger.current(connection)
        keyring = key_log.load_keyring(connection, load_keys(config.keys).charter)
    same = (keyring.count, keyring.chain) == (head.key_count, head.key_chain)
    return "" if same else "the key entries kept are not those that the ledger commits to; restore from a backup"


def _register(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        kept, said = register_log.load(connection), register_log.refolded(connection)
    return "" if kept.digest() == said.digest() else "the register kept is not what the ledger holds; restore from a backup"


def _matters(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        shared = [*store.differing(connection, shares.FORM), *store.differing(connection, corrections.FORM)]
        wrong = [*shared, *store.differing(connection, forms.CARDS), *store.differing(connection, forms.ORDERS)]
    return _differing(wrong)


def _rectifications(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        return _differing(store.differing(connection, forms.RECTIFICATIONS))


def _differing(wrong: Sequence[str]) -> str:
    return f"{', '.join(wrong)}: not what the ledger holds; restore the database from a backup" if wrong else ""


def _records(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        parked = record_work.parked_authors(connection)
    return f"records of {', '.join(parked)} are parked: see the log, and start the hub again with a release that mends it" if parked else ""


def _rules(_config: Config, database: Database) -> str:
    with database.reader.begin() as connection:
        documents = staging.planned(connection)
    day = beijing_day(datetime.now(UTC))
    rules = Whole(documents, day).things(Kind.RULE)
    if not rules or not (missing := unspoken(rules, default_rules(), day)):
        return ""
    return f"no rule in force speaks of {', '.join(missing)}, so nobody may do it: see what the default rules say of it, and import yours"


def _disk(_config: Config, database: Database) -> str:
    url = sa.make_url(str(database.writer.url))
    if url.get_backend_name() != "sqlite" or not url.database:
        return ""
    free = shutil.disk_usage(Path(url.database).parent).free
    return "" if free >= ROOM_BYTES else f"{free >> 20} MiB left: make room before the hub has to refuse"
