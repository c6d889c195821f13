"""Everybody looks resources up, and sees whether they are kept up."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State, UpdateCycle
from directory.register.importing import File
from directory.scopes.reading import default_rules, rules_as_toml
from directory.scopes.vocabulary import Reach
from directory.validity import Period
from tests.directory.catalogue.made import version
from tests.hub.copies import Made
from tests.hub.people import SECONDS, refusal
from tests.hub.sharing_ground import (
    HOUSING,
    MARKET,
    OPEN,
    PROVIDER,
    READER,
    RESOURCE,
    SECRET,
    Member,
    Scene,
    fault,
    sharing,
    with_resources,
)
from tests.hub.test_register import stage
from tongban.directory.v1 import catalogue_pb2

MANY = 10_000


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with sharing(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def listed(member: Member, **asked: Any) -> catalogue_pb2.ListResourcesResponse:
    request = catalogue_pb2.ListResourcesRequest(asked_by=member.said, **asked)
    found: catalogue_pb2.ListResourcesResponse = await member.catalogue.ListResources(request, timeout=SECONDS)
    return found


async def shown(member: Member, resource: str) -> catalogue_pb2.CatalogueEntry:
    request = catalogue_pb2.GetResourceRequest(resource=resource, asked_by=member.said)
    found: catalogue_pb2.CatalogueEntry = await member.catalogue.GetResource(request, timeout=SECONDS)
    return found


def updated_on(days: Mapping[str, date]) -> Callable[[Sequence[str]], Mapping[str, date]]:
    return lambda resources: {resource: days[resource] for resource in resources if resource in days}


def update(scene: Scene, days: Mapping[str, date]) -> None:
    object.__setattr__(scene.hub.hub.rooms, "last_updates", updated_on(days))


async def test_a_resource_is_shown_with_its_terms_its_fields_and_its_freshness(scene: Scene) -> None:
    update(scene, {RESOURCE: date(2026, 11, 20)})
    for who in (await scene.member(READER, HOUSING, "clerk"), Member((await scene.reader()).client, "")):
        entry = await shown(who, RESOURCE)
        assert (entry.provider, entry.provider_hall, entry.sharing, entry.manner) == (MARKET, PROVIDER, "conditional", "delivery")
        assert (entry.version, entry.state, entry.in_force, entry.update_cycle) == (1, "published", True, "daily")
        assert (entry.last_update, entry.freshness, entry.due, entry.working_days_late) == ("2026-11-20", "due", "2026-11-23", 0)
        assert [one.name for one in entry.fields] == [item.name for item in version().items]
    secret = await shown(await scene.reader(), SECRET)
    assert (secret.sharing_terms, secret.last_update, secret.freshness) == ("户口登记条例(示例)", "", "overdue")
    assert await refusal(shown(await scene.reader(), "nothing")) == "REASON_NOT_FOUND"


async def test_overdue_begins_at_midnight_in_beijing_and_an_update_ends_it(scene: Scene) -> None:
    reader = await scene.reader()
    update(scene, dict.fromkeys((RESOURCE, SECRET, OPEN), date(2026, 11, 20)))
    scene.clock.now = datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)
    assert list((await listed(reader, overdue=True)).resources) == []
    scene.clock.forward(seconds=1)
    assert [one.resource for one in (await listed(reader, overdue=True)).resources] == sorted((RESOURCE, SECRET, OPEN))
    update(scene, dict.fromkeys((RESOURCE, SECRET), date(2026, 11, 23)))
    assert [one.resource for one in (await listed(reader, overdue=True)).resources] == [OPEN]


async def test_lists_are_narrowed_and_come_page_by_page_for_one_caller(scene: Scene) -> None:
    reader = await scene.reader()
    first = await listed(reader, page_size=2)
    second = await listed(reader, page_size=2, page_token=first.next_page_token)
    assert [one.resource for one in (*first.resources, *second.resources)] == sorted((RESOURCE, SECRET, OPEN))
    assert second.next_page_token == ""
    assert await refusal(listed(await scene.provider(), page_size=2, page_token=first.next_page_token)) == "REASON_PAGE_TOKEN_INVALID"
    assert [one.resource for one in (await listed(reader, sharing="not-shared")).resources] == [SECRET]
    assert list((await listed(reader, provider_hall=READER)).resources) == []
    assert await fault(listed(reader, sharing="secret")) == ("REASON_FIELD_INVALID", "sharing")


async def test_drafts_are_not_shown_and_what_was_withdrawn_says_so(scene: Scene) -> None:
    gone: dict[str, Any] = {
        "state": State.WITHDRAWN,
        "period": Period(date(2026, 1, 1), date(2026, 6, 1)),
        "withdrawn_on": date(2026, 6, 1),
        "ground": "停用",
    }
    found = with_resources(scene, version(**gone), version(state=State.DRAFT, resource="draft-register", code="307001/9"))
    scene.rooms.shares.lookup = lambda: found
    (entry,) = (await listed(await scene.reader())).resources
    assert (entry.resource, entry.in_force, entry.state, entry.freshness, entry.due) == (RESOURCE, False, "withdrawn", "", "")


async def test_without_its_rule_nobody_looks_anything_up(scene: Scene) -> None:
    kept = [rule for rule in default_rules() if "catalogue.read" not in rule.actions]
    stage(scene.hub.config, File("rules.toml", rules_as_toml(kept)))
    await scene.hub.hub.rooms.registrar.take_in()
    reader = await scene.reader()
    assert await refusal(listed(reader)) == "REASON_SCOPE_DENIED"
    assert await refusal(shown(reader, RESOURCE)) == "REASON_SCOPE_DENIED"


async def test_a_rule_of_narrower_reach_shows_what_is_within_it(scene: Scene) -> None:
    narrowed = [replace(rule, reach=Reach.OWN_HALL) if "catalogue.read" in rule.actions else rule for rule in default_rules()]
    stage(scene.hub.config, File("rules.toml", rules_as_toml(narrowed)))
    await scene.hub.hub.rooms.registrar.take_in()
    reader, provider = await scene.reader(), await scene.provider()
    assert list((await listed(reader)).resources) == []
    assert await refusal(shown(reader, RESOURCE)) == "REASON_NOT_FOUND"
    assert len((await listed(provider)).resources) == 3
    assert (await shown(provider, RESOURCE)).resource == RESOURCE


async def test_ten_thousand_resources_are_listed_in_bounded_pages(scene: Scene) -> None:
    def one(number: int) -> ResourceVersion:
        cycle = UpdateCycle.YEARLY if number % 100 else UpdateCycle.DAILY
        return version(resource=f"resource-{number:05}", code=f"307001/{number + 10}", update_cycle=cycle)

    found = with_resources(scene, *map(one, range(MANY)))
    scene.rooms.shares.lookup = lambda: found
    reader = await scene.reader()
    overdue = await listed(reader, overdue=True, page_size=1_000)
    assert (len(overdue.resources), overdue.next_page_token) == (MANY // 100, "")
    page = await listed(reader, page_size=5_000)
    assert (len(page.resources), page.resources[-1].resource) == (1_000, "resource-00999")
