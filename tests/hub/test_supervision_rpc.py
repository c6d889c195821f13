"""Halls reply to cards and appeal, supervisors order and decide: over real connections, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from directory.calendar import with_local_days
from directory.supervision.vocabulary import Effect
from hub.cases.rulings import Rulings
from hub.tables import orders
from tests.hub.copies import Made
from tests.hub.people import Told, refusal
from tests.hub.sharing_ground import fault
from tests.hub.supervision_ground import (
    CITY,
    COUNTY,
    ELSEWHERE,
    PROVINCE,
    Scene,
    found_card,
    found_silence,
    supervising,
)
from tongban.supervision.v1 import supervision_pb2 as said

UPHELD, WITHDRAWN = said.APPEAL_OUTCOME_UPHELD, said.APPEAL_OUTCOME_WITHDRAWN
DENIED, NOT_FOUND, NOT_IN_TURN = "REASON_SCOPE_DENIED", "REASON_NOT_FOUND", "REASON_NOT_IN_TURN"


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with supervising(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


@dataclass(frozen=True, slots=True)
class Standing:
    """A register that says something else."""

    rulings: Rulings

    def now(self) -> Rulings:
        return self.rulings


async def issued(scene: Scene, hall: str = COUNTY) -> str:
    """Issue one card to a hall and return its id."""
    await scene.issue(found_card(hall=hall))
    (card,) = await scene.cards(PROVINCE)
    return card.card.card.card


async def test_a_card_is_replied_to_appealed_against_and_decided_on_and_never_edited(scene: Scene) -> None:
    card = await issued(scene)
    clerk, reviewer = await scene.officer(COUNTY, "clerk"), await scene.officer(COUNTY, "reviewer")
    first: said.CardStanding = await clerk.ask("GetCard", card=card)
    scene.clock.forward(days=1)
    replied = await clerk.ask("ReplyToCard", card=card, text="系统故障")
    assert (replied.card.phase, replied.card.reply, replied.HasField("reply"), replied.reply_late) == ("replied", "系统故障", False, False)
    appealed = await reviewer.ask("AppealCard", card=card, text="已按期办结")
    assert (appealed.card.phase, appealed.card.appeal) == ("appealed", "已按期办结")
    decided = await (await scene.officer(PROVINCE, "supervisor")).ask("DecideAppeal", card=card, outcome=WITHDRAWN, ground="情况属实")
    assert (decided.card.phase, decided.card.ground, decided.card.flags) == ("withdrawn", "情况属实", [])
    assert decided.card.card == first.card.card
    await scene.join(CITY)
    for hall in (COUNTY, CITY, PROVINCE):
        events = [said.CardEvent.FromString(envelope.payload) for _, envelope in await scene.received(hall)]
        assert [event.kind for event in events] == ["issued", "replied", "appealed", "withdrawn"]
        assert [(event.hall, event.by.person) for event in events[1:]] == [(COUNTY, "7"), (COUNTY, "7"), (PROVINCE, "7")]


async def test_what_is_said_again_is_said_once_and_what_is_not_in_turn_is_refused(scene: Scene) -> None:
    card = await issued(scene)
    reviewer, supervisor = await scene.officer(COUNTY, "reviewer"), await scene.officer(PROVINCE, "supervisor")
    assert await refusal(supervisor.ask("DecideAppeal", card=card, outcome=UPHELD, ground="无据")) == NOT_IN_TURN
    assert await refusal(supervisor.ask("DecideAppeal", card=card, outcome=WITHDRAWN, ground="无据")) == NOT_IN_TURN
    once = await reviewer.ask("ReplyToCard", card=card, text="系统故障")
    assert await reviewer.ask("ReplyToCard", card=card, text="系统故障") == once
    assert await refusal(reviewer.ask("ReplyToCard", card=card, text="另一说法")) == NOT_IN_TURN
    await reviewer.ask("AppealCard", card=card, text="已按期办结")
    assert await refusal(reviewer.ask("AppealCard", card=card, text="另一理由")) == NOT_IN_TURN
    upheld = await supervisor.ask("DecideAppeal", card=card, outcome=UPHELD, ground="无据")
    assert await supervisor.ask("DecideAppeal", card=card, outcome=UPHELD, ground="无据") == upheld
    assert await refusal(reviewer.ask("AppealCard", card=card, text="再诉")) == NOT_IN_TURN
    assert await refusal(supervisor.ask("WithdrawCard", card=card, ground="撤销")) == NOT_IN_TURN
    overruled = await supervisor.ask("DecideAppeal", card=card, outcome=WITHDRAWN, ground="新证据")
    assert (overruled.card.phase, overruled.card.flags) == ("withdrawn", ["after-decision"])
    assert overruled.card.events == 5


async def test_a_withdrawn_card_awaits_no_reply(scene: Scene) -> None:
    card = await issued(scene)
    withdrawn = await (await scene.officer(CITY, "supervisor")).ask("WithdrawCard", card=card, ground="误发")
    assert (withdrawn.card.phase, withdrawn.HasField("reply")) == ("withdrawn", False)
    assert await refusal((await scene.officer(COUNTY, "clerk")).ask("ReplyToCard", card=card, text="x")) == NOT_IN_TURN


async def test_a_hall_neither_withdraws_its_own_card_nor_decides_on_its_appeal(scene: Scene) -> None:
    card = await issued(scene)
    county, city = await scene.officer(COUNTY, "supervisor"), await scene.officer(CITY, "supervisor")
    await (await scene.officer(COUNTY, "reviewer")).ask("AppealCard", card=card, text="已按期办结")
    assert await refusal(county.ask("WithdrawCard", card=card, ground="误发")) == DENIED
    assert await refusal(county.ask("DecideAppeal", card=card, outcome=WITHDRAWN, ground="误发")) == DENIED
    assert await refusal(city.ask("DecideAppeal", card=card, outcome=WITHDRAWN, ground="误发")) == DENIED, "the issuer"
    decided = await (await scene.officer(PROVINCE, "supervisor")).ask("DecideAppeal", card=card, outcome=UPHELD, ground="无据")
    assert decided.card.phase == "upheld"


async def test_the_province_decides_on_what_was_issued_for_it_to_a_city(scene: Scene) -> None:
    card = await issued(scene, CITY)
    city, province = await scene.officer(CITY, "supervisor"), await scene.officer(PROVINCE, "supervisor")
    appealed = await city.ask("AppealCard", card=card, text="已按期办结")
    assert appealed.card.card.issuer == PROVINCE
    assert await refusal(city.ask("DecideAppeal", card=card, outcome=WITHDRAWN, ground="误发")) == DENIED
    assert await refusal(city.ask("WithdrawCard", card=card, ground="误发")) == DENIED
    assert (await province.ask("DecideAppeal", card=card, outcome=WITHDRAWN, ground="误发")).card.phase == "withdrawn"


async def test_others_learn_nothing_of_a_card_not_even_that_there_is_one(scene: Scene) -> None:
    card = await issued(scene)
    siping, dehui = await scene.officer(ELSEWHERE, "supervisor"), await scene.officer("dehui", "reviewer")
    for asked in (
        siping.ask("GetCard", card=card),
        siping.ask("WithdrawCard", card=card, ground="x"),
        siping.ask("DecideAppeal", card=card, outcome=UPHELD, ground="x"),
        dehui.ask("GetCard", card=card),
        dehui.ask("ReplyToCard", card=card, text="x"),
        dehui.ask("AppealCard", card=card, text="x"),
        siping.ask("GetCard", card="c-none"),
    ):
        assert await refusal(asked) == NOT_FOUND
    assert await scene.cards(ELSEWHERE) == []
    assert (await dehui.ask("ListCards")).cards == []
    assert await refusal((await scene.officer(COUNTY, "clerk")).ask("AppealCard", card=card, text="x")) == DENIED
    assert await refusal((await scene.officer(COUNTY, "licence-reader")).ask("ListCards")) == DENIED


async def test_a_list_comes_page_by_page_for_whoever_asked_for_it_alone(scene: Scene) -> None:
    for number in range(5):
        await scene.issue(found_card(str(number), effect=(Effect.YELLOW_CARD, Effect.RED_CARD)[number % 2]))
        scene.clock.forward(minutes=1)
    await scene.issue(found_card("elsewhere", hall=ELSEWHERE))
    city = await scene.officer(CITY, "supervisor")
    numbers, token = [], ""
    while True:
        answer = await city.ask("ListCards", page_size=2, page_token=token)
        numbers.append([one.card.card.cause.case_number for one in answer.cards])
        token = answer.next_page_token
        if not token:
            break
        first_token = token
    assert numbers == [["4", "3"], ["2", "1"], ["0"]]
    province = await scene.officer(PROVINCE, "supervisor")
    assert await refusal(province.ask("ListCards", page_size=2, page_token=first_token)) == "REASON_PAGE_TOKEN_INVALID"
    assert await refusal(city.ask("ListCards", effect="red-card", page_token=first_token)) == "REASON_PAGE_TOKEN_INVALID"
    red = await province.ask("ListCards", effect="red-card", hall=COUNTY)
    assert [one.card.card.cause.case_number for one in red.cards] == ["3", "1"]
    assert [one.card.card.hall for one in (await province.ask("ListCards", hall=ELSEWHERE)).cards] == [ELSEWHERE]
    assert (await city.ask("ListCards", hall=ELSEWHERE)).cards == []
    assert (await city.ask("ListCards", phase="replied")).cards == []


async def test_replies_that_are_late_are_shown_as_late(scene: Scene) -> None:
    card = await issued(scene)
    assert await scene.cards(overdue=True) == []
    scene.clock.now = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert await scene.cards(overdue=True) == []
    scene.clock.now = datetime(2026, 12, 1, 16, 30, tzinfo=UTC)
    (late,) = await scene.cards(overdue=True)
    assert (late.reply.due, late.reply.overdue, late.reply.working_days_late) == ("2026-11-30", True, 2)
    replied = await (await scene.officer(COUNTY, "clerk")).ask("ReplyToCard", card=card, text="系统故障")
    assert (replied.reply_late, replied.HasField("reply")) == (True, False)
    assert await scene.cards(overdue=True) == []


async def test_an_order_is_issued_by_a_rule_answered_returned_and_closed(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE)
    await scene.tell(COUNTY, Told("1"))
    city, clerk = await scene.officer(CITY, "supervisor"), await scene.officer(COUNTY, "clerk")
    given = await city.order(case_hall=COUNTY, case_number="1", reply_days=3)
    order = given.order.order.order
    assert (given.order.order.cause.rule, given.order.order.cause.version, given.order.order.person) == ("promise-broken", 1, "7")
    assert (given.order.phase, given.answer.due) == ("issued", "2026-11-26")
    assert await city.order(case_hall=COUNTY, case_number="1", reply_days=3) == given
    answered = await clerk.ask("AnswerOrder", order=order, text="已办结")
    assert (answered.order.phase, answered.order.answer, answered.HasField("answer")) == ("answered", "已办结", False)
    assert await refusal(clerk.ask("CloseOrder", order=order, ground="x")) == DENIED
    scene.clock.forward(days=1)
    returned = await city.ask("ReturnOrder", order=order, ground="未附材料")
    assert (returned.order.phase, returned.order.remark, returned.answer.due) == ("issued", "未附材料", "2026-12-01")
    await clerk.ask("AnswerOrder", order=order, text="材料已补")
    closed = await city.ask("CloseOrder", order=order, ground="已整改")
    assert (closed.order.phase, closed.order.answer, closed.order.remark, closed.order.flags) == ("closed", "材料已补", "已整改", [])
    assert await refusal(clerk.ask("AnswerOrder", order=order, text="又")) == NOT_IN_TURN
    kinds = ["issued", "answered", "returned", "answered", "closed"]
    for hall, heard in ((COUNTY, kinds), (CITY, kinds), (PROVINCE, [])):
        events = [said.OrderEvent.FromString(envelope.payload) for _, envelope in await scene.received(hall)]
        assert [event.kind for event in events] == heard


async def test_nobody_orders_above_or_beside_themselves_or_without_a_rule(scene: Scene) -> None:
    city, county = await scene.officer(CITY, "supervisor"), await scene.officer(COUNTY, "supervisor")
    assert await refusal(city.order(hall=ELSEWHERE)) == DENIED
    assert await refusal(city.order(hall=PROVINCE)) == DENIED
    assert await refusal(county.order(hall=CITY)) == DENIED
    assert await refusal((await scene.officer(CITY, "reviewer")).order()) == DENIED
    assert await fault(city.order(rule="made-up")) == ("REASON_FIELD_INVALID", "rule")
    assert await fault(city.order(rule="")) == ("REASON_FIELD_INVALID", "rule")
    assert await fault(city.order(text=" ")) == ("REASON_FIELD_INVALID", "text")
    assert await fault(city.order(reply_days=251)) == ("REASON_FIELD_INVALID", "reply_days")
    assert await fault(city.order(case_hall=COUNTY)) == ("REASON_FIELD_INVALID", "case_number")
    own = await county.order()
    assert own.order.order.issuer == COUNTY
    assert await scene.orders(PROVINCE) != []


async def test_an_order_is_answered_by_its_hall_and_closed_by_those_behind_it(scene: Scene) -> None:
    order = (await (await scene.officer(CITY, "supervisor")).order()).order.order.order
    dehui, siping = await scene.officer("dehui", "clerk"), await scene.officer(ELSEWHERE, "supervisor")
    county, province = await scene.officer(COUNTY, "supervisor"), await scene.officer(PROVINCE, "supervisor")
    assert await refusal(dehui.ask("AnswerOrder", order=order, text="x")) == NOT_FOUND
    assert await refusal(dehui.ask("GetOrder", order=order)) == NOT_FOUND
    assert await refusal(siping.ask("CloseOrder", order=order, ground="x")) == NOT_FOUND
    assert await refusal(county.ask("CloseOrder", order=order, ground="x")) == DENIED
    assert await refusal(county.ask("ReturnOrder", order=order, ground="x")) == DENIED
    assert (await county.ask("GetOrder", order=order)).order.phase == "issued"
    assert (await province.ask("CloseOrder", order=order, ground="已整改")).order.phase == "closed"


async def test_an_order_that_nobody_answers_goes_up_once_and_may_still_be_answered(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE)
    await scene.issue(found_silence())
    scene.clock.now = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    await scene.room.sweep()
    (order,) = await scene.orders(overdue=True)
    assert order.order.phase == "issued", "within the hour of grace"
    scene.clock.forward(hours=1)
    await scene.room.sweep()
    await scene.room.sweep()
    (order,) = await scene.orders(PROVINCE, overdue=True)
    assert (order.order.phase, order.order.escalation, order.answer.overdue) == ("escalated", "silent", True)
    assert looked_at(scene) == 0, "it is not looked at again"
    kinds = ["issued", "escalated"]
    for hall, heard in ((COUNTY, kinds), (CITY, kinds), (PROVINCE, ["escalated"])):
        events = [said.OrderEvent.FromString(envelope.payload) for _, envelope in await scene.received(hall)]
        assert [event.kind for event in events] == heard
    clerk, province = await scene.officer(COUNTY, "clerk"), await scene.officer(PROVINCE, "supervisor")
    ident = order.order.order.order
    await clerk.ask("AnswerOrder", order=ident, text="已恢复报送")
    assert await scene.orders(overdue=True) == []
    await province.ask("ReturnOrder", order=ident, ground="原因不明", reply_days=1)
    scene.clock.forward(days=10)
    await scene.room.sweep()
    (order,) = await scene.orders(overdue=True)
    assert (order.order.phase, order.order.events) == ("issued", 4), "it goes up once"


async def test_a_limit_moves_with_the_days_off(scene: Scene) -> None:
    await issued(scene)
    await (await scene.officer(CITY, "supervisor")).order()
    official = scene.room.ground.rulings.calendars
    moved = {name: with_local_days(one, name, 2, [date(2026, 11, 26)]) for name, one in official.items()}
    rulings = scene.room.ground.rulings
    scene.room.ground.in_force = Standing(replace(rulings, seen="another", calendars=moved))  # type: ignore[assignment]
    scene.clock.now = datetime(2026, 12, 1, 2, tzinfo=UTC)
    await scene.room.sweep()
    assert await scene.cards(overdue=True) == []
    assert await scene.orders(overdue=True) == []
    assert [one.reply.due for one in await scene.cards()] == ["2026-12-01"]
    assert [one.order.phase for one in await scene.orders()] == ["issued"]


def looked_at(scene: Scene) -> int:
    """Count the orders of which it is looked at whether they go up."""
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(orders).where(orders.c.goes_up_ms.is_not(None))) or 0
