"""Encode cases and clocks as tongban.case.v1 has them."""

from datetime import datetime
from typing import cast

from directory.case_state import flag_names
from directory.clocks.clock import Clock, Reason, Stop
from directory.clocks.facts import Moment
from directory.clocks.wording import CLOCK_TITLES, Language, sentence
from directory.supervision.vocabulary import Light
from hub.cases.clock_reading import ClocksRead
from hub.cases.lights import Watch, light_of
from hub.cases.queries import CaseRow
from hub.cases.times import timestamp
from tongban.case.v1 import case_pb2


def case_answer(row: CaseRow, when: Watch) -> case_pb2.Case:
    """Encode a case as it stands, with its light at a moment."""
    state = row.state
    return case_pb2.Case(
        hall=row.hall,
        case_number=row.case_number,
        state=state.status,
        item_code=state.item_code,
        applied_at=timestamp(state.applied_at_ms),
        accepted_at=timestamp(state.accepted_at_ms),
        decided_at=timestamp(state.decided_at_ms),
        closed_at=timestamp(state.closed_at_ms),
        promised_by=timestamp(state.promised_by_ms),
        outcome=cast("case_pb2.Outcome", state.outcome),
        events=state.events,
        last_event_at=timestamp(state.last_event_at_ms),
        flags=flag_names(state.flags),
        department=state.department,
        referred_to=state.referred_to,
        due_at=timestamp(row.due_ms),
        light=light_of(row.hall, row.due_ms, row.yellow_ms, when) or "",
    )


def clocks_answer(read: ClocksRead, at: datetime) -> case_pb2.GetClocksResponse:
    """Encode the clocks of a case as they were read at a moment."""
    answer = case_pb2.GetClocksResponse(clocks=[_clock(clock, read.lights.get(clock.key)) for clock in read.clocks], flags=read.flags)
    answer.read_at.FromDatetime(at)
    return answer


def _clock(clock: Clock, light: Light | None) -> case_pb2.Clock:
    zh, en = CLOCK_TITLES[clock.kind]
    return case_pb2.Clock(
        kind=clock.kind,
        title_zh=zh,
        title_en=en,
        of=clock.of,
        halls=clock.halls,
        started_at=timestamp(clock.started.at_ms),
        limit=case_pb2.Clock.Limit(amount=clock.limit.amount, unit=clock.limit.unit) if clock.limit else None,
        extra_days=clock.extra_days,
        due_day=clock.due.day.isoformat() if clock.due else "",
        provisional=clock.due is not None and clock.due.provisional,
        state=clock.state,
        light=light or "",
        ended_at=timestamp(clock.ended.at_ms if clock.ended else None),
        used=clock.used,
        left=clock.left,
        stops=[_stop(stop) for stop in clock.stops],
        why=[_reason(reason) for reason in clock.why],
    )


def _stop(stop: Stop) -> case_pb2.Clock.Stop:
    return case_pb2.Clock.Stop(
        cause=stop.cause,
        of=stop.of,
        started_at=timestamp(stop.started.at_ms),
        ended_at=timestamp(stop.ended.at_ms if stop.ended else None),
        basis=stop.basis,
        days=stop.days,
    )


def _reason(reason: Reason) -> case_pb2.Clock.Reason:
    return case_pb2.Clock.Reason(
        because=reason.because,
        rule=reason.rule,
        ledger_index=_ref(reason.event),
        zh=sentence(reason, Language.ZH),
        en=sentence(reason, Language.EN),
    )


def _ref(event: Moment | None) -> int | None:
    return event.ref if event is not None and event.ref >= 0 else None
