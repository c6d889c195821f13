"""The doors to cases and halls show each caller what its hall may see."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from certs.identity import Caller
from directory.hall_list import seed
from directory.lifecycle import Event
from hub.cases.consumer import CaseConsumer
from hub.cases.paging import PageTokens
from hub.consumers import metadata
from hub.db import open_database, transaction
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.cases import CaseService
from hub.rpc.directory import DirectoryService
from hub.rpc.streams import OpenCall
from tests.hub.cases_told import ACCEPTED_AT_MS, DOMAIN, Ledger, event_id
from tongban.case.v1 import case_pb2 as wire
from tongban.directory.v1 import directory_pb2
from tongban.errors.v1 import errors_pb2

PROVINCE = seed(unlinked={"antu"})
HALLS = ("changchun", "dehui", "lishu", "yushu")
SECRET = bytes(range(32))


def rooms() -> Rooms:
    """Give the two things that these doors ask of the rooms."""
    stub = SimpleNamespace(trust_domain=DOMAIN, registry=SimpleNamespace(province=PROVINCE))

    async def reading(function: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(function)

    stub.reading = reading
    return cast("Rooms", stub)


def by(hall: str) -> OpenCall:
    return OpenCall(Caller(hall, "", b"", datetime.max.replace(tzinfo=UTC)), "", asyncio.timeout(None))


@pytest.fixture
def service(database_url: str) -> Iterator[CaseService]:
    ledger = Ledger()
    for hall in HALLS:
        ledger.tell(
            hall,
            [
                ("1", Event(wire.CASE_EVENT_KIND_APPLIED, 1_500, item_code="XK-1", promised_by_ms=9_000)),
                ("2", Event(wire.CASE_EVENT_KIND_APPLIED, 2_500)),
                ("1", Event(wire.CASE_EVENT_KIND_DECIDED, 3_500, outcome=wire.OUTCOME_GRANTED)),
            ],
        )
    database = open_database(database_url, durable=False)
    metadata.create_all(database.writer)
    with transaction(database.writer) as connection:
        CaseConsumer().apply(connection, ledger.segments, 0)
    yield CaseService(rooms(), database, PageTokens(SECRET))
    database.dispose()


async def listed(service: CaseService, caller: str, **asked: Any) -> list[tuple[str, str]]:
    """Walk through all pages."""
    found: list[tuple[str, str]] = []
    token = ""
    while True:
        page = await service.list_cases(wire.ListCasesRequest(page_token=token, **asked), by(caller))
        found += [(case.hall, case.case_number) for case in page.cases]
        token = page.next_page_token
        if not token:
            return found


def refused(reason: errors_pb2.Reason) -> Any:
    return pytest.raises(Refusal, check=lambda refusal: cast("Refusal", refusal).reason == reason)


@pytest.mark.parametrize("page_size", [0, 1, 2, 3, 8, 5_000])
@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        ("yushu", {"yushu"}),
        ("changchun", {"changchun", "dehui", "yushu"}),
        ("siping", {"lishu"}),
        ("jilin-sheng", set(HALLS)),
        ("antu", set()),
    ],
)
async def test_a_list_holds_the_own_subtree_each_case_once(service: CaseService, caller: str, seen: set[str], page_size: int) -> None:
    assert await listed(service, caller, page_size=page_size) == [(hall, number) for hall in sorted(seen) for number in "12"]


async def test_the_filters_narrow_the_list(service: CaseService) -> None:
    assert await listed(service, "changchun", hall="dehui") == [("dehui", "1"), ("dehui", "2")]
    assert await listed(service, "yushu", state="decided") == [("yushu", "1")]
    assert await listed(service, "yushu", applied_from=Timestamp(seconds=2)) == [("yushu", "2")]
    assert await listed(service, "yushu", applied_before=Timestamp(seconds=2)) == [("yushu", "1")]


@pytest.mark.parametrize("hall", ["changchun", "dehui", "jilin-sheng", "atlantis"])
async def test_a_hall_outside_the_scope_is_refused_whether_it_exists_or_not(service: CaseService, hall: str) -> None:
    with refused(errors_pb2.REASON_SCOPE_DENIED):
        await service.get_case(wire.GetCaseRequest(hall=hall, case_number="1"), by("yushu"))
    with refused(errors_pb2.REASON_SCOPE_DENIED):
        await service.get_timeline(wire.GetTimelineRequest(hall=hall, case_number="1"), by("yushu"))
    with refused(errors_pb2.REASON_SCOPE_DENIED):
        await service.list_cases(wire.ListCasesRequest(hall=hall), by("yushu"))


async def test_a_page_token_of_another_caller_or_question_is_refused(service: CaseService) -> None:
    first = await service.list_cases(wire.ListCasesRequest(page_size=1), by("jilin-sheng"))
    token = first.next_page_token
    assert (await service.list_cases(wire.ListCasesRequest(page_size=9, page_token=token), by("jilin-sheng"))).cases
    for caller, request in [
        ("changchun", wire.ListCasesRequest(page_token=token)),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token, hall="yushu")),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token, state="decided")),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token, applied_from=Timestamp())),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token[:-4])),
        ("jilin-sheng", wire.ListCasesRequest(page_token="x")),
    ]:
        with refused(errors_pb2.REASON_PAGE_TOKEN_INVALID):
            await service.list_cases(request, by(caller))


async def test_a_case_is_shown_as_it_stands(service: CaseService) -> None:
    case = await service.get_case(wire.GetCaseRequest(hall="yushu", case_number="1"), by("changchun"))
    assert (case.state, case.item_code, case.events, case.outcome) == ("decided", "XK-1", 2, wire.OUTCOME_GRANTED)
    assert (case.applied_at, case.decided_at) == (Timestamp(seconds=1, nanos=500_000_000), Timestamp(seconds=3, nanos=500_000_000))
    assert case.promised_by == Timestamp(seconds=9)
    assert not case.HasField("accepted_at")
    assert list(case.flags) == ["not_accepted"]


async def test_a_timeline_shows_every_event_with_its_place_in_journal_and_ledger(service: CaseService) -> None:
    timeline = await service.get_timeline(wire.GetTimelineRequest(hall="dehui", case_number="1"), by("dehui"))
    assert [(entry.event.kind, entry.journal_index, entry.ledger_index) for entry in timeline.entries] == [
        (wire.CASE_EVENT_KIND_APPLIED, 0, 3),
        (wire.CASE_EVENT_KIND_DECIDED, 2, 5),
    ]
    entry = timeline.entries[0]
    assert (entry.event_id, entry.journal) == (event_id("dehui/0"), f"{DOMAIN}/journal/dehui/1")
    assert entry.accepted_at.ToMilliseconds() == ACCEPTED_AT_MS + 3
    assert entry.occurred_at == entry.recorded_at == Timestamp(seconds=1, nanos=500_000_000)


async def test_a_case_nobody_told_of_is_not_found(service: CaseService) -> None:
    with refused(errors_pb2.REASON_NOT_FOUND):
        await service.get_case(wire.GetCaseRequest(hall="yushu", case_number="3"), by("yushu"))
    with refused(errors_pb2.REASON_NOT_FOUND):
        await service.get_timeline(wire.GetTimelineRequest(hall="yushu", case_number="3"), by("yushu"))


async def test_a_timeline_too_long_for_one_reply_is_refused_and_not_cut(service: CaseService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cases.queries.TIMELINE_EVENTS", 1)
    with refused(errors_pb2.REASON_TOO_LARGE):
        await service.get_timeline(wire.GetTimelineRequest(hall="yushu", case_number="1"), by("yushu"))


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (wire.GetCaseRequest(case_number="1"), "hall"),
        (wire.GetCaseRequest(hall="yushu"), "case_number"),
        (wire.GetCaseRequest(hall="yushu", case_number="a\0"), "case_number"),
        (wire.ListCasesRequest(state="Closed"), "state"),
        (wire.ListCasesRequest(state="' OR 1=1 --"), "state"),
        (wire.ListCasesRequest(applied_from=Timestamp(seconds=2**62)), "applied_from"),
        (wire.ListCasesRequest(applied_before=Timestamp(nanos=-1)), "applied_before"),
    ],
)
async def test_a_field_at_fault_is_named(service: CaseService, request_: Any, field: str) -> None:
    ask: Any = service.get_case if isinstance(request_, wire.GetCaseRequest) else service.list_cases
    with refused(errors_pb2.REASON_FIELD_INVALID) as caught:
        await ask(request_, by("yushu"))
    assert caught.value.field == field


@pytest.mark.parametrize("page_size", [0, 1, 7, 53, 5_000])
async def test_the_halls_are_listed_page_by_page_each_once(page_size: int) -> None:
    service = DirectoryService(rooms(), PageTokens(SECRET))
    found: list[directory_pb2.Hall] = []
    token = ""
    while True:
        page = await service.list_halls(directory_pb2.ListHallsRequest(page_size=page_size, page_token=token), by("yushu"))
        found += page.halls
        token = page.next_page_token
        if not token:
            break
    assert [hall.hall for hall in found] == sorted(hall.hall for hall in PROVINCE)
    assert [hall.hall for hall in found if not hall.linked] == ["antu"]
    gongzhuling = next(hall for hall in found if hall.hall == "gongzhuling")
    assert (gongzhuling.tier, gongzhuling.superior) == (directory_pb2.TIER_COUNTY, "changchun")
    assert (gongzhuling.display_name, gongzhuling.division_code) == ("公主岭市政务大厅", "220184")


async def test_a_page_of_halls_needs_a_token_of_its_own_caller(service: CaseService) -> None:
    halls = DirectoryService(rooms(), PageTokens(SECRET))
    token = (await halls.list_halls(directory_pb2.ListHallsRequest(page_size=1), by("yushu"))).next_page_token
    cases = (await service.list_cases(wire.ListCasesRequest(page_size=1), by("dehui"))).next_page_token
    for caller, wrong in [("dehui", token), ("dehui", cases)]:
        with refused(errors_pb2.REASON_PAGE_TOKEN_INVALID):
            await halls.list_halls(directory_pb2.ListHallsRequest(page_token=wrong), by(caller))
