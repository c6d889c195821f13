"""The pages of licences: who sees which, what officers do by forms, and whose numbers stand nowhere."""

import re
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from certs import licence_file
from directory.catalogue.vocabulary import ItemType, Sensitivity
from directory.licences.vocabulary import ActKind, Status
from node_agent import invalid_licences
from node_agent.accounts import users
from node_agent.accounts.users import Held
from node_agent.console.licence_form import read
from node_agent.invalid_licences import SaidInvalidLicence
from node_agent.licences import copy_book, shelf
from node_agent.licences.masking import masked, masked_text
from node_agent.licences.shelf import Filter
from node_agent.licences.tables import licence_acts
from node_agent.link import evidence as evidence_link
from node_agent.link import licences as licences_link
from node_agent.messages import Position
from tests.console.staffed import Staffed, ask, opened
from tests.console.visitor import Page, Visitor
from tests.directory.catalogue.made import item, version
from tests.hub.test_licences_canary import holding, spellings
from tests.node_agent.fake_hub import FakeHub
from tests.node_agent.licensed_hall import CITIZEN, FOOD, NOW, asked, at_desk, do, furnish
from tests.node_agent.linked import HALL, Linked, configuration, enrolled
from tests.node_agent.tiny_province import TinyProvince
from tests.province import licensed
from tongban.licence.v1 import licence_service_pb2 as messages
from tongban.licence.v1.licence_pb2 import InvalidLicence

OFFICER, SECOND, READER, CLERK, ADMINISTRATOR = "1024", "2048", "7", "55", "8"
MASKED = f"{CITIZEN[:3]}***********{CITIZEN[-4:]}"
FORM = {
    "field.holder_name": "示例人员乙",
    "field.holder_code": CITIZEN,
    "field.holder_code_type": "111",
    "field.category": "2",
    "field.subject": "数学",
    "field.born": "1899-12-31",
    "trust_level": "A",
}
ISSUE = f"/licences/issue/{licensed.TEACHER}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def linked_hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Linked]:
    """Give a hall with a register and a licence key."""
    folder = tmp_path_factory.mktemp("licensed")
    province = TinyProvince(folder / "province")
    config = configuration(folder)
    enrolled(config, province)
    hub = FakeHub(province)
    await hub.start()
    made = Linked(config, province, hub)
    await furnish(made)
    yield made
    await hub.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(linked_hall: Linked) -> AsyncIterator[Staffed]:
    """Open its console."""
    async with opened(linked_hall.config) as found:
        for number, role in (
            (OFFICER, "licence-officer"),
            (SECOND, "licence-officer"),
            (CLERK, "clerk"),
            (ADMINISTRATOR, "hall-administrator"),
        ):
            await found.add(number, role)
        await found.add(READER)
        found.write(lambda connection: users.give(connection, READER, Held("licence-reader", "window-food")))
        yield found


async def sent(visitor: Visitor, path: str, **fields: str) -> Page:
    """Open a page and send its form, with the number under which it is done once."""
    page = await ask(visitor.get, path)
    request = re.search(r'name="request" value="([^"]+)"', page.text)
    given = {"form_token": page.form_token} | ({"request": request[1]} if request else {}) | fields
    return await ask(visitor.post, path, given)


async def issued(desk: Staffed) -> tuple[Visitor, str]:
    """Let an officer issue a licence by its form; return the officer and the page of the licence."""
    officer = await desk.signed_in(OFFICER)
    page = await sent(officer, ISSUE, **FORM)
    assert page.status == 303, page.text
    return officer, page.location.partition("?")[0]


def acts(desk: Staffed) -> int:
    return desk.look(lambda connection: connection.scalar(sa.select(sa.func.count()).select_from(licence_acts))) or 0


@pytest.mark.parametrize(
    ("number", "first", "open_to"),
    [
        (OFFICER, "/licences/book", {"/licences/book", "/licences/issue", "/licences/endings", "/licences/accesses"}),
        (READER, "", set()),
        (CLERK, "/licences/accesses", {"/licences/accesses"}),
        (ADMINISTRATOR, None, {"/exchange/journal"}),
    ],
)
async def test_roles_decide_which_pages_are_open(desk: Staffed, number: str, first: str | None, open_to: set[str]) -> None:
    visitor = await desk.signed_in(number)
    begun = await ask(visitor.get, "/licences")
    assert (begun.status, begun.location) == ((403, "") if first is None else (303, first) if first else (200, ""))
    for path in ("/licences/book", "/licences/issue", "/licences/endings", "/licences/accesses", "/licences/outliers", "/exchange/journal"):
        assert ((await ask(visitor.get, path)).status == 200) == (path in open_to), path
    assert (await ask(visitor.get, "/exchange/evidence?of=inbox&place=0")).status == (200 if number == ADMINISTRATOR else 403)
    assert (await ask(visitor.get, "/exchange/evidence?of=elsewhere&place=0")).status == (404 if number == ADMINISTRATOR else 403)


async def test_what_an_officer_issues_is_shown_masked_done_once_and_stands_in_no_file(desk: Staffed, linked_hall: Linked) -> None:
    officer, path = await issued(desk)
    page = await ask(officer.get, path)
    assert (MASKED in page.text, CITIZEN in page.text, "示例人员乙" in page.text) == (True, False, True)
    assert MASKED in (await ask(officer.get, f"{path}/change")).text
    assert CITIZEN not in (await ask(officer.get, f"{path}/change")).text
    before = acts(desk)
    again = {**FORM, "request": "one-form", "form_token": page.form_token}
    told = [(await ask(officer.post, ISSUE, again)).location for _ in range(2)]
    assert (told[0] == told[1], acts(desk)) == (True, before + 1)
    assert (await ask(officer.post, ISSUE, again | {"field.subject": "物理"})).status == 422
    assert holding(Path(linked_hall.config.folder), spellings(CITIZEN)) == []


async def test_a_change_keeps_a_number_that_was_left_empty_and_says_it_in_the_next_version(desk: Staffed) -> None:
    officer, path = await issued(desk)
    form = {**FORM, "field.holder_code": "", "field.subject": "化学", "ground": "任教学科变更"}
    page = await sent(officer, f"{path}/change", **form)
    assert page.status == 303, page.text
    shown = (await ask(officer.get, path)).text
    assert (MASKED in shown, "化学" in shown, ".002." in shown) == (True, True, True)
    assert (await ask(officer.get, f"{path}/renew")).status == 200
    assert f"{path}/renew" not in shown
    refused = await sent(officer, f"{path}/renew", ground="准予延续", trust_level="A")
    assert (refused.status, "有几项填写不对" in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"field.holder_code": CITIZEN[:-1] + "*"}, "field.holder_code"),
        ({"field.subject": ""}, "field.subject"),
        ({"field.born": "gestern"}, "field.born"),
        ({"valid_until": "31.12.2030"}, "valid_until"),
        ({"valid_until": "1901-01-01"}, "valid_until"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_done(desk: Staffed, wrong: dict[str, str], said: str) -> None:
    before = acts(desk)
    officer = await desk.signed_in(OFFICER)
    page = await sent(officer, ISSUE, **(FORM | wrong))
    assert page.status == 422
    assert re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"', page.text) == [said]
    assert 'value="示例人员乙"' in page.text
    assert acts(desk) == before


async def test_whoever_proposed_an_ending_does_not_confirm_it(desk: Staffed) -> None:
    officer, path = await issued(desk)
    form = {"form": "ending", "ending": "cancelled/holder-died-or-incapable", "basis": "行政许可法第七十条"}
    assert (await sent(officer, path, **form)).location.startswith("/licences/endings")
    waiting = await ask(officer.get, "/licences/endings")
    (ending,) = re.findall(r'name="ending" value="([^"]+)"', waiting.text)
    own = await ask(officer.post, "/licences/endings", _settled(waiting, ending, checked="1"))
    assert (own.status, "须由另一人确认" in own.text) == (422, True)
    second = await desk.signed_in(SECOND)
    theirs = await ask(second.get, "/licences/endings")
    assert (await ask(second.post, "/licences/endings", _settled(theirs, ending))).status == 422
    assert _status(desk, path) == Status.VALID
    done = await ask(second.post, "/licences/endings", _settled(theirs, ending, checked="1"))
    assert (done.status, _status(desk, path)) == (303, Status.CANCELLED)
    late = await ask(second.post, "/licences/endings", _settled(theirs, ending, checked="1"))
    assert (late.status, "现在的状态" in late.text) == (422, True)
    assert (await ask(officer.get, f"{path}/change")).status == 404


def _settled(page: Page, ending: str, **more: str) -> dict[str, str]:
    return {"form_token": page.form_token, "ending": ending, "do": "confirm"} | more


def _status(desk: Staffed, path: str) -> Status | None:
    found = desk.look(lambda connection: shelf.standing(connection, path.rpartition("/")[2], desk.hands.now()))
    return found.status if found else None


async def test_a_licence_is_suspended_and_resumed_and_nothing_out_of_turn_is_done(desk: Staffed) -> None:
    officer, path = await issued(desk)
    assert (await sent(officer, path, form="suspended", ground="责令整改")).status == 303
    assert _status(desk, path) == Status.SUSPENDED
    again = await sent(officer, path, form="suspended", ground="责令整改")
    assert (again.status, "不能这样办" in again.text) == (422, True)
    assert (await sent(officer, path, form="resumed", ground="整改完成")).status == 303
    assert _status(desk, path) == Status.VALID
    assert (await sent(officer, path, form="issued", ground="x")).status == 404


async def test_a_form_without_its_token_does_nothing(desk: Staffed) -> None:
    officer, path = await issued(desk)
    before = acts(desk)
    for target, form in ((ISSUE, FORM), (path, {"form": "suspended", "ground": "x"}), ("/licences/endings", {"do": "drop", "ending": "e"})):
        assert (await ask(officer.post, target, form)).status == 403
        assert (await ask(officer.post, target, form, Origin="https://evil.example")).status == 403
    assert acts(desk) == before


async def test_a_session_that_ended_hands_back_what_was_typed_but_no_personal_number(desk: Staffed) -> None:
    nobody = desk.visitor()
    look = await ask(nobody.post, "/licences", {"purpose": "核验", "code": CITIZEN})
    form = await ask(nobody.post, ISSUE, FORM)
    assert (look.status, "核验" in look.text, CITIZEN in look.text) == (401, True, False)
    assert (form.status, "示例人员乙" in form.text, CITIZEN in form.text) == (401, True, False)


async def test_a_licence_that_the_hub_makes_up_is_not_shown(desk: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lying(*_: object) -> messages.QueryLicencesResponse:
        found = messages.FoundLicence(licence_id="made-up", type="t", presentation="made.up.licence~", status="valid", chain=["c"])
        return messages.QueryLicencesResponse(answers=[messages.LicenceAnswer(licences=[found])], ledger_index=7)

    monkeypatch.setattr(licences_link, "query", lying)
    reader = await desk.signed_in(READER)
    fields = {"purpose": "核验", "case_number": "2026-1", "code": CITIZEN, "code_type": "111"}
    page = await sent(reader, "/licences", **fields)
    assert (page.status, "没有通过核验" in page.text, "made-up" in page.text) == (502, True, False)


async def test_evidence_that_does_not_verify_is_not_handed_on(desk: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lying(*_: object) -> AsyncIterator[tuple[Position, bytes]]:
        yield Position(HALL, 1, 0), b"made up"

    monkeypatch.setattr(evidence_link, "export", lying)
    page = await ask((await desk.signed_in(ADMINISTRATOR)).get, f"/exchange/evidence/{HALL}/1/0")
    assert (page.status, "made up" in page.text, "没有通过核验" in page.text) == (502, False, True)


async def test_what_the_hub_found_invalid_is_told_first(desk: Staffed) -> None:
    officer, path = await issued(desk)
    root = path.rpartition("/")[2]
    event = desk.look(lambda connection: connection.scalar(sa.select(licence_acts.c.event_id).where(licence_acts.c.root == root)))
    told = InvalidLicence(
        licence_root=root, event_id=event, fault="status-place", what="taken", journal="j", journal_index=1, ledger_index=2
    )
    desk.write(lambda connection: invalid_licences.store(connection, [SaidInvalidLicence(99, 1, told)]))
    for page in (path, "/licences/book"):
        text = (await ask(officer.get, page)).text
        assert "状态位置已被占用" in text
        assert "中枢认定不作数的办理" in text
    assert _status(desk, path) is None


async def test_the_book_is_found_by_number_filtered_and_paged(desk: Staffed, linked_hall: Linked) -> None:
    officer = await desk.signed_in(OFFICER)
    made = [do(linked_hall, asked(request=f"page-{number}")).licence for number in range(5)]
    do(linked_hall, asked(ActKind.SUSPENDED, "page-s", licence=str(made[1])))
    found = await ask(officer.get, f"/licences/book?number={made[0]}")
    assert found.location == f"/licences/book/{made[0].root}"
    assert "不是完整的证照编号" in (await ask(officer.get, "/licences/book?number=1.2.3")).text

    def page(wanted: Filter, before: int | None) -> shelf.Page:
        return at_desk(linked_hall, lambda connection, _: shelf.page(connection, wanted, before, 2, NOW))

    def pages(wanted: Filter) -> list[list[str]]:
        told = [page(wanted, None)]
        while told[-1].more is not None:
            told.append(page(wanted, told[-1].more))
        return [[row.root for row in one.rows] for one in told]

    food = [root for page in pages(Filter(type=licensed.FOOD)) for root in page]
    assert food == [made[number].root for number in (1, 4, 3, 2, 0)]
    assert [root for page in pages(Filter(licensed.FOOD, "suspended")) for root in page] == [made[1].root]
    assert all(len(page) <= 2 for page in pages(Filter()))


async def test_a_page_bound_to_a_status_looks_at_so_many_licences_and_goes_on(linked_hall: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "LOOKED_THROUGH", 2)
    first = at_desk(linked_hall, lambda connection, _: shelf.page(connection, Filter(status="revoked"), None, 25, NOW))
    assert (first.rows, first.more is not None) == ((), True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (CITIZEN, MASKED),
        (f"经营者{CITIZEN}，女", f"经营者{MASKED}，女"),
        (CITIZEN[:-1] + "x", f"{CITIZEN[:3]}***********{CITIZEN[-4:-1]}x"),
        ("13800000000", "13800000000"),
        ("示例市示例路1号", "示例市示例路1号"),
    ],
)
def test_a_citizen_id_is_masked_wherever_it_stands(text: str, shown: str) -> None:
    assert masked_text(text) == masked("premises", {"premises": text}) == shown


@pytest.mark.parametrize(
    ("kind", "code", "shown"),
    [
        ("001", FOOD["holder_code"], FOOD["holder_code"]),
        ("001", CITIZEN, MASKED),
        ("111", CITIZEN, MASKED),
        ("414", "E12345678901234", "E12********1234"),
        ("", "E1234", "*****"),
    ],
)
def test_the_code_of_a_holder_is_whole_only_where_it_is_a_uscc(kind: str, code: str, shown: str) -> None:
    assert masked("holder_code", {"holder_code": code, "holder_code_type": kind}) == shown


def test_a_form_reads_values_of_their_kinds_and_leaves_what_is_none_to_the_rules() -> None:
    items = (
        item("seats", ItemType.INTEGER),
        item("open", ItemType.BOOLEAN),
        item("who", ItemType.CITIZEN_ID, sensitivity=Sensitivity.SENSITIVE_PERSONAL),
        item("note"),
    )
    made: Any = version(items=items)
    form = {"field.seats": "12", "field.open": "false", "field.who": CITIZEN.lower(), "field.note": " "}
    assert read(made, {}, form) == {"seats": 12, "open": False, "who": CITIZEN}
    assert read(made, {}, {"field.seats": "zwölf", "field.open": "maybe"}) == {"seats": "zwölf", "open": "maybe"}
    assert read(made, {"who": CITIZEN, "note": "alt"}, {}) == {"who": CITIZEN}


COPY = {"recipient": "示例学校", "purpose": "核验任教资格", "until": "2036-01-01", "show.holder_name": "1", "show.subject": "1"}


@pytest.mark.parametrize(("language", "mark"), [("zh-CN", "仅供 示例学校 用于核验任教资格"), ("en", "Only for 示例学校: 核验任教资格")])
async def test_an_officer_makes_a_copy_for_one_purpose_and_prints_it(desk: Staffed, language: str, mark: str) -> None:
    officer, path = await issued(desk)
    form = await ask(officer.get, f"{path}/copy")
    assert ('id="show-holder_code" name="show.holder_code" value="1"><label' in form.text, CITIZEN in form.text) == (True, False)
    page = await sent(officer, f"{path}/copy", **COPY, language=language)
    assert (page.status, f'<html lang="{language}">' in page.text, page.text.count(mark) > 20) == (200, True, True), page.text
    assert ("数学" in page.text, CITIZEN in page.text, "<script" in page.text) == (True, False, False)
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    found = re.search(r'href="data:application/json;base64,([^"]+)" download="([^"]+)\.licence"', page.text)
    assert found is not None
    file = licence_file.read(b64decode(found[1]))
    assert file.annotation
    (noted,) = desk.look(lambda connection: copy_book.newest(connection, path.rpartition("/")[2]))
    assert (noted.id, noted.officer, noted.recipient, noted.disclosed) == (found[2], OFFICER, "示例学校", ("holder_name", "subject"))
    shown = (await ask(officer.get, path)).text
    assert ("核验任教资格" in shown, "已制作的加注件" in shown or "Copies that were made" in shown) == (True, True)


async def test_a_copy_form_makes_one_copy_and_says_what_is_wrong(desk: Staffed) -> None:
    officer, path = await issued(desk)
    root = path.rpartition("/")[2]
    for wrong, name in (
        ({"until": "2020-01-01"}, "until"),
        ({"until": ""}, "until"),
        ({"purpose": f"示例 {CITIZEN}"}, "purpose"),
        ({"recipient": ""}, "recipient"),
    ):
        page = await sent(officer, f"{path}/copy", **(COPY | wrong))
        assert (page.status, f'id="w-{name}"' in page.text, 'value="示例学校"' in page.text) == (422, True, name != "recipient"), wrong
    assert (await sent(officer, f"{path}/copy", **{name: value for name, value in COPY.items() if "show." not in name})).status == 422
    assert desk.look(lambda connection: copy_book.newest(connection, root)) == []
    page = await ask(officer.get, f"{path}/copy")
    form = {**COPY, "request": "one-copy", "form_token": page.form_token}
    assert [(await ask(officer.post, f"{path}/copy", form)).status for _ in range(2)] == [200, 422]
    assert len(desk.look(lambda connection: copy_book.newest(connection, root))) == 1
    assert (await ask((await desk.signed_in(CLERK)).get, f"{path}/copy")).status == 403
