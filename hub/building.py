"""Build the rooms of one hub by hand, from its configuration and its databases."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import NamedTuple

from certs import authority
from certs.charter import Charter
from certs.keyring import Keyring
from certs.names import HUB, journal_origin
from directory.halls import Province
from directory.routing import Heading, Refused, Routed, judge
from directory.scopes.law import Law
from hub.cases.rulings import RulingsInForce
from hub.config import Config
from hub.db import Database
from hub.decisions.log import DecisionLog
from hub.errors import ConfigInvalid
from hub.exchange.committer import Committer
from hub.exchange.delivery import Delivery
from hub.exchange.intake import IntakeRules
from hub.exchange.leases import Leases
from hub.exchange.ledger import Head, LedgerSigner
from hub.exchange.mail import Mail
from hub.exchange.own_journal import OwnJournal
from hub.exchange.segments import Segment
from hub.exchange.standing import Standing
from hub.exchange.withholding import Extracts, Withheld, Withholding
from hub.exchange.witnesses import Witnesses
from hub.keys import Keys
from hub.licences.answering import Answering
from hub.licences.chains import Chains
from hub.licences.looking import Looking
from hub.licences.nonces import Nonces
from hub.licences.room import HeardUpTo, Licences
from hub.licences.saying import Saying
from hub.licences.sealing import load_seal
from hub.licences.statuses import Statuses
from hub.owned import Owned
from hub.quarantine.quarantine import Quarantine
from hub.quarantine.release import Release
from hub.records.granted import Grants
from hub.records.handing import Handing
from hub.records.judging import Judging
from hub.records.room import Records
from hub.records.updates import last_updates
from hub.registry import certificates, halls, key_log
from hub.registry.laws import Laws, Sources
from hub.registry.registrar import Registrar
from hub.registry.registry import Registry
from hub.rooms import Rooms
from hub.sharing.room import Ground, Sharing
from hub.sharing.room import build as build_sharing
from hub.supervision import entitled
from hub.supervision.ground import Ground as SupervisionGround
from hub.supervision.room import Supervision
from hub.supervision.room import build as build_supervision

ROUTES_KEPT = 4_096
"""Headings are short, so this is some megabytes at the worst."""


class Site(NamedTuple):
    """What the rooms stand on; `head` is where the committer found the ledger."""

    config: Config
    keys: Keys
    database: Database
    models: Database
    committer: Committer
    head: Head
    exchange_address: Callable[[], str]
    """Where agents find the exchange."""


def now() -> datetime:
    """Ask the clock, in UTC."""
    return datetime.now(UTC)


async def build(site: Site) -> Rooms:
    """Build the rooms; raises ConfigInvalid when the database is not the one that its ledger says."""
    config, database, committer = site.config, site.database, site.committer
    signer = LedgerSigner(config.trust_domain, site.keys.charter.epoch, site.keys.ledger)
    leases, owned = Leases(committer, config.lease_silence), Owned()
    registry = await _registry(site, leases, owned, lambda: laws.in_force().law)
    registrar = Registrar(database, committer, registry.own, owned, now)
    laws = Laws(lambda: Sources(registrar.rules, registry.province, registrar.departments, registrar.resources), now)
    quarantine = Quarantine(database, committer, registry.own, laws, owned)
    sharing = _sharing(site, registry, registrar)
    records = _records(site, registrar, laws, sharing.grants)
    delivery = Delivery(database, signer, config.limits.delivery_bytes, _withholding(database, laws, sharing, records))
    return Rooms(
        trust_domain=config.trust_domain,
        limits=config.limits,
        database=database,
        committer=committer,
        signer=signer,
        delivery=delivery,
        mail=_mail(committer, delivery, records),
        leases=leases,
        standing=Standing(time.monotonic),
        witnesses=Witnesses(database, signer),
        keyring=registry.keyring,
        registry=registry,
        registrar=registrar,
        laws=laws,
        quarantine=quarantine,
        release=Release(database, committer, registry.own, laws, quarantine, owned, now),
        decisions=DecisionLog(registry.own, owned),
        sharing=sharing,
        supervision=_supervision(site, registry),
        last_updates=partial(_last_updates, database),
        records=records,
        licences=_licences(site, registry, registrar, records),
        intake_rules=_intake_rules(config, laws, registry, quarantine),
        owned=owned,
        clock=now,
    )


async def _registry(site: Site, leases: Leases, owned: Owned, law: Callable[[], Law]) -> Registry:
    config, keys, head = site.config, site.keys, site.head
    keyring, province, revoked = await asyncio.to_thread(_load, site.database, keys.charter)
    if (keyring.count, keyring.chain) != (head.key_count, head.key_chain):
        msg = "the key entries kept are not those that the ledger commits to; restore the database from a backup"
        raise ConfigInvalid(msg)
    origin = journal_origin(config.trust_domain, HUB, keys.charter.journal_epoch)
    return Registry(
        trust_domain=config.trust_domain,
        authority=authority.load_authority(config.keys),
        charter_note=keys.charter_note,
        registry_signer=keys.registry,
        exchange_address=site.exchange_address,
        database=site.database,
        committer=site.committer,
        keyring=keyring,
        province=province,
        own=await OwnJournal.open(config.trust_domain, origin, keys.journal, site.committer, leases),
        owned=owned,
        clock=now,
        law=law,
        revoked=revoked,
    )


def _load(database: Database, charter: Charter) -> tuple[Keyring, Province, frozenset[str]]:
    with database.reader.begin() as connection:
        return key_log.load_keyring(connection, charter), halls.load(connection), certificates.revoked_serials(connection)


def _mail(committer: Committer, delivery: Delivery, records: Records) -> Mail:
    """Tell of each commit whoever waits for what it brought."""
    mail = Mail()
    mail.begin(committer.desk.mailbox_sizes if committer.desk else {})
    for watcher in (delivery.remember, mail.posted, records.posted):
        committer.watch(watcher)
    return mail


def _withholding(database: Database, laws: Laws, sharing: Sharing, records: Records) -> Withholding:
    def withheld(hall: str, segment: Segment) -> Withheld:
        if records.withheld(hall, segment):
            return range(segment.count)
        return entitled.withheld(database, laws.in_force().law.province, hall, segment)

    return Withholding(lambda: laws.in_force().law, Extracts(withheld=withheld, standing=lambda: sharing.grants.generation))


def _intake_rules(config: Config, laws: Laws, registry: Registry, quarantine: Quarantine) -> IntakeRules:
    return IntakeRules(
        trust_domain=config.trust_domain,
        route=_remembering(lambda: laws.in_force().law),
        succession_fault=registry.succession_fault,
        is_held=quarantine.is_held,
        envelope_bytes=config.limits.envelope_bytes,
        batch_length=config.limits.batch_length,
    )


def _remembering(law: Callable[[], Law]) -> Callable[[Heading], Routed | Refused]:
    """Judge headings, keeping verdicts for as long as the law stays the same."""

    @lru_cache(maxsize=1)
    def judging(known: Law) -> Callable[[Heading], Routed | Refused]:
        return lru_cache(maxsize=ROUTES_KEPT)(partial(judge, known))

    def judged(heading: Heading) -> Routed | Refused:
        return judging(law())(heading)

    return judged


def _sharing(site: Site, registry: Registry, registrar: Registrar) -> Sharing:
    ground = Ground(own=registry.own, owned=registry.owned, lookup=lambda: registrar.lookup, province=lambda: registry.province, clock=now)
    return build_sharing(ground, site.config.sharing)


def _supervision(site: Site, registry: Registry) -> Supervision:
    ground = SupervisionGround(
        own=registry.own,
        owned=registry.owned,
        database=site.database,
        models=site.models,
        province=lambda: registry.province,
        in_force=RulingsInForce(site.database.reader),
        clock=now,
    )
    return build_supervision(ground)


def _records(site: Site, registrar: Registrar, laws: Laws, grants: Grants) -> Records:
    own, owned, committer = registrar.own, registrar.owned, site.committer
    judging = Judging(database=site.database, committer=committer, own=own, owned=owned, resources=lambda: registrar.resources, clock=now)
    handing = Handing(
        database=site.database, models=site.models, committer=committer, own=own, owned=owned, laws=laws, grants=grants, clock=now
    )
    return Records(judging, handing)


def _licences(site: Site, registry: Registry, registrar: Registrar, records: Records) -> Licences:
    seal = load_seal(site.config.keys) if site.keys.reading is not None else None
    chains = Chains(site.database, registry.keyring, site.keys.charter_note)
    heard_up_to = HeardUpTo(site.database, lambda: site.committer.desk.head.frontier.size if site.committer.desk else 0, now)

    def prepare(next_ledger_index: int) -> int:
        chains.of("")  # what answers need of the database is read here, and not on the loop
        return heard_up_to(next_ledger_index)

    return Licences(
        database=site.database,
        keyring=registry.keyring,
        seal=seal,
        answering=Answering(seal, chains, now) if seal else None,
        nonces=Nonces(now),
        statuses=Statuses(site.models, registry.keyring, site.keys.registry, now),
        saying=Saying(site.database, site.models, registry, now),
        looking=Looking(site.models, prepare),
        types=lambda: registrar.licence_types,
        grants=lambda: records.grants,
        clock=now,
    )


def _last_updates(database: Database, resources: Sequence[str]) -> Mapping[str, date]:
    with database.reader.begin() as connection:
        return last_updates(connection, resources)
