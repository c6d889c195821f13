"""Say which cards (黄牌, 红牌), reminders and rectifications a case is due, by which version of which rule, on account of which events.

Laws: nobody gets a card for a moment up to which the halls concerned have not reported, and a while longer: a hall that is cut
off may have met its limit. A time told by a wrong clock, or not published yet, gives no card. An event that was recorded afterwards
clears nothing: only a decision does. One thing gives one card of a colour, whatever became of that card. A history that is replayed
gives none. Working days, days and moments are those of Beijing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from directory.calendar import Calendar, beijing_day, midnight
from directory.clocks import facts as kept
from directory.clocks.clock import Clock
from directory.clocks.facts import IMPOSSIBLE, LATE_RECORDED, SKEWED, Act, Moment
from directory.clocks.terms import day_of
from directory.clocks.vocabulary import Because, ClockKind, ClockState
from directory.supervision.book import Place
from directory.supervision.lights import Sight, reported_up_to
from directory.supervision.rectification import is_bad
from directory.supervision.rules import SupervisionRule
from directory.supervision.vocabulary import CARDS, Effect, Trigger

CardKey = tuple[str, str, str, int, int]
"""Effect, and the key of the clock, or the word of the act with what it is about and its event: what gives one card once."""

_ACTS: Final = {
    kept.REFUSED_WITHOUT_GROUND: Trigger.REFUSAL_WITHOUT_GROUND,
    kept.FEE: Trigger.FEE_NOT_IN_ITEM,
    kept.OUTSIDE: Trigger.OUTSIDE_THE_SYSTEM,
    kept.RATED: Trigger.BADLY_RATED,
}
_PAST: Final = frozenset({ClockState.OVERDUE, ClockState.MISSED, ClockState.DEEMED})
_CASE: Final = frozenset({ClockKind.CASE_STATUTORY, ClockKind.CASE_PROMISED})
_EFFECTS: Final = (Effect.YELLOW_CARD, Effect.RED_CARD)
_OF_RATING: Final = (Effect.RECTIFICATION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as supervision sees it: its clocks as of now, the acts that rules look at, and what was issued before.

    The clocks are those of `directory.clocks.counted.as_counted` facts, so that what was recorded late clears nothing. `fees` are
    the projects in the item's list, None when the item is not known. `issued` says when each card and reminder was issued, also
    those that were withdrawn. `replayed`: its events are history that is read again.
    """

    place: Place
    case_number: str
    clocks: tuple[Clock, ...]
    acts: tuple[Act, ...] = ()
    fees: frozenset[str] | None = None
    issued: Mapping[CardKey, datetime] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card, a reminder or a rectification that is due.

    `events` are the ledger indices on which it rests, `since` is the moment that gave it. `due` is the last day of the
    limit, None for an act. `late_recorded`: an event that would have cleared it was recorded afterwards.
    """

    effect: Effect
    rule: str
    version: int
    trigger: Trigger
    hall: str
    case_number: str
    subject: str
    of: str
    due: date | None
    events: tuple[int, ...]
    since: datetime
    reply_days: int
    late_recorded: bool
    key: CardKey


@dataclass(frozen=True, slots=True)
class Waiting:
    """A card that would be due if the halls had reported up to `needs`."""

    rule: str
    halls: tuple[str, ...]
    needs: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """What a case is due: cards, reminders, rectifications, and what waits for halls to report.

    `unfounded` are the keys of rectifications that were issued for a rating which does not count any more.
    """

    cards: tuple[Card, ...] = ()
    reminders: tuple[Card, ...] = ()
    rectifications: tuple[Card, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    unfounded: tuple[CardKey, ...] = ()


def due_cards(case: Case, sight: Sight) -> Judged:
    """Return what a case is due at this moment and has not been issued yet."""
    if case.replayed:
        return Judged()
    cards: list[Card] = []
    waiting: list[Waiting] = []
    for found in (*_of_clocks(case, sight), *_of_acts(case, sight)):
        (cards if isinstance(found, Card) else waiting).append(found)  # type: ignore[arg-type]  # each to its own list
    return Judged(
        cards=tuple(card for card in cards if card.effect in CARDS),
        reminders=tuple(_reminders(case, sight)),
        rectifications=tuple(card for card in cards if card.effect is Effect.RECTIFICATION),
        waiting=tuple(waiting),
        unfounded=tuple(_unfounded(case)),
    )


def silent_halls(halls: Iterable[str], sight: Sight) -> tuple[str, ...]:
    """Return the halls that have not reported for longer than a rule allows, and are to be told to, in their order."""
    today = beijing_day(sight.now)
    return tuple(hall for hall in halls if _is_silent(hall, sight, today))


def _is_silent(hall: str, sight: Sight, today: date) -> bool:
    rule = sight.book.rule(Effect.ORDER_TO_REPORT, Trigger.SILENCE, Place(hall), today)
    if rule is None:
        return False
    reported = sight.watermarks.get(hall)
    return reported is None or sight.calendar.working_days_between(beijing_day(reported), today).days > rule.days


def _reminders(case: Case, sight: Sight) -> Iterator[Card]:
    """Yield reminders: no sanctions, so that they wait for no report."""
    today = beijing_day(sight.now)
    for clock in case.clocks:
        rule = sight.book.rule(Effect.REMINDER, clock.kind, case.place, today)
        if rule is None or clock.due is None or clock.state is not ClockState.RUNNING:
            continue
        first = sight.calendar.first_day_left(clock.due.day, rule.days)
        if first <= today <= clock.due.day and _key(rule.effect, clock) not in case.issued:
            yield _card(case, clock, rule, midnight(first))


def _of_clocks(case: Case, sight: Sight) -> Iterator[Card | Waiting]:
    case_late = any(clock.kind in _CASE and clock.state in _PAST for clock in case.clocks)
    for clock in case.clocks:
        if clock.due is None or clock.due.provisional or _is_doubtful(clock):
            continue
        for effect in _EFFECTS:
            # The rules of today judge a clock until it is over, then those of the day on which it was.
            rule = sight.book.rule(effect, clock.kind, case.place, min(beijing_day(sight.now), clock.due.day))
            if rule is None or _key(effect, clock) in case.issued:
                continue
            if rule.trigger is Trigger.AFTER_DUE_CASE_IN_TIME and case_late:
                continue
            since = trigger_moment(clock, rule, sight.calendar, case.issued)
            if since is not None and since <= sight.now and _was_open_at(clock, since):
                yield _when_reported(case, clock, rule, since, sight)


def _is_doubtful(clock: Clock) -> bool:
    """Tell whether a clock rests on a time that was told by a wrong clock or cannot be, or on a limit that was only assumed."""
    if any(reason.because is Because.LIMIT_ASSUMED for reason in clock.why):
        return True
    moments = [clock.started, clock.ended, *(moment for stop in clock.stops for moment in (stop.started, stop.ended))]
    return any(moment is not None and moment.marks & (SKEWED | IMPOSSIBLE) for moment in moments)


def trigger_moment(clock: Clock, rule: SupervisionRule, calendar: Calendar, issued: Mapping[CardKey, datetime]) -> datetime | None:
    """Return the moment from which a rule about time gives a card for a clock that has not ended by then; None for never."""
    if clock.due is None:
        return None
    if rule.trigger is Trigger.BEFORE_DUE:
        return midnight(calendar.first_day_left(clock.due.day, rule.days))
    if rule.trigger is Trigger.FOLLOW_UP_MISSED:
        warned = issued.get(_key(Effect.YELLOW_CARD, clock))
        return calendar.add_working_days(beijing_day(warned), rule.days).ends_at if warned else None
    return calendar.add_working_days(clock.due.day, rule.days).ends_at


def _was_open_at(clock: Clock, moment: datetime) -> bool:
    """Tell whether a clock had not ended at a moment."""
    if clock.ended is None:
        return clock.state is not ClockState.STOPPED
    return clock.ended.at_ms >= moment.timestamp() * 1000


def _when_reported(case: Case, clock: Clock, rule: SupervisionRule, since: datetime, sight: Sight) -> Card | Waiting:
    needs = since + timedelta(hours=rule.grace_hours)
    reported = reported_up_to(clock, case.place, sight.watermarks)
    if reported is None or reported < needs:
        return Waiting(rule.rule, tuple(hall or case.place.hall for hall in clock.halls), needs)
    return _card(case, clock, rule, since)


def _of_acts(case: Case, sight: Sight) -> Iterator[Card | Waiting]:
    for act in case.acts:
        if not _is_looked_at(case, act):
            continue
        for effect in _OF_RATING if act.what == kept.RATED else _EFFECTS:
            rule = sight.book.rule(effect, _ACTS[act.what], case.place, day_of(act.at.at_ms))
            key = _act_key(effect, act)
            if rule is None or key in case.issued or act.at.marks & (SKEWED | IMPOSSIBLE):
                continue
            yield _of_act(case, act, rule, sight)


def _is_looked_at(case: Case, act: Act) -> bool:
    """Tell whether an act is one at which rules look: a fee that the list has not, a grade that is bad."""
    if act.what == kept.FEE:
        return case.fees is not None and act.of not in case.fees
    return act.what != kept.RATED or is_bad(int(act.of))


def _unfounded(case: Case) -> Iterator[CardKey]:
    """Yield the rectifications whose rating does not count any more: an earlier one came from another hall, which goes before it.

    They are yielded at every look; whoever keeps findings keeps each once.
    """
    founded = {_act_key(Effect.RECTIFICATION, act) for act in case.acts if act.what == kept.RATED}
    for key in case.issued:
        if key[0] == Effect.RECTIFICATION and key not in founded:
            yield key


def _act_key(effect: Effect, act: Act) -> CardKey:
    return (effect.value, _ACTS[act.what].value, act.of, act.at.at_ms, act.at.ref)


def _of_act(case: Case, act: Act, rule: SupervisionRule, sight: Sight) -> Card | Waiting:
    since = datetime.fromtimestamp(act.at.at_ms / 1000, UTC)
    needs = since + timedelta(hours=rule.grace_hours)
    hall = case.place.hall if act.what == kept.RATED else _acted(case, since)
    halls = tuple(dict.fromkeys((case.place.hall, hall)))
    # What came before an act may be on its way: an application read from another table, the ground that another hall gave.
    if any((reported := sight.watermarks.get(one)) is None or reported < needs for one in halls):
        return Waiting(rule.rule, halls, needs)
    return Card(
        effect=rule.effect,
        rule=rule.rule,
        version=rule.version,
        trigger=rule.trigger,
        hall=hall,
        case_number=case.case_number,
        subject=_ACTS[act.what].value,
        of=act.of,
        due=None,
        events=_cited(act.at),
        since=since,
        reply_days=rule.reply_days,
        late_recorded=False,
        key=_act_key(rule.effect, act),
    )


def _card(case: Case, clock: Clock, rule: SupervisionRule, since: datetime) -> Card:
    moments = [clock.started, clock.ended, *(moment for stop in clock.stops for moment in (stop.started, stop.ended))]
    return Card(
        effect=rule.effect,
        rule=rule.rule,
        version=rule.version,
        trigger=rule.trigger,
        hall=_answerable(case, clock, since),
        case_number=case.case_number,
        subject=clock.kind.value,
        of=clock.of,
        due=clock.due.day if clock.due else None,
        events=_cited(*moments),
        since=since,
        reply_days=rule.reply_days,
        late_recorded=any(moment.marks & LATE_RECORDED for moment in moments if moment),
        key=_key(rule.effect, clock),
    )


def _answerable(case: Case, clock: Clock, since: datetime) -> str:
    """Return the hall that had the case when its limit turned; the others' word may only clear it, and nobody hands a card on."""
    had = [hall for at_ms, hall in clock.handed if at_ms < since.timestamp() * 1000]
    return (had and had[-1]) or case.place.hall


def _acted(case: Case, at: datetime) -> str:
    """Return the hall that had the case when something was done in it."""
    clock = next((clock for clock in case.clocks if clock.kind in _CASE), None)
    return _answerable(case, clock, at) if clock else case.place.hall


def _cited(*moments: Moment | None) -> tuple[int, ...]:
    return tuple(sorted({moment.ref for moment in moments if moment is not None and moment.ref >= 0}))


def _key(effect: Effect, clock: Clock) -> CardKey:
    return (effect.value, *clock.key)
