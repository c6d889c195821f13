"""What cases come to is reckoned when it changes, of the cases that it changes for, and nobody is found wanting for what is not known."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.calendar_file import COUNTRY, CalendarDay, DayKind
from directory.hall_versions import HallVersion
from directory.halls import Tier
from directory.register.kinds import Kind
from directory.supervision.reading import default_rules
from directory.validity import Period
from hub.cases import looking, reckoner, statistics
from hub.cases.consumer import CaseConsumer
from hub.cases.queues import CASES_A_STEP
from hub.cases.tables import COUNTS, cases
from hub.cases.watermarks import reported
from hub.consumers import rebuild
from tests.directory.clocks.made import event, ms
from tests.directory.items.made import ITEM, version
from tests.directory.real_logs import receipt_log
from tests.hub.reckoned import Ground

APPLIED = event("applied", "2026-03-02")
TAKEN = event("accepted", "2026-03-03", promised_by_ms=ms("2026-03-17"))
"""Ten working days."""
DECIDED = event("decided", "2026-03-16", outcome=1)


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground.of(database_url)
    yield made
    made.dispose()


def moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)


def test_a_touched_case_is_reckoned_and_then_left_until_its_light_can_change(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    assert ground.row("yushu", "1").next_look_ms <= 0
    ground.reckon("2026-03-04")
    row = ground.row("yushu", "1")
    assert row.due_ms == ms("2026-03-18", 0), "24:00 of the last day that was promised"
    assert row.yellow_ms == ms("2026-03-13", 0), "two of ten working days left"
    assert row.next_look_ms == row.yellow_ms
    assert ground.reckon("2026-03-12", 23) == 0
    assert ground.reckon("2026-03-13", 0) > 0
    assert ground.row("yushu", "1").next_look_ms > row.next_look_ms


def test_an_event_that_ends_a_case_leaves_nothing_to_look_at(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.reckon("2026-03-04")
    ground.tell("yushu", "1", DECIDED, event("delivered", "2026-03-16", hour=11), event("closed", "2026-03-16", hour=12))
    ground.reckon("2026-03-16", 13)
    row = ground.row("yushu", "1")
    assert (row.next_look_ms, row.due_ms, row.yellow_ms, row.waits_for) == (None, None, None, None)


def test_a_card_is_found_once_the_hall_has_reported_past_the_limit_and_not_before(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-17", 23)
    ground.reckon("2026-03-17", 23)
    assert ground.effects() == [("1", "reminder")]
    ground.reckon("2026-03-18", 9)
    row = ground.row("yushu", "1")
    assert (row.waits_for, moment(row.waits_ms)) == ("yushu", moment(ms("2026-03-18", 1))), "the end of the limit, and an hour of grace"
    assert ground.effects() == [("1", "reminder")]
    ground.report("yushu", "2026-03-18", 1)
    ground.reckon()
    assert ground.effects() == [("1", "reminder"), ("1", "yellow-card")]
    card = ground.found()[1]
    said = json.loads(card.finding.document)
    assert (said["rule"], said["version"], said["events"], said["due"], said["hall"]) == ("promise-broken", 1, [1], "2026-03-17", "yushu")
    assert ground.row("yushu", "1").waits_for is None
    ground.reckon("2026-03-18", 12)
    assert len(ground.found()) == 2


def test_a_hall_cut_off_past_a_limit_that_it_met_gets_no_card(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-10")
    ground.reckon("2026-03-30")
    ground.tell("yushu", "1", DECIDED)
    ground.report("yushu", "2026-03-30")
    ground.reckon("2026-03-30", 11)
    assert "yellow-card" not in {effect for _, effect in ground.effects()}


def test_a_silent_hall_is_told_to_report_once_and_gets_no_card(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-10")
    ground.report("dehui", "2026-03-30", 9)
    ground.reckon("2026-03-30")
    ground.reckon("2026-03-31")
    orders = [kept.finding for kept in ground.found() if kept.finding.effect == "order-to-report"]
    assert [(order.hall, order.case_number) for order in orders] == [("yushu", "")]
    assert json.loads(orders[0].document)["rule"] == "silent-hall"
    ground.report("yushu", "2026-03-31", 9)
    ground.reckon("2026-03-31", 11)
    ground.reckon("2026-04-20")
    assert [effect for _, effect in ground.effects()].count("order-to-report") == 3, "both have fallen silent since"


@pytest.mark.parametrize("hall", ["nowhere", "unlinked"])
def test_a_case_that_is_handed_to_whom_nobody_hears_of_gets_its_card_all_the_same(ground: Ground, hall: str) -> None:
    period = Period(date(2026, 1, 1))
    register = [
        HallVersion(name, name, Tier.COUNTY, "changchun", "220100", COUNTRY, period, name == "yushu") for name in ("yushu", "unlinked")
    ]
    ground.register(Kind.HALL, register)
    ground.tell("yushu", "1", APPLIED, TAKEN, event("referred", "2026-03-04", referred_to=hall))
    ground.report("yushu", "2026-03-20")
    ground.reckon("2026-03-20", 11)
    cards = [kept.finding.hall for kept in ground.found() if kept.finding.effect == "yellow-card"]
    assert cards == ["yushu"]


def test_a_backdated_decision_clears_no_card(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-20")
    ground.tell("yushu", "1", DECIDED)
    ground.report("yushu", "2026-03-23")
    ground.reckon("2026-03-23", 11)
    cards = [json.loads(kept.finding.document) for kept in ground.found() if kept.finding.effect == "yellow-card"]
    assert [(card["rule"], card["late_recorded"]) for card in cards] == [("promise-broken", True)]


def test_a_red_card_follows_a_yellow_one_by_the_day_on_which_that_was_found(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-18", 9)
    ground.reckon("2026-03-18")
    ground.report("yushu", "2026-03-25", 23)
    ground.reckon("2026-03-25", 23)
    assert [effect for _, effect in ground.effects() if effect.endswith("card")] == ["yellow-card"]
    ground.report("yushu", "2026-03-26", 9)
    ground.reckon("2026-03-26")
    assert [effect for _, effect in ground.effects() if effect.endswith("card")] == ["yellow-card", "red-card"]


def test_a_rebuild_finds_nothing_twice(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-20")
    ground.reckon("2026-03-20")
    before = ground.found()
    assert before
    rebuild(ground.database.reader, ground.models.writer, CaseConsumer(), ground.ledger.read_after, 5)
    assert ground.row("yushu", "1").next_look_ms <= 0
    ground.reckon("2026-03-20", 11)
    assert ground.found() == before


def test_limits_that_were_over_before_a_rule_began_give_nothing(ground: Ground) -> None:
    ground.tell("yushu", "1", event("applied", "2025-11-03"), event("accepted", "2025-11-04", promised_by_ms=ms("2025-11-18")))
    ground.report("yushu", "2026-03-20")
    ground.reckon("2026-03-20")
    assert "yellow-card" not in {effect for _, effect in ground.effects()}


def test_history_that_is_replayed_finds_nothing(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.report("yushu", "2026-03-20")
    ground.reckon("2026-03-30", replayed=True)
    assert ground.found() == []
    assert ground.row("yushu", "1").due_ms == ms("2026-03-18", 0)


def test_a_new_limit_of_the_register_reaches_the_cases_that_go_on_and_no_others(ground: Ground) -> None:
    code = ITEM.code
    plain = [one._replace(item_code=code) for one in (APPLIED, event("accepted", "2026-03-03"))]
    ground.tell("yushu", "1", *plain)
    ground.tell("yushu", "2", *plain, event("withdrawn", "2026-03-04"))
    ground.reckon("2026-03-05")
    assumed = ground.row("yushu", "1").due_ms
    ground.register(Kind.ITEM, [version()])
    ground.reckon()
    assert ground.row("yushu", "1").due_ms == ms("2026-03-14", 0) != assumed
    assert ground.row("yushu", "2").due_ms is None


def test_a_day_off_that_is_published_later_moves_what_is_due(ground: Ground) -> None:
    ground.tell("yushu", "1", event("applied", "2026-12-09"), event("accepted", "2026-12-10"))
    ground.reckon("2026-12-11")
    before = ground.row("yushu", "1").due_ms
    assert before == ms("2027-01-08", 0)
    notice = [CalendarDay(date(2027, 1, 1), DayKind.OFF, "元旦"), CalendarDay(date(2027, 10, 1), DayKind.OFF, "国庆节")]
    ground.register(Kind.CALENDAR_DAY, notice)
    ground.reckon("2026-12-12")
    assert ground.row("yushu", "1").due_ms == ms("2027-01-09", 0)


def test_a_change_of_a_rule_brings_cases_back_in_steps_that_outlast_the_process(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cases.queues.CASES_A_STEP", 3)
    for number in range(7):
        ground.tell("yushu", f"{number}", APPLIED, TAKEN)
    ground.reckon("2026-03-04")
    ground.register(Kind.SUPERVISION_RULE, default_rules()[:1])
    passed = [ground.reckoner().run(limit=1) for _ in range(3)]
    assert passed == [4, 4, 2], "a step, and one case that was looked at"
    with ground.models.reader.begin() as connection:
        waiting = connection.scalar(sa.select(sa.func.count()).where(cases.c.next_look_ms <= 0))
    assert waiting == 7 - 3
    assert CASES_A_STEP > 3


def test_a_case_that_cannot_be_reckoned_is_told_and_holds_up_no_other(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    real = looking.look

    def broken(key: tuple[str, str], *given: object) -> object:
        if key[1] == "1":
            raise RuntimeError("this one")
        return real(key, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(reckoner, "look", broken)
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.tell("yushu", "2", APPLIED, TAKEN)
    ground.reckon("2026-03-04")
    assert ground.row("yushu", "1").next_look_ms is None
    assert ground.row("yushu", "2").due_ms is not None
    monkeypatch.setattr(reckoner, "look", real)
    ground.tell("yushu", "1", event("step", "2026-03-04"))
    ground.reckon()
    assert ground.row("yushu", "1").due_ms is not None


def test_what_came_due_first_is_looked_at_first(ground: Ground) -> None:
    for number, day in (("1", "2026-03-17"), ("2", "2026-03-11"), ("3", "2026-03-24")):
        ground.tell("yushu", number, APPLIED, event("accepted", "2026-03-03", promised_by_ms=ms(day)))
    ground.reckon("2026-03-04")
    before = {number: ground.row("yushu", number).next_look_ms for number in "123"}
    ground.now = datetime(2026, 4, 30, tzinfo=UTC)
    assert ground.reckoner().run(limit=1) == 1
    looked = {number for number in "123" if ground.row("yushu", number).next_look_ms != before[number]}
    assert looked == {"2"}


def steps_of_sqlite(ground: Ground, work: Callable[[], object]) -> int:
    """Count the steps of SQLite's machine, by tens, that some work takes on the models' connections."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    engines = (ground.models.writer, ground.models.reader)

    def watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(count, 10)

    for engine in engines:
        sa.event.listen(engine, "checkout", watch)
    try:
        work()
    finally:
        for engine in engines:
            sa.event.remove(engine, "checkout", watch)
    return counted[0]


def test_a_sweep_reads_what_is_due_and_nothing_else(ground: Ground) -> None:
    if ground.models.reader.dialect.name != "sqlite":
        pytest.skip("it counts the steps of SQLite's own machine")
    work: dict[int, int] = {}
    for upto in (20, 2_000):
        told = [(f"{number}", event) for number in range(len(work) * 20, upto) for event in (APPLIED, TAKEN)]
        ground.ledger.tell("yushu", told)
        ground.follow()
        ground.reckon("2026-03-04")
        with ground.models.writer.begin() as connection:
            connection.execute(cases.update().where(cases.c.case_number.in_(["3", "5"])).values(next_look_ms=1))
        one = ground.reckoner()
        one.run(limit=0)  # it has seen the register
        work[upto] = steps_of_sqlite(ground, one.run) + steps_of_sqlite(ground, one.run)
    assert work[2_000] <= work[20] * 1.2, work


def test_statistics_move_with_the_cases_and_equal_a_count_of_all(ground: Ground) -> None:
    named: Any = {"item_code": "XK-1", "department": "rs"}
    ground.tell("yushu", "1", APPLIED._replace(**named), TAKEN._replace(**named))
    ground.reckon("2026-03-04")
    with ground.models.reader.begin() as connection:
        assert statistics.kept(connection) == {("yushu", "XK-1", "rs", "2026-03"): (1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)}
    ground.tell("yushu", "1", DECIDED._replace(department="js"), event("closed", "2026-03-16", hour=11))
    ground.reckon("2026-03-16", 12)
    with ground.models.reader.begin() as connection:
        assert statistics.kept(connection) == {("yushu", "XK-1", "js", "2026-03"): (1, 1, 1, 1, 0, 1, 1, 0, 9, 0, 0)}
        assert statistics.recounted(connection) == statistics.kept(connection)


def counted_cards(ground: Ground) -> dict[str, tuple[int, int]]:
    """Return how many yellow and red cards the statistics count, by hall."""
    with ground.models.reader.begin() as connection:
        assert statistics.recounted(connection) == statistics.kept(connection)
        return {group[0]: counts[-2:] for group, counts in statistics.kept(connection).items()}  # type: ignore[misc]  # the last two


def test_statistics_count_cards_with_their_case_and_a_rebuild_counts_the_same(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.tell("dehui", "1", APPLIED, TAKEN, DECIDED)
    ground.report("yushu", "2026-03-18", 9)
    ground.reckon("2026-03-18")
    assert counted_cards(ground) == {"yushu": (1, 0), "dehui": (0, 0)}, "a reminder is no card"
    ground.report("yushu", "2026-03-26", 9)
    ground.reckon("2026-03-26")
    assert counted_cards(ground) == {"yushu": (1, 1), "dehui": (0, 0)}
    ground.tell("yushu", "1", event("decided", "2026-03-26", outcome=1))
    ground.reckon("2026-03-27")
    assert counted_cards(ground)["yushu"] == (1, 1), "what was found stays found"
    rebuild(ground.database.reader, ground.models.writer, CaseConsumer(), ground.ledger.read_after, 5)
    assert counted_cards(ground) == {}
    ground.reckon("2026-03-27", 11)
    assert counted_cards(ground) == {"yushu": (1, 1), "dehui": (0, 0)}


def test_what_an_earlier_release_counted_is_counted_anew_without_a_fault(ground: Ground) -> None:
    ground.tell("yushu", "1", APPLIED, TAKEN)
    ground.reckon("2026-03-04")
    with ground.models.writer.begin() as connection:
        connection.execute(cases.update().values(counted='[["yushu","","","2026-03"],[1,1,0,0,0,0,0,0,0]]', next_look_ms=0))
    ground.reckon("2026-03-04", 11)
    assert counted_cards(ground) == {"yushu": (0, 0)}
    assert len(statistics.read_counted(ground.row("yushu", "1").counted).counts) == len(COUNTS)  # type: ignore[union-attr]  # it was counted


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["yushu", "dehui"]),
        st.sampled_from(["1", "2"]),
        st.sampled_from(["applied", "accepted", "suspended", "resumed", "decided", "closed", "withdrawn", "delivered"]),
        st.dates(date(2026, 1, 5), date(2026, 6, 30)),
        st.sampled_from(["", "rs", "js"]),
        st.booleans(),
    ),
    max_size=20,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(HISTORIES)
def test_however_often_it_is_reckoned_between_the_cases_come_to_the_same(
    new_database: Callable[[], str], history: list[tuple[str, str, str, date, str, bool]]
) -> None:
    found = []
    for always in (True, False):
        ground, today = Ground.of(new_database()), date.min
        for hall, number, kind, day, department, reckons in history:
            ground.tell(hall, number, event(kind, day, department=department, promised_by_ms=ms("2026-04-01")))
            today = max(today, day)  # the hub's clock goes on, whatever is told late
            if always or reckons:
                ground.reckon(today.isoformat())
        ground.reckon("2026-07-15")
        reckoned = [
            cases.c[name] for name in ("hall", "case_number", "due_ms", "yellow_ms", "next_look_ms", "waits_for", "waits_ms", "counted")
        ]
        with ground.models.reader.begin() as connection:
            rows = [tuple(row) for row in connection.execute(sa.select(*reckoned).order_by(cases.c.hall, cases.c.case_number))]
            assert statistics.kept(connection) == statistics.recounted(connection)
            assert reported(connection) == {}
        found.append(rows)
        ground.dispose()
    assert found[0] == found[1]


def test_the_receipt_log_as_of_its_last_event_is_reckoned_and_gives_no_cards(ground: Ground) -> None:
    for number, events in receipt_log().items():
        ground.ledger.tell("yushu", [(number, one) for one in events])
    ground.follow()
    last = max(one.occurred_at_ms for events in receipt_log().values() for one in events)
    ground.now = datetime.fromtimestamp(last / 1000, UTC)
    assert ground.reckon(replayed=True) >= 1_434
    assert ground.found() == []
    with ground.models.reader.begin() as connection:
        counts = [sum(column) for column in zip(*statistics.kept(connection).values(), strict=True)]
        assert statistics.kept(connection) == statistics.recounted(connection)
    assert counts[0] == 1_434
