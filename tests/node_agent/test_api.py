"""Business systems issue, change and end licences over HTTP: each with its own key, each request once, the hub there or not."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import pytest_asyncio
import structlog
from fastapi.openapi.models import OpenAPI
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from directory.licences.identifiers import LicenceId
from directory.licences.vocabulary import ActKind
from node_agent import db
from node_agent.api import acts, keys
from node_agent.api.operations import Operation
from node_agent.api.rates import Rates
from node_agent.api.refusing import _STATUS, OWN
from node_agent.config import ApiSection
from tests.node_agent.calling import Calling, Reply, calling
from tests.node_agent.licensed_hall import CITIZEN, FOOD, TEACHER, furnished_alone, queued
from tests.node_agent.linked import Linked, until
from tests.province import licensed
from tongban.errors.v1.errors_pb2 import Reason

OF_ANOTHER_HALL = "sheng-fagai"
ISSUE: Mapping[str, Any] = {"type": licensed.FOOD, "fields": FOOD, "case_number": "2026-17"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """Give a hall with a licence key whose hub is away again."""
    return await furnished_alone(tmp_path_factory.mktemp("hall"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(hall: Linked) -> AsyncIterator[Calling]:
    async with calling(hall.config) as opened:
        yield opened


@pytest.fixture
def key(api: Calling) -> str:
    return api.add_key()


async def issued(api: Calling, key: str, number: str) -> str:
    reply = await api.call("/v1/licences:issue", ISSUE, key, number)
    assert reply.status == 200, reply.said
    return str(reply.said["licence_id"])


def fields_of(reply: Reply) -> set[str]:
    """Return the fields that a refusal names."""
    found = [one for one in reply.said["error"]["details"] if one["type"].endswith("BadRequest")]
    return {one["field"] for detail in found for one in detail["field_violations"]}


async def test_a_licence_is_issued_while_the_hub_is_away_and_says_so(api: Calling, key: str, hall: Linked) -> None:
    reply = await api.call("/v1/licences:issue", ISSUE, key, "away-1")
    assert reply.status == 200, reply.said
    assert (reply.said["standing"], reply.said["hub_reached"], reply.said["repeated"]) == ("queued", False, False)
    header, act = queued(hall)[-1]
    assert (str(act.licence), act.kind, header.id) == (reply.said["licence_id"], ActKind.ISSUED, reply.said["event_id"])
    assert (header.actor.person, header.actor.role) == ("1024", "licence-officer")
    became = await api.call("/v1/requests:get", {"request": "away-1"}, key)
    assert (became.said["standing"], became.said["operation"], became.said["licence_id"]) == ("queued", "issue", reply.said["licence_id"])


async def test_the_same_request_twice_is_one_licence(api: Calling, key: str, hall: Linked) -> None:
    first = await api.call("/v1/licences:issue", ISSUE, key, "twice-1")
    count = len(queued(hall))
    again = await asyncio.gather(*(api.call("/v1/licences:issue", ISSUE, key, "twice-1") for _ in range(8)))
    assert {one.said["licence_id"] for one in again} == {first.said["licence_id"]}
    assert all(one.said["repeated"] for one in again)
    assert len(queued(hall)) == count


async def test_requests_at_once_under_one_number_are_one_licence(api: Calling, key: str, hall: Linked) -> None:
    count = len(queued(hall))
    found = await asyncio.gather(*(api.call("/v1/licences:issue", ISSUE, key, "race-1") for _ in range(8)))
    assert len({one.said["licence_id"] for one in found}) == 1
    assert len(queued(hall)) == count + 1


async def test_another_body_under_the_same_number_is_a_conflict(api: Calling, key: str, hall: Linked) -> None:
    licence = await issued(api, key, "conflict-1")
    count = len(queued(hall))
    other = await api.call("/v1/licences:issue", {**ISSUE, "case_number": "2026-18"}, key, "conflict-1")
    ended = await api.call("/v1/licences:end", ending(licence), key, "conflict-1")
    assert [(one.status, one.reason) for one in (other, ended)] == [(409, "REASON_IDEMPOTENCY_KEY_REUSED")] * 2
    assert len(queued(hall)) == count


async def test_two_systems_may_use_the_same_number(api: Calling, key: str) -> None:
    other = api.add_key("traffic")
    assert await issued(api, key, "mine-1") != await issued(api, other, "mine-1")
    alien = await api.call("/v1/requests:get", {"request": "conflict-1"}, other)
    assert (alien.status, alien.reason) == (404, "REASON_NOT_FOUND")


async def test_a_write_without_a_number_is_refused(api: Calling, key: str, hall: Linked) -> None:
    count = len(queued(hall))
    for number in ("", "with space", "a" * 65, CITIZEN, "x-" + CITIZEN.lower()):
        reply = await api.call("/v1/licences:issue", ISSUE, key, number)
        assert (reply.status, reply.reason, fields_of(reply)) == (400, "REASON_FIELD_INVALID", {"Idempotency-Key"}), number
        assert CITIZEN not in json.dumps(reply.said)
    assert len(queued(hall)) == count


async def test_a_key_that_is_wrong_revoked_or_expired_opens_nothing(api: Calling, key: str) -> None:
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    for text in ("", "nonsense", wrong, "tongban_000000000000_" + "A" * 43):
        reply = await api.call("/v1/licences:issue", ISSUE, text, "wrong-1")
        assert (reply.status, reply.reason, reply.headers["www-authenticate"]) == (401, "REASON_TOKEN_INVALID", "Bearer")
    old = api.add_key(expires_at=api.now - timedelta(milliseconds=1))
    expired = await api.call("/v1/licences:issue", ISSUE, old, "wrong-1")
    assert (expired.status, expired.reason) == (401, "REASON_TOKEN_EXPIRED")
    revoked = api.add_key()
    assert (await api.call("/v1/requests:get", {"request": "never"}, revoked)).status == 404
    revoke(api, revoked)
    assert (await api.call("/v1/requests:get", {"request": "never"}, revoked)).reason == "REASON_TOKEN_INVALID"


def revoke(api: Calling, key: str) -> None:
    assert api.engine is not None
    with db.begin(api.engine) as connection:
        assert keys.revoke(connection, api.keys[key], api.now)


async def test_a_key_opens_its_own_operations_alone(api: Calling) -> None:
    reader = api.add_key(operations=frozenset({Operation.QUERY}))
    bodies = {
        "licences:issue": ISSUE,
        "licences:change": {"licence_id": "1", "fields": FOOD, "ground": "示例"},
        "licences:renew": {"licence_id": "1"},
        "licences:suspend": {"licence_id": "1", "ground": "示例"},
        "licences:resume": {"licence_id": "1", "ground": "示例"},
        "licences:supersede": {"licence_id": "1", "successor": "2", "ground": "示例"},
        "licences:end": ending("1"),
        "endings:confirm": {"ending": "food:1"},
        "endings:drop": {"ending": "food:1"},
        "licences:verify": {"presentation": "a.b.c~"},
    }
    for path, body in bodies.items():
        reply = await api.call(f"/v1/{path}", body, reader, "other-1")
        assert (reply.status, reply.reason) == (403, "REASON_CALLER_NOT_ALLOWED"), path


async def test_the_department_and_role_of_a_key_are_judged_by_the_rules(api: Calling, hall: Linked) -> None:
    count = len(queued(hall))
    foreign, clerk = api.add_key(department=OF_ANOTHER_HALL), api.add_key(role="clerk")
    for text, reason in ((foreign, "REASON_FOREIGN_ACTOR"), (clerk, "REASON_SCOPE_DENIED")):
        reply = await api.call("/v1/licences:issue", ISSUE, text, "dept-1")
        assert (reply.status, reply.reason) == (403, reason)
    assert len(queued(hall)) == count


async def test_all_that_is_wrong_is_named_by_its_field_and_never_repeated(api: Calling, key: str) -> None:
    wrong = {**TEACHER, "holder_code": CITIZEN[:-1] + ("1" if CITIZEN[-1] != "1" else "2"), "category": "999999999"}
    reply = await api.call("/v1/licences:issue", {"type": licensed.TEACHER, "fields": wrong}, key, "wrong-2")
    assert (reply.status, reply.reason) == (400, "REASON_FIELD_INVALID")
    assert "holder_code" in fields_of(reply)
    assert CITIZEN[:-1] not in json.dumps(reply.said)
    shaped = await api.call(
        "/v1/licences:issue", {"type": 7, "fields": [], CITIZEN: 1, "spare": 2, "valid_from": "tomorrow"}, key, "wrong-3"
    )
    assert fields_of(shaped) == {"type", "fields", "?", "spare", "valid_from"}
    assert CITIZEN not in json.dumps(shaped.said)


async def test_bodies_are_read_strictly(api: Calling, key: str) -> None:
    for body in (
        b"",
        b"[]",
        b"{",
        b'{"type": "a", "type": "b"}',
        b'{"type": 9007199254740993}',
        b'{"type": "\\ud800"}',
        b"\xff",
        b'{"type": NaN}',
    ):
        reply = await api.call("/v1/licences:issue", body, key, "strict-1")
        assert reply.status == 400, body
        assert reply.reason in {"REASON_MALFORMED_MESSAGE", "REASON_FIELD_INVALID"}


async def test_a_body_that_is_too_long_is_refused(api: Calling, key: str) -> None:
    reply = await api.call("/v1/licences:issue", b"{" + b" " * (256 * 1024) + b"}", key, "long-1")
    assert (reply.status, reply.reason) == (413, "REASON_TOO_LARGE")
    parts = await api.call("/v1/licences:issue", b"{" + b" " * (300 * 1024) + b"}", key, "long-2", **{"Transfer-Encoding": "chunked"})
    assert (parts.status, parts.reason, parts.said["error"]["message"]) == (413, "REASON_TOO_LARGE", reply.said["error"]["message"])


async def test_a_licence_is_changed_and_a_version_that_is_over_is_not(api: Calling, key: str) -> None:
    licence = await issued(api, key, "change-1")
    body = {"licence_id": licence, "fields": {**FOOD, "premises": "示例市示例路2号"}, "ground": "经营场所变更"}
    changed = await api.call("/v1/licences:change", body, key, "change-2")
    assert (changed.status, changed.said["act"]) == (200, "changed")
    assert changed.said["licence_id"].split(".")[-2] == "002"
    late = await api.call("/v1/licences:change", body, key, "change-3")
    assert (late.status, late.reason) == (409, "REASON_NOT_IN_TURN")


async def test_a_licence_of_another_hall_and_one_that_is_not_there_get_one_answer(api: Calling, key: str) -> None:
    mine, foreign = LicenceId(licensed.FOOD, "220184", "202600009999", 1), LicenceId(licensed.FOOD, "220182", "202600000001", 1)
    found = [await api.call("/v1/licences:end", ending(str(one)), key, f"absent-{at}") for at, one in enumerate((mine, foreign))]
    assert [one.status for one in found] == [404, 404]
    assert found[0].said == found[1].said


def ending(licence: str, **changes: Any) -> dict[str, Any]:
    return {"licence_id": licence, "act": "cancelled", "ground": "holder-dissolved", "basis": "行政许可法第七十条"} | changes


async def test_an_ending_is_proposed_with_one_key_and_confirmed_with_that_of_another_person(api: Calling, key: str, hall: Linked) -> None:
    licence = await issued(api, key, "end-1")
    count = len(queued(hall))
    proposed = await api.call("/v1/licences:end", ending(licence), key, "end-2")
    assert (proposed.status, proposed.said["standing"], proposed.said["licence_id"]) == (200, "proposed", licence)
    body = {"ending": proposed.said["ending"]}
    same_person = api.add_key("traffic")
    for text in (key, same_person):
        own = await api.call("/v1/endings:confirm", body, text, "end-3")
        assert (own.status, own.reason) == (403, "REASON_SCOPE_DENIED")
    assert len(queued(hall)) == count
    second = api.add_key(person="2048")
    used = await api.call("/v1/endings:confirm", body, second, "end-1")
    assert (used.status, used.reason, len(queued(hall))) == (409, "REASON_IDEMPOTENCY_KEY_REUSED", count)
    done = await api.call("/v1/endings:confirm", body, second, "end-4")
    assert (done.status, done.said["act"], done.said["standing"]) == (200, "cancelled", "queued")
    _, act = queued(hall)[-1]
    assert (act.second_officer, act.kind) == ("2048", ActKind.CANCELLED)
    again = await api.call("/v1/endings:confirm", body, second, "end-4")
    assert (again.said["event_id"], again.said["repeated"]) == (done.said["event_id"], True)
    assert len(queued(hall)) == count + 1
    became = await api.call("/v1/requests:get", {"request": "end-2"}, key)
    assert (became.said["standing"], became.said["ending"]) == ("queued", proposed.said["ending"])
    assert became.said["event_id"] == done.said["event_id"]
    assert (await api.call("/v1/licences:end", ending(licence), key, "end-2")).said["standing"] == "queued"
    unknown = await api.call("/v1/endings:confirm", {"ending": "food:none"}, second, "end-5")
    assert (unknown.status, unknown.reason) == (404, "REASON_NOT_FOUND")


async def test_what_only_the_hub_knows_waits_while_it_is_away(api: Calling, key: str) -> None:
    reason = {"purpose": "示例", "case_hall": "gongzhuling", "case_number": "1"}
    query = await api.call("/v1/licences:query", {"purpose": reason, "queries": [{"holder": {"code_type": "111", "code": CITIZEN}}]}, key)
    verify = await api.call("/v1/licences:verify", {"presentation": "a.b.c~"}, key)
    for reply in (query, verify):
        assert (reply.status, reply.reason) == (503, "REASON_HUB_UNREACHABLE")
        assert int(reply.headers["retry-after"]) >= 1
    health = await api.call("/v1/health")
    assert health.said == {"hall": "gongzhuling", "store": "well", "hub": "away"}


async def test_a_key_that_calls_too_often_is_told_when_to_come_again(hall: Linked) -> None:
    async with calling(hall.config, calls_a_minute=20) as slow:
        busy, calm = slow.add_key(), slow.add_key("traffic")
        found = [await slow.call("/v1/requests:get", {"request": "x"}, busy) for _ in range(4)]
        assert [one.status for one in found[:2]] == [404, 404]
        assert (found[-1].status, found[-1].reason) == (429, "REASON_QUOTA")
        assert 1 <= int(found[-1].headers["retry-after"]) <= 3
        assert (await slow.call("/v1/requests:get", {"request": "x"}, calm)).status == 404


def test_a_bucket_fills_again_with_time() -> None:
    at = [0.0]
    rates = Rates(60, lambda: at[0])
    assert [rates.wait("a") == 0 for _ in range(7)] == [True] * 6 + [False]
    assert rates.wait("b") == 0
    at[0] += rates.wait("a")
    assert rates.wait("a") == 0


async def test_no_log_line_no_error_and_no_table_names_a_person(api: Calling, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    teacher = {"type": licensed.TEACHER, "fields": TEACHER}
    assert (await api.call("/v1/licences:issue", teacher, key, "canary-1")).status == 200
    for body in (
        teacher | {"extra": CITIZEN},
        teacher | {"type": CITIZEN},
        {"type": licensed.TEACHER, "fields": {**TEACHER, "born": CITIZEN}},
    ):
        reply = await api.call("/v1/licences:issue", body, key, "canary-2")
        assert reply.status == 400
        assert CITIZEN not in json.dumps(reply.said)
    assert (await api.call(f"/v1/{CITIZEN}", teacher, key)).status == 404
    assert CITIZEN not in "".join(capsys.readouterr())
    for path in api.config.data_dir.glob("agent.db*"):
        assert CITIZEN.encode() not in path.read_bytes(), path.name


async def test_calls_are_logged_by_key_and_operation(api: Calling, key: str) -> None:
    with structlog.testing.capture_logs() as lines:
        await issued(api, key, "logged-1")
        await until(lambda: any(one["event"] == "api called" for one in lines))
    (line,) = [one for one in lines if one["event"] == "api called"]
    assert (line["operation"], line["key"], line["system"], line["status"]) == ("issue", api.keys[key], "food", 200)


async def test_a_failure_is_told_without_its_insides(api: Calling, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError(CITIZEN)

    monkeypatch.setattr(acts, "became", fail)
    with structlog.testing.capture_logs() as lines:
        reply = await api.call("/v1/requests:get", {"request": "x"}, key)
    assert (reply.status, reply.reason) == (500, "REASON_INTERNAL")
    assert CITIZEN not in json.dumps(reply.said) + repr(lines)
    assert any(one["event"] == "api call failed" and one["kind"] == "RuntimeError" for one in lines)


async def test_the_openapi_document_says_what_is_taken_and_answered(api: Calling, key: str) -> None:
    document = (await api.call("/v1/openapi.json")).said
    OpenAPI.model_validate(document)
    calls = {call["operationId"]: call for path in document["paths"].values() for call in path.values()}
    doing = {"issue", "change", "renew", "suspend", "resume", "supersede", "end", "confirm", "drop"}
    assert set(calls) == doing | {"became", "query", "verify", "health"}
    assert doing | {"query", "verify"} == set(Operation)
    for name in doing:
        (header,) = calls[name]["parameters"]
        assert (header["name"], header["in"], header["required"]) == ("Idempotency-Key", "header", True)
    assert all(call.get("security") for name, call in calls.items() if name != "health")
    assert all("{" not in path for path in document["paths"])
    assert all("422" not in call["responses"] for call in calls.values())
    assert all({"400", "401", "403", "409", "503"} <= set(call["responses"]) for name, call in calls.items() if name != "health")
    refused = await api.call("/v1/licences:issue", {}, key, "openapi-1")
    answered = await api.call("/v1/licences:issue", ISSUE, key, "openapi-2")
    for name, said in (("Issue", ISSUE), ("Refusal", refused.said), ("Done", answered.said)):
        holds_under(document, name, said)
    with pytest.raises(jsonschema.ValidationError):
        holds_under(document, "Done", {})


def holds_under(document: Mapping[str, Any], name: str, said: Any) -> None:
    registry: Registry[Any] = Registry().with_resource("api:", DRAFT202012.create_resource(document))
    jsonschema.Draft202012Validator({"$ref": f"api:#/components/schemas/{name}"}, registry=registry).validate(said)


def test_every_reason_is_a_word_of_the_exchange_or_an_agents_own() -> None:
    assert set(_STATUS) - OWN <= set(Reason.keys())
    assert not OWN & set(Reason.keys())


async def test_an_api_on_a_network_address_needs_tls(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tls_certificate"):
        ApiSection(listen="0.0.0.0")  # noqa: S104 - it is refused
