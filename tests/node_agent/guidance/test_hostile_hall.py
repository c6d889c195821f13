"""Whatever another hall's agent says in guidance, this hall goes on reading, answering and telling its people."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from directory.guidance.attachments import MAX_BYTES, Attachment, handed_name
from directory.guidance.vocabulary import Kind
from node_agent import db
from node_agent.guidance import files, queues, rulebook
from node_agent.guidance.queues import Queue
from node_agent.guidance.speaking import Spoken
from tests.node_agent.guidance.halls import COUNTY, GUIDE, Hall, carry
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


PDF = b"%PDF-1.7\n" + bytes(1_000)
FILE = Attachment(hashlib.sha256(PDF).digest(), len(PDF), "图纸.pdf", "application/pdf")


@pytest.mark.parametrize("size", [1, len(PDF) - 1, len(PDF) + 1, MAX_BYTES])
def test_a_wrong_size_that_one_hall_says_keeps_no_other_halls_file_away(county: Hall, city: Hall, size: int) -> None:
    county.ask("假", attachments=(replace(FILE, size=size),))
    carry(county, city)
    county.ask("真", attachments=(FILE,))
    carry(county, city)
    with db.reading(city.engine) as connection:
        (one,) = files.waiting(connection, 1)
    assert one.size >= len(PDF)


def test_what_is_here_already_is_not_fetched_again_for_a_larger_size(county: Hall, city: Hall) -> None:
    county.ask("真", attachments=(FILE,))
    carry(county, city)
    with city.begun() as connection:
        files.done(connection, FILE.sha256.hex())
    county.ask("假", attachments=(replace(FILE, size=MAX_BYTES),))
    carry(county, city)
    with db.reading(city.engine) as connection:
        assert files.known(connection, [FILE.sha256.hex()])[FILE.sha256.hex()].size == len(PDF)
        assert files.waiting(connection, 1) == []


@pytest.mark.parametrize(
    ("name", "head", "handed"),
    [
        ("图纸.PDF", b"%PDF-1.7", "图纸.PDF"),
        ("通知.bat", b"del *.*\r\n", "通知.bat.txt"),
        ("说明.html", b"hello <script>", "说明.html.txt"),
        ("补丁.msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "补丁.msi.doc"),
        ("表.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "表.xls"),
        ("包.jar", b"PK\x03\x04", "包.jar.zip"),
        ("表.xlsx", b"PK\x03\x04", "表.xlsx"),
        ("图.pdf", b"\x89PNG\r\n\x1a\n", "图.pdf.png"),
        ("a.pdf", b"MZ\x90", ""),
        ("a.txt", b"MZ" + b"\xff" * 510, ""),
        ("a.txt", ("a" * 511 + "通").encode(), "a.txt"),
        ("a.pdf", b"", ""),
    ],
)
def test_a_file_is_handed_out_under_a_name_of_its_kind(name: str, head: bytes, handed: str) -> None:
    assert handed_name(name, head) == handed
