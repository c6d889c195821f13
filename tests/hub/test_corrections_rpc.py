"""Readers report errors, providers answer, readers close: over real connections, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from directory.catalogue.correction_messages import fold, read_event
from hub.dockets import store
from hub.sharing import corrections as room
from tests.hub.copies import Made
from tests.hub.people import SECONDS, refusal
from tests.hub.running import running
from tests.hub.sharing_ground import HOUSING, MARKET, NEIGHBOUR, PROVIDER, READER, RESOURCE, WATER, Member, Scene, fault, received, sharing
from tests.hub.test_register import lost_answers
from tongban.directory.v1 import corrections_pb2
from tongban.directory.v1.corrections_pb2 import ReportStanding


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with sharing(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def report(member: Member, **changes: Any) -> ReportStanding:
    usual: dict[str, Any] = {"resource": RESOURCE, "record": "企-17", "fields": ["name"], "what": "名称与营业执照不一致"}
    request = corrections_pb2.ReportErrorRequest(**(usual | changes), asked_by=member.said)
    standing: ReportStanding = await member.corrections.ReportError(request, timeout=SECONDS)
    return standing


async def answer(member: Member, ident: str, outcome: str = "corrected", text: str = "") -> ReportStanding:
    request = corrections_pb2.AnswerReportRequest(report=ident, outcome=outcome, text=text, asked_by=member.said)
    standing: ReportStanding = await member.corrections.AnswerReport(request, timeout=SECONDS)
    return standing


async def close(member: Member, ident: str) -> ReportStanding:
    request = corrections_pb2.CloseReportRequest(report=ident, asked_by=member.said)
    standing: ReportStanding = await member.corrections.CloseReport(request, timeout=SECONDS)
    return standing


async def listed(member: Member, **asked: Any) -> list[str]:
    request = corrections_pb2.ListReportsRequest(asked_by=member.said, **asked)
    return [one.report.report for one in (await member.corrections.ListReports(request, timeout=SECONDS)).reports]


async def test_a_report_is_answered_and_closed_and_both_halls_are_told_of_each_step(scene: Scene) -> None:
    clerk, provider = await scene.member(READER, HOUSING, "clerk"), await scene.provider()
    made = await report(clerk)
    ident = made.report.report
    assert (made.report.state, made.provider, made.provider_hall, made.waiting.due) == ("reported", MARKET, PROVIDER, "2026-12-07")
    assert await refusal(close(clerk, ident)) == "REASON_NOT_IN_TURN"
    answered = await answer(provider, ident)
    assert (answered.report.state, answered.HasField("waiting")) == ("corrected", False)
    closed = await close(clerk, ident)
    assert (closed.report.state, closed.report.outcome) == ("closed", "corrected")
    for hall in (READER, PROVIDER):
        told = [read_event(one.payload) for header, one in await received(scene, hall) if header.resource == "correction"]
        assert [event.kind for _, event in told] == ["reported", "corrected", "closed"]
        after = None
        for _, event in told:
            after = fold(after, event)
        assert after == scene.rooms.corrections.docket.get(ident)


async def test_only_the_provider_answers_and_only_the_reader_closes(scene: Scene) -> None:
    clerk, provider = await scene.member(READER, HOUSING, "clerk"), await scene.provider()
    ident = (await report(clerk)).report.report
    assert await refusal(answer(clerk, ident)) == "REASON_SCOPE_DENIED"
    assert await refusal(answer(await scene.reader(), ident)) == "REASON_SCOPE_DENIED"
    assert await refusal(answer(await scene.member(PROVIDER, MARKET, "clerk"), ident)) == "REASON_SCOPE_DENIED"
    await answer(provider, ident)
    assert await refusal(close(provider, ident)) == "REASON_SCOPE_DENIED"
    for other in (
        await scene.member(NEIGHBOUR, WATER),
        await scene.member(PROVIDER, "yushu-roads"),
        await scene.member(NEIGHBOUR, WATER, "clerk"),
    ):
        assert await refusal(close(other, ident)) == "REASON_NOT_FOUND"
        assert await listed(other) == []
    assert await refusal(report(await scene.member(READER, HOUSING, "supervisor"))) == "REASON_SCOPE_DENIED"
    assert await refusal(report(await scene.member(READER, MARKET, "clerk"))) == "REASON_FOREIGN_ACTOR"
    assert await refusal(report(await scene.member(READER, "", "clerk"))) == "REASON_SCOPE_DENIED"
    assert await listed(await scene.member("jilin-sheng", "", "auditor")) == [ident]


async def test_what_is_wrong_with_a_report_or_an_answer_is_named(scene: Scene) -> None:
    clerk, provider = await scene.member(READER, HOUSING, "clerk"), await scene.provider()
    wrong: dict[str, list[dict[str, Any]]] = {
        "fields": [{"fields": ["nothing"]}],
        "what": [{"what": ""}, {"what": "错\u202e"}, {"what": "x" * 4_001}],
        "record": [{"record": "企\u200b"}, {"record": "e\u0301-17"}],
        "version": [{"version": 9}],
    }
    for field, wrongs in wrong.items():
        for one in wrongs:
            assert await fault(report(clerk, **one)) == ("REASON_FIELD_INVALID", field), one
    assert await fault(report(clerk, resource="nothing")) == ("REASON_UNKNOWN_RESOURCE", "resource")
    assert len(scene.rooms.corrections.docket) == 0
    ident = (await report(clerk)).report.report
    assert await fault(answer(provider, ident, "closed")) == ("REASON_FIELD_INVALID", "outcome")
    assert await fault(answer(provider, ident, "rejected")) == ("REASON_FIELD_INVALID", "text")
    assert (await answer(provider, ident, "rejected", "与登记档案一致")).report.answer == "与登记档案一致"
    assert await refusal(answer(provider, ident, "corrected")) == "REASON_NOT_IN_TURN"


async def test_what_is_said_twice_or_whose_answer_was_lost_happens_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, provider = await scene.member(READER, HOUSING, "clerk"), await scene.provider()
    with lost_answers(monkeypatch, scene.hub.hub.rooms.registry.own):
        assert await refusal(report(clerk)) == "REASON_STORAGE_BUSY"
    ident = (await report(clerk)).report.report
    for _ in range(2):
        assert (await answer(provider, ident)).report.state == "corrected"
    for _ in range(2):
        assert (await close(clerk, ident)).report.state == "closed"
    assert await listed(clerk) == [ident]
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        assert store.differing(connection, room.FORM) == []
        assert len(store.refolded(connection, room.FORM)) == 1


async def test_late_answers_are_listed_and_pages_belong_to_their_caller(scene: Scene) -> None:
    clerk, provider = await scene.member(READER, HOUSING, "clerk"), await scene.provider()
    idents = [(await report(clerk, record=f"企-{number}")).report.report for number in range(3)]
    await answer(provider, idents[0])
    scene.clock.now = datetime(2026, 12, 7, 15, 59, tzinfo=UTC)
    assert await listed(provider, overdue=True) == []
    scene.clock.forward(minutes=1)
    assert sorted(await listed(provider, overdue=True)) == sorted(idents[1:])
    assert await listed(provider, state="corrected") == [idents[0]]
    request = corrections_pb2.ListReportsRequest(page_size=2, asked_by=clerk.said)
    token = (await clerk.corrections.ListReports(request, timeout=SECONDS)).next_page_token
    assert len(await listed(clerk, page_size=2, page_token=token)) == 1
    assert await refusal(listed(provider, page_size=2, page_token=token)) == "REASON_PAGE_TOKEN_INVALID"


async def test_after_a_restart_reports_are_as_they_were(tmp_path: Path, made_province: Made) -> None:
    config = made_province.copy(tmp_path)
    async with sharing(tmp_path, config) as scene:
        ident = (await report(await scene.member(READER, HOUSING, "clerk"))).report.report
        await answer(await scene.provider(), ident)
        before = list(scene.rooms.corrections.docket)
    async with running(tmp_path, config) as hub:
        assert list(hub.hub.rooms.sharing.corrections.docket) == before
