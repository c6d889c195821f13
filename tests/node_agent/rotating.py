"""Give a hall of a fake hub new log keys, and look at what became of them."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from certs.checkpoints import open_checkpoint
from certs.errors import UnknownKey
from certs.notes import Verifier
from node_agent import db, hall_keys, keys_replica, successions
from node_agent.app import _Parts
from node_agent.hall_keys import HallKeys
from node_agent.journal import Limits
from node_agent.successions import Succession
from tests.node_agent.linked import HALL, Linked, until
from tongban.envelope.v1.envelope_pb2 import Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch

LIMITS = Limits(1 << 20, 1 << 16, 4, 1)


def refusing(header: Header) -> tuple[int, int]:
    """Judge as a hub that takes no new log key today."""
    return (2, errors_pb2.REASON_QUOTA) if header.resource == successions.RESOURCE else (1, 0)


def now() -> datetime:
    return datetime.now(UTC)


def asked(linked: Linked, at: datetime | None = None) -> Succession:
    """Ask for a new log key, as the command does."""
    engine = linked.parts.engine if linked.parts else db.open_store(linked.config.store_path)
    try:
        with db.begin(engine) as connection:
            hall = loaded(linked)
            return successions.ask(connection, hall, keys_replica.load(connection, hall.charter), now=at or now())
    finally:
        if not linked.parts:
            engine.dispose()


def loaded(linked: Linked) -> HallKeys:
    return hall_keys.load(linked.config)


def key_of(linked: Linked) -> Verifier:
    """Return the log key that stands on the disk as the one in force."""
    return loaded(linked).journal.verifier


def entered(linked: Linked) -> list[Verifier]:
    """Return the hall's log keys as the ledger has them."""
    return [verifier for _, verifier in linked.province.keyring.log_keys(HALL, 1)]


def files(linked: Linked) -> set[str]:
    return {path.name for path in linked.config.keys_dir.glob("log.*")}


def settled(linked: Linked, one: Succession) -> bool:
    return bool(linked.look(lambda c: successions.is_settled(c, one.event_id)))


@asynccontextmanager
async def rotated(linked: Linked) -> AsyncIterator[_Parts]:
    """Run a hall that has a second log key by now."""
    async with linked.running() as parts:
        one = asked(linked)
        await until(lambda: settled(linked, one))
        yield parts


def backup(linked: Linked, name: str = "backup") -> Path:
    return Path(shutil.copytree(linked.config.data_dir, linked.config.data_dir.parent / name))


def put_back(kept: Path, place: Path) -> None:
    shutil.rmtree(place)
    shutil.copytree(kept, place)


def signer_of(raw: bytes, candidates: list[Verifier]) -> Verifier:
    """Return which of these keys signed a batch."""
    for verifier in candidates:
        try:
            open_checkpoint(Batch.FromString(raw).checkpoint, verifier)
        except UnknownKey:
            continue
        return verifier
    raise AssertionError("nobody signed it")


def replica(linked: Linked) -> keys_replica.KeysReplica:
    return keys_replica.KeysReplica(loaded(linked).charter, ())
