"""A hub that was set back says nothing by itself."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hub import schedule
from hub.exchange.standing import UNHEARD_SECONDS, Standing
from hub.records import room
from tests.hub.copies import Made
from tests.hub.people import eventually
from tests.hub.running import running


def test_the_clock_alone_moves_nothing_until_a_hall_agrees_or_none_comes_for_a_minute() -> None:
    now = [0.0]
    standing = Standing(lambda: now[0])
    assert not standing.may_go_on()
    now[0] = UNHEARD_SECONDS
    assert standing.may_go_on()
    agreed = Standing(lambda: now[0])
    agreed.agreed()
    assert agreed.may_go_on()


def test_after_a_hall_that_knows_more_nothing_is_said_however_many_agree() -> None:
    standing = Standing(lambda: 0.0)
    standing.agreed()
    standing.contradicted()
    standing.agreed()
    assert not standing.may_go_on()


SAYS = {
    "hub.sharing.room.Sharing.sweep": "CHANGES_EVERY_SECONDS",
    "hub.supervision.room.Supervision.sweep": "SUPERVISION_EVERY_SECONDS",
    "hub.records.handing.Handing.round": "",
    "hub.records.judging.Judging.round": "",
}
"""What says something by itself, and how often it is asked to."""
MOMENT = 0.01


async def test_whatever_the_hub_says_by_itself_waits_until_it_may_go_on(
    tmp_path: Path, made_province: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: set[str] = set()
    asked, allowed = [0], [False]

    def may_go_on(_standing: Standing) -> bool:
        asked[0] += 1
        return allowed[0]

    def saying(name: str) -> Callable[[object], Awaitable[None]]:
        async def say(_room: object) -> None:
            said.add(name)

        return say

    monkeypatch.setattr(Standing, "may_go_on", may_go_on)
    monkeypatch.setattr(room, "AGAIN_SECONDS", MOMENT)
    for name, every in SAYS.items():
        monkeypatch.setattr(name, saying(name))
        if every:
            monkeypatch.setattr(schedule, every, MOMENT)

    async def times_asked() -> int:
        return asked[0]

    async def all_said() -> set[str]:
        return said

    async with running(tmp_path, made_province.copy(tmp_path)):
        await eventually(times_asked, lambda times: times > 50)
        assert said == set()
        allowed[0] = True
        await eventually(all_said, lambda found: found == SAYS.keys())
