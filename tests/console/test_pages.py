"""Pages that ask the hub say so when it is away, and those of the hall's own replica are there without it."""

import pytest

from tests.console.staffed import Staffed, ask

ASKING = (
    "/lights",
    "/rectifications",
    "/reminders",
    "/province",
    "/statistics",
    "/catalogue",
    "/orders/new",
    "/cards/c-1",
    "/rectifications/rc-1",
)


@pytest.fixture(scope="module")
def people() -> dict[str, str]:
    return {"supervisor": "31", "auditor": "32", "catalogue-administrator": "33"}


async def test_every_page_of_a_supervisor_is_there_while_the_hub_is_not(hall: Staffed) -> None:
    await hall.add("31", "supervisor")
    mine = await hall.signed_in("31")
    for path in ASKING:
        page = await ask(mine.get, path)
        assert page.status == 200, (path, page.text)
        assert "暂时连不上中枢" in page.text or path == "/orders/new", path
