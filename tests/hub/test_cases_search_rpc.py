"""The doors to cases find them by what they say and by their lights, and show their clocks with reasons."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from hub.cases.paging import PageTokens
from hub.cases.rulings import RulingsInForce
from hub.errors import Refusal
from hub.rpc.cases import CaseService
from tests.directory.clocks.made import event, ms
from tests.hub.reckoned import Ground
from tests.hub.test_cases_rpc import NOW, SECRET, ask, listed, refused, rooms, told, written
from tongban.case.v1 import case_pb2 as wire
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED
from tongban.errors.v1 import errors_pb2


@pytest.fixture
def service(database_url: str) -> Iterator[CaseService]:
    yield from told(database_url)


@pytest.fixture
def watched(database_url: str) -> Iterator[tuple[Ground, CaseService]]:
    """Serve two cases of 榆树 that run: one was suspended on a law, one has not been looked after."""
    ground = Ground.of(database_url)
    taken = event("accepted", "2026-11-03", promised_by_ms=ms("2026-11-17"))
    suspended = event("suspended", "2026-11-05", basis="行政许可法 Art 45")
    ground.tell("yushu", "A-1", event("applied", "2026-11-02"), taken, suspended, event("resumed", "2026-11-10"))
    ground.tell("yushu", "A-2", event("applied", "2026-11-02", department="yushu-rs"), taken)
    ground.tell("dehui", "A-3", event("applied", "2026-11-20"), event("accepted", "2026-11-20", promised_by_ms=ms("2026-11-24")))
    ground.report("yushu", "2026-11-20")
    ground.report("dehui", "2026-11-20", 9)
    ground.now = NOW
    ground.reckon()
    yield ground, CaseService(rooms(), ground.models, RulingsInForce(ground.database.reader), PageTokens(SECRET))
    ground.dispose()


async def test_clocks_explain_themselves_in_both_languages_and_cite_their_events(watched: tuple[Ground, CaseService]) -> None:
    _, service = watched
    answer = await ask(service, wire.GetClocksRequest(hall="yushu", case_number="A-1"), "yushu", "clerk")
    statutory, promised = (clock for clock in answer.clocks if clock.kind.startswith("case-"))
    assert (promised.due_day, promised.state, promised.light, promised.left) == ("2026-11-20", "overdue", "grey", -1)
    assert (statutory.limit.amount, statutory.limit.unit, statutory.title_zh) == (20, "working_day", "法定时限")
    (stop,) = promised.stops
    assert (stop.cause, stop.basis, stop.days) == ("suspension", "行政许可法 Art 45", 3)
    said = {reason.because: reason for reason in promised.why}
    assert said["stopped"].ledger_index == 2
    assert "resumed 2026-11-10 #3" in said["stopped"].en
    assert said["stopped"].zh.startswith("中止 2026-11-05 #2") or "中止" in said["stopped"].zh
    assert answer.read_at.ToDatetime(UTC) == NOW
    (record,) = written(service)
    assert (record.method, record.action, record.verdict) == ("/tongban.case.v1.CaseService/GetClocks", "clock.read", VERDICT_ALLOWED)


async def test_cases_are_found_by_light_by_what_is_due_and_below_a_hall(watched: tuple[Ground, CaseService]) -> None:
    ground, service = watched
    assert await listed(service, "changchun", light="red") == [("yushu", "A-2")]
    assert await listed(service, "changchun", light="grey") == [("dehui", "A-3"), ("yushu", "A-1")], "both turned when nothing was reported"
    tomorrow: Any = {
        "due_from": Timestamp(seconds=ms("2026-11-25", 0) // 1000),
        "due_before": Timestamp(seconds=ms("2026-11-26", 0) // 1000),
    }
    assert await listed(service, "changchun", **tomorrow) == [("dehui", "A-3")], "due at 24:00 of tomorrow"
    assert await listed(service, "jilin-sheng", subtree="changchun") == [("dehui", "A-3"), ("yushu", "A-1"), ("yushu", "A-2")]
    assert await listed(service, "changchun", case_number_prefix="A-2") == [("yushu", "A-2")]
    assert await listed(service, "changchun", department="yushu-rs", accepted_from=Timestamp(seconds=1)) == [("yushu", "A-2")]
    case = await ask(service, wire.GetCaseRequest(hall="yushu", case_number="A-2"), "changchun")
    assert (case.light, case.due_at.ToMilliseconds()) == ("red", ms("2026-11-18", 0))
    for page_size in (1, 2):
        assert len(await listed(service, "changchun", due_from=Timestamp(), page_size=page_size)) == 3
    assert ground.now == NOW


@pytest.mark.parametrize("subtree", ["siping", "atlantis"])
async def test_a_subtree_outside_the_scope_is_refused_whether_it_exists_or_not(service: CaseService, subtree: str) -> None:
    assert await listed(service, "yushu", subtree="jilin-sheng") == [("yushu", "1"), ("yushu", "2")], "what is open of it"
    with refused(errors_pb2.REASON_SCOPE_DENIED):
        await ask(service, wire.ListCasesRequest(subtree=subtree), "yushu")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"light": "blue"}, "light"),
        ({"hall": "yushu", "subtree": "yushu"}, "subtree"),
        ({"item_code": "a\0"}, "item_code"),
        ({"department": "x" * 201}, "department"),
        ({"case_number_prefix": "\n"}, "case_number_prefix"),
        ({"due_from": Timestamp(nanos=-1)}, "due_from"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_by_name(service: CaseService, asked: dict[str, Any], field: str) -> None:
    with refused(errors_pb2.REASON_FIELD_INVALID) as caught:
        await ask(service, wire.ListCasesRequest(**asked), "yushu")
    assert cast("Refusal", caught.value).field == field


async def test_a_page_token_is_void_for_another_filter(watched: tuple[Ground, CaseService]) -> None:
    _, service = watched
    token = (await ask(service, wire.ListCasesRequest(page_size=1, due_from=Timestamp()), "changchun")).next_page_token
    assert token
    for other in ({"light": "red"}, {"due_before": Timestamp(seconds=2**32)}, {"subtree": "changchun"}, {"item_code": "1"}):
        with refused(errors_pb2.REASON_PAGE_TOKEN_INVALID):
            await ask(service, wire.ListCasesRequest(page_token=token, due_from=Timestamp(), **other), "changchun")
