"""A business system looks at licences through its hall's API: the hub decides and writes down who looked, and no gRPC is spoken outside."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from certs.authority import CHARTER
from certs.keys import generate_hpke_key, save_key
from certs.names import journal_origin
from node_agent import db, hall_keys, keys_replica
from node_agent.app import Agent
from node_agent.config import Config
from node_agent.link import licences as link
from tests.hub.hall_client import TRUST_DOMAIN, Identity
from tests.hub.licensing import CASE, CLOSED, ISSUER, PURPOSE, READER, WINDOW, Licensed, food
from tests.hub.running import RunningHub
from tests.node_agent.calling import Calling, calling, today
from tests.node_agent.linked import until
from tests.province import licensed
from tongban.licence.v1 import licence_service_pb2 as messages

FIRST, UNKNOWN = food("0000001"), food("0000009")
WHY = {"purpose": PURPOSE, "basis": "行政许可法第三十一条", "case_hall": READER, "case_number": CASE}


@pytest.fixture
async def scene(hub: RunningHub) -> AsyncIterator[Licensed]:
    made = await Licensed.on(hub)
    await made.issuer.issue(FIRST)
    await made.registered(FIRST)
    yield made
    await made.close()


@pytest.fixture
async def api(scene: Licensed, tmp_path: Path) -> AsyncIterator[Calling]:
    """Open the API of the hall that asks, whose agent has taken in the keys of the province."""
    hub = {"address": scene.hub.exchange, "enrolment_address": scene.hub.enrolment}
    raw = {"hall": READER, "trust_domain": TRUST_DOMAIN, "data_dir": "data", "hub": hub, "keep": {"free_bytes": 0}}
    config = Config.read(raw, tmp_path / "agent")
    write_keys(config, scene.asker.client.identity, (scene.hub.config.keys / CHARTER).read_bytes())
    with Agent(config)._built() as parts:
        linking = asyncio.create_task(parts.link.run())
        try:
            await until(lambda: knows(parts.engine, config, scene.issuer.identity.hall))
        finally:
            parts.link.stop()
            await asyncio.wait({linking}, timeout=10)
            linking.cancel()
            await asyncio.gather(linking, return_exceptions=True)
    async with calling(config) as opened:
        opened.now = today()
        yield opened


def knows(engine: sa.Engine, config: Config, hall: str) -> bool:
    with db.reading(engine) as connection:
        keyring = keys_replica.load(connection, hall_keys.load(config).charter).keyring
    return hall in keyring.halls() and bool(keyring.licence_keys(hall))


def write_keys(config: Config, identity: Identity, charter: bytes) -> None:
    """Lay a hall's keys out as enrolment does."""
    folder = config.keys_dir
    folder.mkdir(parents=True)
    save_key(folder / hall_keys.LOG_KEY, identity.log)
    save_key(folder / hall_keys.COSIGNING_KEY, identity.cosigning)
    save_key(folder / hall_keys.HPKE_KEY, generate_hpke_key())
    files = {
        hall_keys.TLS_KEY: identity.tls_key,
        hall_keys.TLS_CHAIN: identity.chain,
        hall_keys.ROOT: identity.root,
        hall_keys.ORIGIN: journal_origin(TRUST_DOMAIN, identity.hall, identity.epoch).encode(),
        hall_keys.CHARTER: charter,
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)


def query(*queries: dict[str, Any], **why: str) -> dict[str, Any]:
    return {"purpose": WHY | why, "queries": list(queries)}


async def test_a_system_sees_the_fields_that_the_grant_opens_and_the_look_is_written_down(scene: Licensed, api: Calling) -> None:
    key = api.add_key(role="licence-reader", department=WINDOW, person="7")
    reply = await api.call("/v1/licences:query", query({"licence_id": str(FIRST)}, {"licence_id": str(UNKNOWN)}), key)
    assert reply.status == 200, reply.said
    found, nothing = reply.said["answers"]
    (licence,) = found["licences"]
    assert (licence["licence_id"], licence["type"], licence["status"], licence["trust_level"]) == (str(FIRST), licensed.FOOD, "valid", "A")
    assert licence["fields"] == {"holder_name": "松江示例餐饮有限公司（演示）", "premises": "示例市示例路1号", "business": "热食类食品制售"}
    assert (licence["verified"], found["grant"], nothing) == (True, "g-1", {"licences": [], "grant": ""})
    assert reply.said["ledger_index"] > 0
    record = scene.decisions()[-1]
    assert (record.asked_by.person, record.asked_by.department) == ("7", WINDOW)
    verified = await api.call("/v1/licences:verify", {"presentation": licence["presentation"]}, key)
    assert (verified.said["valid"], verified.said["status"]) == (True, "valid")
    assert (verified.said["recipient"], verified.said["expires_at"], verified.said["made_for_caller"]) == ("", None, False)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    note = scene.issuer.annotation(licence["presentation"], "示例银行", until)
    copied = (await api.call("/v1/licences:verify", {"presentation": licence["presentation"], "annotation": note}, key)).said
    assert (copied["valid"], copied["recipient"], copied["purpose"], copied["made_by"]) == (True, "示例银行", "核验经营场所", ISSUER)
    assert (copied["made_for_caller"], datetime.fromisoformat(copied["expires_at"])) == (False, until)
    broken = await api.call("/v1/licences:verify", {"presentation": licence["presentation"][:-10] + "~"}, key)
    assert broken.said["valid"] is False


async def test_what_is_said_to_be_another_licence_than_it_is_counts_as_unproved(api: Calling, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = link.query

    async def swapped(*asked: Any) -> messages.QueryLicencesResponse:
        said = await honest(*asked)
        said.answers[0].licences[0].licence_id = str(UNKNOWN)
        return said

    monkeypatch.setattr(link, "query", swapped)
    key = api.add_key(role="licence-reader", department=WINDOW, person="7")
    reply = await api.call("/v1/licences:query", query({"licence_id": str(FIRST)}), key)
    (licence,) = reply.said["answers"][0]["licences"]
    assert (licence["licence_id"], licence["verified"], licence["fields"]) == (str(UNKNOWN), False, {})


async def test_what_the_hub_refuses_is_told_in_its_words(api: Calling) -> None:
    key = api.add_key(role="licence-reader", department=WINDOW, person="7")
    closed = await api.call("/v1/licences:query", query({"licence_id": str(FIRST)}, case_number=CLOSED), key)
    assert closed.said["answers"] == [{"licences": [], "grant": ""}]
    foreign = api.add_key(role="licence-reader", department="sheng-fagai", person="7")
    reply = await api.call("/v1/licences:query", query({"licence_id": str(FIRST)}), foreign)
    assert (reply.status, reply.reason) == (403, "REASON_FOREIGN_ACTOR")
    wrong = await api.call("/v1/licences:query", query({"licence_id": str(FIRST)[:-1] + "#"}), key)
    assert (wrong.status, wrong.reason) == (400, "REASON_FIELD_INVALID")
