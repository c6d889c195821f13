"""Run one hub: open its ports, serve from its rooms, and drain it."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import structlog
from grpc_health.v1.health import aio as health

from certs import authority
from certs.tls import CertificateFiles, enrolment_server_credentials, exchange_server_credentials
from directory.access import CallerKind
from hub import following, schedule, schema
from hub.building import Site, build, now
from hub.config import Config
from hub.db import Database, models_url, open_database
from hub.errors import ConfigInvalid, Fenced
from hub.exchange.committer import Committer
from hub.guidance.files import Files
from hub.guidance.knowledge import Publishing
from hub.health import register as register_health
from hub.keys import load_keys
from hub.registry.editing import Editing
from hub.rooms import Rooms
from hub.rpc.attachments import AttachmentService
from hub.rpc.cases import CaseService
from hub.rpc.catalogue import CatalogueService
from hub.rpc.corrections import CorrectionService
from hub.rpc.decisions import DecisionService
from hub.rpc.directory import DirectoryService
from hub.rpc.door import Doorkeeper
from hub.rpc.enrolment import EnrolmentService
from hub.rpc.exchange import ExchangeService
from hub.rpc.guidance import GuidanceService
from hub.rpc.knocks import Knocks
from hub.rpc.ledger import LedgerService
from hub.rpc.licences import LicenceService
from hub.rpc.quotas import LicenceQueries, Questions
from hub.rpc.records import RecordService
from hub.rpc.register import RegisterService
from hub.rpc.sharing import SharingService
from hub.rpc.statistics import StatisticsService
from hub.rpc.streams import OpenCalls
from hub.rpc.supervision import SupervisionService

_log = structlog.get_logger(__name__)

CALLS_AT_ONCE = 4_096

Follow = Callable[[], Coroutine[Any, Any, None]]


class Servers(NamedTuple):
    """The three servers of a hub, each on a port of its own."""

    exchange: grpc.aio.Server
    enrolment: grpc.aio.Server
    admin: grpc.aio.Server


class Hub:
    """One running hub; `rooms` are there once it serves."""

    rooms: Rooms

    def __init__(self, config: Config, *, follow: Follow | None = None) -> None:
        """Build from a configuration; `follow` keeps the read models up with the ledger, a thread of this process unless given.

        Raises ConfigInvalid.
        """
        self._config = config
        self._follow = follow
        self._keys = load_keys(config.keys)
        if self._keys.charter.trust_domain != config.trust_domain:
            msg = f"trust_domain: the charter is for {self._keys.charter.trust_domain}, not for {config.trust_domain}"
            raise ConfigInvalid(msg)
        self.calls = OpenCalls()
        self._addresses: dict[str, str] = {}
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Begin to drain, as SIGTERM does."""
        self._stop.set()

    async def run(self, ready_file: Path | None = None) -> None:
        """Serve until SIGTERM or SIGINT, then drain; raises Fenced when another hub took the database over."""
        servers = self._listen()
        database = open_database(self._config.database)
        models = open_database(models_url(self._config.database), durable=False)
        await asyncio.to_thread(schema.upgrade, database.writer, models.writer)
        committer = Committer(database, group_batches=self._config.limits.group_batches)
        head = await committer.start()
        committing = asyncio.create_task(committer.run())
        site = Site(self._config, self._keys, database, models, committer, head, self._exchange_address)
        self.rooms = rooms = await build(site)
        await rooms.registry.take_in(rooms.registry.province)
        await rooms.registrar.open()  # before the doors: the law is made of it
        await rooms.sharing.open()
        await rooms.supervision.open()
        await rooms.licences.open()
        await rooms.quarantine.open()  # before the doors, too: nothing of a hall in quarantine gets through
        state = await self._serve(servers, rooms, models)
        follow = self._follow or partial(following.in_a_thread, database, models, following.licences(self._keys, self._config.keys))
        jobs = schedule.start(rooms, self._config, self.calls, follow())
        self._announce(ready_file)
        _catch_signals(self._stop)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({stopped, committing}, return_when=asyncio.FIRST_COMPLETED)
        await jobs.stop()
        await self._drain(servers, state)
        committer.stop()
        with contextlib.suppress(Fenced):
            await committing
        committer.close()
        database.dispose()
        models.dispose()
        if committing.done() and committing.exception() is not None:
            raise committing.exception() or Fenced()
        _log.info("hub stopped")

    def _exchange_address(self) -> str:
        return self._config.listen.advertised or self._addresses["exchange"]

    def _listen(self) -> Servers:
        """Take the ports, before the database is taken over: a hub that is started twice must not end the one that serves."""
        listen, folder = self._config.listen, self._config.keys
        options = _options(self._config.limits.frame_bytes)
        servers = Servers(*(grpc.aio.server(options=options, maximum_concurrent_rpcs=CALLS_AT_ONCE) for _ in range(3)))
        tls = CertificateFiles(folder / authority.TLS_KEY, folder / authority.TLS_CHAIN, folder / authority.ROOT)
        tls_only = CertificateFiles(folder / authority.ENROLMENT_KEY, folder / authority.ENROLMENT_CHAIN, folder / authority.ROOT)
        exchange, enrolment = exchange_server_credentials(tls), enrolment_server_credentials(tls_only)
        self._bind("exchange", listen.exchange, partial(servers.exchange.add_secure_port, server_credentials=exchange))
        self._bind("enrolment", listen.enrolment, partial(servers.enrolment.add_secure_port, server_credentials=enrolment))
        self._bind("admin", listen.admin, servers.admin.add_insecure_port)
        return servers

    async def _serve(self, servers: Servers, rooms: Rooms, models: Database) -> health.HealthServicer:
        keeper = partial(Doorkeeper, rooms.trust_domain, calls=self.calls, may_enter=rooms.may_enter, laws=rooms.laws, clock=now)
        node = keeper(kind=CallerKind.NODE, questions=Questions(rooms.limits.questions_a_minute, time.monotonic))
        read = (*_cases(rooms, models), DirectoryService(rooms), DecisionService(rooms, models))
        kept = self._config.attachments
        files = Files(kept.folder, kept.hall_bytes, rooms.database, models)
        guided = (GuidanceService(rooms, models, Publishing(rooms.registrar)), AttachmentService(rooms, files))
        asked_licences = LicenceQueries(rooms.limits.licence_queries_a_minute, time.monotonic)
        records = (RecordService(rooms, models), LicenceService(rooms, models, asked_licences))
        shared = (SharingService(rooms), CorrectionService(rooms), CatalogueService(rooms), *records)
        edited = RegisterService(rooms, Editing(rooms.registrar, lambda: rooms.registry.province))
        for service in (ExchangeService(rooms), LedgerService(rooms), edited, SupervisionService(rooms), *guided, *read, *shared):
            service.register(servers.exchange, node)
        unknown = partial(keeper, knocks=Knocks(time.monotonic))
        keepers = {"Enrol": unknown(kind=CallerKind.TOKEN_HOLDER), "Renew": unknown(kind=CallerKind.RENEWER)}
        EnrolmentService(rooms.registry).register(servers.enrolment, keepers)
        state = register_health(servers.admin)
        for server in servers:
            await server.start()
        return state

    def _bind(self, name: str, wanted: str, add_port: Callable[[str], int]) -> None:
        try:
            port = add_port(wanted)
        except RuntimeError as error:
            msg = f"listen.{name}: cannot listen on {wanted}; is another hub running, or the port taken?"
            raise ConfigInvalid(msg) from error
        self._addresses[name] = f"{wanted.rpartition(':')[0]}:{port}"

    def _announce(self, ready_file: Path | None) -> None:
        _log.info("hub ready", **self._addresses)
        if ready_file is not None:
            draft = ready_file.with_suffix(".draft")
            draft.write_text(json.dumps({"pid": os.getpid(), **self._addresses}), encoding="utf-8")
            draft.replace(ready_file)

    async def _drain(self, servers: Servers, state: health.HealthServicer) -> None:
        """Stop intake, let what is in flight finish, tell agents to come again (stop() waits for cooperating peers)."""
        grace = self._config.drain_grace.total_seconds()
        _log.info("hub draining", calls=len(self.calls))
        await state.enter_graceful_shutdown()
        self.calls.drain()
        await asyncio.gather(*(server.stop(grace) for server in servers))
        # stop() may return before handlers have ended.
        await self.calls.ended(within_seconds=2)


def _options(frame_bytes: int) -> list[tuple[str, int]]:
    """Bound what a peer can make the hub hold, and notice a frozen one soon."""
    return [
        ("grpc.max_receive_message_length", frame_bytes + 65_536),
        ("grpc.max_concurrent_streams", 64),
        ("grpc.max_metadata_size", 16_384),
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.ping_timeout_ms", 10_000),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.so_reuseport", 0),
    ]


def _catch_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def _cases(rooms: Rooms, models: Database) -> tuple[CaseService, StatisticsService]:
    in_force = rooms.supervision.ground.in_force
    return CaseService(rooms, models, in_force), StatisticsService(rooms, models, in_force)
