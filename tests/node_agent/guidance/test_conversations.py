"""Two halls talk, and each has what was said, once and in order, whenever it comes."""

import itertools
from dataclasses import replace

import pytest
import sqlalchemy as sa

from directory.guidance.thread import About
from directory.guidance.vocabulary import Kind
from directory.refusal import Refused
from node_agent import db
from node_agent.guidance import parking, queues
from node_agent.guidance.intake import Intake, at, retry, take_back
from node_agent.guidance.parking import INBOX
from node_agent.guidance.speaking import Spoken, say_again
from node_agent.guidance.tables import messages, threads
from node_agent.inbox import Received
from node_agent.outbox import Actor
from node_agent.tables import batches, refusals
from tests.node_agent.guidance.halls import CITY, CLERK, COUNTY, GUIDE, Hall, carry, changed, header
from tongban.errors.v1.errors_pb2 import REASON_SCOPE_DENIED
from tongban.exchange.v1.exchange_pb2 import Batch

ABOUT = About(COUNTY, "2026-17")


def told(hall: Hall, key: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(line.kind, line.hall, line.text) for line in hall.lines(key)]


def answered(county: Hall, city: Hall) -> tuple[str, str]:
    key = county.ask("需要哪些材料?", about=ABOUT)
    carry(county, city)
    assert isinstance(city.says(key, Kind.ANSWERED, "三项", GUIDE), Spoken)
    carry(city, county)
    return key


def test_a_question_is_answered_closed_and_rated(county: Hall, city: Hall) -> None:
    key = answered(county, city)
    assert isinstance(county.says(key, Kind.FOLLOWED_UP, "第二项?"), Spoken)
    assert isinstance(county.says(key, Kind.CLOSED), Spoken)
    assert isinstance(county.says(key, Kind.RATED, grade=5), Spoken)
    carry(county, city)
    kinds = ["asked", "answered", "followed-up", "closed", "rated"]
    assert [kind for kind, _, _ in told(county, key)] == kinds
    assert told(city, key) == told(county, key)
    row = city.find(key).row
    assert (row.state, row.grade, row.side, row.title, row.case_number) == ("closed", 5, "guiding", "需要哪些材料?", "2026-17")
    assert county.find(key).row.side == "asking"


def test_what_is_said_is_signed_for_by_the_header(county: Hall, city: Hall) -> None:
    key = county.ask("?", department="changchun-rs")
    (asked,) = carry(county, city)
    head = header(asked)
    assert (head.resource, head.subject, list(head.recipients), head.actor.person) == ("guidance", key[1], [CITY], "1024")
    city.says(key, Kind.ANSWERED, "!", GUIDE)
    (answer,) = carry(city, county)
    assert (list(header(answer).recipients), header(answer).actor.role) == ([COUNTY], "guide")


def test_what_comes_twice_counts_once(county: Hall, city: Hall) -> None:
    key = county.ask("?")
    carried = carry(county, city)
    city.receive(COUNTY, *carried)
    city.take_in()
    assert len(city.lines(key)) == 1


def test_what_is_sent_twice_under_one_id_is_said_once(county: Hall) -> None:
    ident = "0b6a4a52-5b3d-4b7c-8d6e-0123456789ab"
    assert county.ask("?", ident=ident) == county.ask("?", ident=ident) == (COUNTY, ident)
    assert len(county.waits()) == 1
    assert len(county.lines((COUNTY, ident))) == 1


def test_whatever_the_order_of_arrival_both_halls_see_one_thread(county: Hall, city: Hall) -> None:
    key = county.ask("一")
    county.later(minutes=1)
    county.says(key, Kind.FOLLOWED_UP, "二")
    county.later(minutes=1)
    county.says(key, Kind.CLOSED)
    sent = county.waits()
    for number, order in enumerate(itertools.permutations(range(3))):
        hall = Hall(CITY, city.path.with_name(f"{number}.db"))
        hall.receive(COUNTY, *sent)
        hall.inbox = [replace(hall.inbox[place], index=index) for index, place in enumerate(order)]
        hall.take_in()
        assert told(hall, key) == told(county, key)
        assert hall.find(key).row.state == "closed"
        hall.engine.dispose()


@pytest.mark.parametrize(
    ("kind", "who", "text"),
    [
        (Kind.RATED, CLERK, ""),
        (Kind.REOPENED, CLERK, ""),
        (Kind.ANSWERED, CLERK, "!"),
        (Kind.FOLLOWED_UP, GUIDE, "?"),
        (Kind.FOLLOWED_UP, CLERK, ""),
        (Kind.FOLLOWED_UP, CLERK, "x" * 10_001),
        (Kind.FOLLOWED_UP, CLERK, "a\N{RIGHT-TO-LEFT OVERRIDE}b"),
    ],
)
def test_what_may_not_be_said_is_not_said(county: Hall, kind: Kind, who: Actor, text: str) -> None:
    key = county.ask("?")
    county.waits()
    assert isinstance(county.says(key, kind, text, who), Refused)
    assert county.waits() == []
    assert len(county.lines(key)) == 1


def test_nobody_speaks_in_a_thread_that_is_not_there(county: Hall) -> None:
    assert isinstance(county.says((COUNTY, "0b6a4a52-5b3d-4b7c-8d6e-0123456789ab"), Kind.CLOSED), Refused)


def test_a_message_that_cannot_be_applied_is_parked_and_holds_up_no_other(county: Hall, city: Hall) -> None:
    key, other = county.ask("一"), county.ask("二")
    first, second = county.waits()
    city.receive(COUNTY, changed(first, payload=b"\xff\xff"), changed(first, subject="x"), second)
    assert city.take_in().parked == 2
    assert [line.text for line in city.lines(other)] == ["二"]
    with db.reading(city.engine) as connection:
        found = parking.waiting(connection)
        assert queues.keys_of(connection, key[1]) == []
    assert {one.entry.position for one in found} == {0, 1}
    assert all(one.reason and one.entry.hall == COUNTY for one in found)


@pytest.mark.parametrize(
    ("author", "fields"),
    [
        ("siping", {}),
        (COUNTY, {"id": ""}),
    ],
)
def test_a_message_of_a_hall_that_may_not_say_it_is_parked(county: Hall, city: Hall, author: str, fields: dict[str, str]) -> None:
    county.ask("?")
    (asked,) = county.waits()
    city.receive(author, changed(asked, payload=None, **fields))
    assert city.take_in().parked == 1


def test_a_thread_of_other_halls_is_parked(county: Hall) -> None:
    county.ask("?")
    third = Hall("siping", county.path.with_name("third.db"))
    third.receive(COUNTY, *county.waits())
    assert third.take_in().parked == 1
    third.engine.dispose()


def test_a_parked_message_is_applied_once_it_can_be(county: Hall, city: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    key = county.ask("?")
    sent = county.waits()
    with monkeypatch.context() as patched:
        patched.setattr("node_agent.guidance.intake.MOST_MESSAGES", 0)
        city.receive(COUNTY, *sent)
        assert city.take_in().parked == 1
        with city.begun() as connection:
            assert retry(connection, CITY, city.now) == (0, 1)
    with city.begun() as connection:
        assert retry(connection, CITY, city.now) == (1, 0)
    assert len(city.lines(key)) == 1


def test_a_crash_within_a_page_leaves_nothing_half_taken_in(county: Hall, city: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    key = county.ask("一")
    county.says(key, Kind.FOLLOWED_UP, "二")
    city.receive(COUNTY, *county.waits())
    with monkeypatch.context() as patched:
        patched.setattr("node_agent.guidance.intake.move", _dies)
        with pytest.raises(KeyboardInterrupt):
            city.take_in()
    with db.reading(city.engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(messages)) == 0
    city.take_in()
    city.take_in()
    assert [line.text for line in city.lines(key)] == ["一", "二"]


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_comes_back_of_the_own_journal_is_there_again(county: Hall, city: Hall) -> None:
    key = answered(county, city)
    county.says(key, Kind.CLOSED)
    with db.reading(county.engine) as connection:
        own = connection.execute(sa.text("SELECT envelope FROM outbox ORDER BY id")).scalars().all()
    lost = Hall(COUNTY, county.path.with_name("lost.db"))
    body = Batch(envelopes=own).SerializeToString()
    with lost.begun() as connection:
        row = {"first": 0, "count": 2, "checkpoint": "", "frontier": b"", "sealed_at": 0, "hash_only": "", "body": body}
        connection.execute(batches.insert(), row)
    lost.inbox = county.inbox
    lost.take_in()
    assert told(lost, key) == told(county, key)
    assert lost.find(key).row.state == "closed"
    with lost.begun() as connection:
        take_back(connection, COUNTY, lost.now)
    assert len(lost.lines(key)) == 3
    lost.engine.dispose()


def test_what_the_hub_refused_says_so_and_is_sent_again_once(county: Hall) -> None:
    key = county.ask("?")
    (asked,) = county.waits()
    event = header(asked).id
    with county.begun() as connection:
        assert isinstance(say_again(connection, county.here(connection), event, county.now), Refused)
        row = {"journal_index": 0, "event_id": event, "disposition": 2, "reason": REASON_SCOPE_DENIED, "receipted_at": 0}
        connection.execute(refusals.insert(), row)
    assert county.find(key).refused == 1
    assert [line.refused for line in county.lines(key)] == ["REASON_SCOPE_DENIED"]
    with county.begun() as connection:
        assert isinstance(say_again(connection, county.here(connection), event, county.now), Spoken)
    with county.begun() as connection:
        assert isinstance(say_again(connection, county.here(connection), event, county.now), Refused)
    (again,) = county.waits()
    assert (header(again).id, header(again).attempt) == (event, 2)
    assert county.find(key).refused == 0


def test_a_page_that_another_process_took_in_is_left_to_it(county: Hall, city: Hall) -> None:
    key = county.ask("?")
    city.receive(COUNTY, *county.waits())

    def entries(first: int, limit: int, mark: bytes = b"") -> list[Received]:
        found = city.inbox[first : first + limit]
        county.says(key, Kind.FOLLOWED_UP, "还有?")
        city.receive(COUNTY, *county.waits())
        city.take_in()  # the other one goes further than this page
        return found

    Intake(city.engine, CITY).deliver(entries, city.now)
    with db.reading(city.engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(threads)) == 1
        assert at(connection, INBOX) == len(city.inbox) == 2
