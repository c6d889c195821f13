"""Business systems renew, suspend, resume and supersede licences, take endings back, and hear what became of each act."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from directory.licences.lifecycle import Version
from directory.licences.vocabulary import ActKind, Fault
from node_agent import db
from node_agent.licences import book, endings
from node_agent.tables import invalid_licences
from tests.node_agent.calling import Calling, Reply, calling
from tests.node_agent.licensed_hall import FOOD, SECOND, at_desk, furnished_alone, queued
from tests.node_agent.linked import Linked
from tests.province import licensed

ENDING = {"act": "cancelled", "ground": "holder-dissolved", "basis": "行政许可法第七十条"}


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


async def done(api: Calling, key: str, what: str, number: str, **body: Any) -> Reply:
    """Do something that works."""
    reply = await api.call(f"/v1/{what}", body, key, number)
    assert reply.status == 200, reply.said
    return reply


async def issued(api: Calling, key: str, number: str) -> str:
    return str((await done(api, key, "licences:issue", number, type=licensed.FOOD, fields=FOOD)).said["licence_id"])


def stands(hall: Linked, licence: str) -> Version:
    """Return how the newest version of a licence stands in the hall's book."""
    found: Version | None = hall.look(lambda connection: book.newest(connection, licence.rsplit(".", 2)[0]))
    assert found is not None
    return found


async def test_a_licence_is_renewed_and_says_the_same_for_longer(api: Calling, key: str, hall: Linked) -> None:
    licence = await issued(api, key, "renew-1")
    renewed = await done(api, key, "licences:renew", "renew-2", licence_id=licence, valid_from="2027-01-01")
    assert (renewed.said["act"], renewed.said["licence_id"].split(".")[-2], renewed.said["standing"]) == ("renewed", "002", "queued")
    _, act = queued(hall)[-1]
    assert (act.kind, str(act.previous), act.ground) == (ActKind.RENEWED, licence, "准予延续")
    again = await done(api, key, "licences:renew", "renew-2", licence_id=licence, valid_from="2027-01-01")
    assert (again.said["event_id"], again.said["repeated"]) == (renewed.said["event_id"], True)


async def test_a_licence_is_suspended_and_resumed_each_once_and_in_turn(api: Calling, key: str, hall: Linked) -> None:
    licence = await issued(api, key, "suspend-1")
    asked = {"licence_id": licence, "ground": "责令整改", "document": "示例〔2026〕1号", "case_number": "2026-17"}
    await done(api, key, "licences:suspend", "suspend-2", **asked)
    assert (await done(api, key, "licences:suspend", "suspend-2", **asked)).said["repeated"] is True
    _, act = queued(hall)[-1]
    assert (act.kind, act.ground, act.document, act.case_number) == (ActKind.SUSPENDED, "责令整改", "示例〔2026〕1号", "2026-17")
    late = await api.call("/v1/licences:suspend", asked, key, "suspend-3")
    other = await api.call("/v1/licences:resume", asked, key, "suspend-2")
    assert [(one.status, one.reason) for one in (late, other)] == [(409, "REASON_NOT_IN_TURN"), (409, "REASON_IDEMPOTENCY_KEY_REUSED")]
    assert stands(hall, licence).status == "suspended"
    await done(api, key, "licences:resume", "suspend-4", licence_id=licence, ground="整改完成")
    assert stands(hall, licence).status == "valid"


async def test_a_licence_stands_in_the_place_of_another(api: Calling, key: str, hall: Linked) -> None:
    old, new = await issued(api, key, "supersede-1"), await issued(api, key, "supersede-2")
    await done(api, key, "licences:supersede", "supersede-3", licence_id=old, successor=new, ground="证照合并")
    _, act = queued(hall)[-1]
    assert (act.kind, str(act.successor), stands(hall, old).status) == (ActKind.SUPERSEDED, new, "superseded")
    own = await api.call("/v1/licences:supersede", {"licence_id": new, "successor": new, "ground": "证照合并"}, key, "supersede-4")
    assert (own.status, own.reason) == (400, "REASON_FIELD_INVALID")


async def test_what_does_not_belong_to_an_act_is_refused(api: Calling, key: str) -> None:
    for what, body in {
        "licences:renew": {"licence_id": "1", "fields": FOOD},
        "licences:suspend": {"licence_id": "1", "ground": "示例", "successor": "2"},
        "licences:resume": {"licence_id": "1"},
        "endings:drop": {"ending": "food:1", "ground": "示例"},
    }.items():
        reply = await api.call(f"/v1/{what}", body, key, "wrong-1")
        assert (reply.status, reply.reason) == (400, "REASON_FIELD_INVALID"), what


async def test_an_ending_is_taken_back_once_and_nothing_was_done(api: Calling, key: str, hall: Linked) -> None:
    licence = await issued(api, key, "drop-1")
    count = len(queued(hall))
    proposed = (await done(api, key, "licences:end", "drop-2", licence_id=licence, **ENDING)).said["ending"]
    for number in ("drop-3", "drop-3"):
        dropped = await done(api, key, "endings:drop", number, ending=proposed)
        assert (dropped.said["standing"], dropped.said["ending"], dropped.said["licence_id"]) == ("dropped", proposed, licence)
    again = await api.call("/v1/endings:drop", {"ending": proposed}, key, "drop-4")
    late = await api.call("/v1/endings:confirm", {"ending": proposed}, api.add_key(person="2048"), "drop-5")
    absent = await api.call("/v1/endings:drop", {"ending": "food:none"}, key, "drop-6")
    assert [(one.status, one.reason) for one in (again, late)] == [(409, "REASON_NOT_IN_TURN")] * 2
    assert (absent.status, absent.reason) == (404, "REASON_NOT_FOUND")
    for number in ("drop-2", "drop-3"):
        became = await api.call("/v1/requests:get", {"request": number}, key)
        assert (became.said["standing"], became.said["ending"], became.said["event_id"]) == ("dropped", proposed, "")
    assert (len(queued(hall)), stands(hall, licence).status) == (count, "valid")


async def test_whoever_may_not_end_a_licence_takes_no_ending_back(api: Calling, key: str) -> None:
    licence = await issued(api, key, "foreign-1")
    proposed = (await done(api, key, "licences:end", "foreign-2", licence_id=licence, **ENDING)).said["ending"]
    reply = await api.call("/v1/endings:drop", {"ending": proposed}, api.add_key(role="clerk"), "foreign-3")
    assert (reply.status, reply.reason) == (403, "REASON_SCOPE_DENIED")
    assert (await api.call("/v1/requests:get", {"request": "foreign-2"}, key)).said["standing"] == "proposed"


async def test_an_ending_that_an_officer_confirmed_elsewhere_stands_as_its_act_does(api: Calling, key: str, hall: Linked) -> None:
    licence = await issued(api, key, "elsewhere-1")
    proposed = (await done(api, key, "licences:end", "elsewhere-2", licence_id=licence, **ENDING)).said["ending"]
    did = at_desk(hall, lambda connection, desk: endings.confirm(connection, desk, proposed, SECOND, api.now))
    became = await api.call("/v1/requests:get", {"request": "elsewhere-2"}, key)
    assert (became.said["standing"], became.said["event_id"]) == ("queued", did.event_id)
    find_invalid(api, did.event_id, licence)
    became = await api.call("/v1/requests:get", {"request": "elsewhere-2"}, key)
    assert (became.said["standing"], became.said["fault"], became.said["what"]) == ("invalid", "not-entitled", "示例")


async def test_an_act_that_the_hub_finds_invalid_is_told_with_its_reason(api: Calling, key: str) -> None:
    licence = await issued(api, key, "invalid-1")
    renewed = await done(api, key, "licences:renew", "invalid-2", licence_id=licence, valid_until=date(2027, 6, 1).isoformat())
    find_invalid(api, renewed.said["event_id"], licence)
    became = await api.call("/v1/requests:get", {"request": "invalid-2"}, key)
    assert (became.said["operation"], became.said["act"]) == ("renew", "renewed")
    assert (became.said["standing"], became.said["fault"], became.said["what"]) == ("invalid", "not-entitled", "示例")
    again = await done(api, key, "licences:renew", "invalid-2", licence_id=licence, valid_until=date(2027, 6, 1).isoformat())
    assert (again.said["repeated"], again.said["standing"]) == (True, "invalid")


def find_invalid(api: Calling, event_id: str, licence: str) -> None:
    """Take in, as a delivery would, that the hub does not count an act."""
    assert api.engine is not None
    with db.begin(api.engine) as connection:
        index = (connection.scalar(sa.select(sa.func.max(invalid_licences.c.said_index))) or 0) + 1
        said = {"said_index": index, "said_at": 0, "root": licence.rsplit(".", 2)[0], "event_id": event_id, "ledger_index": index}
        more = {"fault": Fault.NOT_ENTITLED.value, "what": "示例", "journal": "示例", "journal_index": index}
        connection.execute(sa.insert(invalid_licences).values(**said, **more))
