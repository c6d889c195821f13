"""The API is a door of the running agent: with keys that the hall gives, over TLS where others listen, and never in the way of sync."""

import json
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from certs import authority
from node_agent import pulse
from node_agent.config import ApiSection
from tests.node_agent.calling import Calling, calling
from tests.node_agent.licensed_hall import FOOD, furnish
from tests.node_agent.linked import Linked, until
from tests.province import licensed
from tests.province.processes import free_port

ISSUE = {"type": licensed.FOOD, "fields": FOOD}
ADD = ("api-key", "add", "food-permits", "--may", "issue", "--person", "1024", "--until", "2099-12-31")


async def test_over_a_network_the_api_speaks_tls(linked: Linked) -> None:
    keys = linked.province.keys
    files = {"tls_certificate": keys / authority.ENROLMENT_CHAIN, "tls_key": keys / authority.ENROLMENT_KEY}
    async with calling(linked.config, listen="0.0.0.0", **files) as api:  # noqa: S104 - as a hall's network
        trusting = replace(api, trusted=keys / authority.ROOT)
        reply = await trusting.call("/v1/health")
        assert (reply.status, reply.said["store"]) == (200, "well")
        with pytest.raises((ConnectionError, OSError)):
            await api.call("/v1/health")


@pytest.mark.parametrize("listen", ["0.0.0.0", "192.0.2.7", "::"])  # noqa: S104 - they are refused
async def test_without_tls_the_start_is_refused_on_a_network(linked: Linked, listen: str) -> None:
    linked.more = f'[api]\nlisten = "{listen}"\n'
    code, told = await linked.command("run")
    assert code == 2
    assert "api" in told
    assert "needs tls_certificate and tls_key" in told


def test_half_a_pair_of_tls_files_is_refused() -> None:
    with pytest.raises(ValueError, match="go together"):
        ApiSection(tls_key=Path("tls.key"))


async def test_a_running_agent_serves_systems_and_sends_what_they_issue(linked: Linked) -> None:
    await furnish(linked)
    port = free_port()
    linked.more = f"[api]\nport = {port}\n"
    code, told = await linked.command(*ADD, "--json")
    assert code == 0, told
    made = json.loads(told)
    running = await linked.agent()
    try:
        api = Calling(linked.config, None, port, None)
        await until(lambda: listens(port))
        issued = await api.call("/v1/licences:issue", ISSUE, made["key"], "first")
        assert issued.status == 200, issued.said
        await until(lambda: issued.said["licence_id"].rsplit(".", 2)[0] in linked.at_hub_events())
        became = await api.call("/v1/requests:get", {"request": "first"}, made["key"])
        assert became.said["standing"] in {"sent", "accepted"}
        code, told = await linked.command("api-key", "revoke", made["id"])
        assert code == 0, told
        assert (await api.call("/v1/licences:issue", ISSUE, made["key"], "second")).status == 401
    finally:
        running.terminate()
        out, _ = await running.communicate()
    assert running.returncode == 0
    assert made["key"] not in out.decode()


async def test_an_api_that_cannot_open_its_port_is_an_alarm_and_sync_goes_on(linked: Linked) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        linked.more = f"[api]\nport = {taken.getsockname()[1]}\n"
        linked.put("one", "two")
        running = await linked.agent()
        try:
            await until(lambda: linked.at_hub_events() == ["one", "two"])
            await until(lambda: alarms(linked) >= {"door api"})
        finally:
            running.terminate()
            await running.communicate()
    assert running.returncode == 0


def alarms(linked: Linked) -> set[str]:
    found = linked.look(pulse.read)
    return {one["name"] for one in found[0]["alarms"]} if found else set()


async def test_keys_are_listed_without_their_secret_and_given_to_nobody_whom_the_hall_may_not_name(linked: Linked) -> None:
    await furnish(linked)
    code, told = await linked.command(*ADD)
    assert code == 0, told
    secret = next(line for line in told.splitlines() if line.startswith("tongban_"))
    code, told = await linked.command("api-key", "list", "--json")
    (one,) = json.loads(told)["keys"]
    assert (one["system"], one["operations"], one["person"], one["revoked_at"]) == ("food-permits", ["issue"], "1024", None)
    assert secret.rsplit("_", 1)[1] not in told
    for path in linked.config.data_dir.glob("agent.db*"):
        assert secret.encode() not in path.read_bytes()
    for wrong in (("--role", "auditor"), ("--department", "sheng-fagai"), ("--role", "node")):
        code, told = await linked.command(*ADD, *wrong)
        assert code == 1, wrong
        assert "may not" in told or "no role of a person" in told
    assert (await linked.command("api-key", "revoke", "000000000000"))[0] == 1


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
