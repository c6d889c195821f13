"""The hub's model of guidance says how threads stand, and equals its rebuild."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp

from certs.entries import ACCEPTED, REFUSED
from directory.guidance.attachments import Attachment
from directory.guidance.thread import About
from directory.guidance.vocabulary import Kind
from directory.lifecycle import Event
from directory.scopes.predicates import Always, Has
from hub import schema
from hub.cases.consumer import CaseConsumer
from hub.cases.lights import Watch
from hub.cases.queries import Scope, list_cases
from hub.cases.search import Wanted
from hub.consumers import rebuild, run_once
from hub.db import Database, models_url, open_database
from hub.guidance import consumer
from hub.guidance.consumer import GuidanceConsumer
from hub.guidance.participants import READABLE_FOR, thread_halls
from hub.guidance.tables import messages, named, parked, threads
from tests.hub.cases_told import Ledger
from tests.hub.guidance_told import CASE, CITY, COUNTY, MONDAY, PROVINCE, SIBLING, THREAD, message, said, thread
from tongban.case.v1 import case_pb2
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

FILE = Attachment(b"\x01" * 32, 10, "图纸.pdf", "application/pdf")


@pytest.fixture
def databases(database_url: str) -> Iterator[tuple[Database, Database]]:
    schema.prepare(database_url)
    ledger, models = open_database(database_url), open_database(models_url(database_url), durable=False)
    yield ledger, models
    ledger.dispose()
    models.dispose()


def follow(databases: tuple[Database, Database], ledger: Ledger, limit: int = 64) -> None:
    while run_once(databases[0].reader, databases[1].writer, GuidanceConsumer(), ledger.read_after, limit):
        pass


def rows(databases: tuple[Database, Database], table: sa.Table) -> Sequence[Any]:
    with databases[1].reader.begin() as connection:
        return connection.execute(sa.select(table).order_by(*table.primary_key.columns)).all()


def conversation() -> Ledger:
    """Let the county ask about its case, and the city answer; another hall forges, and something cannot be read."""
    ledger = Ledger()
    asked, answer = message(about=CASE, attachments=(FILE,)), message(Kind.ANSWERED, text="三项")
    ledger.append(COUNTY, [said(asked), said(asked, name="refused")], bytes([ACCEPTED, REFUSED]))
    ledger.append(CITY, [said(answer, 30)])
    ledger.append(SIBLING, [said(message(Kind.CLOSED, text=""), 40)])
    ledger.append(COUNTY, [said(message(Kind.FOLLOWED_UP), 50), said(asked)])
    ledger.append(COUNTY, [said(message(), 60).replace("如何办理".encode(), b"\xff" * 12)])
    return ledger


def test_threads_stand_as_their_messages_say(databases: tuple[Database, Database]) -> None:
    follow(databases, conversation())
    (one,) = rows(databases, threads)
    assert (one.asking_hall, one.thread, one.guiding_hall, one.case_hall, one.case_number) == (COUNTY, THREAD, CITY, COUNTY, "1")
    assert (one.state, consumer.moment(one.waiting_us)) == ("followed-up", MONDAY + timedelta(minutes=50))
    assert len(rows(databases, messages)) == 3
    assert [(row.hall, row.guiding_hall) for row in rows(databases, named)] == [(COUNTY, CITY)]


def test_what_cannot_be_read_parks_alone(databases: tuple[Database, Database]) -> None:
    follow(databases, conversation())
    assert [(row.hall, row.reason) for row in rows(databases, parked)] == [(SIBLING, "message_malformed"), (COUNTY, "message_malformed")]


def test_no_text_is_kept(databases: tuple[Database, Database]) -> None:
    follow(databases, conversation())
    everything = repr([rows(databases, table) for table in GuidanceConsumer.tables])
    assert "三项" not in everything
    assert "图纸" not in everything


@pytest.mark.parametrize("limit", [1, 2, 64])
def test_a_model_equals_its_rebuild_however_it_was_read(databases: tuple[Database, Database], limit: int) -> None:
    ledger, model = conversation(), GuidanceConsumer()
    follow(databases, ledger, limit)
    with databases[1].reader.begin() as connection:
        before = model.digest(connection)
    assert rebuild(databases[0].reader, databases[1].writer, model, ledger.read_after, 64) == ledger.size
    with databases[1].reader.begin() as connection:
        assert model.digest(connection) == before


def test_a_thread_that_is_too_long_parks_what_is_more(databases: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "MOST_MESSAGES", 2)
    follow(databases, conversation())
    assert "thread_too_long" in {row.reason for row in rows(databases, parked)}
    assert len(rows(databases, messages)) == 2


def halls(
    databases: tuple[Database, Database], case: tuple[str, str] = (COUNTY, "1"), referred: str = "", **later: float
) -> frozenset[str]:
    with databases[1].reader.begin() as connection:
        return thread_halls(connection, case, referred, MONDAY + timedelta(**later))


def test_the_halls_of_a_thread_are_those_that_ask_and_guide(databases: tuple[Database, Database]) -> None:
    follow(databases, conversation())
    assert halls(databases) == {COUNTY, CITY}
    assert halls(databases, (COUNTY, "2")) == halls(databases, (SIBLING, "1")) == frozenset()


def test_a_thread_counts_for_a_time_after_it_was_closed(databases: tuple[Database, Database]) -> None:
    ledger = conversation()
    follow(databases, ledger)
    assert halls(databases, days=1_000) == {COUNTY, CITY}
    ledger.append(COUNTY, [said(message(Kind.CLOSED, text=""), 60)])
    follow(databases, ledger)
    days = READABLE_FOR / timedelta(days=1)
    assert halls(databases, days=days) == {COUNTY, CITY}
    assert halls(databases, days=days, hours=2) == frozenset()


def test_what_another_hall_names_in_its_question_opens_nothing(databases: tuple[Database, Database]) -> None:
    ledger = Ledger()
    ledger.append(SIBLING, [said(message(asking_hall=SIBLING, about=About(COUNTY, "1")))])
    follow(databases, ledger)
    assert halls(databases) == frozenset()
    assert halls(databases, referred=SIBLING) == {SIBLING, CITY}
    assert halls(databases, referred=PROVINCE) == frozenset()


def test_a_list_that_threads_open_holds_the_same_cases(databases: tuple[Database, Database]) -> None:
    ledger = conversation()
    ledger.tell(COUNTY, [("1", Event(case_pb2.CASE_EVENT_KIND_APPLIED, 1)), ("2", Event(case_pb2.CASE_EVENT_KIND_APPLIED, 2))])
    ledger.append(COUNTY, [said(message(Kind.CLOSED, text=""), 60)])
    follow(databases, ledger)
    while run_once(databases[0].reader, databases[1].writer, CaseConsumer(), ledger.read_after, 64):
        pass
    for hall, later in product((COUNTY, CITY, PROVINCE), (timedelta(), READABLE_FOR + timedelta(hours=2))):
        when = Watch(int((MONDAY + later).timestamp() * 1000), {})
        with databases[1].reader.begin() as connection:
            rows = list_cases(connection, Scope(Has("thread_halls", hall), (COUNTY,)), Wanted(when=when), None, 10)
            every = list_cases(connection, Scope(Always(), (COUNTY,)), Wanted(when=when), None, 10)
            held = [one.case_number for one in every if hall in thread_halls(connection, (COUNTY, one.case_number), "", MONDAY + later)]
        assert [one.case_number for one in rows] == held
        assert all(hall in one.thread_halls for one in rows)
        assert bool(held) == (not later and hall != PROVINCE)


@pytest.mark.parametrize("seconds", [-62135596800, 253402300799, 253402300800])
def test_whatever_time_one_hall_says_the_threads_of_others_go_on(databases: tuple[Database, Database], seconds: int) -> None:
    envelope = Envelope.FromString(said(message()))
    header = Header.FromString(envelope.header)
    header.time.CopyFrom(Timestamp(seconds=seconds))
    ledger = Ledger()
    ledger.append(COUNTY, [Envelope(header=header.SerializeToString(), payload=envelope.payload).SerializeToString()])
    ledger.append(SIBLING, [said(message(asking_hall=SIBLING, thread=thread(2)))])
    follow(databases, ledger)
    assert [row.thread for row in rows(databases, threads)] == [thread(2)]
    assert len(rows(databases, parked)) == 1
