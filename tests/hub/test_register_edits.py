"""People at halls edit the register: each what is theirs, by what an import is judged by, and nobody over somebody else's edit."""

import asyncio
import json
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from directory.identifiers import uscc_of
from directory.register import importing
from directory.register.importing import File, Plan
from hub.registry import editing
from tests.hub.copies import Made
from tests.hub.edited import (
    COUNTY,
    HEADER,
    OTHER,
    PROVINCE,
    REASON,
    RENAMED,
    YUSHU,
    Scene,
    departments,
    edited,
    row,
)
from tests.hub.people import Person, eventually, refusal
from tests.hub.test_register import stage
from tongban.directory.v1 import register_pb2 as said


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with edited(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def test_a_county_renames_its_own_department_and_the_ledger_says_who_did(scene: Scene) -> None:
    county = await scene.editor(COUNTY)
    proposed = await county.propose(RENAMED)
    (changed,) = proposed.rows
    assert (changed.kind, changed.key, changed.added) == ("department", "yushu-rs", False)
    assert [(one.path, json.loads(one.after)) for one in changed.fields] == [("name", "榆树市人力资源和社会保障局（示例）")]
    saved = await county.save(RENAMED, position=proposed.position)
    assert (saved.changes, saved.pending) == (1, "")
    assert scene.document("department", "yushu-rs")["name"] == "榆树市人力资源和社会保障局（示例）"
    newest, oldest = await county.history("department", "yushu-rs")
    assert (newest.change.author.hall, newest.change.author.person.person, newest.change.reason) == (COUNTY, "7", REASON)
    assert not newest.change.HasField("confirmed_by")
    assert not oldest.change.HasField("author"), "the operator imported it"
    assert newest.ledger_index > oldest.ledger_index


async def test_every_save_is_shown_in_the_decision_records(scene: Scene) -> None:
    county = await scene.editor(COUNTY)
    await county.edit(RENAMED)
    stranger = departments(row("dehui-rs", 112, "别人的", OTHER))
    assert await refusal(county.save(stranger, position=99)) == "REASON_SCOPE_DENIED"
    await scene.editor(PROVINCE)
    auditor = Person(scene.clients[PROVINCE], "auditor")
    found = await eventually(lambda: auditor.decisions(hall=COUNTY), lambda page: len(page.decisions) == 2)
    allowed, denied = (one.record for one in found.decisions)
    assert (allowed.action, allowed.verdict, allowed.purpose.purpose) == ("directory.edit", 1, REASON)
    assert [(one.resource, one.key) for one in allowed.records] == [("department", "yushu-rs 1980-01-01")]
    assert [one.rule for one in allowed.rules] == ["hall-administrator-edits-own-directory"]
    assert denied.verdict == 2


@pytest.mark.parametrize(
    "stranger",
    [
        departments(row("dehui-rs", 112, "被改名的", OTHER)),
        departments(row("dehui-rs", 112, "德惠市人社局（示例）", COUNTY)),
        departments(row("yushu-rs", 111, "榆树市人社局（示例）", OTHER)),
        said.EditedFile(name="d.csv", content=b"date,kind,name,calendar\n2026-09-09,local_off,Festival,yanbian\n"),
        said.EditedFile(name="h.csv", content="hall,name,tier,superior,division_code\ndehui,德惠,county,changchun,220183\n".encode()),
    ],
    ids=["another's name", "taking over", "giving away", "another calendar's days", "another hall"],
)
async def test_a_county_does_not_edit_what_is_anothers(scene: Scene, stranger: said.EditedFile) -> None:
    county = await scene.editor(COUNTY)
    assert await refusal(county.propose(stranger)) == "REASON_SCOPE_DENIED"
    assert await refusal(county.save(stranger, position=1 << 40)) == "REASON_SCOPE_DENIED"


@pytest.mark.parametrize(
    "identity",
    [
        departments(f"yushu-rs,{uscc_of('11220000000000999')},榆树市人社局（示例）,{COUNTY},,,"),
        departments(row("yushu-new", 113, "榆树市新局（示例）", COUNTY)),
        said.EditedFile(name="h.csv", content="hall,name,tier,superior,division_code\nyushu,榆树,city,jilin-sheng,220182\n".encode()),
    ],
    ids=["an organ's USCC", "a new organ", "its tier"],
)
async def test_what_identifies_a_hall_or_an_organ_is_the_provinces(scene: Scene, identity: said.EditedFile) -> None:
    assert await refusal((await scene.editor(COUNTY)).propose(identity)) == "REASON_SCOPE_DENIED"
    assert (await (await scene.editor(PROVINCE)).propose(identity)).rows


async def test_whoever_is_no_administrator_edits_nothing(scene: Scene) -> None:
    clerk = await scene.editor(COUNTY, role="clerk")
    assert await refusal(clerk.propose(RENAMED)) == "REASON_SCOPE_DENIED"
    assert await refusal(clerk.save(RENAMED, position=1 << 40)) == "REASON_SCOPE_DENIED"
    assert await refusal(clerk.pending()) == "REASON_SCOPE_DENIED"
    assert await refusal((await scene.editor(COUNTY)).pending()) == "REASON_SCOPE_DENIED"
    assert await refusal((await scene.editor(COUNTY)).history("rule", "node-exchanges")) == "REASON_SCOPE_DENIED"


async def test_an_edit_over_somebody_elses_is_refused_and_both_are_shown(scene: Scene) -> None:
    county, province = await scene.editor(COUNTY), await scene.editor(PROVINCE, person="9")
    read = (await county.propose(RENAMED)).position
    await province.edit(departments(row("yushu-rs", 111, "省里改的名", COUNTY)))
    assert await refusal(county.save(RENAMED, position=read)) == "REASON_REGISTER_MOVED"
    assert scene.document("department", "yushu-rs")["name"] == "省里改的名"
    (conflict,) = (await county.propose(RENAMED, position=read)).conflicts
    assert (conflict.since.change.author.hall, conflict.since.change.author.person.person) == (PROVINCE, "9")
    (name,) = conflict.row.fields
    assert (json.loads(name.before), json.loads(name.after)) == ("省里改的名", "榆树市人力资源和社会保障局（示例）")


async def test_edits_of_other_rows_do_not_conflict(scene: Scene) -> None:
    county, other = await scene.editor(COUNTY), await scene.editor(OTHER)
    read = (await county.propose(RENAMED)).position
    await other.edit(departments(row("dehui-rs", 112, "德惠市人力资源局（示例）", OTHER)))
    assert (await county.save(RENAMED, position=read)).changes == 1


async def test_of_two_who_save_at_once_one_wins_and_the_other_is_told(scene: Scene) -> None:
    county, province = await scene.editor(COUNTY), await scene.editor(PROVINCE)
    read = (await county.propose(RENAMED)).position
    named = [departments(row("yushu-rs", 111, name, COUNTY)) for name in ("名甲", "名乙")]
    both = await asyncio.gather(*(refusal(who.save(file, position=read)) for who, file in zip((county, province), named, strict=True)))
    assert sorted(both) == ["", "REASON_REGISTER_MOVED"]
    assert scene.document("department", "yushu-rs")["name"] == ("名甲" if both[0] == "" else "名乙")


async def test_every_fault_is_told_by_its_row_and_nothing_is_saved(scene: Scene) -> None:
    county = await scene.editor(COUNTY)
    wrong = departments(row("yushu-rs", 111, "隐\u200b形", COUNTY), row("yushu-rs", 111, "", COUNTY))
    faults = (await county.propose(wrong)).faults
    assert [(one.file, one.line) for one in faults] == [("departments.csv", 2), ("departments.csv", 3)]
    assert await refusal(county.save(wrong, position=1 << 40)) == "REASON_FIELD_INVALID"
    assert scene.document("department", "yushu-rs")["name"] == "榆树市人社局（示例）"


SUPERVISION = files("directory.supervision") / "default_rules.toml"
HALLS = "hall,name,tier,superior,division_code,linked\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (SUPERVISION.read_text("utf-8"), "by the operator's import alone"),
        (f"{HALLS}yushu,榆树市政务大厅,county,changchun,220182,no\n", "`linked` is changed by the operator"),
        (f"{HALLS}jingyue,净月政务大厅,county,changchun,220102,yes\n", "a hall is added by the operator"),
    ],
    ids=["another kind", "linked", "a new hall"],
)
async def test_what_pages_do_not_change_is_said_in_a_clear_sentence(scene: Scene, content: str, what: str) -> None:
    proposed = await (await scene.editor(PROVINCE)).propose(said.EditedFile(name="x.csv", content=content.encode()))
    assert any(what in one.what for one in proposed.faults), proposed
    assert not proposed.rows


@pytest.mark.parametrize("reason", ["", "a\u202eb", "x" * 1_001, "关于 11010519491231002X 的决定"])
async def test_a_reason_is_stated_and_names_nobody_by_an_id(scene: Scene, reason: str) -> None:
    county = await scene.editor(COUNTY)
    assert await refusal(county.save(RENAMED, position=1 << 40, reason=reason)) == "REASON_FIELD_INVALID"


async def test_an_edit_that_changes_nothing_says_so(scene: Scene) -> None:
    county = await scene.editor(COUNTY)
    assert (await county.edit(departments(YUSHU))).changes == 0
    assert len(await county.history("department", "yushu-rs")) == 1


async def test_files_are_bounded(scene: Scene) -> None:
    county = await scene.editor(COUNTY)
    large = said.EditedFile(name="large.csv", content=b"x" * (256 * 1024 + 1))
    assert await refusal(county.propose(large)) == "REASON_TOO_LARGE"
    assert await refusal(county.propose(*[RENAMED] * 11)) == "REASON_TOO_LARGE"
    assert await refusal(county.propose()) == "REASON_FIELD_INVALID"


async def test_an_import_between_the_judging_and_the_staging_is_not_written_over(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    county = await scene.editor(COUNTY)
    read = (await county.propose(RENAMED)).position
    imported = [File("departments.csv", f"{HEADER}\n{row('yushu-rs', 111, '导入的名', COUNTY)}\n".encode())]

    def meddled(*given: Any, **more: Any) -> Plan:
        found = importing.plan(*given, **more)
        if imported:
            stage(scene.hub.config, imported.pop())
        return found

    monkeypatch.setattr(editing, "plan", meddled)
    assert await refusal(county.save(RENAMED, position=read)) == "REASON_REGISTER_MOVED"
    assert scene.document("department", "yushu-rs")["name"] == "导入的名"


async def test_a_name_that_looks_like_anothers_is_noted(scene: Scene) -> None:
    alike = departments(row("yushu-rs", 111, "德惠市人社局（示例)", COUNTY))
    (note,) = (await (await scene.editor(COUNTY)).propose(alike)).notes
    assert "looks like" in note.what
