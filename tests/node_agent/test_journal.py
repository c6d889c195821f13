from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from certs.checkpoints import open_checkpoint
from certs.entries import recipients_hash
from certs.keys import generate_signing_key
from certs.merkle import Frontier, leaf_hashes
from certs.notes import Signer
from node_agent import db, journal, outbox
from node_agent.config import KeepSection
from node_agent.journal import Head, Limits, Sealed
from node_agent.retention import forget
from node_agent.tables import batches
from tests.node_agent.tiny_province import NOW, TD, draft
from tongban.exchange.v1.exchange_pb2 import Batch

ORIGIN = f"{TD}/journal/gongzhuling/1"
WRITER = outbox.EnvelopeWriter(TD, "gongzhuling", 1)
LIMITS = Limits(frame_bytes=1 << 20, envelope_bytes=1 << 16, batch_length=4, batches_in_flight=2)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = db.open_store(tmp_path / "agent.db")
    yield engine
    engine.dispose()


@pytest.fixture
def signer() -> Signer:
    return Signer(ORIGIN, generate_signing_key())


def seal_all(engine: sa.Engine, signer: Signer, limits: Limits = LIMITS) -> list[Sealed]:
    found: list[Sealed] = []
    while True:
        with db.begin(engine) as connection:
            head = journal.load_head(connection, 1)
            sealed = journal.seal(connection, signer, head, limits, now_ms=1)
        if sealed is None:
            return found
        found.append(sealed[0])


def put(engine: sa.Engine, *names: str, size: int = 100) -> None:
    with db.begin(engine) as connection:
        outbox.put(connection, [draft(name, size=size) for name in names], WRITER)


def test_batches_follow_each_other_and_each_checkpoint_is_over_all_so_far(engine: sa.Engine, signer: Signer) -> None:
    put(engine, *"abcdefghij")
    sealed = seal_all(engine, signer)
    assert [(one.first, one.size) for one in sealed] == [(0, 4), (4, 8), (8, 10)]
    frontier = Frontier.empty()
    for one in sealed:
        frontier = frontier.extend(leaf_hashes(Batch.FromString(one.body).envelopes))
        checkpoint = open_checkpoint(one.checkpoint, signer.verifier)
        assert (checkpoint.size, checkpoint.root) == (frontier.size, frontier.root())
    with db.reading(engine) as connection:
        assert journal.load_head(connection, 1).frontier == frontier
        assert outbox.waiting(connection) == (0, None)


def test_nothing_to_seal_changes_nothing(engine: sa.Engine, signer: Signer) -> None:
    assert seal_all(engine, signer) == []


def test_a_batch_that_is_read_again_is_the_same_to_the_byte(engine: sa.Engine, signer: Signer) -> None:
    put(engine, "a")
    put(engine, "b", size=70_000)
    put(engine, "c", "d", "e")
    sealed = seal_all(engine, signer)
    with db.reading(engine) as connection:
        again = [journal.next_unreceipted(connection, one.first) for one in sealed]
    assert again == sealed
    assert Batch.FromString(sealed[0].body).hash_only == [1]
    for one in sealed:
        opened = journal.opened(one.first, one.body)
        assert (list(opened.leaves), list(opened.recipients)) == (list(one.leaves), list(one.recipients))


def test_recipients_are_hashed_as_the_ledger_has_them(engine: sa.Engine, signer: Signer) -> None:
    with db.begin(engine) as connection:
        outbox.put(connection, [draft("a", recipients=("nongan", "dehui")), draft("b", recipients=())], WRITER)
    [sealed] = seal_all(engine, signer)
    assert list(sealed.recipients) == [recipients_hash(["dehui", "nongan"]), recipients_hash([])]


def test_sealing_that_rolls_back_seals_nothing(engine: sa.Engine, signer: Signer) -> None:
    put(engine, "a")
    with pytest.raises(RuntimeError), db.begin(engine) as connection:
        journal.seal(connection, signer, journal.load_head(connection, 1), LIMITS, now_ms=1)
        raise RuntimeError
    with db.reading(engine) as connection:
        assert journal.load_head(connection, 1) == Head(1, Frontier.empty(), "", 0)
        assert outbox.waiting(connection)[0] == 1


def test_a_source_run_that_is_sealed_is_not_replaced(engine: sa.Engine, signer: Signer) -> None:
    with db.begin(engine) as connection:
        outbox.put_source_run(connection, draft("run-1"), WRITER)
    seal_all(engine, signer)
    with db.begin(engine) as connection:
        outbox.put_source_run(connection, draft("run-2"), WRITER)
    [again] = seal_all(engine, signer)
    assert again.first == 1
    with db.reading(engine) as connection:
        first = journal.next_unreceipted(connection, 0)
    assert first is not None
    assert len(first.leaves) == 1


def test_only_what_is_receipted_long_ago_is_forgotten(engine: sa.Engine, signer: Signer) -> None:
    put(engine, *"abcdef")
    seal_all(engine, signer)
    old = int(NOW.timestamp() * 1000) - 91 * 86_400_000
    with db.begin(engine) as connection:
        connection.execute(sa.update(batches).where(batches.c.first == 0).values(receipted_at=old, receipt=b""))
        gone = forget(connection, KeepSection(), NOW)
        assert (gone.batches, gone.segments) == (1, 0)
        second = journal.next_unreceipted(connection, 0)
        head = journal.load_head(connection, 1)
        assert journal.root_at(connection, head, 4) is not None  # the frontier before a kept batch
        assert journal.root_at(connection, head, 5) is None
    assert second is not None
    assert (second.first, second.size) == (4, 6)
    put(engine, "g")
    assert [one.first for one in seal_all(engine, signer)] == [6]


@pytest.mark.parametrize(
    ("limits", "sizes", "more"),
    [
        (LIMITS, [100, 100], False),
        (LIMITS, [100] * 5, True),
        (replace(LIMITS, frame_bytes=10_000), [4_000, 4_000], True),
        (replace(LIMITS, frame_bytes=20_000), [4_000, 4_000], False),
    ],
)
def test_a_batch_tells_whether_more_may_wait_behind_it(
    engine: sa.Engine, signer: Signer, limits: Limits, sizes: list[int], *, more: bool
) -> None:
    for at, size in enumerate(sizes):
        put(engine, f"{at}", size=size)
    with db.begin(engine) as connection:
        sealed = journal.seal(connection, signer, journal.load_head(connection, 1), limits, now_ms=1)
    assert sealed is not None
    assert sealed[2] is more
