"""A window asks for licences by commands of its agent, of a real hub: what comes is checked by the hall's own charter."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from certs import keys
from node_agent import hall_keys, log_keys
from node_agent.cli import main
from node_agent.link import licences as link
from tests.hub.hall_client import TRUST_DOMAIN
from tests.hub.licensing import CASE, CODE, ISSUER, NAME, PURPOSE, READER, WINDOW, Licensed, food
from tests.hub.people import eventually
from tests.hub.running import RunningHub
from tongban.licence.v1.licence_service_pb2 import FoundLicence

FIRST = food("0000001")
WHO = ("--department", WINDOW, "--person", "1024")
WHY = ("--purpose", PURPOSE, "--case", CASE)


@pytest.fixture
async def scene(hub: RunningHub) -> AsyncIterator[Licensed]:
    """Give a hub with a licence, and the asking hall the files of an agent."""
    made = await Licensed.on(hub)
    await made.issuer.issue(FIRST)
    await made.registered(FIRST)
    write_agent(made, hub.folder / "agent")
    yield made
    await made.close()


def write_agent(scene: Licensed, folder: Path) -> None:
    """Write what enrolment leaves at a hall."""
    identity, files = scene.asker.client.identity, folder / "data" / "keys"
    files.mkdir(parents=True)
    for name, key in ((hall_keys.LOG_KEY, identity.log), (hall_keys.COSIGNING_KEY, identity.cosigning)):
        keys.save_key(files / name, key)
    (files / hall_keys.TLS_KEY).write_bytes(identity.tls_key)
    (files / hall_keys.TLS_CHAIN).write_bytes(identity.chain)
    (files / hall_keys.ROOT).write_bytes(identity.root)
    (files / hall_keys.ORIGIN).write_text(identity.journal.name, "ascii")
    (files / hall_keys.EXCHANGE).write_text(scene.hub.exchange, "ascii")
    (files / hall_keys.CHARTER).write_text(scene.hub.hub.rooms.registry.charter_note, "utf-8")
    log_keys.write(files, log_keys.LogKeys(((0, identity.journal.verifier),)))
    said = {"hall": READER, "trust_domain": TRUST_DOMAIN, "data_dir": "data"}
    lines = [
        *(f'{name} = "{value}"' for name, value in said.items()),
        "[hub]",
        f'address = "{scene.hub.exchange}"',
        f'enrolment_address = "{scene.hub.enrolment}"',
    ]
    (folder / "agent.toml").write_text("\n".join([*lines, ""]), "utf-8")


async def run(scene: Licensed, *words: str, given: str = "") -> tuple[int, Any]:
    """Run a command of the group for a machine, beside the hub's loop."""
    config = str(scene.hub.folder / "agent" / "agent.toml")
    done = await asyncio.to_thread(CliRunner().invoke, main, ["licence", *words, "--json", "--config", config], given)
    return done.exit_code, json.loads(done.stdout.splitlines()[0]) if done.stdout else done.output


async def test_a_window_asks_by_number_and_by_holder_and_sees_what_its_grant_opens(scene: Licensed, tmp_path: Path) -> None:
    code, one = await run(scene, "query", str(FIRST), *WHY, *WHO)
    assert code == 0, one
    (found,) = one["licences"]
    assert found["fields"] == {"holder_name": NAME, "premises": "示例市示例路1号", "business": "热食类食品制售"}
    assert (found["status"], found["issued_by"]) == ("valid", "yushu")
    _, by_holder = await run(scene, "query", "--holder", "-", *WHY, *WHO, given=f"{CODE}\n")
    assert [each["licence_id"] for each in by_holder["licences"]] == [str(FIRST)]
    assert by_holder["ledger_index"] > one["ledger_index"]
    assert (await run(scene, "query", str(food("0000009")), *WHY, *WHO))[1]["licences"] == []
    assert (await run(scene, "query", *WHY, *WHO))[0] == 2
    (tmp_path / "shown").write_text(found["presentation"], "ascii")
    code, checked = await run(scene, "verify", str(tmp_path / "shown"), *WHO)
    assert (code, checked["valid"], checked["status"]) == (0, True, "valid")
    (tmp_path / "forged").write_text(found["presentation"].replace("~", "~e30~", 1), "ascii")
    code, checked = await run(scene, "verify", str(tmp_path / "forged"), *WHO)
    assert (code, checked["valid"]) == (1, False)


async def test_of_a_copy_the_command_says_for_whom_it_was_made(scene: Licensed, tmp_path: Path) -> None:
    _, one = await run(scene, "query", str(FIRST), *WHY, *WHO)
    shown, note = tmp_path / "shown", tmp_path / "note"
    shown.write_text(one["licences"][0]["presentation"], "ascii")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    config = str(scene.hub.folder / "agent" / "agent.toml")
    for recipient, mine in ((READER, True), ("示例银行支行", False)):
        note.write_text(scene.issuer.annotation(shown.read_text("ascii"), recipient, until), "ascii")
        code, said = await run(scene, "verify", str(shown), "--annotation", str(note), *WHO)
        assert (code, said["recipient"], said["purpose"], said["made_by"]) == (0, recipient, "核验经营场所", ISSUER)
        assert (said["made_for_caller"], said["expires_at"][:19]) == (mine, until.isoformat()[:19])
    words = ["licence", "verify", str(shown), "--annotation", str(note), *WHO, "--config", config]
    done = await asyncio.to_thread(CliRunner().invoke, main, words)
    assert "made for somebody else" in done.output
    assert recipient in done.output


async def test_a_holder_is_told_at_the_window_who_looked(scene: Licensed) -> None:
    await run(scene, "query", str(FIRST), *WHY, *WHO)
    asked = ("accesses", "--holder", CODE, "--purpose", "持证主体申请查询", "--person", "1024")
    _, found = await eventually(lambda: run(scene, *asked), lambda said: bool(said[1]["accesses"]))
    (access,) = found["accesses"]
    assert (access["hall"], access["department"], access["licence_id"], access["purpose"]) == (READER, WINDOW, str(FIRST), PURPOSE)


async def test_what_the_hub_makes_up_is_not_shown(scene: Licensed, monkeypatch: pytest.MonkeyPatch) -> None:
    real = link.query

    assert (await run(scene, "query", str(FIRST), *WHY, *WHO))[0] == 0

    async def lying(*asked: Any) -> Any:
        answer = await real(*asked)
        found: FoundLicence = answer.answers[0].licences[0]
        found.presentation = found.presentation[:-40] + "~"
        return answer

    monkeypatch.setattr(link, "query", lying)
    code, said = await run(scene, "query", str(FIRST), *WHY, *WHO)
    assert (code != 0, "licences" in said, "error" in said) == (True, False, True)
