"""An administrator edits the register on the pages of a hall's console, at a real hub: the difference first, then the save."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from certs.authority import CHARTER
from directory.register.importing import File
from node_agent import db, directory_replica
from node_agent.app import Agent
from node_agent.config import Config
from tests.console.staffed import Staffed, ask, opened
from tests.console.visitor import Page, Visitor
from tests.hub.copies import Made
from tests.hub.edited import COUNTY, DEHUI, HEADER, PROVINCE, YUSHU, Editor, Scene, departments, row, rules, tomorrow
from tests.hub.hall_client import TRUST_DOMAIN
from tests.hub.running import RunningHub, running
from tests.hub.test_api_at_a_hub import write_keys
from tests.hub.test_register import stage
from tests.node_agent.linked import until
from tongban.directory.v1.scopes_pb2 import Principal

EDIT = "/register-edit/department"
OWN = f"{EDIT}?key=yushu-rs&version=1980-01-01"
HOSTILE = "<img src=x onerror=alert(2)>"
_HIDDEN = re.compile(r'name="(position|content|key|version|pending)"(?: value="([^"]*)"| hidden>([^<]*)<)')


@dataclass(slots=True)
class Desk:
    """The console of a hall at a running hub, and the hub's own scene."""

    scene: Scene
    staffed: Staffed

    async def signed_in(self, number: str = "7", role: str = "hall-administrator") -> Visitor:
        await self.staffed.add(number, role)
        return await self.staffed.signed_in(number)


def held(page: Page) -> dict[str, str]:
    """Return the hidden inputs of the form that a page shows."""
    return {name: html.unescape(value or text).removeprefix("\n") for name, value, text in _HIDDEN.findall(page.text)}


async def desk_of(hub: RunningHub, hall: str, folder: Path) -> tuple[Config, Editor]:
    """Enrol a hall, and let its replica take in the register."""
    client = await hub.join(hall)
    where = {"address": hub.exchange, "enrolment_address": hub.enrolment}
    raw = {"hall": hall, "trust_domain": TRUST_DOMAIN, "data_dir": "data", "hub": where, "keep": {"free_bytes": 0}}
    config = Config.read(raw, folder)
    write_keys(config, client.identity, (hub.config.keys / CHARTER).read_bytes())
    with Agent(config)._built() as parts:
        linking = asyncio.create_task(parts.link.run())

        def has_all() -> bool:
            with db.reading(parts.engine) as connection:
                return len(directory_replica.documents(connection, "department")) == 2

        try:
            await until(has_all)
        finally:
            parts.link.stop()
            await asyncio.wait({linking}, timeout=10)
            linking.cancel()
            await asyncio.gather(linking, return_exceptions=True)
    return config, Editor(client, Principal(role="hall-administrator", person="99"))


@pytest.fixture
async def hub(tmp_path: Path, made_province: Made) -> AsyncIterator[RunningHub]:
    config = made_province.copy(tmp_path)
    stage(config, File("departments.csv", f"{HEADER}\n{YUSHU}\n{DEHUI}\n".encode()))
    async with running(tmp_path, config) as found:
        yield found


async def at(hub: RunningHub, hall: str, folder: Path) -> AsyncIterator[Desk]:
    config, editor = await desk_of(hub, hall, folder)
    scene = Scene(hub, {hall: editor.client})
    async with opened(config) as staffed:
        yield Desk(scene, staffed)
    for client in scene.clients.values():
        await client.close()


@pytest.fixture
async def county(hub: RunningHub, tmp_path: Path) -> AsyncIterator[Desk]:
    async for desk in at(hub, COUNTY, tmp_path / "agent"):
        yield desk


@pytest.fixture
async def province(hub: RunningHub, tmp_path: Path) -> AsyncIterator[Desk]:
    async for desk in at(hub, PROVINCE, tmp_path / "agent"):
        yield desk


async def checked(mine: Visitor, name: str, at_page: str = OWN) -> Page:
    """Type a name into the form of the county's department, and ask what would change."""
    form = await ask(mine.get, at_page)
    typed = dict(re.findall(r'name="(field\.\w+)"[^>]*value="([^"]*)"', form.text)) | {"field.name": name}
    typed = {field: html.unescape(value) for field, value in typed.items()}
    return await ask(mine.post, EDIT, {"form_token": form.form_token, **held(form), **typed, "do": "check"})


async def save(mine: Visitor, difference: Page, reason: str = "榆政办〔2026〕3号") -> Page:
    fields = {"form_token": difference.form_token, **held(difference), "do": "save", "reason": reason}
    return await ask(mine.post, EDIT, fields)


async def test_the_difference_is_shown_before_anything_counts_and_the_save_after(county: Desk) -> None:
    mine = await county.signed_in()
    assert "/register-edit/department?key=yushu-rs" in (await ask(mine.get, "/register/department/yushu-rs")).text
    assert "/register-edit/" not in (await ask(mine.get, "/register/department/dehui-rs")).text
    page = await checked(mine, HOSTILE)
    assert page.status == 200, page.text
    assert "<del>" in page.text
    assert "榆树市人社局（示例）" in page.text
    assert html.escape(HOSTILE) in page.text
    assert HOSTILE not in page.text
    assert county.scene.document("department", "yushu-rs")["name"] == "榆树市人社局（示例）", "nothing counts yet"
    done = await save(mine, page)
    assert done.location == "/register/department?did=register-saved", done.text
    assert county.scene.document("department", "yushu-rs")["name"] == HOSTILE
    history = (await ask(mine.get, "/register-history/department?key=yushu-rs")).text
    assert "榆政办〔2026〕3号" in history
    assert '<span class="number">7</span>' in history
    assert "中枢运维人员" in history
    assert HOSTILE not in history


async def test_what_others_changed_meanwhile_is_shown_beside_ones_own_and_saved_over_only_knowingly(county: Desk) -> None:
    mine, other = await county.signed_in(), await county.scene.editor(PROVINCE, person="9")
    page = await checked(mine, "我改的名")
    await other.edit(departments(row("yushu-rs", 111, "省里改的名", COUNTY)))
    moved = await save(mine, page)
    assert moved.status == 409
    assert "其间已被他人修改" in moved.text
    assert "省里改的名" in moved.text
    assert "我改的名" in moved.text
    assert "吉林省人民政府政务大厅" in moved.text, "and by whom"
    assert county.scene.document("department", "yushu-rs")["name"] == "省里改的名"
    assert (await save(mine, moved)).status == 303
    assert county.scene.document("department", "yushu-rs")["name"] == "我改的名"


async def test_a_form_that_was_drawn_before_somebody_elses_edit_says_so_at_once(county: Desk) -> None:
    mine, other = await county.signed_in(), await county.scene.editor(PROVINCE, person="9")
    await other.edit(departments(row("yushu-rs", 111, "省里改的名", COUNTY)))
    assert "其间已被他人修改" in (await checked(mine, "我改的名")).text


async def test_faults_are_told_at_the_form_and_a_change_of_nothing_too(county: Desk) -> None:
    mine = await county.signed_in()
    page = await checked(mine, "")
    assert page.status == 422
    assert "有 1 处错误" in page.text
    assert "没有改动" in (await checked(mine, "榆树市人社局（示例）", f"{OWN}&fresh=1")).text


async def test_a_reason_is_asked_for(county: Desk) -> None:
    mine = await county.signed_in()
    refused = await save(mine, await checked(mine, "新名"), " ")
    assert refused.status == 422
    assert county.scene.document("department", "yushu-rs")["name"] == "榆树市人社局（示例）"


async def test_a_position_of_ones_own_making_saves_over_nobody_unseen(county: Desk) -> None:
    mine, other = await county.signed_in(), await county.scene.editor(PROVINCE, person="9")
    page = await checked(mine, "我改的名")
    await other.edit(departments(row("yushu-rs", 111, "省里改的名", COUNTY)))
    fields = {"form_token": page.form_token, **held(page), "do": "save", "reason": "x", "position": "0"}
    assert (await ask(mine.post, EDIT, fields)).status == 409


async def test_a_clerk_is_shown_no_form(county: Desk) -> None:
    mine = await county.signed_in("1024", "clerk")
    assert (await ask(mine.get, OWN)).status == 403
    assert "/register-edit/" not in (await ask(mine.get, "/register/department/yushu-rs")).text
    assert (await ask(mine.get, "/register-pending")).status == 403


async def test_a_kind_that_pages_do_not_change_has_no_form(county: Desk) -> None:
    mine = await county.signed_in()
    assert (await ask(mine.get, "/register-edit/division?key=220000")).status == 404
    assert (await ask(mine.get, f"{EDIT}?key=nobody&version=1980-01-01")).status == 404


async def test_a_change_of_rules_waits_for_another_administrator(province: Desk) -> None:
    one, other = await province.signed_in("7"), await province.signed_in("8")
    path = "/register-edit/rule?key=clerk-asks&version=1"
    form = await ask(one.get, path)
    assert form.status == 200
    assert "另一位省级管理员确认" in form.text
    ticked = dict.fromkeys(re.findall(r'name="(field\.[\w.-]+)" value="1" checked', form.text), "1")
    typed = {"field.rule": "clerk-asks", "field.version": "1", "field.reach": "superior-chain", "field.line": "any"}
    typed |= {"field.from": "2026-01-01", "field.basis": "新依据", "how": "next", "since": tomorrow()}
    page = await ask(one.post, "/register-edit/rule", {"form_token": form.form_token, **held(form), **ticked, **typed, "do": "check"})
    assert page.status == 200, page.text
    assert "提交确认" in page.text
    fields = {"form_token": page.form_token, **held(page), "do": "save", "reason": "吉政办〔2026〕9号"}
    done = await ask(one.post, "/register-edit/rule", fields)
    assert done.location == "/register-pending?did=register-waits", done.text
    waits = await ask(one.get, "/register-pending")
    assert "须由另一位管理员确认" in waits.text
    assert 'value="confirm"' not in waits.text
    seen = await ask(other.get, "/register-pending")
    assert "吉政办〔2026〕9号" in seen.text
    refused = await ask(one.post, "/register-pending", {"form_token": waits.form_token, **held(seen), "do": "confirm"})
    assert "提交者不能自己确认" in refused.text
    done = await ask(other.post, "/register-pending", {"form_token": seen.form_token, **held(seen), "do": "confirm"})
    assert done.location == "/register-pending?did=register-confirmed", done.text
    assert province.scene.document("rule", "clerk-asks", "1")["to"] == tomorrow()
    assert province.scene.document("rule", "clerk-asks", "2")["basis"] == "新依据"


async def test_what_waits_is_taken_back(province: Desk) -> None:
    one = await province.signed_in("7")
    editor = await province.scene.editor(PROVINCE, person="8")
    await editor.edit(rules(clerk_asks=tomorrow()))
    seen = await ask(one.get, "/register-pending")
    done = await ask(one.post, "/register-pending", {"form_token": seen.form_token, **held(seen), "do": "withdraw"})
    assert done.location == "/register-pending?did=register-withdrawn", done.text
    assert await editor.pending() == []
