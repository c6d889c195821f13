"""What is not guidance costs next to nothing, however much of it comes; what is guidance is found among it, after any restart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.keys import generate_signing_key
from certs.merkle import Frontier
from certs.names import journal_origin
from certs.notes import Signer
from node_agent import db, inbox
from node_agent.guidance import intake
from node_agent.guidance.intake import Intake, at
from node_agent.guidance.parking import INBOX
from node_agent.guidance.tables import threads
from node_agent.sinks.sql import entries_of
from node_agent.tables import inbox_head, inbox_segments
from tests.node_agent.guidance.halls import CITY, COUNTY, TD, Hall
from tongban.exchange.v1.exchange_pb2 import LEDGER_KIND_MESSAGE, Batch, Segment

OTHER = b"a message of a permit case " * 4


@dataclass
class Delivered:
    """The stored inbox of a hall, as the link leaves it; `statements` are those of its database."""

    hall: Hall
    frontier: Frontier = field(default_factory=Frontier.empty)
    statements: list[str] = field(default_factory=list)

    @cached_property
    def log(self) -> Signer:
        return Signer(journal_origin(TD, COUNTY, 1), generate_signing_key())

    def segment(self, envelopes: Sequence[bytes]) -> None:
        first = self.frontier.size
        self.frontier = self.frontier.extend([b"\0" * 32] * len(envelopes))
        checkpoint = sign_checkpoint(Checkpoint(self.log.name, self.frontier.size, self.frontier.root()), self.log)
        batch = Batch(checkpoint=checkpoint, envelopes=envelopes).SerializeToString()
        held = Segment(ledger_first=1000 + first, count=len(envelopes), kind=LEDGER_KIND_MESSAGE, batch=batch)
        with db.begin(self.hall.engine) as connection:
            row = {"first": first, "count": len(envelopes), "received_at": 0, "segment": held.SerializeToString()}
            connection.execute(sa.insert(inbox_segments).values(row))
            connection.execute(sa.delete(inbox_head))
            head = {"id": 1, "epoch": 1, "size": self.frontier.size, "frontier": b"", "checkpoint": "", "acknowledged_size": 0}
            connection.execute(sa.insert(inbox_head).values(head))

    def questions(self) -> int:
        with db.reading(self.hall.engine) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(threads)) or 0

    def cursor(self) -> int:
        with db.reading(self.hall.engine) as connection:
            return at(connection, INBOX)

    def look(self, taking: Intake) -> int:
        """Take in; return how many transactions wrote."""
        self.statements.clear()
        taking.deliver(entries_of(self.hall.engine), self.hall.now)
        return self.statements.count("BEGIN IMMEDIATE")


@pytest.fixture
def delivered(city: Hall) -> Delivered:
    found = Delivered(city)
    event.listen(city.engine, "before_cursor_execute", lambda *said: found.statements.append(said[2]))
    return found


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each segment that was parsed yielded."""
    seen: list[int] = []
    whole = inbox._entries

    def counting(first: int, segment: Segment) -> Iterator[inbox.Received]:
        seen.append(segment.count)
        return whole(first, segment)

    monkeypatch.setattr(inbox, "_entries", counting)
    return seen


def test_segments_without_guidance_are_not_parsed_and_nothing_is_written(delivered: Delivered, parsed: list[int]) -> None:
    taking = Intake(delivered.hall.engine, CITY)
    for _ in range(8):
        delivered.segment([OTHER] * 256)
        assert delivered.look(taking) == 0
    assert parsed == []


def test_a_question_among_other_messages_is_found_whatever_was_looked_through_before(
    county: Hall, delivered: Delivered, parsed: list[int]
) -> None:
    taking = Intake(delivered.hall.engine, CITY)
    delivered.segment([OTHER] * 256)
    assert delivered.look(taking) == 0
    for number in range(3):
        county.ask(f"第{number}问")
        delivered.segment([OTHER] * 100 + county.waits() + [OTHER] * 100)
        assert delivered.look(taking) == 1
        delivered.segment([OTHER] * 7)
        assert delivered.look(taking) == 0
        assert delivered.questions() == number + 1
    assert parsed.count(256) == parsed.count(7) == 0
    assert taking.parked_count() == 0


def test_more_questions_than_a_page_holds_all_come(county: Hall, delivered: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PAGE", 2)
    for _ in range(7):
        county.ask("?")
        delivered.segment([*county.waits(), OTHER, OTHER])
    delivered.look(Intake(delivered.hall.engine, CITY))
    assert delivered.questions() == 7


def test_the_cursor_follows_before_the_next_start_has_much_to_look_through(
    county: Hall, delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "FAR", 1000)
    taking = Intake(delivered.hall.engine, CITY)
    wrote = []
    for _ in range(8):
        delivered.segment([OTHER] * 256)
        wrote.append(delivered.look(taking))
    assert wrote == [0, 0, 0, 1] * 2
    assert delivered.cursor() == 8 * 256
    county.ask("?")
    delivered.segment([OTHER, *county.waits()])
    delivered.look(Intake(delivered.hall.engine, CITY))
    assert delivered.questions() == 1
