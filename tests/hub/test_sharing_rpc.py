"""Halls apply for resources, and their providers share them: over real connections, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from directory.catalogue.vocabulary import SharingType
from directory.sharing.history import fold_all
from directory.sharing.messages import read_event
from directory.texts import id_fault
from hub.config import SharingSection
from hub.sharing import shares as room
from hub.tables import mailbox_entries, segments
from tests.directory.catalogue.made import version
from tests.hub.copies import Made
from tests.hub.people import SECONDS, refusal
from tests.hub.sharing_ground import (
    HOUSING,
    MARKET,
    NEIGHBOUR,
    NOON,
    OPEN,
    PROVIDER,
    READER,
    RESOURCE,
    SECRET,
    WATER,
    Member,
    Scene,
    fault,
    received,
    sharing,
    with_resources,
)
from tongban.directory.v1 import corrections_pb2
from tongban.directory.v1.sharing_pb2 import SHARE_SIDE_APPLICANT, SHARE_SIDE_PROVIDER, Term


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with sharing(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def test_an_application_is_answered_granted_and_withdrawn_and_both_halls_are_told_of_each_step(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    made = await reader.apply()
    ident = made.share.application.application
    assert (made.share.phase, made.provider, made.provider_hall) == ("applied", MARKET, PROVIDER)
    assert (made.waiting.awaited, made.waiting.due, made.waiting.overdue) == ("answer", "2026-12-07", False)
    assert made.waiting.light == "green"
    scene.clock.forward(hours=1)
    answered = await provider.act("Answer", ident)
    assert (answered.share.phase, answered.waiting.awaited, answered.waiting.due) == ("answered", "sharing", "2026-12-21")
    granted = await provider.act("Grant", ident, fields=["name"])
    grant = granted.share.grant
    assert (granted.share.phase, list(grant.fields), grant.approver, granted.not_live) == ("granted", ["name"], "7", "")
    assert not granted.HasField("waiting")
    (live,) = scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock())
    assert (live.grant, sorted(live.fields)) == (grant.grant, ["name"])
    before = scene.rooms.grants.generation
    ended = await reader.act("Withdraw", ident, ground="不再需要")
    assert (ended.share.phase, ended.share.ground) == ("withdrawn", "不再需要")
    assert ended.not_live == "the grant was ended before its time"
    assert (scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock()), scene.rooms.grants.generation > before) == ((), True)
    for hall in (READER, PROVIDER):
        told = [read_event(envelope.payload) for header, envelope in await received(scene, hall) if header.resource == "share"]
        assert [(name, event.kind) for name, event in told] == [(ident, kind) for kind in ("applied", "answered", "granted", "withdrawn")]
        assert fold_all(event for _, event in told) == scene.rooms.shares.docket.get(ident)


async def test_no_other_hall_is_told(scene: Scene) -> None:
    await scene.member(NEIGHBOUR, WATER)
    ident = (await (await scene.reader()).apply()).share.application.application
    with scene.hub.hub.rooms.database.reader.begin() as connection:
        first = connection.scalar(sa.select(room.FORM.events.c.ledger_index))
        told = set(connection.scalars(sa.select(mailbox_entries.c.hall).where(mailbox_entries.c.ledger_first == first)))
        batch = connection.scalar(sa.select(segments.c.count).where(segments.c.ledger_first == first))
    assert (told, batch, len(ident)) == ({READER, PROVIDER}, 1, 15)


async def test_who_does_not_stand_on_a_side_learns_nothing_and_does_nothing(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = (await reader.apply()).share.application.application
    others = {
        "another hall": await scene.member(NEIGHBOUR, WATER),
        "another department of the provider's hall": await scene.member(PROVIDER, "yushu-roads"),
    }
    for who, other in others.items():
        for verb, said in (("Answer", {}), ("Grant", {}), ("Refuse", {"ground": "x"}), ("Withdraw", {"ground": "x"}), ("GetShare", {})):
            assert await refusal(other.act(verb, ident, **said)) == "REASON_NOT_FOUND", (who, verb)
            assert await refusal(other.act(verb, "s-aaaaaaaaaaaaa", **said)) == "REASON_NOT_FOUND"
        assert list((await other.list()).shares) == []
    for verb, said in (("Answer", {}), ("Grant", {}), ("Refuse", {"ground": "x"})):
        assert await refusal(reader.act(verb, ident, **said)) == "REASON_SCOPE_DENIED", verb
    assert (await reader.act("GetShare", ident)).share == (await provider.act("GetShare", ident)).share
    for role in ("clerk", "reviewer", "supervisor", "licence-reader", "hall-administrator"):
        someone = await scene.member(READER, HOUSING, role)
        assert await refusal(someone.apply()) == "REASON_SCOPE_DENIED", role
        assert await refusal(someone.act("GetShare", ident)) == "REASON_SCOPE_DENIED", role
        assert await refusal(someone.list()) == "REASON_SCOPE_DENIED", role
    nobody = [Member(reader.client, ""), await scene.member(PROVIDER)]  # the node, and a person of no department
    for asked in (asked for one in nobody for asked in (one.apply(), one.act("Grant", ident), one.act("GetShare", ident), one.list())):
        assert await refusal(asked) == "REASON_SCOPE_DENIED"


async def test_a_county_does_not_speak_for_the_province_or_for_another_halls_department(scene: Scene) -> None:
    reader = await scene.reader()
    ident = (await reader.apply()).share.application.application
    for role, department in (("auditor", ""), ("catalogue-administrator", MARKET), ("operator", "")):
        liar = await scene.member(READER, department, role)
        for asked in (liar.apply(), liar.act("Grant", ident), liar.act("Withdraw", ident, ground="x"), liar.list()):
            assert await refusal(asked) == "REASON_FOREIGN_ACTOR"


async def test_the_province_answers_where_a_department_does_not_and_an_auditor_only_reads(scene: Scene) -> None:
    reader = await scene.reader()
    ident = (await reader.apply()).share.application.application
    auditor = await scene.member("jilin-sheng", "", "auditor")
    assert [one.share.application.application for one in (await auditor.list()).shares] == [ident]
    assert await refusal(auditor.act("Grant", ident)) == "REASON_SCOPE_DENIED"
    province = await scene.member("jilin-sheng")
    assert (await province.act("Grant", ident)).share.phase == "granted"


async def test_what_is_not_shared_is_neither_applied_for_nor_granted(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    assert await fault(reader.apply(resource=SECRET)) == ("REASON_NOT_SHARED", "resource")
    assert await fault(reader.apply(resource="nothing")) == ("REASON_UNKNOWN_RESOURCE", "resource")
    ident = (await reader.apply()).share.application.application
    closed = with_resources(scene, version(sharing=SharingType.NOT_SHARED, sharing_terms="新规定(示例)"))
    scene.rooms.shares.lookup = scene.rooms.grants.lookup = lambda: closed
    assert await refusal(provider.act("Grant", ident)) == "REASON_NOT_SHARED"


WRONG: dict[str, list[dict[str, Any]]] = {
    "fields": [{"fields": []}, {"fields": ["name", "nothing"]}, {"fields": ["name", "name"]}],
    "purpose": [
        {"purpose": ""},
        {"purpose": "核验\u202e"},
        {"purpose": "核验\u200b企业"},
        {"purpose": "x" * 4_001},
        {"purpose": "e\u0301"},
    ],
    "basis": [{"basis": " "}],
    "term.end": [
        {"term": Term()},
        {"term": Term(end="1.6.2027")},
        {"term": Term(start="2027-06-01", end="2027-06-01")},
        {"term": Term(end="20270601")},
    ],
    "term.start": [{"term": Term(start="２０２７-01-01", end="2027-06-01")}],
    "term": [{"term": Term(end="2046-01-01")}, {"term": Term(start="2026-01-01", end="2026-11-23")}],
    "version": [{"version": 2}],
    "manner": [{"manner": "query"}, {"manner": "pigeon"}],
    "resource": [{"resource": ""}, {"resource": "х" * 300}],
}


async def test_every_field_that_is_wrong_is_named(scene: Scene) -> None:
    reader = await scene.reader()
    for field, wrongs in WRONG.items():
        for wrong in wrongs:
            assert await fault(reader.apply(**wrong)) == ("REASON_FIELD_INVALID", field), wrong
    nobody = await scene.member("jilin-sheng")
    assert await fault(nobody.apply()) == ("REASON_FIELD_INVALID", "asked_by.department")
    assert len(scene.rooms.shares.docket) == 0


async def test_a_grant_never_goes_beyond_its_application(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = (await reader.apply()).share.application.application
    wrong: dict[str, list[dict[str, Any]]] = {
        "fields": [{"fields": ["name", "capital"]}, {"fields": ["uscc", "nothing"]}],
        "period": [{"period": Term(start="2026-11-23", end="2027-06-02")}, {"period": Term(start="2026-11-01", end="2027-06-01")}],
    }
    for field, grants in wrong.items():
        for grant in grants:
            assert await fault(provider.act("Grant", ident, **grant)) == ("REASON_FIELD_INVALID", field), grant
    assert scene.rooms.grants.grants_of(RESOURCE) == ()
    shorter = await provider.act("Grant", ident, period=Term(start="2026-11-24", end="2027-01-01"))
    assert shorter.not_live == "the grant begins on 2026-11-24"


async def test_what_is_said_twice_happens_once_and_what_is_over_is_refused(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    first = await reader.apply()
    ident = first.share.application.application
    scene.clock.forward(minutes=1)
    assert await reader.apply() == first
    events = [(await provider.act(verb, ident)).share.events for verb in ("Answer", "Answer", "Grant", "Grant", "Answer")]
    assert events == [2, 2, 3, 3, 3]
    assert await refusal(provider.act("Grant", ident, fields=["name"])) == "REASON_NOT_IN_TURN"
    assert await refusal(provider.act("Refuse", ident, ground="x")) == "REASON_NOT_IN_TURN"
    assert await fault(provider.act("Withdraw", ident)) == ("REASON_FIELD_INVALID", "ground")
    for _ in range(2):
        assert (await provider.act("Withdraw", ident, ground="停止")).share.events == 4
    for verb, said in (("Answer", {}), ("Grant", {}), ("Refuse", {"ground": "x"})):
        assert await refusal(provider.act(verb, ident, **said)) == "REASON_NOT_IN_TURN"
    assert (await reader.apply()).share.application.application != ident


async def test_a_refusal_says_why_and_ends_the_application(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = (await reader.apply()).share.application.application
    assert await fault(provider.act("Refuse", ident, ground="\u200b")) == ("REASON_FIELD_INVALID", "ground")
    refused = await provider.act("Refuse", ident, ground="超出职责范围")
    assert (refused.share.phase, refused.share.ground, refused.HasField("waiting")) == ("refused", "超出职责范围", False)


async def test_a_grant_is_over_at_midnight_in_beijing_whether_anybody_records_it_or_not(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = (await reader.apply(term=Term(end="2026-12-01"))).share.application.application
    await provider.act("Grant", ident)
    await scene.rooms.sweep()
    scene.clock.now = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    assert len(scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock())) == 1
    await scene.rooms.sweep()
    assert (await reader.act("GetShare", ident)).share.phase == "granted"
    before = scene.rooms.grants.generation
    scene.clock.forward(seconds=1)
    assert scene.rooms.grants.live(RESOURCE, READER, HOUSING, scene.clock()) == ()
    assert scene.rooms.grants.generation > before
    assert (await reader.act("GetShare", ident)).not_live == "the grant was over on 2026-12-01"
    await scene.rooms.sweep()
    await scene.rooms.sweep()
    over = await reader.act("GetShare", ident)
    assert (over.share.phase, over.share.events) == ("expired", 3)
    told = [read_event(envelope.payload)[1].kind for header, envelope in await received(scene, PROVIDER) if header.resource == "share"]
    assert told == ["applied", "granted", "expired"]


async def test_lists_hold_what_is_mine_page_by_page_and_what_is_overdue(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    idents = [(await reader.apply(purpose=f"用途{number}")).share.application.application for number in range(5)]
    quick = (await reader.apply(resource=OPEN)).share.application.application
    await provider.act("Grant", idents[0])
    found, token = [], ""
    while True:
        page = await reader.list(page_size=2, page_token=token, side=SHARE_SIDE_APPLICANT)
        found += [one.share.application.application for one in page.shares]
        token = page.next_page_token
        if not token:
            break
        assert await refusal(provider.list(page_size=2, page_token=token, side=SHARE_SIDE_APPLICANT)) == "REASON_PAGE_TOKEN_INVALID"
        assert await refusal(reader.list(page_size=2, page_token=token, side=SHARE_SIDE_PROVIDER)) == "REASON_PAGE_TOKEN_INVALID"
    assert sorted(found) == sorted([*idents, quick])
    assert await listed(provider, side=SHARE_SIDE_APPLICANT) == set()
    assert await listed(provider, side=SHARE_SIDE_PROVIDER, phase="granted") == {idents[0]}
    assert await listed(reader, resource=OPEN) == {quick}
    assert await fault(reader.list(phase="asleep")) == ("REASON_FIELD_INVALID", "phase")
    # One working day for what is unconditional, ten for what is not; the day of the application is not counted.
    for now, late in ((NOON + timedelta(days=1, hours=11, minutes=59), set()), (NOON + timedelta(days=1, hours=12), {quick})):
        scene.clock.now = now
        assert await listed(provider, overdue=True) == late
    scene.clock.now = datetime(2026, 12, 8, 1, tzinfo=UTC)
    assert await listed(provider, overdue=True) == {quick, *idents[1:]}
    one = await reader.act("GetShare", quick)
    assert (one.waiting.overdue, one.waiting.working_days_late, one.waiting.light) == (True, 10, "red")


async def listed(member: Member, **asked: Any) -> set[str]:
    return {one.share.application.application for one in (await member.list(**asked)).shares}


async def test_limits_are_those_of_the_configuration(tmp_path: Path, made_province: Made) -> None:
    limits = SharingSection(answer_unconditional=2, answer_conditional=3, share_within=4, answer_correction=5, longest_term_days=30)
    config = made_province.copy(tmp_path).model_copy(update={"sharing": limits})
    async with sharing(tmp_path, config) as scene:
        reader, provider = await scene.reader(), await scene.provider()
        assert await fault(reader.apply()) == ("REASON_FIELD_INVALID", "term")
        short = Term(end="2026-12-20")
        made = await reader.apply(term=short)
        assert (made.waiting.due, (await reader.apply(resource=OPEN, term=short)).waiting.due) == ("2026-11-26", "2026-11-25")
        assert (await provider.act("Answer", made.share.application.application)).waiting.due == "2026-11-27"
        found = corrections_pb2.ReportErrorRequest(resource=RESOURCE, what="名称不一致", asked_by=reader.said)
        assert (await reader.corrections.ReportError(found, timeout=SECONDS)).waiting.due == "2026-11-30"


async def test_a_hall_has_only_so_many_applications_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    reader = await scene.reader()
    for number in range(2):
        await reader.apply(purpose=f"用途{number}")
    assert await refusal(reader.apply(purpose="第三个用途")) == "REASON_QUOTA"
    assert (await reader.apply(purpose="用途0")).share.events == 1


async def test_nothing_is_granted_to_a_hall_that_is_not_linked(scene: Scene) -> None:
    reader, provider = await scene.reader(), await scene.provider()
    ident = (await reader.apply()).share.application.application
    province = scene.hub.hub.rooms.registry.province
    unlinked = type(province)(
        hall
        if hall.hall != READER
        else type(hall)(hall.hall, hall.display_name, hall.tier, hall.superior, hall.division_code, linked=False)
        for hall in province
    )
    scene.rooms.shares.province = lambda: unlinked
    assert await refusal(provider.act("Grant", ident)) == "REASON_RECIPIENT_NOT_LINKED"


def test_ids_are_not_guessed() -> None:
    made = {room.new_id("s") for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(id_fault(one) == "" and len(one) == 2 + room.ID_SIGNS for one in made)
