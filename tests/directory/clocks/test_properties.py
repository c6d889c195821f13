"""Whatever a hall tells, in whatever batches, clocks are what the law makes of it, and never run backwards."""

import json
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from directory.clocks.facts import Facts, restored, values
from directory.clocks.folding import advance_facts, fold_facts, prune
from directory.clocks.limits import NATIONAL, Limits, LocalRules, StepLimit
from directory.clocks.reading import Rules, clocks
from directory.clocks.terms import day_of
from directory.clocks.vocabulary import ClockKind, ClockState
from directory.clocks.wording import Language, why
from directory.items.service_items import Limit
from directory.lifecycle import Event
from tests.directory.clocks.made import GRANTED, KINDS, OFFICIAL, TEN, case, event, ms, only, read
from tests.directory.real_logs import five_halls, receipt_log

DAY = 86_400_000
LIMITS = Limits(promised=Limit(7), steps={"a": StepLimit(Limit(2)), "b": StepLimit(Limit(0))}, lower_review=Limit(9))
RULES = Rules(LIMITS, NATIONAL, OFFICIAL)
START = ms("2026-01-05")

EVENTS = st.builds(
    Event,
    kind=st.sampled_from([*KINDS.values(), 31, 99]),
    occurred_at_ms=st.integers(START, START + 60 * DAY) | st.sampled_from([-(10**13), 0, 7 * 10**12, 10**13, 200 * 10**12]),
    outcome=st.sampled_from([0, 1, 2]),
    extension_days=st.integers(0, 40),
    promised_by_ms=st.none() | st.integers(START, START + 60 * DAY) | st.just(10**14),
    referred_to=st.sampled_from(["", "changchun"]),
    step=st.sampled_from(["", "a", "b"]),
    due_at_ms=st.none() | st.integers(START, START + 60 * DAY) | st.just(-(10**14)),
    procedure=st.sampled_from(["", "hearing", "site_survey", "unknown"]),
    basis=st.sampled_from(["", "Art 9"]),
    limit_days=st.integers(0, 30) | st.just(2**32 - 1),
    valid_until_ms=st.none() | st.integers(START, START + 60 * DAY),
    fee_project=st.sampled_from(["", "工本费"]),
    hall=st.sampled_from(["yushu", "changchun"]),
    ref=st.integers(0, 9),
    marks=st.sampled_from([0, 0, 0, 1, 2]),
)
HISTORIES = st.lists(EVENTS, max_size=12)
MOMENTS = st.integers(START, START + 90 * DAY).map(lambda at: datetime.fromtimestamp(at / 1000, UTC))


def through_a_column(facts: Facts) -> Facts:
    """Write facts and read them back, as a read model does, forgetting what it may."""
    prune(facts)
    return restored(json.loads(json.dumps(values(facts))))


@given(HISTORIES, st.data(), MOMENTS)
def test_clocks_do_not_depend_on_how_events_were_batched_and_stored(history: list[Event], data: st.DataObject, now: datetime) -> None:
    at_once = fold_facts(Facts(), history)
    cut = data.draw(st.integers(0, len(history)))
    in_parts = fold_facts(through_a_column(fold_facts(Facts(), history[:cut])), history[cut:])
    one_by_one = Facts()
    for told in history:
        advance_facts(one_by_one, told)
        one_by_one = through_a_column(one_by_one)
    prune(at_once)
    prune(in_parts)
    assert at_once == in_parts == one_by_one
    assert clocks(one_by_one, RULES, now) == clocks(at_once, RULES, now)


@given(HISTORIES, MOMENTS)
def test_what_is_forgotten_was_certainly_in_time(history: list[Event], now: datetime) -> None:
    whole = fold_facts(Facts(), history)
    before = clocks(whole, RULES, now)
    prune(whole)
    kept = clocks(whole, RULES, now)
    gone = [clock for clock in before if clock not in kept]
    assert [clock for clock in before if clock in kept] == list(kept)
    assert {(clock.kind, clock.state) for clock in gone} <= {(ClockKind.STEP, ClockState.MET)}


@given(HISTORIES, st.data())
def test_a_fold_leaves_the_facts_it_was_given_alone(history: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(history)))
    before = fold_facts(Facts(), history[:cut])
    held = json.dumps(values(before))
    after = fold_facts(before, history[cut:])
    assert json.dumps(values(before)) == held
    assert after.flags & before.flags == before.flags


@given(HISTORIES, MOMENTS)
def test_no_history_makes_clocks_fail_and_each_explains_itself(history: list[Event], now: datetime) -> None:
    for clock in clocks(fold_facts(Facts(), history), RULES, now):
        assert (clock.ended is None) == clock.goes or clock.state is ClockState.DEEMED
        assert clock.used >= 0
        cited = {reason.event for reason in clock.why if reason.event}
        assert clock.started in cited
        assert clock.ended is None or clock.ended in cited
        assert {stop.started for stop in clock.stops} <= cited
        assert all(len(why(clock, language)) == len(clock.why) for language in Language)


@given(st.lists(EVENTS.map(lambda told: told._replace(promised_by_ms=None)), max_size=12), st.data())
def test_clocks_never_run_backwards(history: list[Event], data: st.DataObject) -> None:
    history.sort(key=lambda told: told.occurred_at_ms)
    first, second = sorted([data.draw(MOMENTS), data.draw(MOMENTS)])
    early, late = (
        {clock.key: clock for clock in clocks(fold_facts(Facts(), _told_by(history, now)), RULES, now)} for now in (first, second)
    )
    for key in early.keys() & late.keys():
        before, after = early[key], late[key]
        assert before.used <= after.used
        if before.due and after.due and before.limit:
            assert before.due.day <= after.due.day


def _told_by(history: list[Event], now: datetime) -> list[Event]:
    return [told for told in history if told.occurred_at_ms <= now.timestamp() * 1000]


@given(st.dates(date(2005, 1, 1), date(2025, 1, 1)), st.integers(0, 40), st.integers(0, 60), st.integers(1, 40))
def test_a_suspension_of_n_working_days_moves_the_deadline_by_exactly_n(accepted: date, after: int, n: int, limit: int) -> None:
    suspended = accepted + timedelta(after)
    resumed = OFFICIAL.add_working_days(suspended, n).day
    plain = OFFICIAL.add_working_days(accepted, limit).day
    assume(suspended <= plain)
    events = case(("applied", accepted), ("accepted", accepted), ("suspended", suspended, {"basis": "x"}), ("resumed", resumed))
    found = read(events, resumed, Limits(statutory=Limit(limit), promised=Limit(limit)))
    for kind in (ClockKind.CASE_STATUTORY, ClockKind.CASE_PROMISED):
        clock = only(found, kind)
        assert clock.due is not None
        assert clock.due.day == OFFICIAL.add_working_days(plain, n).day
        assert OFFICIAL.working_days_between(plain, clock.due.day).days == n


SPANS = st.lists(st.tuples(st.integers(-10, 50), st.integers(0, 25)), max_size=5)


@given(st.dates(date(2005, 1, 1), date(2025, 1, 1)), st.integers(0, 30), SPANS)
def test_the_end_is_the_one_found_by_walking_day_by_day(start: date, limit: int, spans: list[tuple[int, int]]) -> None:
    told = [event("accepted", start, hour=9)]
    spans = sorted(spans)
    for place, (first, length) in enumerate(spans):
        name = f"p{place}"
        told += [
            event("procedure_started", start + timedelta(first), procedure=name, basis="x"),
            event("procedure_ended", start + timedelta(first + length), procedure=name),
        ]
    today = start + timedelta(100)
    clock = only(read(told, today, Limits(statutory=Limit(limit))), ClockKind.CASE_STATUTORY)
    assert clock.due is not None
    assert clock.due.day == _walked(start, limit, [(start + timedelta(a), start + timedelta(a + n)) for a, n in spans])


def _walked(start: date, limit: int, stops: list[tuple[date, date]]) -> date:
    """Walk from day to day: a working day counts unless a stop that began before it, and in time, is still on."""
    day, last, left = start, start, limit
    stops = [(max(first, start), end) for first, end in stops]
    while left or any(first <= day < end for first, end in stops):
        day += timedelta(1)
        if OFFICIAL.is_working_day(day):
            last = day
            left -= not any(first < day <= end for first, end in stops)
        if left == 0 and not any(first <= last and day < end for first, end in stops):
            break
    return last


def test_every_case_of_the_real_logs_has_clocks_that_explain_themselves() -> None:
    local = LocalRules()
    counted = 0
    for events in [*receipt_log().values(), *five_halls()]:
        found = clocks(fold_facts(Facts(), events), Rules(TEN, local, OFFICIAL), datetime(2015, 6, 1, tzinfo=UTC))
        counted += len(found)
        for clock in found:
            assert clock.why
            assert clock.due is None or clock.due.day >= day_of(clock.started.at_ms)
    assert counted > 10_000


def test_a_grant_without_anything_before_it_is_an_act_outside_the_system() -> None:
    assert [act.what for act in fold_facts(Facts(), case(("decided", "2026-09-18", {"outcome": GRANTED}))).acts] == [2]
    assert fold_facts(Facts(), case(("applied", "2026-09-18"), ("decided", "2026-09-18", {"outcome": GRANTED}))).acts == []
