"""The doors to cases and halls show each caller what its hall may see."""

import asyncio
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from certs.identity import Caller
from directory.hall_list import seed
from directory.lifecycle import Event
from directory.scopes.reading import default_rules
from hub.cases.paging import PageTokens
from hub.cases.rulings import RulingsInForce
from hub.errors import Refusal, StorageFull
from hub.registry.laws import Laws, Sources
from hub.rooms import Rooms
from hub.rpc.cases import CaseService
from hub.rpc.directory import DirectoryService
from hub.rpc.streams import OpenCall
from tests.directory.scopes.ground import Department
from tests.hub.cases_told import ACCEPTED_AT_MS, DOMAIN, Ledger, event_id
from tests.hub.reckoned import Ground
from tongban.case.v1 import case_pb2 as wire
from tongban.directory.v1 import directory_pb2
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED, VERDICT_DENIED, VERDICT_NOT_FOUND, DecisionRecord, ShownCase
from tongban.directory.v1.scopes_pb2 import Principal, Purpose
from tongban.errors.v1 import errors_pb2

PROVINCE = seed(unlinked={"antu"})
HALLS = ("changchun", "dehui", "lishu", "yushu")
DEPARTMENTS = (Department("changchun-rs", "changchun"), Department("yushu-rs", "yushu", "changchun-rs"))
RULES = default_rules()
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECRET = bytes(range(32))


class Written:
    """Take decision records as the log does, and keep them."""

    def __init__(self) -> None:
        self.records: list[DecisionRecord] = []

    async def write(self, record: DecisionRecord, at: datetime) -> None:
        assert at == NOW
        self.records.append(record)


def rooms() -> Rooms:
    """Give what these doors ask of the rooms."""
    laws = Laws(lambda: Sources(RULES, PROVINCE, DEPARTMENTS), lambda: NOW)
    registry = SimpleNamespace(province=PROVINCE)
    stub = SimpleNamespace(trust_domain=DOMAIN, registry=registry, laws=laws, decisions=Written(), clock=lambda: NOW)

    async def reading(function: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(function)

    stub.reading = reading
    return cast("Rooms", stub)


def by(hall: str, method: str = "") -> OpenCall:
    return OpenCall(Caller(hall, "", b"", datetime.max.replace(tzinfo=UTC)), method, asyncio.timeout(None))


def written(service: CaseService) -> list[DecisionRecord]:
    return cast("Written", service.rooms.decisions).records


@pytest.fixture
def service(database_url: str) -> Iterator[CaseService]:
    yield from told(database_url)


def told(database_url: str) -> Iterator[CaseService]:
    """Serve what some halls have told of two cases each."""
    ledger = Ledger()
    for hall in HALLS:
        ledger.tell(
            hall,
            [
                ("1", Event(wire.CASE_EVENT_KIND_APPLIED, 1_500, item_code="XK-1", promised_by_ms=9_000, department=f"{hall}-rs")),
                ("2", Event(wire.CASE_EVENT_KIND_APPLIED, 2_500)),
                ("1", Event(wire.CASE_EVENT_KIND_DECIDED, 3_500, outcome=wire.OUTCOME_GRANTED)),
            ],
        )
    # Two cases of 梨树 go up: one to its own city, one to another.
    ledger.tell("lishu", [("1", Event(wire.CASE_EVENT_KIND_REFERRED_UP, 4_500, referred_to="siping"))])
    ledger.tell("lishu", [("2", Event(wire.CASE_EVENT_KIND_REFERRED_UP, 4_500, referred_to="changchun"))])
    ground = Ground.of(database_url)
    ground.ledger = ledger
    ground.follow()
    yield CaseService(rooms(), ground.models, RulingsInForce(ground.database.reader), PageTokens(SECRET))
    ground.dispose()


async def ask(service: CaseService, request: Any, hall: str, role: str = "supervisor", department: str = "") -> Any:
    """Ask as a person of a hall, unless the request says who asks; as its node for no role."""
    asked = type(request)()
    asked.CopyFrom(request)
    if role and not asked.HasField("asked_by"):
        asked.asked_by.CopyFrom(Principal(role=role, department=department, person="7"))
    name = type(request).__name__.removesuffix("Request")
    served = {
        "GetCase": service.get_case,
        "ListCases": service.list_cases,
        "GetTimeline": service.get_timeline,
        "GetClocks": service.get_clocks,
    }
    function: Any = served[name]
    return await function(asked, by(hall, f"/tongban.case.v1.CaseService/{name}"))


async def listed(service: CaseService, caller: str, role: str = "supervisor", **asked: Any) -> list[tuple[str, str]]:
    """Walk through all pages."""
    found: list[tuple[str, str]] = []
    token = ""
    while True:
        page = await ask(service, wire.ListCasesRequest(page_token=token, **asked), caller, role)
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
async def test_a_list_of_a_hall_outside_the_scope_is_refused_whether_it_exists_or_not(service: CaseService, hall: str) -> None:
    with refused(errors_pb2.REASON_SCOPE_DENIED):
        await ask(service, wire.ListCasesRequest(hall=hall), "yushu")


@pytest.mark.parametrize(("hall", "number"), [("dehui", "1"), ("dehui", "3"), ("atlantis", "1"), ("yushu", "3"), ("changchun", "1")])
async def test_forbidden_and_absent_cases_are_answered_in_the_same_words(service: CaseService, hall: str, number: str) -> None:
    said: set[str] = set()
    named: Any = {"hall": hall, "case_number": number}
    for request in (wire.GetCaseRequest(**named), wire.GetTimelineRequest(**named), wire.GetClocksRequest(**named)):
        with refused(errors_pb2.REASON_NOT_FOUND) as caught:
            await ask(service, request, "yushu")
        said.add(str(caught.value))
    assert said == {"there is no such case, or none that may be read"}


REFERRED = [("siping", ("lishu", "1")), ("changchun", ("lishu", "2"))]


@pytest.mark.parametrize(("hall", "case"), REFERRED)
async def test_a_reviewer_reads_what_was_referred_to_the_hall_and_nothing_else_of_the_hall_that_did(
    service: CaseService, hall: str, case: tuple[str, str]
) -> None:
    own = [(one, number) for one in HALLS if one == hall for number in "12"]
    for page_size in (1, 2, 50):
        assert await listed(service, hall, "reviewer", page_size=page_size) == sorted([*own, case])
    assert await listed(service, hall, "reviewer", hall="lishu") == [case]
    for other in REFERRED:
        if other[1] == case:
            assert (await ask(service, wire.GetCaseRequest(hall=case[0], case_number=case[1]), hall, "reviewer")).referred_to == hall
        else:
            with refused(errors_pb2.REASON_NOT_FOUND):
                await ask(service, wire.GetCaseRequest(hall=other[1][0], case_number=other[1][1]), hall, "reviewer")


async def test_a_call_that_states_nobody_is_the_nodes_own_and_reads_no_cases(service: CaseService) -> None:
    for request in (
        wire.GetCaseRequest(hall="yushu", case_number="1"),
        wire.GetTimelineRequest(hall="yushu", case_number="1"),
        wire.ListCasesRequest(),
    ):
        with refused(errors_pb2.REASON_SCOPE_DENIED):
            await ask(service, request, "yushu", role="")
    assert {(record.asked_by.role, record.asked_by.person, record.verdict) for record in written(service)} == {("node", "", VERDICT_DENIED)}


@pytest.mark.parametrize(
    ("hall", "role", "department"),
    [
        ("yushu", "guide", ""),
        ("changchun", "auditor", ""),
        ("yushu", "operator", ""),
        ("yushu", "Supervisor", ""),
        ("yushu", "clerk", "changchun-rs"),
        ("yushu", "clerk", "no-such"),
    ],
)
async def test_a_hall_speaks_for_no_role_or_department_that_it_has_not(service: CaseService, hall: str, role: str, department: str) -> None:
    for request in (
        wire.GetCaseRequest(hall=hall, case_number="1"),
        wire.GetTimelineRequest(hall=hall, case_number="1"),
        wire.ListCasesRequest(),
    ):
        with refused(errors_pb2.REASON_FOREIGN_ACTOR):
            await ask(service, request, hall, role, department)
    assert [(record.verdict, record.asked_by.role) for record in written(service)] == [(VERDICT_DENIED, role)] * 3


async def test_every_answer_and_every_denial_is_written_down(service: CaseService) -> None:
    why = Purpose(purpose="complaint", basis="行政许可法 Art 60", case_hall="yushu", case_number="1")
    await ask(service, wire.GetCaseRequest(hall="yushu", case_number="1", purpose=why), "changchun")
    await ask(service, wire.GetTimelineRequest(hall="lishu", case_number="1"), "siping", "reviewer")
    await ask(service, wire.ListCasesRequest(page_size=3), "changchun")
    for number in ("1", "no-such"):
        with refused(errors_pb2.REASON_NOT_FOUND):
            await ask(service, wire.GetCaseRequest(hall="dehui", case_number=number), "yushu", "clerk")
    one, timeline, several, forbidden, absent = written(service)
    assert (one.hall, one.asked_by, one.purpose) == ("changchun", Principal(role="supervisor", person="7"), why)
    assert (one.method, one.action, one.asked_hall, one.asked_case) == ("/tongban.case.v1.CaseService/GetCase", "case.read", "yushu", "1")
    assert (one.verdict, [(cited.rule, cited.version) for cited in one.rules]) == (VERDICT_ALLOWED, [("supervisor-reads", 1)])
    assert (list(one.cases), one.cases_shown, one.digest) == ([ShownCase(hall="yushu", case_number="1")], 1, b"")
    assert one.decided_at.ToDatetime(UTC) == NOW
    assert one.rules_digest == service.rooms.laws.in_force().rules_digest
    assert [cited.rule for cited in timeline.rules] == ["reviewer-reads-referred"]
    assert [(case.hall, case.case_number) for case in several.cases] == [("changchun", "1"), ("changchun", "2"), ("dehui", "1")]
    assert (several.action, several.asked_hall, several.cases_shown) == ("case.list", "", 3)
    assert (forbidden.verdict, forbidden.why, [cited.rule for cited in forbidden.rules]) == (
        VERDICT_DENIED,
        "no-rule",
        ["clerk-reads-own-hall"],
    )
    assert (absent.verdict, list(absent.rules), list(absent.cases)) == (VERDICT_NOT_FOUND, [], [])


async def test_what_cannot_be_written_down_is_not_answered(service: CaseService, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_log: Written, _record: DecisionRecord, _at: datetime) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr(Written, "write", full)
    for request in (
        wire.GetCaseRequest(hall="yushu", case_number="1"),
        wire.GetTimelineRequest(hall="yushu", case_number="1"),
        wire.ListCasesRequest(),
    ):
        with pytest.raises(StorageFull):
            await ask(service, request, "yushu")


async def test_a_page_token_of_another_caller_or_question_is_refused(service: CaseService) -> None:
    first = await ask(service, wire.ListCasesRequest(page_size=1), "jilin-sheng")
    token = first.next_page_token
    assert (await ask(service, wire.ListCasesRequest(page_size=9, page_token=token), "jilin-sheng")).cases
    for caller, request in [
        ("changchun", wire.ListCasesRequest(page_token=token)),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token, hall="yushu")),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token, state="decided")),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token, applied_from=Timestamp())),
        ("jilin-sheng", wire.ListCasesRequest(page_token=token[:-4])),
        ("jilin-sheng", wire.ListCasesRequest(page_token="x")),
    ]:
        before = len(written(service))
        with refused(errors_pb2.REASON_PAGE_TOKEN_INVALID):
            await ask(service, request, caller)
        (record,) = written(service)[before:]
        assert (record.verdict, record.why, record.hall, record.cases_shown) == (VERDICT_DENIED, "not-its-page", caller, 0)


async def test_a_page_token_is_its_askers_alone_and_ends_with_the_rules(service: CaseService) -> None:
    request = wire.ListCasesRequest(page_size=1)
    request.page_token = (await ask(service, request, "changchun")).next_page_token
    assert (await ask(service, request, "changchun")).cases
    others = [("clerk", "", "7"), ("supervisor", "changchun-rs", "7"), ("supervisor", "", "8")]
    for role, department, person in others:
        request.asked_by.CopyFrom(Principal(role=role, department=department, person=person))
        with refused(errors_pb2.REASON_PAGE_TOKEN_INVALID):
            await ask(service, request, "changchun")
    request.ClearField("asked_by")
    fewer = tuple(rule for rule in RULES if rule.rule != "clerk-asks")
    later = replace(service, rooms=copy(service.rooms))
    cast("Any", later.rooms).laws = Laws(lambda: Sources(fewer, PROVINCE, DEPARTMENTS), lambda: NOW)
    with refused(errors_pb2.REASON_PAGE_TOKEN_INVALID):
        await ask(later, request, "changchun")


async def test_a_case_is_shown_as_it_stands(service: CaseService) -> None:
    case = await ask(service, wire.GetCaseRequest(hall="yushu", case_number="1"), "changchun")
    assert (case.state, case.item_code, case.events, case.outcome) == ("decided", "XK-1", 2, wire.OUTCOME_GRANTED)
    assert (case.applied_at, case.decided_at) == (Timestamp(seconds=1, nanos=500_000_000), Timestamp(seconds=3, nanos=500_000_000))
    assert case.promised_by == Timestamp(seconds=9)
    assert not case.HasField("accepted_at")
    assert list(case.flags) == ["not_accepted"]
    assert (case.department, case.referred_to) == ("yushu-rs", "")


async def test_a_timeline_shows_every_event_with_its_place_in_journal_and_ledger(service: CaseService) -> None:
    timeline = await ask(service, wire.GetTimelineRequest(hall="dehui", case_number="1"), "dehui")
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
        await ask(service, wire.GetCaseRequest(hall="yushu", case_number="3"), "yushu")
    with refused(errors_pb2.REASON_NOT_FOUND):
        await ask(service, wire.GetTimelineRequest(hall="yushu", case_number="3"), "yushu")


async def test_a_timeline_too_long_for_one_reply_is_refused_and_not_cut(service: CaseService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cases.queries.TIMELINE_EVENTS", 1)
    with refused(errors_pb2.REASON_TOO_LARGE):
        await ask(service, wire.GetTimelineRequest(hall="yushu", case_number="1"), "yushu")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (wire.GetCaseRequest(case_number="1"), "hall"),
        (wire.GetCaseRequest(hall="yushu"), "case_number"),
        (wire.GetCaseRequest(hall="yushu", case_number="1" * 201), "case_number"),
        (wire.GetCaseRequest(hall="a\0", case_number="1"), "hall"),
        (wire.ListCasesRequest(hall="a" * 201), "hall"),
        (wire.ListCasesRequest(asked_by=Principal(person="7")), "asked_by.role"),
        (wire.ListCasesRequest(asked_by=Principal(role="clerk")), "asked_by.person"),
        (wire.ListCasesRequest(asked_by=Principal(role="clerk", person="7\u200b")), "asked_by.person"),
        (wire.ListCasesRequest(asked_by=Principal(role="clerk", person="7", department=" ")), "asked_by.department"),
        (wire.ListCasesRequest(asked_by=Principal(role="c" * 64, person="7")), "asked_by.role"),
        (wire.ListCasesRequest(purpose=Purpose(purpose="\u202e")), "purpose.purpose"),
        (wire.ListCasesRequest(purpose=Purpose(basis="x" * 1_001)), "purpose.basis"),
        (wire.GetCaseRequest(hall="yushu", case_number="a\0"), "case_number"),
        (wire.ListCasesRequest(state="Closed"), "state"),
        (wire.ListCasesRequest(state="' OR 1=1 --"), "state"),
        (wire.ListCasesRequest(applied_from=Timestamp(seconds=2**62)), "applied_from"),
        (wire.ListCasesRequest(applied_before=Timestamp(nanos=-1)), "applied_before"),
    ],
)
async def test_a_field_at_fault_is_named(service: CaseService, request_: Any, field: str) -> None:
    with refused(errors_pb2.REASON_FIELD_INVALID) as caught:
        await ask(service, request_, "yushu")
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
    cases = (await ask(service, wire.ListCasesRequest(page_size=1), "dehui")).next_page_token
    for caller, wrong in [("dehui", token), ("dehui", cases)]:
        with refused(errors_pb2.REASON_PAGE_TOKEN_INVALID):
            await halls.list_halls(directory_pb2.ListHallsRequest(page_token=wrong), by(caller))
