"""A hall looks after its threads: one has each, nothing of that leaves the hall, and nothing that waits is out of sight."""

import threading
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from directory.guidance.hours import Hours, HoursRule
from directory.guidance.knowledge import Knowledge, tables
from directory.guidance.vocabulary import Kind
from directory.refusal import Refused
from directory.register.kinds import FORMS
from directory.register.kinds import Kind as DocumentKind
from directory.validity import Period
from node_agent import db
from node_agent.guidance import changes, desk, knowledge, queues, rulebook, searching
from node_agent.guidance.desk import Claim, Taken
from node_agent.guidance.queues import Queue
from node_agent.tables import directory
from tests.node_agent.guidance.halls import CITY, CLERK, COUNTY, GUIDE, MONDAY, OTHER_GUIDE, Hall, as_person, carry

SECRET = "先问法规处的同志"
ANSWER = Knowledge(
    knowledge="k-1",
    title="施工许可",
    question="施工许可需要哪些材料?",
    answer="三项材料。\n\n见办事指南。",
    items=("000117001000",),
    hall="jilin-sheng",
    department="jilin-rs",
    published=date(2026, 11, 20),
)


@pytest.fixture
def asked(county: Hall, city: Hall) -> tuple[str, str]:
    """Give a thread in which the city is asked."""
    key = county.ask("施工许可需要哪些材料?", department="changchun-rs")
    carry(county, city)
    return key


def test_of_two_who_take_a_thread_at_once_one_has_it_and_the_other_is_told(city: Hall, asked: tuple[str, str]) -> None:
    together = threading.Barrier(8)
    outcomes: list[Claim | Taken | Refused] = []

    def take(number: int) -> None:
        together.wait()
        with city.begun() as connection:
            outcomes.append(desk.claim(connection, asked, as_person(GUIDE, str(number)), city.now + timedelta(seconds=number)))

    people = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    (won,) = [one for one in outcomes if isinstance(one, Claim)]
    others = [one for one in outcomes if isinstance(one, Taken)]
    assert len(others) == 7
    assert {one.claim for one in others} == {won}


def test_a_thread_is_handed_over_by_whom_it_is_with_and_once(city: Hall, asked: tuple[str, str]) -> None:
    given = desk.Claim(OTHER_GUIDE.person, OTHER_GUIDE.department, GUIDE.person, city.now)
    with city.begun() as connection:
        assert isinstance(desk.hand_over(connection, asked, given, GUIDE.person), Refused), "nobody has it"
        desk.claim(connection, asked, GUIDE, city.now)
        desk.mark_seen(connection, asked, OTHER_GUIDE.person)
        assert desk.hand_over(connection, asked, given, GUIDE.person) == given
        assert desk.hand_over(connection, asked, given, GUIDE.person) == Taken(given)
    assert city.queue(Queue.MINE, OTHER_GUIDE) == [asked]
    assert city.find(asked, OTHER_GUIDE).unread


def test_a_thread_goes_from_queue_to_queue(city: Hall, asked: tuple[str, str]) -> None:
    elsewhere = as_person(GUIDE, "9")
    elsewhere = type(GUIDE)("9", "guide", "changchun-jt")
    assert city.queue(Queue.UNCLAIMED, GUIDE) == city.queue(Queue.GROUP, GUIDE) == [asked]
    assert city.queue(Queue.UNCLAIMED, elsewhere) == city.queue(Queue.MINE, GUIDE) == []
    with city.begun() as connection:
        assert desk.claim(connection, asked, GUIDE, city.now) == desk.claim(connection, asked, GUIDE, city.now)
        assert isinstance(desk.unclaim(connection, asked, OTHER_GUIDE, city.now), Taken)
    assert (city.queue(Queue.UNCLAIMED, OTHER_GUIDE), city.queue(Queue.MINE, GUIDE)) == ([], [asked])
    with city.begun() as connection:
        desk.unclaim(connection, asked, GUIDE, city.now)
        assert isinstance(desk.unclaim(connection, asked, GUIDE, city.now), Refused)
    assert city.queue(Queue.UNCLAIMED, OTHER_GUIDE) == [asked]
    with city.begun() as connection:
        desk.assign(connection, asked, ("", "changchun-jt"), GUIDE, city.now)
    assert city.queue(Queue.UNCLAIMED, elsewhere) == city.queue(Queue.GROUP, elsewhere) == [asked]
    assert city.queue(Queue.UNCLAIMED, GUIDE) == []
    with city.begun() as connection:
        assert isinstance(desk.assign(connection, asked, ("", ""), GUIDE, city.now), Refused)


def test_a_claim_outlives_what_comes_later(county: Hall, city: Hall, asked: tuple[str, str]) -> None:
    with city.begun() as connection:
        desk.claim(connection, asked, GUIDE, city.now)
    county.says(asked, Kind.FOLLOWED_UP, "还有?")
    carry(county, city)
    assert city.queue(Queue.MINE, GUIDE) == [asked]
    assert city.find(asked).claim is not None


def test_whoever_asked_has_the_thread_among_the_own_ones(county: Hall, asked: tuple[str, str]) -> None:
    colleague = as_person(CLERK, "1025")
    assert county.queue(Queue.MINE, CLERK) == county.queue(Queue.GROUP, colleague) == [asked]
    assert county.queue(Queue.MINE, colleague) == county.queue(Queue.UNCLAIMED, CLERK) == []


def test_a_note_stays_in_the_hall(city: Hall, asked: tuple[str, str]) -> None:
    with city.begun() as connection:
        assert isinstance(desk.note(connection, asked, SECRET, GUIDE, city.now), int)
        assert isinstance(desk.note(connection, asked, " ", GUIDE, city.now), Refused)
        desk.claim(connection, asked, GUIDE, city.now)
    city.says(asked, Kind.ANSWERED, "三项", GUIDE)
    sent = city.waits()
    assert len(sent) == 1
    assert SECRET.encode() not in b"".join(sent)
    assert [line.kind for line in city.lines(asked)] == ["asked", "note", "answered"]


def test_an_answer_is_awaited_in_the_working_time_of_the_hall_that_guides(city: Hall, asked: tuple[str, str]) -> None:
    assert city.find(asked).reply_due == MONDAY + timedelta(hours=8)
    city.later(hours=4)
    assert (city.find(asked).waited_minutes, city.find(asked).overdue) == (180, False)
    city.later(days=1)
    assert city.find(asked).overdue
    city.says(asked, Kind.ANSWERED, "三项", GUIDE)
    assert (city.find(asked).reply_due, city.find(asked).overdue) == (None, False)


def test_working_hours_are_those_of_the_register(city: Hall, asked: tuple[str, str]) -> None:
    rule = HoursRule(
        rule="quick",
        version=1,
        period=Period(date(2026, 1, 1)),
        hours=Hours(((time(8), time(12)),), 60),
        basis="b",
        halls=frozenset({CITY}),
    )
    put(city, DocumentKind.GUIDANCE_RULE, 5, *FORMS[DocumentKind.GUIDANCE_RULE].documents([rule]))
    assert city.find(asked).reply_due == MONDAY + timedelta(hours=1)


def put(hall: Hall, kind: str, ledger_index: int, *documents: str | None, key: str = "k-1") -> None:
    with hall.begun() as connection:
        for document in documents:
            row = {"kind": kind, "key": key, "version": "", "document": document, "reason": "", "ledger_index": ledger_index}
            connection.execute(sa.delete(directory).where(directory.c.kind == kind, directory.c.key == key))
            connection.execute(directory.insert(), {**row, "journal_epoch": 1, "journal_index": ledger_index})


def test_what_someone_must_act_on_is_counted(county: Hall, city: Hall, asked: tuple[str, str]) -> None:
    def counted(hall: Hall, who: object) -> queues.Counts:
        with db.reading(hall.engine) as connection:
            return queues.counts(connection, who, rulebook.read_on(connection, hall.now), hall.now)  # type: ignore[arg-type]

    assert (counted(city, GUIDE).unclaimed, counted(city, GUIDE).mine, counted(city, GUIDE).group) == (1, 0, 1)
    with city.begun() as connection:
        desk.claim(connection, asked, GUIDE, city.now)
    assert (counted(city, GUIDE).unclaimed, counted(city, GUIDE).mine, counted(city, GUIDE).unread) == (0, 1, 1)
    with city.begun() as connection:
        desk.mark_seen(connection, asked, GUIDE.person)
    assert counted(city, GUIDE).unread == 0
    county.says(asked, Kind.FOLLOWED_UP, "还有?")
    carry(county, city)
    assert counted(city, GUIDE).unread == 1
    city.later(days=3)
    assert counted(city, GUIDE).overdue == 1


def test_threads_are_found_by_words_of_two_signs_in_messages_and_notes(city: Hall, asked: tuple[str, str]) -> None:
    with city.begun() as connection:
        desk.note(connection, asked, SECRET, GUIDE, city.now)

    def found(query: str) -> list[tuple[str, str]]:
        with db.reading(city.engine) as connection:
            return [one.key for one in queues.search(connection, query, GUIDE, rulebook.read_on(connection, city.now), city.now)]

    assert found("许可") == found("材料 施工") == found("法规 许可") == found("料") == [asked]
    with db.reading(city.engine) as connection:
        assert searching.candidates(connection, searching.THREAD, "施工 许可证") == []
    # Each pair of it is there, the word is not.
    assert found("施工许可需要哪些材料?施工") == found("营业") == found("许可 营业") == found("") == found("?") == []


def test_knowledge_of_the_register_is_found_offline_until_it_is_withdrawn(city: Hall) -> None:
    def found(query: str) -> list[str]:
        city.take_in()
        with db.reading(city.engine) as connection:
            return [one.answer for one in knowledge.found(connection, query)]

    (document,) = FORMS[DocumentKind.KNOWLEDGE].documents([ANSWER])
    put(city, DocumentKind.KNOWLEDGE, 7, document)
    assert found("办事 许可") == [ANSWER.answer]
    changed = FORMS[DocumentKind.KNOWLEDGE].documents([_with(answer="五项。")])
    put(city, DocumentKind.KNOWLEDGE, 8, *changed)
    assert (found("办事"), found("五项")) == ([], ["五项。"])
    put(city, DocumentKind.KNOWLEDGE, 9, None)
    assert found("五项") == []
    assert tables([ANSWER])["knowledge"]


def _with(**fields: str) -> Knowledge:
    return Knowledge(**{**{name: getattr(ANSWER, name) for name in ANSWER.__slots__}, **fields})


def test_answers_at_hand_are_kept_for_an_item_and_for_any(city: Hall) -> None:
    with city.begun() as connection:
        first = desk.keep_canned(connection, "000117001000", ("施工许可", "三项"), GUIDE, city.now)
        again = desk.keep_canned(connection, "000117001000", ("施工许可", "四项"), GUIDE, city.now)
        desk.keep_canned(connection, "", ("问候", "您好"), GUIDE, city.now)
        desk.keep_canned(connection, "000200000000", ("另一项", "别的"), GUIDE, city.now)
        assert isinstance(desk.keep_canned(connection, "", ("", "您好"), GUIDE, city.now), Refused)
        assert first == again
        assert [one.text for one in desk.canned_for(connection, "000117001000")] == ["四项", "您好"]
        assert len(desk.canned_for(connection, "")) == 3
        assert isinstance(first, int)
        assert (desk.drop_canned(connection, first), desk.drop_canned(connection, first)) == (True, False)


def test_pages_are_told_of_every_change_in_order(county: Hall, city: Hall, asked: tuple[str, str]) -> None:
    with db.reading(city.engine) as connection:
        before = changes.newest(connection)
    with city.begun() as connection:
        desk.claim(connection, asked, GUIDE, city.now)
        desk.note(connection, asked, SECRET, GUIDE, city.now)
    county.says(asked, Kind.FOLLOWED_UP, "还有?")
    carry(county, city)
    with db.reading(city.engine) as connection:
        told = changes.changes_after(connection, before)
        assert [one.what for one in told.changes] == ["claim", "note", "followed-up"]
        assert {(one.asking_hall, one.thread) for one in told.changes} == {asked}
        assert (told.missed, changes.changes_after(connection, told.cursor).changes) == (False, ())


def test_a_page_that_was_away_too_long_is_told_so(city: Hall, asked: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 3)
    with city.begun() as connection:
        for _ in range(5):
            changes.note(connection, asked, "note")
        told = changes.changes_after(connection, 1)
    assert (len(told.changes), told.missed) == (3, True)


def test_listeners_of_the_store_are_woken_by_a_change(city: Hall, asked: tuple[str, str]) -> None:
    woken: list[int] = []
    db.listen(city.engine, lambda: woken.append(1))
    with city.begun() as connection:
        desk.note(connection, asked, "x", GUIDE, city.now)
    assert woken == [1]


def test_nothing_is_done_to_a_thread_that_is_not_there(city: Hall) -> None:
    nowhere = (COUNTY, "0b6a4a52-5b3d-4b7c-8d6e-0123456789ab")
    with city.begun() as connection:
        assert isinstance(desk.claim(connection, nowhere, GUIDE, city.now), Refused)
        assert isinstance(desk.assign(connection, nowhere, ("7", ""), GUIDE, city.now), Refused)
        assert isinstance(desk.note(connection, nowhere, "x", GUIDE, city.now), Refused)


def test_a_store_that_is_opened_again_has_it_all(county: Hall, tmp_path: Path) -> None:
    key = county.ask("?")
    county.engine.dispose()
    again = Hall(COUNTY, tmp_path / "county.db")
    assert len(again.lines(key)) == 1
    again.engine.dispose()
