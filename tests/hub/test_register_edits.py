"""People at halls edit the register: each what is theirs, by what an import is judged by, and nobody over somebody else's edit."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from directory.identifiers import uscc_of
from directory.register.importing import File
from directory.scopes.reading import default_rules, rules_as_toml
from hub.config import Config
from hub.tables import register
from tests.hub.copies import Made
from tests.hub.hall_client import HallClient
from tests.hub.people import SECONDS, Person, eventually, refusal
from tests.hub.running import RunningHub, running
from tests.hub.test_register import look, stage
from tongban.directory.v1 import register_pb2 as said
from tongban.directory.v1.register_pb2_grpc import RegisterServiceStub
from tongban.directory.v1.scopes_pb2 import Principal

PROVINCE, COUNTY, OTHER = "jilin-sheng", "yushu", "dehui"
ADMINISTRATOR = "hall-administrator"
REASON = "吉政办〔2026〕7号"
HEADER = "department,uscc,name,hall,superior,from,to"


def row(department: str, number: int, name: str, hall: str) -> str:
    return f"{department},{uscc_of(f'11220000000000{number}')},{name},{hall},,,"


def departments(*rows: str) -> said.EditedFile:
    return said.EditedFile(name="departments.csv", content="\n".join([HEADER, *rows, ""]).encode())


YUSHU = row("yushu-rs", 111, "榆树市人社局（示例）", COUNTY)
DEHUI = row("dehui-rs", 112, "德惠市人社局（示例）", OTHER)
RENAMED = departments(row("yushu-rs", 111, "榆树市人力资源和社会保障局（示例）", COUNTY))


@dataclass(slots=True)
class Scene:
    """A running hub with two counties' departments, and the halls that have joined."""

    hub: RunningHub
    clients: dict[str, HallClient] = field(default_factory=dict)

    async def editor(self, hall: str, *, person: str = "7", role: str = ADMINISTRATOR) -> "Editor":
        if hall not in self.clients:
            self.clients[hall] = await self.hub.join(hall)
        return Editor(self.clients[hall], Principal(role=role, person=person))

    def document(self, kind: str, key: str, version: str = "1980-01-01") -> dict[str, Any]:
        where = (register.c.kind == kind, register.c.key == key, register.c.version == version)
        found = look(self.hub.config, lambda connection: connection.scalar(sa.select(register.c.document).where(*where)))
        return dict(json.loads(found))


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who edits from a hall."""

    client: HallClient
    who: Principal

    @property
    def _stub(self) -> Any:
        return RegisterServiceStub(self.client.channel)

    async def propose(self, *files: said.EditedFile, position: int = 0) -> said.ProposeChangesResponse:
        request = said.ProposeChangesRequest(files=files, position=position, asked_by=self.who)
        answer: said.ProposeChangesResponse = await self._stub.ProposeChanges(request, timeout=SECONDS)
        return answer

    async def save(self, *files: said.EditedFile, position: int, reason: str = REASON) -> said.SaveChangesResponse:
        request = said.SaveChangesRequest(files=files, position=position, reason=reason, asked_by=self.who)
        answer: said.SaveChangesResponse = await self._stub.SaveChanges(request, timeout=SECONDS)
        return answer

    async def edit(self, *files: said.EditedFile) -> said.SaveChangesResponse:
        return await self.save(*files, position=(await self.propose(*files)).position)

    async def confirm(self, pending: str) -> said.ConfirmChangesResponse:
        answer: said.ConfirmChangesResponse = await self._stub.ConfirmChanges(
            said.ConfirmChangesRequest(pending=pending, asked_by=self.who), timeout=SECONDS
        )
        return answer

    async def withdraw(self, pending: str) -> None:
        await self._stub.WithdrawChanges(said.WithdrawChangesRequest(pending=pending, asked_by=self.who), timeout=SECONDS)

    async def pending(self) -> list[said.PendingChanges]:
        answer = await self._stub.ListPendingChanges(said.ListPendingChangesRequest(asked_by=self.who), timeout=SECONDS)
        return list(answer.pending)

    async def history(self, kind: str, key: str) -> list[said.SaidChange]:
        answer = await self._stub.GetHistory(said.GetHistoryRequest(kind=kind, key=key, asked_by=self.who), timeout=SECONDS)
        return list(answer.changes)


@pytest.fixture
def config(tmp_path: Path, made_province: Made) -> Config:
    made = made_province.copy(tmp_path)
    stage(made, File("departments.csv", f"{HEADER}\n{YUSHU}\n{DEHUI}\n".encode()))
    return made


@pytest.fixture
async def scene(tmp_path: Path, config: Config) -> AsyncIterator[Scene]:
    async with running(tmp_path, config) as hub:
        found = Scene(hub)
        yield found
        for client in found.clients.values():
            await client.close()


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


def rules(*, without: str = "", **ended: str) -> said.EditedFile:
    """Write the default rules down, without one of them, or some ended on a day."""
    text = rules_as_toml(rule for rule in default_rules() if rule.rule != without).decode()
    for rule, day in ended.items():
        name = rule.replace("_", "-")
        head, tail = text.split(f'rule = "{name}"', 1)
        text = f'{head}rule = "{name}"\nto = {day}{tail}'
    return said.EditedFile(name="rules.toml", content=text.encode())


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


async def test_nobody_alone_changes_the_rules_of_access(scene: Scene) -> None:
    one, other = await scene.editor(PROVINCE, person="A7"), await scene.editor(PROVINCE, person="8")
    ended = rules(clerk_asks=tomorrow())
    proposed = await one.propose(ended)
    assert proposed.needs_confirmation
    assert [change.key for change in proposed.rows] == ["clerk-asks"]
    saved = await one.save(ended, position=proposed.position)
    assert saved.pending
    assert look(scene.hub.config, lambda connection: connection.scalar(sa.select(sa.func.count()).where(register.c.kind == "rule"))) == 0
    same = await scene.editor(PROVINCE, person="ａ7")
    assert await refusal(one.confirm(saved.pending)) == "REASON_SECOND_PERSON"
    assert await refusal(same.confirm(saved.pending)) == "REASON_SECOND_PERSON"
    (waits,) = await other.pending()
    assert (waits.author.person.person, waits.reason, [change.key for change in waits.judged.rows]) == ("A7", REASON, ["clerk-asks"])
    assert (await other.confirm(saved.pending)).changes == 1
    assert scene.document("rule", "clerk-asks", "1")["to"] == tomorrow()
    assert scene.document("rule", "node-exchanges", "1"), "the default rules are said with the first"
    (newest, *_) = await other.history("rule", "clerk-asks")
    assert (newest.change.author.person.person, newest.change.confirmed_by.person.person) == ("A7", "8")
    assert await refusal(other.confirm(saved.pending)) == "REASON_NOT_FOUND"
    assert await other.pending() == []


async def test_a_second_person_is_needed_even_where_a_rule_asks_for_none(scene: Scene) -> None:
    one = await scene.editor(PROVINCE)
    text = rules_as_toml(default_rules()).decode().replace('conditions = ["second-officer"]\nfrom', "from")
    alone = text.split('rule = "province-edits-rules"')[1].split("[[rule]]")[0]
    assert "second-officer" in alone or "conditions" not in alone
    stage(scene.hub.config, File("rules.toml", _without_condition().encode()))
    await eventually(lambda: _counted(scene), lambda count: count > 0)
    ended = said.EditedFile(name="r.toml", content=_without_condition(to=tomorrow()).encode())
    saved = await one.edit(ended)
    assert saved.pending
    assert await refusal(one.confirm(saved.pending)) == "REASON_SECOND_PERSON"


def _without_condition(to: str = "") -> str:
    """Write the default rules down, of which `province-edits-rules` asks for no second person; `to` ends `clerk-asks`."""
    found = []
    for table in rules_as_toml(default_rules()).decode().split("[[rule]]")[1:]:
        lines = [line for line in table.splitlines() if "province-edits-rules" not in table or not line.startswith("conditions")]
        if to and 'rule = "clerk-asks"' in table:
            lines.append(f"to = {to}")
        found.append("\n".join(line for line in lines if line))
    return "".join(f"[[rule]]\n{table}\n" for table in found)


async def _counted(scene: Scene) -> int:
    counted = look(scene.hub.config, lambda connection: connection.scalar(sa.select(sa.func.count()).where(register.c.kind == "rule")))
    return int(counted)


async def test_a_change_of_rules_that_cuts_a_tier_off_is_refused_as_an_import_is(scene: Scene) -> None:
    one = await scene.editor(PROVINCE)
    cut = rules(node_exchanges=tomorrow())
    assert any("cut off every hall of the tier" in fault.what for fault in (await one.propose(cut)).faults)
    assert await refusal(one.save(cut, position=1 << 40)) == "REASON_FIELD_INVALID"
    assert await one.pending() == []


async def test_what_waits_is_not_confirmed_over_what_was_changed_meanwhile(scene: Scene) -> None:
    one, other = await scene.editor(PROVINCE), await scene.editor(PROVINCE, person="8")
    saved = await one.edit(rules(clerk_asks=tomorrow()))
    stage(scene.hub.config, File("rules.toml", rules_as_toml(default_rules())))
    await eventually(lambda: _counted(scene), lambda count: count > 0)
    assert await refusal(other.confirm(saved.pending)) == "REASON_REGISTER_MOVED"
    (waits,) = await other.pending()
    assert [conflict.row.key for conflict in waits.judged.conflicts] == ["clerk-asks"]
    await other.withdraw(saved.pending)
    assert await other.pending() == []
    assert await refusal(other.withdraw(saved.pending)) == "REASON_NOT_FOUND"


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
