"""Whatever another hall's agent says in guidance, this hall goes on reading, answering and telling its people."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from directory.guidance.vocabulary import Kind
from node_agent import db
from node_agent.guidance import queues, rulebook
from node_agent.guidance.queues import Queue
from node_agent.guidance.speaking import Spoken
from tests.node_agent.guidance.halls import COUNTY, GUIDE, Hall, changed
from tongban.envelope.v1.envelope_pb2 import Envelope, Header


def dated(envelope: bytes, seconds: int) -> bytes:
    """Return an envelope that says another time."""
    found = Envelope.FromString(envelope)
    head = Header.FromString(found.header)
    head.time.CopyFrom(Timestamp(seconds=seconds))
    return Envelope(header=head.SerializeToString(), payload=found.payload).SerializeToString()


FIRST, LAST = -62135596800, 253402300799
"""0001-01-01 and 9999-12-31, the ends of what a Timestamp holds."""


@pytest.mark.parametrize("seconds", [FIRST, LAST, LAST - 8 * 3600, FIRST - 1, LAST + 1, 2**62, -(2**62)])
def test_whatever_time_a_hall_says_others_are_heard_and_answered(county: Hall, city: Hall, seconds: int) -> None:
    odd, plain = county.ask("哪天?"), county.ask("今天")
    first, second = county.waits()
    city.receive(COUNTY, dated(first, seconds), second)
    city.take_in()
    assert plain in city.queue(Queue.UNCLAIMED, GUIDE)
    assert [line.text for line in city.lines(plain)] == ["今天"]
    with db.reading(city.engine) as connection:
        rules = rulebook.read_on(connection, city.now)
        queues.counts(connection, GUIDE, rules, city.now)
        known = queues.find(connection, odd, GUIDE, rules, city.now)
    if known is not None:
        assert isinstance(city.says(odd, Kind.ANSWERED, "好", GUIDE), Spoken)
        assert city.lines(odd)[0].at.astimezone(UTC) <= datetime.max.replace(tzinfo=UTC)
