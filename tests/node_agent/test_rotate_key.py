"""What `rotate-key`, `status` and `doctor` say of the log key."""

import json
from datetime import UTC, datetime

from tests.node_agent.linked import Linked, until
from tests.node_agent.rotating import (
    key_of,
    refusing,
    rotated,
)


async def test_the_command_asks_a_running_agent_and_waits(linked: Linked) -> None:
    # The agent's lock is held by another process than the command's, as in a hall.
    process = await linked.agent()
    try:
        code, said = await linked.command("rotate-key", "--json", "--timeout", "20")
    finally:
        process.terminate()
        await process.wait()
    assert code == 0, said
    found = json.loads(said)
    assert (found["in_force"], found["signs_from"]) == (True, 1)
    assert key_of(linked).key_id.hex() == found["log_key"]


async def test_offline_the_command_says_that_the_key_is_queued(linked: Linked) -> None:
    await linked.hub.stop()
    code, said = await linked.command("rotate-key", "--json", "--timeout", "1")
    found = json.loads(said.splitlines()[0])
    assert (code, found["exit"], found["in_force"]) == (5, 5, False)
    assert "queued" in found["error"]
    assert "no connection to the hub" in found["error"]
    code, said = await linked.command("status")
    assert f"; {found['log_key']} is to succeed it (asked " in said
    await linked.hub.start()
    code, said = await linked.command("rotate-key", "--timeout", "20")
    assert code == 0, said
    assert f"log key {found['log_key']} is in force" in said


async def test_a_refusal_is_said_with_its_reason(linked: Linked) -> None:
    linked.province.judge = refusing
    code, said = await linked.command("rotate-key", "--json", "--timeout", "20")
    found = json.loads(said.splitlines()[0])
    assert (code, found["reason"]) == (1, "REASON_QUOTA")
    assert "one of a hall in 1 day" in found["error"]
    _, said = await linked.command("status")
    assert f"{found['log_key']} was refused" in said


async def test_status_and_doctor_name_the_key_in_force(linked: Linked) -> None:
    first = key_of(linked).key_id.hex()
    async with linked.store():
        pass
    _, said = await linked.command("status")
    assert f"log key       {first} since enrolment\n" in said
    async with rotated(linked):
        linked.put("a")
        await until(lambda: linked.receipted() == 2)
    second = key_of(linked).key_id.hex()
    code, said = await linked.command("status", "--json")
    found = json.loads(said)
    assert (code, found["log_key"]) == (0, {"id": second, "signs_from": 1})
    assert found["succession"]["waiting"] is None
    assert found["succession"]["last"]["answered_at"] == datetime.fromtimestamp(linked.province.accepted_at_ms / 1000, UTC).isoformat()
    code, said = await linked.command("doctor", "--json")
    checks = {check["name"]: check["what"] for check in json.loads(said)["checks"]}
    assert (code, f"log key {second}, behind journal size 1" in checks["keys"]) == (0, True)
    assert "is there" in checks["log key"]
