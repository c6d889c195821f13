import json
from typing import Any

import pytest

from tests.node_agent.linked import Linked

BROKEN = """
[[source]]
name = "biz"
kind = "sql"
url = "sqlite:///nowhere/business.db"
query = "SELECT 1 AS n WHERE 1 >= :cursor LIMIT :limit"
cursor = "n"
key = "n"
fields = { case_number = "n", occurred_at = "n" }
"""
SINK = """
[[sink]]
name = "cases"
kind = "sql"
url = "sqlite:///nowhere/received.db"
"""


def answer(said: str) -> dict[str, Any]:
    """Return the one object that the command printed."""
    objects = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len(objects) == 1, said
    found: dict[str, Any] = objects[0]
    return found


async def test_sync_sends_everything_by_itself_and_ends(linked: Linked) -> None:
    linked.put(*(f"case-{number}" for number in range(9)))
    code, said = await linked.command("sync", "--json", "--timeout", "20")
    assert code == 0, said
    assert json.loads(said.splitlines()[0]) == {"done": True, "left": 0, "sealed": 9, "faults": []}
    assert linked.at_hub_events() == [f"case-{number}" for number in range(9)]


async def test_sync_against_a_hub_that_is_away_says_so_and_what_is_left(linked: Linked) -> None:
    linked.put("a")
    await linked.hub.stop()
    code, said = await linked.command("sync", "--json", "--timeout", "1")
    found = answer("\n".join(said.splitlines()[:1]))
    assert (code, found["exit"]) == (5, 5)
    assert (found["done"], found["left"], found["faults"]) == (False, 1, ["no connection to the hub"])
    assert found["error"].startswith("not everything was sent within 1 s")
    code, said = await linked.command("sync", "--timeout", "1")
    assert (code, "\nno connection to the hub\n" in said) == (5, True)


@pytest.mark.parametrize(("more", "fault"), [(BROKEN, "source biz failed: "), (SINK, "sink cases failed: ")])
async def test_sync_names_what_failed_though_all_else_was_sent(linked: Linked, more: str, fault: str) -> None:
    linked.put("a")
    linked.more = more
    code, said = await linked.command("sync", "--json", "--timeout", "20")
    found = json.loads(said.splitlines()[0])
    assert (code, found["exit"], found["done"], found["left"]) == (1, 1, False, 0)
    assert found["faults"] == [fault + "unable to open database file"]
    code, said = await linked.command("sync", "--timeout", "20")
    assert code == 1
    assert said.splitlines()[1] == fault + "unable to open database file"
