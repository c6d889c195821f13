"""What comes without its body is proved, kept and acknowledged as that."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from certs.checkpoints import parse_checkpoint
from certs.entries import ERASED, FULL, LEDGER_KEY, WITHDRAWN, inbox_leaf_hashes, recipients_hash
from certs.merkle import Frontier, leaf_hash
from certs.names import EVERY_HALL
from certs.notes import split
from node_agent import inbox, messages, status, store_check
from node_agent.cli.status import _lines
from node_agent.deliveries import members
from node_agent.hall_keys import load
from node_agent.sinks.config import read_sinks
from node_agent.sinks.sql import SinkReport, SqlSink, entries_of
from node_agent.store_check import Finding
from tests.node_agent.linked import HALL, Linked, until
from tests.node_agent.test_link_receive import addressed
from tests.node_agent.tiny_province import Author
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, Extract, Segment

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEYS = 2
"""Entries of every inbox here: the keys of the hall and of the author."""


def withhold(segment: Segment, *positions: int, form: Any = WITHDRAWN) -> Segment:
    """Take bodies out of a segment, as a hub does."""
    if segment.WhichOneof("bodies") == "batch":
        batch = Batch.FromString(segment.batch)
        segment.runs.extend((0, segment.count))
        segment.extract.CopyFrom(Extract(checkpoint=batch.checkpoint, envelopes=batch.envelopes))
    for position in positions:
        envelope = segment.extract.envelopes[position]
        header = Header.FromString(Envelope.FromString(envelope).header)
        segment.withheld.add(position=position, form=form, recipients_hash=recipients_hash(header.recipients))
        segment.extract.envelopes[position] = leaf_hash(envelope)
    return segment


def newest(linked: Linked) -> Segment:
    return linked.province.mailboxes[HALL].segments[-1][2]


def root_with(linked: Linked, forms: Sequence[int]) -> bytes:
    """Compute the root of the inbox log whose entries have these forms, from the mailbox."""
    indices: list[int] = []
    for _, _, segment in linked.province.mailboxes[HALL].segments:
        indices += [segment.ledger_first + at for start, end in members(segment) for at in range(start, end)]
    return Frontier.empty().extend(inbox_leaf_hashes(indices, [linked.province.ledger[at] for at in indices], forms)).root()


def acknowledged_root(linked: Linked) -> bytes:
    return parse_checkpoint(split(linked.province.mailboxes[HALL].acknowledged)[0]).root


def checked(linked: Linked) -> Finding:
    found: Finding = linked.look(lambda connection: store_check.check_inbox(connection, load(linked.config)))
    return found


async def test_an_entry_without_its_body_is_acknowledged_as_that_and_the_others_in_full(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a", "b", "d", others=("c",))
    withhold(newest(linked), 0, 2)
    await addressed(linked, author, "e")
    withhold(newest(linked), 0)
    await addressed(linked, author, "f")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS + 5)
    assert subjects_that_came(linked) == ["b", "f"]
    assert acknowledged_root(linked) == root_with(linked, [FULL, FULL, WITHDRAWN, FULL, WITHDRAWN, WITHDRAWN, FULL])
    assert linked.hub.heard.not_full == [(2, 1, WITHDRAWN), (4, 1, WITHDRAWN), (5, 1, WITHDRAWN)]
    assert checked(linked) == Finding(KEYS + 5)


def subjects_that_came(linked: Linked) -> list[str]:
    found = linked.look(lambda c: [one for one in inbox.received(c, 0, 1_000) if one.kind != LEDGER_KEY and not one.is_withheld])
    return [Header.FromString(Envelope.FromString(one.envelope).header).subject for one in found]


async def test_what_was_withheld_passes_the_sinks_and_is_counted(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    for name in "abcdefgh":
        await addressed(linked, author, name)
        if name != "h":
            withhold(newest(linked), 0)
    async with linked.running():
        await until(lambda: linked.inbox().size == KEYS + 8)
    sink = SqlSink(read_sinks([{"name": "hall", "kind": "sql", "url": "sqlite:///hall.db", "page": 2}], linked.config.folder)[0])
    async with linked.store() as store:
        assert sink.deliver(entries_of(store), NOW) == SinkReport(written=1, position=KEYS + 8)
    sink.close()
    facts = status.report(linked.config, NOW)
    assert facts["inbox"]["withheld"] == 7
    assert any("7 withdrawn before they came" in line for line in _lines(facts))
    looked: list[int] = []
    assert linked.look(lambda c: list(messages.received_about(c, "nongan", "h", looked.append)))
    assert not linked.look(lambda c: list(messages.received_about(c, "nongan", "a", looked.append)))


Lie = Callable[[Segment], None]


def _other_hash(segment: Segment) -> None:
    withhold(segment, 1).extract.envelopes[1] = bytes(32)


def _short_hash(segment: Segment) -> None:
    withhold(segment, 1).extract.envelopes[1] = b"short"


def _other_recipients(segment: Segment) -> None:
    withhold(segment, 1).withheld[0].recipients_hash = recipients_hash(["siping"])


def _no_recipients(segment: Segment) -> None:
    withhold(segment, 1).withheld[0].recipients_hash = b""


def _behind_the_end(segment: Segment) -> None:
    withhold(segment, 1).withheld[0].position = 3


def _unsorted(segment: Segment) -> None:
    withhold(segment, 2, 1)


def _twice(segment: Segment) -> None:
    withhold(segment, 1).withheld.append(segment.withheld[0])


def _in_full(segment: Segment) -> None:
    withhold(segment, 1, form=FULL)


def _in_no_form(segment: Segment) -> None:
    withhold(segment, 1, form=0)


def _of_a_whole_batch(segment: Segment) -> None:
    raw = segment.batch
    withhold(segment, 1)
    del segment.runs[:]
    segment.batch = raw


def _for_every_hall(segment: Segment) -> None:
    withhold(segment, 1).withheld[0].recipients_hash = recipients_hash([EVERY_HALL])


LIES: list[tuple[Lie, str]] = [
    (_other_hash, "did not sign these envelopes"),
    (_short_hash, ""),
    (_other_recipients, "does not hold these entries"),
    (_no_recipients, ""),
    (_behind_the_end, "ascending positions"),
    (_unsorted, "ascending positions"),
    (_twice, "ascending positions"),
    (_in_full, "in which there would be one"),
    (_in_no_form, "in which there would be one"),
    (_of_a_whole_batch, "ascending positions"),
    (_for_every_hall, "what is for every hall"),
]


@pytest.mark.parametrize(("lie", "said"), LIES)
async def test_a_forged_omission_is_neither_stored_nor_acknowledged(linked: Linked, lie: Lie, said: str) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS)
        await addressed(linked, author, "a", "b", "c")
        lie(newest(linked))
        await linked.hub.posted()
        await until(lambda: "receive alarm" in linked.troubles())
        assert said in linked.troubles()["receive alarm"].what
        assert linked.inbox().size == linked.province.mailboxes[HALL].acknowledged_size == KEYS


async def test_no_key_entry_is_taken_without_its_body(linked: Linked) -> None:
    Author(linked.province, "nongan")
    withhold(newest(linked), 0).withheld[0].recipients_hash = recipients_hash([HALL])
    async with linked.running():
        await until(lambda: "receive alarm" in linked.troubles())
        assert "what is for every hall" in linked.troubles()["receive alarm"].what
    assert linked.inbox().size < KEYS


async def test_an_erased_body_is_acknowledged_as_erased(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a")
    withhold(newest(linked), 0, form=ERASED)
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS + 1)
    assert linked.hub.heard.not_full == [(2, 1, ERASED)]


@pytest.mark.parametrize("step", ["delivery-received", "delivery-stored", "acknowledgement-sent"])
async def test_an_agent_that_dies_at_a_step_still_says_what_came_without_its_body(linked: Linked, step: str) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS)
    before = linked.province.mailboxes[HALL].acknowledged
    await addressed(linked, author, "a", "b")
    withhold(newest(linked), 1)
    code, said = await linked.command("run", crash_at=step)
    assert code == 137, said
    if step == "acknowledgement-sent":  # stored for certain; and what the hub had of it is lost
        assert linked.inbox().size == KEYS + 2
        linked.province.mailboxes[HALL].acknowledged = before
        linked.hub.heard.not_full.clear()
    await addressed(linked, author, "c")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS + 3)
    assert subjects_that_came(linked) == ["a", "c"]
    assert acknowledged_root(linked) == root_with(linked, [FULL, FULL, FULL, WITHDRAWN, FULL])
    at_opening = [(part.first, part.count, part.form) for part in linked.hub.heard.receive_opens[-1].not_full]
    assert at_opening + linked.hub.heard.not_full == [(3, 1, WITHDRAWN)]
    assert bool(at_opening) == (step == "acknowledgement-sent")


async def test_what_is_settled_is_not_said_again(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a")
    withhold(newest(linked), 0)
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS + 1)
    async with linked.running():
        await until(lambda: len(linked.hub.heard.receive_opens) == 2)
    assert list(linked.hub.heard.receive_opens[-1].not_full) == []


async def test_a_restored_inbox_takes_its_forms_from_what_it_signed_and_bodies_as_far_as_they_come(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a", "b")
    withhold(newest(linked), 1)
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS + 2)
    linked.lose_store()
    segment = withhold(newest(linked), 0, form=FULL)
    ordered = sorted(segment.withheld, key=lambda one: one.position)
    del segment.withheld[:]
    segment.withheld.extend(ordered)
    async with linked.running():
        await until(lambda: linked.inbox().size == KEYS + 2)
        await addressed(linked, author, "c")
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS + 3)
    assert subjects_that_came(linked) == ["c"]
    assert acknowledged_root(linked) == root_with(linked, [FULL, FULL, FULL, WITHDRAWN, FULL])
    assert status.report(linked.config, NOW)["inbox"]["withheld"] == 2
    assert checked(linked) == Finding(KEYS + 3)


async def test_a_hub_that_gives_back_other_forms_than_were_signed_is_not_followed(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == KEYS + 1)
    linked.lose_store()
    withhold(newest(linked), 0)
    async with linked.running():
        await until(lambda: "receive alarm" in linked.troubles())
        assert "is not what this hall acknowledged" in linked.troubles()["receive alarm"].what
