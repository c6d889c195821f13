"""What `tongban-agent licence` says to officers and machines, and what the hub's word changes."""

import asyncio
import json
from typing import Any

import pytest
from click.testing import CliRunner

from certs.names import parse_origin
from directory.licences.identifiers import parse_licence_id
from node_agent import crash, hall_keys, invalid_licences
from node_agent.cli import main
from node_agent.invalid_licences import RESOURCE, TYPE
from tests.node_agent.licensed_hall import CITIZEN, FOOD, TEACHER, asked, do, furnish, known_keys, queued, write
from tests.node_agent.linked import HALL, Linked
from tests.node_agent.test_directory_replica import taken
from tests.node_agent.test_invalid_records import accept
from tests.province import licensed
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.licence.v1.licence_pb2 import InvalidLicence


@pytest.fixture
async def hall(linked: Linked) -> Linked:
    await furnish(linked)
    return linked


async def said(linked: Linked, *words: str, code: int = 0) -> dict[str, Any]:
    """Run a command of the group for a machine, in this process: a program of its own takes seconds."""
    got, text = await asyncio.to_thread(told, linked, *words, "--json")
    assert got == code, text
    found: dict[str, Any] = json.loads(text.splitlines()[0])
    return found


def told(linked: Linked, *words: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["licence", *words, "--config", str(linked.written())])
    return found.exit_code, found.stdout


def drafted(linked: Linked, fields: Any, name: str = "fields.json") -> str:
    path = linked.config.folder / name
    path.write_text(fields if isinstance(fields, str) else json.dumps(fields, ensure_ascii=False), encoding="utf-8")
    return str(path)


async def test_a_key_is_made_announced_and_waited_for_once(linked: Linked) -> None:
    first = await said(linked, "key", "--timeout", "20")
    assert known_keys(linked) == [first["key_id"]]
    assert await said(linked, "key") == first
    second = await said(linked, "key", "--new", "--timeout", "20")
    assert known_keys(linked) == [first["key_id"], second["key_id"]]
    folder = hall_keys.load(linked.config).folder
    assert [path.name for path in folder.glob("licence-*.key")] == [f"licence-{second['key_id']}.key"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("licence-*.key"))


async def test_a_key_that_the_hub_refuses_is_said_with_its_reason_and_announced_again(linked: Linked) -> None:
    linked.province.judge = lambda header: (2, errors_pb2.REASON_QUOTA) if header.resource == "licence-key" else (1, 0)
    found = await said(linked, "key", "--timeout", "20", code=1)
    assert (found["reason"], known_keys(linked)) == ("REASON_QUOTA", [])
    linked.province.judge = lambda _: (1, 0)
    assert (await said(linked, "key", "--timeout", "20"))["key_id"] == found["key_id"]


async def test_offline_a_key_waits_and_is_announced_once(linked: Linked) -> None:
    await linked.hub.stop()
    first = await said(linked, "key", "--timeout", "0", code=5)
    again = await said(linked, "key", "--timeout", "0", code=5)
    assert first["key_id"] == again["key_id"]
    assert len(write(linked, _announcements)) == 1


def _announcements(connection: Any) -> list[str]:
    return list(connection.exec_driver_sql("SELECT event_id FROM outbox WHERE source = 'licence-key'").scalars())


async def test_an_officer_issues_changes_and_ends_a_licence_by_commands(hall: Linked) -> None:
    await hall.hub.stop()  # a hall works offline
    fields = drafted(hall, TEACHER)
    issued = await said(hall, "issue", fields, "--type", licensed.TEACHER, "--request", "t-1", "--person", "1024", "--case", "2026-17")
    again = await said(hall, "issue", fields, "--type", licensed.TEACHER, "--request", "t-1", "--person", "1024", "--case", "2026-17")
    assert (issued["repeated"], again["repeated"], issued["licence"]) == (False, True, again["licence"])
    changed_fields = drafted(hall, {**TEACHER, "subject": "物理"}, "changed.json")
    changed = await said(hall, "change", issued["licence"], changed_fields, "--ground", "任教学科变更", "--person", "1024")
    shown = await said(hall, "show", issued["licence"])
    assert (shown["licence"], shown["status"], shown["fields"]["subject"]) == (changed["licence"], "valid", "物理")
    assert shown["fields"]["holder_code"] == f"{CITIZEN[:3]}***********{CITIZEN[-4:]}"
    ending = ("--as", "revoked", "--ground", "penalty", "--basis", "教师法第十四条", "--document", "示例罚字1号")
    proposed = await said(hall, "end", changed["licence"], *ending, "--person", "1024")
    pending = await said(hall, "pending")
    assert [one["ending"] for one in pending["endings"]] == [proposed["ending"]]
    alone = await said(hall, "confirm", proposed["ending"], "--person", "1024", code=1)
    assert alone["fault"] == "second-officer"
    await said(hall, "confirm", proposed["ending"], "--person", "2048")
    (listed,) = (await said(hall, "list"))["licences"]
    assert (listed["licence"], listed["status"], listed["ground"]) == (changed["licence"], "revoked", "penalty")
    assert [act.kind.value for _, act in queued(hall)] == ["issued", "changed", "revoked"]
    code, text = told(hall, "show", changed["licence"])
    assert (code, "confirmed by 2048" in text, CITIZEN in text) == (0, True, False)


async def test_a_draft_that_does_not_hold_is_declined_field_by_field(hall: Linked) -> None:
    fields = drafted(hall, {**FOOD, "canteen_seats": "many", "holder_code": CITIZEN, "business": None})
    found = await said(hall, "issue", fields, "--type", licensed.FOOD, "--person", "1024", code=1)
    assert found["fault"] == "contents"
    assert {one["path"] for one in found["faults"]} == {"canteen_seats", "holder_code", "business"}
    assert CITIZEN not in json.dumps(found)
    fields = drafted(hall, '{"holder_name": "a", "holder_name": "b"}')
    found = await said(hall, "issue", fields, "--type", licensed.FOOD, "--person", "1024", code=1)
    assert found["fault"] == "contents"


async def test_before_it_is_enrolled_a_hall_has_no_desk(linked: Linked) -> None:
    (hall_keys.load(linked.config).folder / hall_keys.CHARTER).unlink()
    assert (await said(linked, "pending", code=3))["exit"] == 3


def invalid(linked: Linked, event_id: str, root: str, fault: str = "issued-twice") -> bytes:
    message = InvalidLicence(licence_root=root, event_id=event_id, fault=fault, what="a licence of this number was issued already")
    header = Header(version=1, id="some", type=TYPE, resource=RESOURCE, recipients=[HALL], journal=linked.province.own.name)
    return Envelope(header=header.SerializeToString(), payload=message.SerializeToString()).SerializeToString()


async def test_what_the_hub_finds_invalid_does_not_count_any_more(hall: Linked) -> None:
    done = do(hall, asked())
    stays = do(hall, asked(request="r-2"))
    accept(hall.province, [invalid(hall, done.event_id, done.licence.root)])
    await taken(hall)
    found = {one["root"]: one["status"] for one in (await said(hall, "list"))["licences"]}
    assert found == {done.licence.root: "", stays.licence.root: "valid"}
    shown = await said(hall, "show", str(done.licence))
    assert ([act["fault"] for act in shown["acts"]], shown["fields"]) == (["issued-twice"], {})
    assert [one["what"] for one in shown["invalid"]] == ["a licence of this number was issued already"]
    code, text = told(hall, "list")
    assert (code, "INVALID" in text) == (0, True)


async def test_only_the_hub_says_what_is_invalid(hall: Linked) -> None:
    done = do(hall, asked())
    payload = invalid(hall, done.event_id, done.licence.root)
    members = [(1, 1, payload)]
    hub = parse_origin(hall.province.own.name)
    assert [one.message.event_id for one in invalid_licences.said(hub, 0, members)] == [done.event_id]
    assert list(invalid_licences.said(parse_origin(hall.origin), 0, members)) == []


async def test_a_word_of_the_hub_that_names_no_act_says_nothing(hall: Linked) -> None:
    hub = parse_origin(hall.province.own.name)
    nameless = [invalid(hall, "", "root"), invalid(hall, "id", ""), invalid(hall, "id", "root", fault="")]
    assert list(invalid_licences.said(hub, 0, [(at, at, data) for at, data in enumerate(nameless)])) == []


async def test_a_crash_before_the_commit_leaves_nothing_and_the_same_request_is_done_once(hall: Linked) -> None:
    await hall.hub.stop()
    words = ("licence", "issue", drafted(hall, FOOD), "--type", licensed.FOOD, "--request", "c-1", "--person", "1024")
    code, _ = await hall.command(*words, crash_at="outbox-put")
    assert (code, queued(hall)) == (crash.STATUS, [])
    assert (await said(hall, "list"))["licences"] == []
    await said(hall, *words[1:])
    again = await said(hall, *words[1:])
    assert (again["repeated"], len(queued(hall))) == (True, 1)
    assert parse_licence_id(again["licence"]).serial.endswith("00000001")
