"""A holder hears who looked, an auditor sees whose questions stand out, and anyone may have a presentation checked."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from certs.credential import Holder, present
from directory.calendar import beijing_day
from directory.departments import Department
from directory.halls import Hall, Province, Tier
from directory.identifiers import uscc_of
from directory.licences.vocabulary import ActKind
from directory.register.importing import File
from directory.scopes.principal import Principal
from directory.validity import Period
from hub.cli import main
from hub.licences.presented import names_of
from tests.hub.hall_client import HallClient
from tests.hub.licensing import CASE, CODE, ISSUER, NAME, READER, WHY, WINDOW, Asker, Licensed, by_holder, by_id, case_of, food, told_of
from tests.hub.people import eventually, refusal
from tests.hub.test_register import stage
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED, VERDICT_DENIED
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.licence.v1 import licence_service_pb2 as messages

FIRST, SECOND, THIRD = food("0000001"), food("0000002"), food("0000003")
REQUEST = Purpose(purpose="持证主体本人申请查询")
STRANGER = uscc_of("91220000DEM100999")


@pytest.fixture
async def scene(hub: object) -> AsyncIterator[Licensed]:
    """Give a hub with two licences of one holder, at which a window has looked in two questions."""
    made = await Licensed.on(hub)  # type: ignore[arg-type] # a RunningHub
    await made.issuer.issue(FIRST, SECOND)
    await made.registered(FIRST, SECOND)
    await made.asker.ask(by_id(FIRST, "premises"), by_id(FIRST, "legal_person"))
    await made.asker.ask(by_holder())
    yield made
    await made.close()


async def accesses(asker: Asker, code: str = CODE, **asked: object) -> messages.ListAccessesResponse:
    holder = messages.Holder(code_type="001", code=code)
    request = messages.ListAccessesRequest(holder=holder, asked_by=asker.said, **({"purpose": REQUEST} | asked))  # type: ignore[arg-type]
    found: messages.ListAccessesResponse = await asker.stub.ListAccesses(request)
    return found


async def test_a_holder_hears_at_a_window_who_looked_when_and_why(scene: Licensed) -> None:
    window = Asker(scene.issuer.sender.client, "clerk", "")
    found = await eventually(lambda: accesses(window), lambda page: len(page.accesses) == 3)
    newest, _, oldest = found.accesses
    assert {newest.licence_id, found.accesses[1].licence_id} == {str(FIRST), str(SECOND)}
    assert (oldest.licence_id, list(oldest.fields)) == (str(FIRST), ["premises"])  # what was denied showed nothing
    assert (oldest.hall, oldest.department, oldest.purpose, oldest.case_hall, oldest.case_number) == (
        READER,
        WINDOW,
        WHY.purpose,
        READER,
        CASE,
    )
    assert oldest.ledger_index < newest.ledger_index
    page = await accesses(window, page_size=1)
    rest = await accesses(window, page_size=1, page_token=page.next_page_token)
    assert [*page.accesses, *rest.accesses] == list(found.accesses)
    assert (await accesses(window, STRANGER)).accesses == []
    await scene.issuer.send(
        scene.issuer.act(ActKind.ISSUED, THIRD, credential=scene.issuer.credential(THIRD, Holder(NAME, "001", STRANGER)))
    )
    await scene.registered(THIRD)
    await scene.asker.ask(by_id(FIRST), by_id(THIRD))
    of_stranger = await eventually(lambda: accesses(window, STRANGER), lambda page: bool(page.accesses))
    assert [one.licence_id for one in of_stranger.accesses] == [str(THIRD)]  # of one question, each holder hears of their own alone
    written = scene.decisions()[-1]
    assert (written.verdict, written.action, written.purpose) == (VERDICT_ALLOWED, "access.tell", REQUEST)


async def test_who_may_not_tell_holders_hears_nothing_himself(scene: Licensed) -> None:
    window = Asker(scene.issuer.sender.client, "clerk", "")
    assert await refusal(accesses(replace(window, role="supervisor"))) == "REASON_SCOPE_DENIED"
    assert scene.decisions()[-1].verdict == VERDICT_DENIED
    assert await refusal(accesses(window, purpose=Purpose())) == "REASON_SCOPE_DENIED"
    assert await refusal(accesses(window, "12345")) == "REASON_FIELD_INVALID"
    page = await eventually(lambda: accesses(window, page_size=1), lambda found: bool(found.next_page_token))
    assert await refusal(accesses(window, STRANGER, page_token=page.next_page_token)) == "REASON_PAGE_TOKEN_INVALID"


async def test_an_auditor_sees_whose_questions_stand_out_and_so_does_the_operator(scene: Licensed) -> None:
    auditor = await scene.hub.join("jilin-sheng")
    today = beijing_day(datetime.now(UTC))
    span = {"from_day": today.isoformat(), "before_day": (today + timedelta(days=1)).isoformat()}
    await eventually(lambda: outliers(auditor, **span), lambda found: {one.kind for one in found} >= {"case-just-opened"})
    (opened,) = [one for one in await outliers(auditor, **span) if one.kind == "case-just-opened"]
    assert (opened.hall, opened.department, opened.person, opened.count, len(opened.ledger_indices)) == (READER, WINDOW, "7", 2, 2)
    for wrong in ({"from_day": "x"}, {"before_day": span["from_day"]}, {"before_day": (today + timedelta(days=93)).isoformat()}):
        assert await refusal(outliers(auditor, **(span | wrong))) == "REASON_FIELD_INVALID"
    assert await refusal(outliers(auditor, role="clerk", **span)) == "REASON_SCOPE_DENIED"
    await auditor.close()
    config = str(scene.hub.folder / "hub.toml")
    done = CliRunner().invoke(main, ["licence", "outliers", "--json", "--from", span["from_day"], "--config", config])
    assert {one["kind"] for one in json.loads(done.output)["outliers"]} >= {"case-just-opened"}
    done = CliRunner().invoke(main, ["licence", "status", "--json", "--config", config])
    assert json.loads(done.output) | {"entries_behind": 0} == {
        "versions": {"valid": 2},
        "halls": 1,
        "invalid_acts": 0,
        "keys_named": 1,
        "entries_behind": 0,
    }


WATER = """
[[item]]
code = "220115001000"
name = "取水许可"
type = "01"
levels = ["province", "city", "county"]
basis = ["中华人民共和国水法 第四十八条"]
objects = ["enterprise"]
conditions = ["符合水资源规划"]
statutory = 45
promised = 15
visits = 1
materials = [{ name = "申请书" }]
steps = [{ name = "审查", office = "水资源处", post = "审查岗", limit = 15 }]
results = ["取水许可证"]
from = 2026-01-01

[[item]]
code = "220116001000"
name = "食品经营许可变更"
type = "01"
levels = ["province", "city", "county"]
basis = ["中华人民共和国食品安全法 第三十五条"]
objects = ["enterprise"]
conditions = ["已取得许可"]
statutory = 45
promised = 15
visits = 1
materials = [{ name = "食品经营许可证" }]
steps = [{ name = "审查", office = "食品处", post = "审查岗", limit = 15 }]
results = ["食品经营许可证"]
from = 2026-01-01
"""


async def test_a_look_in_a_case_whose_item_does_not_need_the_licence_stands_out(scene: Licensed) -> None:
    assert not stage(scene.hub.config, File("items.toml", WATER.encode())).plan.faults
    await scene.hub.hub.rooms.registrar.take_in()
    for number, item in (("2026-7", "220115001000"), ("2026-8", "220116001000"), ("2026-9", "999999999999")):
        event = case_of(number)
        event.item_code = item
        await scene.reader.submit([told_of(scene.reader.client.identity, event)])
    asked: dict[str, int] = {}
    for number in ("2026-7", "2026-8", "2026-9", CASE):
        why = Purpose(purpose=WHY.purpose, case_hall=READER, case_number=number)

        async def look(why: Purpose = why) -> messages.QueryLicencesResponse:
            return await scene.asker.ask(by_id(FIRST), purpose=why)

        asked[number] = (await eventually(look, lambda answer: bool(answer.answers[0].licences))).ledger_index
    auditor, today = await scene.hub.join("jilin-sheng"), beijing_day(datetime.now(UTC))
    span = {"from_day": today.isoformat(), "before_day": (today + timedelta(days=1)).isoformat()}

    async def unneeded() -> list[list[int]]:
        return [list(one.ledger_indices) for one in await outliers(auditor, **span) if one.kind == "unneeded-type"]

    await eventually(unneeded, lambda found: found == [[asked["2026-7"]]])
    await auditor.close()
    done = CliRunner().invoke(main, ["licence", "outliers", "--json", "--config", str(scene.hub.folder / "hub.toml")])
    (told,) = [one for one in json.loads(done.output)["outliers"] if one["kind"] == "unneeded-type"]
    assert told["ledger_indices"] == [asked["2026-7"]]


async def outliers(client: HallClient, role: str = "auditor", **asked: str) -> list[messages.Outlier]:
    asker = Asker(client, role, "")
    found = await asker.stub.ListOutliers(messages.ListOutliersRequest(asked_by=asker.said, **asked))
    return list(found.outliers)


async def test_a_presentation_is_checked_and_its_status_is_that_of_now(scene: Licensed) -> None:
    hall, asker = scene.issuer, scene.asker
    (found,) = (await asker.ask(by_id(FIRST))).answers[0].licences

    async def check(presentation: str) -> messages.VerifyLicenceResponse:
        answer: messages.VerifyLicenceResponse = await asker.stub.VerifyLicence(
            messages.VerifyLicenceRequest(presentation=presentation, asked_by=asker.said)
        )
        return answer

    good = await check(found.presentation)
    assert (good.valid, good.status, list(good.disclosed)) == (True, "valid", ["business", "holder.name", "premises"])
    head, *rest = found.presentation.split("~")
    assert (await check("~".join([head, rest[0], *rest]))).fault == "duplicate-disclosure"
    assert (await check("~".join([head[:-4] + "AAAA", *rest]))).fault == "bad-signature"
    assert (await check("x")).fault == "malformed"
    unsent = present(hall.credential(food("0000077")), ["premises"])
    assert (await check(unsent)).fault == "unregistered"
    await hall.send(hall.act(ActKind.WITHDRAWN, FIRST))
    await scene.registered(FIRST, status="withdrawn")
    assert (await check(found.presentation)).status == "withdrawn"
    assert (
        await refusal(replace(asker, department="sheng-shijian").stub.VerifyLicence(_as(asker, "sheng-shijian"))) == "REASON_FOREIGN_ACTOR"
    )


async def test_of_a_copy_is_told_for_whom_it_was_made_for_what_and_until_when(scene: Licensed) -> None:
    hall, asker = scene.issuer, scene.asker
    (found,) = (await asker.ask(by_id(FIRST, "premises"))).answers[0].licences
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)

    async def check(recipient: str, at: datetime = until) -> messages.VerifyLicenceResponse:
        note = hall.annotation(found.presentation, recipient, at)
        asked = messages.VerifyLicenceRequest(presentation=found.presentation, annotation=note, asked_by=asker.said)
        answer: messages.VerifyLicenceResponse = await asker.stub.VerifyLicence(asked)
        return answer

    (of_hall,) = [one.display_name for one in scene.hub.hub.rooms.registry.province if one.hall == READER]
    for own in (READER, WINDOW, of_hall):
        assert (await check(own)).made_for_caller, own
    for other in ("长春市示例银行", ISSUER, f"{of_hall}办公室"):
        said = await check(other)
        assert (said.valid, said.made_for_caller) == (True, False), other
        assert (said.recipient, said.purpose, said.made_by) == (other, "核验经营场所", ISSUER)
        assert said.expires_at.ToDatetime(UTC) == until
    over = await check(READER, datetime.now(UTC).replace(microsecond=0))
    assert (over.valid, over.fault, over.recipient, over.made_for_caller) == (False, "expired", "", False)
    plain = await asker.stub.VerifyLicence(messages.VerifyLicenceRequest(presentation=found.presentation, asked_by=asker.said))
    assert (plain.valid, plain.recipient, plain.HasField("expires_at"), plain.made_for_caller) == (True, "", False, False)


def test_a_copy_for_a_department_is_for_it_by_id_name_and_code_of_the_day() -> None:
    day, other = date(2026, 11, 23), Principal("yushu", "licence-reader", "yushu-shi", "7")
    province = Province([Hall("jilin-sheng", "吉林省政务大厅", Tier.PROVINCE, "", "220000")])
    was = Department("window", "91220000DEM100015Y", "旧名", "jilin-sheng", "", Period(date(2020, 1, 1), date(2026, 1, 1)))
    now = replace(was, name="新名", period=Period(date(2026, 1, 1)))
    who = Principal("jilin-sheng", "licence-reader", "window", "7")
    assert names_of(who, province, [was, now], day) == {"jilin-sheng", "吉林省政务大厅", "window", "新名", "91220000DEM100015Y"}
    assert names_of(other, province, [was, now], day) == {"yushu", "yushu-shi"}


def _as(asker: Asker, department: str) -> messages.VerifyLicenceRequest:
    return messages.VerifyLicenceRequest(presentation="x", asked_by=replace(asker, department=department).said)
