"""Current records are shown to those with a grant, in the fields granted, and every answer is in the ledger before it leaves."""

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import grpc
import pytest
import sqlalchemy as sa

from directory.catalogue.vocabulary import Manner, SharingType, State
from directory.records import spelled
from directory.scopes.vocabulary import Role
from directory.sharing.applications import Grant
from directory.validity import Period
from hub.consumers import digest_rows, rebuild
from hub.db import models_url, open_database, transaction
from hub.errors import StorageFull
from hub.exchange.own_journal import OwnJournal
from hub.exchange.segments import read_after
from hub.records import queries
from hub.records.consumer import RecordConsumer
from hub.records.tables import pending, records
from tests.hub.hall_client import HallClient
from tests.hub.people import Person, eventually, refusal
from tests.hub.records_sent import (
    BEFORE,
    FIRMS,
    PERMITS,
    PROVIDER,
    PURPOSE,
    Catalogued,
    Provider,
    granted,
    handing_of,
    put,
    remove,
    resource_version,
    said,
)
from tests.hub.test_records_handing import OVER
from tests.hub.test_submit import reason_of
from tongban.directory.v1 import records_pb2, records_pb2_grpc
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED, VERDICT_DENIED, VERDICT_NOT_FOUND, DecisionRecord
from tongban.directory.v1.scopes_pb2 import Principal, Purpose

WHY = Purpose(purpose=PURPOSE)
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Asker:
    """A person of a department; without a role, the node."""

    client: HallClient
    role: str = "clerk"
    department: str = "window-permits"
    person: str = "7"

    @property
    def said(self) -> Principal | None:
        return Principal(role=self.role, department=self.department, person=self.person) if self.role else None

    async def record(self, key: str, *fields: str, resource: str = FIRMS, purpose: Purpose = WHY) -> records_pb2.CurrentRecord:
        request = records_pb2.GetRecordRequest(resource=resource, key=key, fields=fields, asked_by=self.said, purpose=purpose)
        return await records_pb2_grpc.RecordServiceStub(self.client.channel).GetRecord(request, timeout=SECONDS)

    async def records(self, *fields: str, purpose: Purpose = WHY, **asked: Any) -> records_pb2.ListRecordsResponse:
        request = records_pb2.ListRecordsRequest(fields=fields, asked_by=self.said, purpose=purpose, **{"resource": FIRMS, **asked})
        return await records_pb2_grpc.RecordServiceStub(self.client.channel).ListRecords(request, timeout=SECONDS)


@dataclass(frozen=True, slots=True)
class Scene:
    """A provider that has sent two firms and taken a third back, and a clerk who is granted two of their fields."""

    catalogued: Catalogued
    provider: Provider
    clerk: Asker

    @property
    def own(self) -> Asker:
        """A clerk of the provider's."""
        return Asker(self.provider.client, department="market-regulation")

    def decisions(self) -> list[DecisionRecord]:
        return [one.read(DecisionRecord) for one in said(self.catalogued.hub, DecisionRecord)]


@pytest.fixture
async def scene(catalogued: Catalogued) -> Scene:
    catalogued.shares.add(granted(manner=Manner.QUERY))
    provider, reader = await catalogued.provider(), await catalogued.provider("yushu")
    await provider.send(put("1", {"name": "甲", "phone": "88888888", "staff": 3}), put("2", {"name": "乙"}), put("3", {"name": "丙"}))
    await provider.send(put("1", {"name": "甲", "phone": "88888888", "staff": 4}), put("2", {"name": 7}), remove("3"))
    made = Scene(catalogued, provider, Asker(reader.client))
    await eventually(made.own.records, lambda page: [one.key for one in page.records] == ["1", "2"])
    await eventually(lambda: made.own.record("1"), lambda one: json.loads(one.document)["staff"] == 4)
    return made


async def test_a_grant_shows_the_current_record_in_the_fields_granted(scene: Scene) -> None:
    found = await scene.clerk.record("1")
    assert found.document == spelled({"name": "甲", "staff": 4})
    assert (found.resource, found.key, found.version, found.journal_index) == (FIRMS, "1", 1, 3)
    assert found.journal == scene.provider.client.identity.journal.name
    assert (await scene.clerk.record("1", "name")).document == spelled({"name": "甲"})
    assert (await scene.clerk.record("2")).document == spelled({"name": "乙"})  # what did not hold changed nothing
    page = await scene.clerk.records()
    assert [(one.key, one.document) for one in page.records] == [("1", spelled({"name": "甲", "staff": 4})), ("2", spelled({"name": "乙"}))]
    assert page.next_page_token == ""


async def test_the_provider_sees_all_of_its_own_and_nobody_else_without_a_grant(scene: Scene) -> None:
    assert json.loads((await scene.own.record("1", purpose=Purpose())).document)["phone"] == "88888888"
    assert (await scene.own.record("1", "phone")).document == spelled({"phone": "88888888"})
    housing = Asker(scene.provider.client, department="")
    assert await refusal(housing.record("1")) == "REASON_SCOPE_DENIED"


@pytest.mark.parametrize(
    "dead",
    [
        granted(purpose="别的用途"),
        granted(hall="dehui"),
        granted(department="window-other"),
        granted(resource=PERMITS),
        granted(fields=frozenset({"name"})),
        granted(manner=Manner.FILE),
        granted(period=OVER),
        granted(ended_at=granted().granted_at),
    ],
    ids=["purpose", "hall", "department", "resource", "fields", "file", "over", "ended"],
)
async def test_without_a_grant_that_covers_it_nothing_is_told_of_what_there_is(scene: Scene, dead: Grant) -> None:
    scene.catalogued.shares.grants.clear()
    scene.catalogued.shares.add(dead)
    before = len(scene.decisions())
    told = []
    for key in ("1", "3", "no-such"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await scene.clerk.record(key, "staff")
        told.append((reason_of(caught.value), caught.value.details()))
    assert set(told) == {("REASON_SCOPE_DENIED", told[0][1])}
    assert "grant" in str(told[0][1])
    assert await refusal(scene.clerk.records("staff")) == "REASON_SCOPE_DENIED"
    assert [one.verdict for one in scene.decisions()[before:]] == [VERDICT_DENIED] * 4
    scene.catalogued.shares.add(granted())
    assert await refusal(scene.clerk.record("1", "staff")) == ""


async def test_a_grant_that_ends_ends_answers_at_once(scene: Scene) -> None:
    assert await refusal(scene.clerk.record("1")) == ""
    scene.catalogued.shares.end("g-1")
    assert await refusal(scene.clerk.record("1")) == "REASON_SCOPE_DENIED"
    assert await refusal(scene.clerk.records()) == "REASON_SCOPE_DENIED"


async def test_of_all_roles_three_read_records(scene: Scene) -> None:
    found = {role: await refusal(Asker(scene.clerk.client, role).record("1")) for role in ("", *map(str, Role), "emperor")}
    assert {role for role, reason in found.items() if not reason} == {"clerk", "reviewer", "licence-reader"}
    foreign = {role for role, reason in found.items() if reason == "REASON_FOREIGN_ACTOR"}
    assert foreign == {"guide", "auditor", "operator", "emperor"}  # which no county has
    assert set(found.values()) == {"", "REASON_FOREIGN_ACTOR", "REASON_SCOPE_DENIED"}
    for role, reason in found.items():
        assert await refusal(Asker(scene.clerk.client, role).records()) == reason


async def test_another_halls_department_is_not_believed(scene: Scene) -> None:
    assert await refusal(Asker(scene.clerk.client, department="market-regulation").record("1")) == "REASON_FOREIGN_ACTOR"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"key": ""}, "REASON_FIELD_INVALID"),
        ({"key": "a\u0000"}, "REASON_FIELD_INVALID"),
        ({"key": "x" * 201}, "REASON_FIELD_INVALID"),
        ({"resource": ""}, "REASON_FIELD_INVALID"),
        ({"resource": "no-such"}, "REASON_SCOPE_DENIED"),
        ({"purpose": Purpose(purpose=" " + PURPOSE)}, "REASON_FIELD_INVALID"),
        ({"key": "3"}, "REASON_NOT_FOUND"),
        ({"key": "no-such"}, "REASON_NOT_FOUND"),
        ({"key": "１"}, "REASON_NOT_FOUND"),
        ({"key": "'; DROP TABLE records; --"}, "REASON_NOT_FOUND"),
    ],
)
async def test_what_cannot_be_asked_or_is_not_there_is_refused_with_its_reason(scene: Scene, asked: dict[str, Any], reason: str) -> None:
    assert await refusal(scene.clerk.record(**{"key": "1"} | asked)) == reason
    assert await refusal(scene.clerk.record("1", "Name")) == "REASON_FIELD_INVALID"


async def test_every_answer_is_written_down_before_it_leaves(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(scene.decisions())
    await scene.clerk.record("1", "staff", "name")
    await scene.clerk.records()
    assert await refusal(scene.clerk.record("9")) == "REASON_NOT_FOUND"
    one, many, none = scene.decisions()[before:]
    assert (one.verdict, one.action, one.asked_resource, one.asked_key, one.grant) == (VERDICT_ALLOWED, "record.read", FIRMS, "1", "g-1")
    assert (list(one.fields), [(shown.resource, shown.key) for shown in one.records]) == (["name", "staff"], [(FIRMS, "1")])
    assert ([shown.key for shown in many.records], many.records_shown, many.asked_key, many.cases_shown) == (["1", "2"], 2, "", 0)
    assert (none.verdict, none.asked_key, none.records_shown) == (VERDICT_NOT_FOUND, "9", 0)
    assert {rule.rule for rule in one.rules} == {"reader-looks-up-granted-records"}

    async def full(*_: object, **__: object) -> None:
        raise StorageFull

    monkeypatch.setattr(OwnJournal, "say", full)
    assert await refusal(scene.clerk.record("1")) == "REASON_STORAGE_FULL"
    assert await refusal(scene.clerk.records()) == "REASON_STORAGE_FULL"


async def test_an_auditor_finds_who_looked_at_a_record(scene: Scene) -> None:
    await scene.clerk.record("1")
    await refusal(scene.clerk.record("9"))
    await scene.catalogued.provider("jilin-sheng")
    auditor = Person(scene.catalogued.providers[-1].client, "auditor", person="1")
    for key, verdict in (("1", VERDICT_ALLOWED), ("9", VERDICT_NOT_FOUND)):
        found = await eventually(
            lambda: auditor.decisions(resource=FIRMS, key=key, hall="yushu"),  # noqa: B023 - awaited at once
            lambda page: bool(page.decisions),
        )
        assert [one.record.verdict for one in found.decisions] == [verdict]
    assert await refusal(auditor.decisions(resource=FIRMS)) == "REASON_FIELD_INVALID"
    assert await refusal(auditor.decisions(resource=FIRMS, key="1", case_hall="yushu", case_number="1")) == "REASON_FIELD_INVALID"


async def test_pages_follow_each_other_by_key_and_their_tokens_are_the_askers_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = sorted({"1", "2", *(f"k{number:02}" for number in range(20))})
    await scene.provider.send(*(put(key, {"name": "户"}) for key in keys[2:]))
    await eventually(scene.clerk.records, lambda page: len(page.records) == len(keys))
    found, token = [], ""
    while True:
        page = await scene.clerk.records(page_size=7, page_token=token)
        found += [one.key for one in page.records]
        token = page.next_page_token
        if not token:
            break
        assert await refusal(scene.own.records(page_token=token)) == "REASON_PAGE_TOKEN_INVALID"
        assert await refusal(Asker(scene.clerk.client, person="8").records(page_token=token)) == "REASON_PAGE_TOKEN_INVALID"
        assert await refusal(scene.clerk.records("name", page_token=token)) == "REASON_PAGE_TOKEN_INVALID"
    assert found == keys
    monkeypatch.setattr(queries, "PAGE_BYTES", 100)
    page = await scene.clerk.records()
    assert 0 < len(page.records) < len(keys)
    assert page.next_page_token


async def test_the_model_equals_its_rebuild_and_keeps_nothing_that_is_judged(scene: Scene) -> None:
    url = scene.catalogued.hub.config.database
    ledger, models, consumer = open_database(url), open_database(models_url(url), durable=False), RecordConsumer()
    with models.reader.begin() as connection:
        before = digest_rows(connection, consumer.tables)
        assert connection.scalar(sa.select(sa.func.count()).select_from(records)) == 3
    with transaction(models.writer) as connection:
        connection.execute(records.update().values(key=records.c.key + "x"))
    for limit in (1, 64):
        rebuild(ledger.reader, models.writer, consumer, partial(read_after, author=consumer.author), limit=limit)
        with models.reader.begin() as connection:
            assert digest_rows(connection, consumer.tables) == before
            assert connection.scalar(sa.select(sa.func.count()).select_from(pending)) == 0
    ledger.dispose()
    models.dispose()


async def test_a_grant_that_began_today_is_asked_by_the_day_in_beijing(scene: Scene) -> None:
    today = scene.catalogued.hub.hub.rooms.laws.in_force().law.day
    scene.catalogued.shares.add(granted(period=Period(BEFORE, today)))
    assert await refusal(scene.clerk.record("1")) == "REASON_SCOPE_DENIED"
    scene.catalogued.shares.add(granted(period=Period(today)))
    assert await refusal(scene.clerk.record("1")) == ""
    assert scene.provider.client.identity.hall == PROVIDER


async def test_a_resource_that_is_not_shared_any_more_is_shown_to_its_provider_alone(scene: Scene) -> None:
    closed = resource_version(sharing=SharingType.NOT_SHARED, sharing_terms="个人信息保护法第二十八条")
    scene.catalogued.hub.hub.rooms.registrar.resources = (closed,)
    assert await refusal(scene.clerk.record("1")) == "REASON_SCOPE_DENIED"
    assert await refusal(scene.own.record("1")) == ""
    withdrawn = replace(closed, state=State.WITHDRAWN, withdrawn_on=BEFORE)
    scene.catalogued.hub.hub.rooms.registrar.resources = (withdrawn,)
    assert await refusal(scene.own.record("1")) == "REASON_SCOPE_DENIED"


async def test_a_page_is_one_walk_through_the_keys_wherever_it_stands(catalogued: Catalogued) -> None:
    models = handing_of(catalogued.hub).models
    spelt = str(queries.page(FIRMS, "k", 51).compile(dialect=models.reader.dialect, compile_kwargs={"literal_binds": True}))
    if models.reader.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the size of the table, and this one is small")
    with models.reader.begin() as connection:
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {spelt}")]
    assert plan == ["SEARCH records USING INDEX sqlite_autoindex_records_1 (resource=? AND key>?)"]
