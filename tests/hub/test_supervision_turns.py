"""What is done to cards and orders is judged when it is done: by the matter as it is then, and by the case that is there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.supervision import orders
from tests.hub.copies import Made
from tests.hub.people import Told, refusal
from tests.hub.supervision_ground import CITY, COUNTY, ELSEWHERE, PROVINCE, Officer, Scene, found_card, supervising
from tests.hub.withheld import moved
from tongban.case.v1 import case_pb2
from tongban.supervision.v1 import supervision_pb2 as said

NOT_FOUND, NOT_IN_TURN = "REASON_NOT_FOUND", "REASON_NOT_IN_TURN"
UPHELD = said.APPEAL_OUTCOME_UPHELD


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with supervising(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


# ---- orders that are given again


async def closed(scene: Scene, city: Officer) -> said.OrderStanding:
    """Give an order, and close it once it was answered."""
    order = (await city.order()).order.order.order
    await (await scene.officer(COUNTY, "clerk")).ask("AnswerOrder", order=order, text="已办结")
    standing: said.OrderStanding = await city.ask("CloseOrder", order=order, ground="已整改")
    return standing


async def test_an_order_that_is_given_again_after_it_was_closed_is_a_new_one(scene: Scene) -> None:
    city = await scene.officer(CITY, "supervisor")
    first = await closed(scene, city)
    again = await city.order()
    assert again.order.order.order != first.order.order.order
    assert (again.order.phase, again.HasField("answer")) == ("issued", True)
    assert await city.order() == again, "asked for again while it is open"
    assert (await city.ask("GetOrder", order=first.order.order.order)).order.phase == "closed"
    third = await closed(scene, city)
    assert third.order.order.order == again.order.order.order
    assert (await city.order()).order.order.order not in {first.order.order.order, again.order.order.order}


async def test_an_order_that_was_given_twice_at_once_is_one(scene: Scene) -> None:
    city = await scene.officer(CITY, "supervisor")
    await closed(scene, city)
    given = await asyncio.gather(*(city.order() for _ in range(3)))
    assert len({one.order.order.order for one in given}) == 1
    assert len(await scene.orders()) == 2


async def test_the_same_order_is_not_given_without_end_on_one_day(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "TIMES_A_DAY", 2)
    city = await scene.officer(CITY, "supervisor")
    for _ in range(2):
        await closed(scene, city)
    assert await refusal(city.order()) == NOT_IN_TURN
    scene.clock.forward(days=1)
    assert await refusal(city.order()) == ""


# ---- the case that an order names


async def test_an_order_names_a_case_that_is_there_and_is_the_halls(scene: Scene) -> None:
    up = case_pb2.CASE_EVENT_KIND_REFERRED_UP
    await scene.tell(COUNTY, Told("own"))
    await scene.tell("dehui", Told("of another"), Told("referred", up, COUNTY))
    await scene.tell(ELSEWHERE, Told("hidden"), Told("hidden, referred", up, COUNTY))
    city = await scene.officer(CITY, "supervisor")
    for case in ((COUNTY, "none"), ("dehui", "of another"), (ELSEWHERE, "hidden"), (ELSEWHERE, "hidden, referred"), ("nowhere", "own")):
        assert await refusal(city.order(case_hall=case[0], case_number=case[1])) == NOT_FOUND
    assert await scene.orders() == []
    for case in ((COUNTY, "own"), ("dehui", "referred")):
        assert await refusal(city.order(case_hall=case[0], case_number=case[1])) == ""
    assert {(one.order.order.cause.case_hall, one.order.order.cause.case_number) for one in await scene.orders()} == {
        (COUNTY, "own"),
        ("dehui", "referred"),
    }


# ---- decisions that race


@pytest.mark.parametrize("upheld_first", [True, False])
async def test_of_a_withdrawal_and_a_decision_that_upholds_only_the_first_is_made(scene: Scene, *, upheld_first: bool) -> None:
    await scene.issue(found_card())
    (standing,) = await scene.cards()
    card = standing.card.card.card
    await (await scene.officer(COUNTY, "reviewer")).ask("AppealCard", card=card, text="已按期办结")
    issuer, above = await scene.officer(CITY, "supervisor"), await scene.officer(PROVINCE, "supervisor")
    uphold = refusal(above.ask("DecideAppeal", card=card, outcome=UPHELD, ground="无据"))
    withdraw = refusal(issuer.ask("WithdrawCard", card=card, ground="误发"))
    turn = scene.room.cards.filed._turn
    tasks: list[asyncio.Task[str]] = []
    async with turn:
        for asked in (uphold, withdraw) if upheld_first else (withdraw, uphold):
            tasks.append(asyncio.create_task(asked))
            while len(turn._waiters or ()) < len(tasks):  # noqa: ASYNC110 - behind the door, before its turn
                await asyncio.sleep(0.005)
    assert await asyncio.gather(*tasks) == ["", NOT_IN_TURN]
    (standing,) = await scene.cards()
    assert (standing.card.phase, standing.card.events) == ("upheld" if upheld_first else "withdrawn", 3)


# ---- who may have what still waits


async def test_a_superior_that_was_changed_gets_no_card_and_no_order_that_still_waits_for_it(scene: Scene) -> None:
    await scene.join(COUNTY, CITY, PROVINCE, ELSEWHERE)
    await scene.issue(found_card(), found_card("another's", hall="dehui"))
    order = (await (await scene.officer(CITY, "supervisor")).order()).order.order.order
    await moved(scene.hub, COUNTY, ELSEWHERE)
    clerk = await scene.officer(COUNTY, "clerk")
    await clerk.ask("AnswerOrder", order=order, text="已办结")
    of_city = [said.CardEvent.FromString(envelope.payload).card.hall for _, envelope in await scene.received(CITY)]
    assert of_city == ["dehui"], "not what concerns the hall that was moved, whose issuer it is"
    heard = {hall: [header.type.rpartition(".")[2] for header, _ in await scene.received(hall)] for hall in (COUNTY, PROVINCE, ELSEWHERE)}
    assert heard == {
        COUNTY: ["CardEvent", "OrderEvent", "OrderEvent"],
        PROVINCE: ["CardEvent", "CardEvent"],
        ELSEWHERE: ["OrderEvent"],
    }


async def test_a_hall_that_was_moved_back_gets_what_waited(scene: Scene) -> None:
    await scene.join(COUNTY, CITY)
    await scene.issue(found_card())
    await moved(scene.hub, COUNTY, ELSEWHERE)
    await moved(scene.hub, COUNTY, CITY)
    assert len(await scene.received(CITY)) == 1
