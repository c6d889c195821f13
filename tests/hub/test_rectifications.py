"""Halls answer for bad ratings, and the halls above return, close or see them go up: over real connections, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from directory.calendar import with_local_days
from directory.supervision.vocabulary import Effect
from hub.cases.findings import Finding
from hub.cases.reading import Ran
from hub.cases.watermarks import marked
from hub.db import open_database, transaction
from hub.dockets import store
from hub.supervision import cursor, forms
from hub.tables import metadata
from tests.hub.copies import Made
from tests.hub.people import refusal
from tests.hub.sharing_ground import fault
from tests.hub.supervision_ground import (
    CITY,
    COUNTY,
    ELSEWHERE,
    PROVINCE,
    Scene,
    found_card,
    found_rating,
    found_unfounded,
    supervising,
)
from tests.hub.test_supervision_rpc import Standing
from tongban.supervision.v1 import supervision_pb2 as said

DENIED, NOT_FOUND, NOT_IN_TURN = "REASON_SCOPE_DENIED", "REASON_NOT_FOUND", "REASON_NOT_IN_TURN"
DUE = "2026-12-14"
"""Fifteen working days behind the day of the scene."""


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with supervising(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def opened(scene: Scene, *found: Finding) -> str:
    """Open one rectification and return its id."""
    await scene.issue(*(found or (found_rating(),)))
    (one,) = await scene.rectifications(PROVINCE)
    return one.rectification.rectification.rectification


async def heard(scene: Scene, hall: str) -> list[said.RectificationEvent]:
    return [said.RectificationEvent.FromString(envelope.payload) for _, envelope in await scene.received(hall, "rectification")]


async def test_it_goes_to_the_hall_that_was_rated_and_to_those_above_it_and_cites_the_rating(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE, ELSEWHERE)
    ident = await opened(scene)
    (one,) = await scene.rectifications()
    state = one.rectification.rectification
    assert (state.hall, state.issuer, state.grade, state.reply_days) == (COUNTY, CITY, 1, 15)
    assert (state.cause.rule, state.cause.case_number, list(state.cause.events)) == ("bad-rating", "1", [7])
    assert (one.rectification.phase, one.answer.due, one.answer.overdue) == ("open", DUE, False)
    for hall in (COUNTY, CITY, PROVINCE):
        (event,) = await heard(scene, hall)
        assert (event.rectification_id, event.kind, event.rectification, event.HasField("by")) == (ident, "rated", state, False)
    assert await heard(scene, ELSEWHERE) == []
    assert await scene.cards() == []


async def test_it_is_opened_once_whoever_finds_it_again(scene: Scene) -> None:
    await scene.issue(found_rating(), found_rating())
    await scene.issue(replace(found_rating(), id="made anew"), found_card())
    await scene.room.sweep()
    assert len(await scene.rectifications()) == 1


async def test_the_hall_answers_and_a_superior_returns_and_closes(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE)
    ident = await opened(scene)
    clerk, city = await scene.officer(COUNTY, "clerk"), await scene.officer(CITY, "supervisor")
    assert await refusal(city.ask("CloseRectification", rectification=ident, ground="x")) == NOT_IN_TURN, "nobody has answered"
    assert await refusal(city.ask("ReturnRectification", rectification=ident, ground="x")) == NOT_IN_TURN
    answer = partial(clerk.ask, "AnswerRectification", rectification=ident)
    answered = await answer(text="已致歉", contact="not-reached")
    state = answered.rectification
    assert (state.phase, state.answer, state.contact, answered.HasField("answer")) == ("answered", "已致歉", "not-reached", False)
    assert await answer(text="已致歉", contact="not-reached") == answered, "what is said again is said once"
    assert await refusal(answer(text="已致歉", contact="content")) == NOT_IN_TURN
    scene.clock.forward(days=1)
    returned = await city.ask("ReturnRectification", rectification=ident, ground="未联系申请人")
    assert (returned.rectification.phase, returned.rectification.reply_days, returned.answer.due) == ("open", 15, "2026-12-15")
    await answer(text="已补办", contact="content")
    again = await city.ask("ReturnRectification", rectification=ident, ground="材料不全", reply_days=2)
    assert again.answer.due == "2026-11-26"
    await answer(text="材料已补", contact="content")
    closed = await city.ask("CloseRectification", rectification=ident, ground="回访属实")
    assert (closed.rectification.phase, closed.rectification.answer, closed.rectification.remark) == ("closed", "材料已补", "回访属实")
    assert await refusal(answer(text="又", contact="content")) == NOT_IN_TURN
    assert await city.ask("CloseRectification", rectification=ident, ground="回访属实") == closed
    for hall in (COUNTY, CITY, PROVINCE):
        events = await heard(scene, hall)
        assert [event.kind for event in events] == ["rated", "answered", "returned", "answered", "returned", "answered", "closed"]
        assert [(event.hall, event.by.person) for event in (events[1], events[-1])] == [(COUNTY, "7"), (CITY, "7")]
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        assert store.differing(connection, forms.RECTIFICATIONS) == []


async def test_others_learn_nothing_of_it_and_nobody_closes_the_own_halls(scene: Scene) -> None:
    ident = await opened(scene)
    dehui, siping = await scene.officer("dehui", "clerk"), await scene.officer(ELSEWHERE, "supervisor")
    county, clerk = await scene.officer(COUNTY, "supervisor"), await scene.officer(COUNTY, "clerk")
    answer = {"rectification": ident, "text": "x", "contact": "content"}
    for asked in (
        dehui.ask("GetRectification", rectification=ident),
        dehui.ask("AnswerRectification", **answer),
        siping.ask("CloseRectification", rectification=ident, ground="x"),
        siping.ask("ReturnRectification", rectification=ident, ground="x"),
        siping.ask("GetRectification", rectification="rc-none"),
    ):
        assert await refusal(asked) == NOT_FOUND
    assert await scene.rectifications(ELSEWHERE) == []
    await clerk.ask("AnswerRectification", **answer)
    for own in (county, clerk):
        assert await refusal(own.ask("CloseRectification", rectification=ident, ground="x")) == DENIED
        assert await refusal(own.ask("ReturnRectification", rectification=ident, ground="x")) == DENIED
    assert await refusal((await scene.officer(CITY, "supervisor")).ask("AnswerRectification", **answer)) == DENIED
    assert (await county.ask("GetRectification", rectification=ident)).rectification.phase == "answered"
    assert (await scene.rectifications(PROVINCE, phase="answered"))[0].rectification.contact == "content"


async def test_what_is_not_said_rightly_is_refused_by_its_field(scene: Scene) -> None:
    ident = await opened(scene)
    clerk, city = await scene.officer(COUNTY, "clerk"), await scene.officer(CITY, "supervisor")
    answer = partial(clerk.ask, "AnswerRectification", rectification=ident)
    invalid = "REASON_FIELD_INVALID"
    assert await fault(answer(text="已致歉")) == (invalid, "contact")
    assert await fault(answer(text="已致歉", contact="happy")) == (invalid, "contact")
    assert await fault(answer(text=" ", contact="content")) == (invalid, "text")
    assert await fault(city.ask("ReturnRectification", rectification=ident, ground="x", reply_days=251)) == (invalid, "reply_days")
    assert await fault(city.ask("CloseRectification", rectification=ident)) == (invalid, "ground")
    assert await fault(city.ask("ListRectifications", phase="torn")) == (invalid, "phase")


async def test_what_is_late_is_shown_as_late(scene: Scene) -> None:
    ident = await opened(scene)
    scene.clock.now = datetime(2026, 12, 14, 15, 59, tzinfo=UTC)
    assert await scene.rectifications(overdue=True) == []
    scene.clock.now = datetime(2026, 12, 15, 16, 30, tzinfo=UTC)
    (late,) = await scene.rectifications(overdue=True)
    assert (late.answer.due, late.answer.overdue, late.answer.working_days_late) == (DUE, True, 2)
    clerk = await scene.officer(COUNTY, "clerk")
    answered = await clerk.ask("AnswerRectification", rectification=ident, text="已致歉", contact="content")
    assert (answered.answer_late, answered.rectification.phase) == (True, "answered")
    assert await scene.rectifications(overdue=True) == []


@pytest.mark.parametrize(("reported", "why"), [(True, "unanswered"), (False, "silent")])
async def test_what_nobody_answers_goes_up_once_and_may_still_be_answered(scene: Scene, reported: bool, why: str) -> None:  # noqa: FBT001
    await scene.join(COUNTY, CITY, PROVINCE)
    ident = await opened(scene)
    scene.clock.now = datetime(2026, 12, 14, 16, 30, tzinfo=UTC)
    await scene.room.sweep()
    assert [one.rectification.phase for one in await scene.rectifications(overdue=True)] == ["open"], "within the hour of grace"
    if reported:
        report(scene, datetime(2026, 12, 14, 17, tzinfo=UTC))
    scene.clock.forward(hours=1)
    await scene.room.sweep()
    await scene.room.sweep()
    (one,) = await scene.rectifications(PROVINCE, overdue=True)
    assert (one.rectification.phase, one.rectification.escalation) == ("escalated", why)
    assert [event.kind for event in await heard(scene, PROVINCE)] == ["rated", "escalated"]
    clerk, city = await scene.officer(COUNTY, "clerk"), await scene.officer(CITY, "supervisor")
    await clerk.ask("AnswerRectification", rectification=ident, text="已致歉", contact="content")
    await city.ask("ReturnRectification", rectification=ident, ground="再答", reply_days=1)
    scene.clock.forward(days=10)
    await scene.room.sweep()
    (one,) = await scene.rectifications(overdue=True)
    assert (one.rectification.phase, one.rectification.events) == ("open", 4), "it goes up once"


def report(scene: Scene, up_to: datetime) -> None:
    """Let the county have reported."""
    with transaction(scene.models.writer) as connection:
        marked(connection, [], [Ran(1, COUNTY, "business", round(up_to.timestamp() * 1000))])


async def test_a_limit_moves_with_the_days_off(scene: Scene) -> None:
    await opened(scene)
    rulings = scene.room.ground.rulings
    moved = {name: with_local_days(one, name, 2, [date(2026, 11, 26)]) for name, one in rulings.calendars.items()}
    scene.room.ground.in_force = Standing(replace(rulings, seen="another", calendars=moved))  # type: ignore[assignment]
    scene.clock.now = datetime(2026, 12, 15, 2, tzinfo=UTC)
    await scene.room.sweep()
    assert await scene.rectifications(overdue=True) == []
    assert [(one.rectification.phase, one.answer.due) for one in await scene.rectifications()] == [("open", "2026-12-15")]


async def test_one_whose_rating_does_not_count_is_withdrawn_once_and_awaits_nothing(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE)
    ident = await opened(scene, found_rating(), found_unfounded(), found_card("2"))
    (one,) = await scene.rectifications()
    assert (one.rectification.phase, one.HasField("answer"), list(one.rectification.flags)) == ("withdrawn", False, [])
    assert len(await scene.cards()) == 1, "what was found behind it is issued"
    answer = {"rectification": ident, "text": "x", "contact": "content"}
    assert await refusal((await scene.officer(COUNTY, "clerk")).ask("AnswerRectification", **answer)) == NOT_IN_TURN
    scene.clock.forward(days=40)
    await scene.room.sweep()
    for hall in (COUNTY, CITY, PROVINCE):
        assert [event.kind for event in await heard(scene, hall)] == ["rated", "withdrawn"]


async def test_one_that_was_closed_before_stays_closed_and_one_that_never_was_holds_up_nothing(scene: Scene) -> None:
    ident = await opened(scene)
    clerk, city = await scene.officer(COUNTY, "clerk"), await scene.officer(CITY, "supervisor")
    await clerk.ask("AnswerRectification", rectification=ident, text="已致歉", contact="content")
    await city.ask("CloseRectification", rectification=ident, ground="回访属实")
    await scene.issue(found_unfounded(), found_unfounded("9"), found_rating("2"))
    phases = {one.rectification.rectification.cause.case_number: one.rectification.phase for one in await scene.rectifications()}
    assert phases == {"1": "closed", "2": "open"}


async def test_a_withdrawal_that_was_said_and_not_noted_is_said_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.join(COUNTY)
    await opened(scene)
    await run_away(scene, monkeypatch)
    await scene.room.sweep()
    assert [event.kind for event in await heard(scene, COUNTY)] == ["rated", "withdrawn"]
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        assert cursor.kept(connection).finding == found_unfounded().id


async def run_away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Withdraw, and fail before it is noted how far the findings were taken in."""

    def fail(*_: object, **_said: object) -> None:
        raise RuntimeError("away")

    with monkeypatch.context() as patched:
        patched.setattr(cursor, "move", fail)
        with pytest.raises(RuntimeError, match="away"):
            await scene.issue(found_unfounded())


async def test_reminders_are_listed_to_whoever_may_read_the_cards_of_the_hall(scene: Scene) -> None:
    for number in range(3):
        await scene.issue(found_card(str(number), effect=Effect.REMINDER))
        scene.clock.forward(minutes=1)
    await scene.issue(found_card("elsewhere", effect=Effect.REMINDER, hall=ELSEWHERE), found_card("a card"))
    clerk, siping = await scene.officer(COUNTY, "clerk"), await scene.officer(ELSEWHERE, "supervisor")
    first = await clerk.ask("ListReminders", page_size=2)
    assert [one.cause.case_number for one in first.reminders] == ["2", "1"]
    assert first.reminders[0].issued_at.ToDatetime(UTC) == scene.clock.now - timedelta(minutes=1)
    rest = await clerk.ask("ListReminders", page_size=2, page_token=first.next_page_token)
    assert ([one.cause.case_number for one in rest.reminders], rest.next_page_token) == (["0"], "")
    assert await refusal(siping.ask("ListReminders", page_token=first.next_page_token)) == "REASON_PAGE_TOKEN_INVALID"
    assert [one.hall for one in (await siping.ask("ListReminders")).reminders] == [ELSEWHERE]
    assert (await siping.ask("ListReminders", hall=COUNTY)).reminders == []
    province = await scene.officer(PROVINCE, "supervisor")
    assert len((await province.ask("ListReminders")).reminders) == 4
    assert await refusal((await scene.officer(COUNTY, "licence-reader")).ask("ListReminders")) == DENIED


def test_what_is_looked_for_is_found_by_an_index(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(database.writer)
    with database.reader.begin() as connection:
        for query in (
            "SELECT id FROM rectifications WHERE due_ms IS NOT NULL AND (due_ms, id) > (0, '') ORDER BY due_ms, id LIMIT 9",
            "SELECT id FROM rectifications WHERE goes_up_ms <= 9 ORDER BY goes_up_ms, id LIMIT 9",
            "SELECT id FROM rectifications WHERE hall = 'yushu' ORDER BY opened_at_ms DESC, id DESC LIMIT 9",
            "SELECT id FROM rectifications ORDER BY opened_at_ms DESC, id DESC LIMIT 9",
        ):
            plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
            assert "USING" in plan, (query, plan)
            assert "TEMP B-TREE" not in plan, (query, plan)
    database.dispose()
