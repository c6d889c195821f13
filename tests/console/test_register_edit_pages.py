"""Forms of the register are there while the hub is not, keep what was typed, and show what may not be changed as it is."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from directory import hall_versions
from directory.register.importing import kinds_of
from directory.register.kinds import FORMS, Kind
from directory.scopes.reading import default_rules
from node_agent.accounts import drafts
from node_agent.console import register_form
from node_agent.tables import directory
from tests.console.staffed import ADMINISTRATOR, Staffed, ask

HOSTILE = "</textarea><script>alert(1)</script>"


def version_of(hall: Staffed) -> str:
    query = sa.select(directory.c.version).where(directory.c.kind == "hall", directory.c.key == "gongzhuling")
    return str(hall.look(lambda connection: connection.scalar(query)))


async def test_a_county_changes_its_name_and_sees_the_rest(hall: Staffed) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    path = f"/register-edit/hall?key=gongzhuling&version={version_of(hall)}"
    assert path.replace("&", "&amp;") in (await ask(mine.get, "/register/hall/gongzhuling")).text
    page = await ask(mine.get, path)
    assert '<label for="field.name">名称</label>' in page.text
    assert '<input type="hidden" name="field.superior" value="changchun">' in page.text
    assert '<label for="field.superior">' not in page.text
    assert (await ask(mine.get, f"/register-edit/hall?key=yushu&version={version_of(hall)}")).status == 403


async def test_what_was_typed_is_kept_while_the_hub_is_away(hall: Staffed) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    version = version_of(hall)
    path = f"/register-edit/hall?key=gongzhuling&version={version}"
    fields = {"key": "gongzhuling", "version": version, "position": "3", "do": "check", "field.name": HOSTILE}
    page = await ask(mine.send, "/register-edit/hall", path, **fields)
    assert page.status == 503
    assert "没有提交：连不上中枢" in page.text
    again = await ask((await hall.signed_in(ADMINISTRATOR)).get, path)
    for shown in (page, again):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown.text
        assert HOSTILE not in shown.text
    assert "上次填写" in again.text
    assert "alert(1)" not in (await ask(mine.get, f"{path}&fresh=1")).text


@pytest.mark.parametrize("content", ["garbage", "[1]", "3", "[" * 9_000])
async def test_a_draft_that_is_no_forms_is_not_drawn(hall: Staffed, content: str) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    version = version_of(hall)
    name = f"register hall gongzhuling {version}"
    hall.write(lambda connection: drafts.save(connection, ADMINISTRATOR, name, content, hall.hands.now()))
    page = await ask(mine.get, f"/register-edit/hall?key=gongzhuling&version={version}")
    assert page.status == 200
    assert "公主岭市政务大厅" in page.text


@pytest.mark.parametrize("path", ["/register-history/hall?key=gongzhuling"])
async def test_pages_of_the_hub_say_so_when_it_is_away(hall: Staffed, path: str) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    page = await ask(mine.get, path)
    assert page.status == 200
    assert "暂时连不上中枢" in page.text


async def test_a_county_confirms_no_rules_and_edits_none(hall: Staffed) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    assert (await ask(mine.get, "/register-pending")).status == 403
    assert (await ask(mine.get, "/register-edit/rule?key=clerk-asks&version=1")).status == 403


@pytest.mark.parametrize("rule", default_rules(), ids=lambda rule: rule.rule)
def test_what_a_form_shows_of_a_rule_is_written_as_it_stood(rule: object) -> None:
    form = FORMS[Kind.RULE]
    (document,) = form.documents([rule])
    data = register_form.written(Kind.RULE, register_form.shown(Kind.RULE, document), document)
    assert form.documents(form.read(data).whole()) == [document]


@given(st.sampled_from(hall_versions.seed()))
def test_what_a_form_shows_of_a_hall_is_written_as_it_stood(hall: hall_versions.HallVersion) -> None:
    form = FORMS[Kind.HALL]
    (document,) = form.documents([hall])
    data = register_form.written(Kind.HALL, register_form.shown(Kind.HALL, document), document)
    assert kinds_of(data) == (Kind.HALL,)
    assert form.documents(form.read(data).whole()) == [document]


def test_a_next_version_ends_the_one_before_on_the_day_on_which_it_begins() -> None:
    form = FORMS[Kind.RULE]
    rule = next(one for one in default_rules() if one.rule == "clerk-asks")
    (document,) = form.documents([rule])
    typed = register_form.shown(Kind.RULE, document) | {"field.basis": "新依据", "how": "next", "since": "2027-01-01"}
    ended, following = form.read(register_form.written(Kind.RULE, typed, document)).whole()
    assert (ended.version, str(ended.period.end), ended.basis) == (1, "2027-01-01", rule.basis)
    assert (following.version, str(following.period.start), following.period.end, following.basis) == (2, "2027-01-01", None, "新依据")


@given(st.text(max_size=40))
def test_whatever_is_typed_is_one_cell_of_one_row_that_the_import_judges(text: str) -> None:
    (document,) = FORMS[Kind.HALL].documents([next(one for one in hall_versions.seed() if one.hall == "yushu")])
    data = register_form.written(Kind.HALL, register_form.shown(Kind.HALL, document) | {"field.name": text}, document)
    found = FORMS[Kind.HALL].read(data)
    assert [one.display_name for one in found.rows] in ([text.strip()], [])
    assert {one.hall for one in found.rows} <= {"yushu"}
