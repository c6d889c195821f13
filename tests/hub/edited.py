"""Edit the register of a running hub as people at halls do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from directory.identifiers import uscc_of
from directory.register.importing import File
from directory.scopes.reading import default_rules, rules_as_toml
from hub.config import Config
from hub.tables import register
from tests.hub.hall_client import HallClient
from tests.hub.people import SECONDS
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


@asynccontextmanager
async def edited(folder: Path, config: Config) -> AsyncIterator[Scene]:
    """Run a hub that has two counties' departments."""
    stage(config, File("departments.csv", f"{HEADER}\n{YUSHU}\n{DEHUI}\n".encode()))
    async with running(folder, config) as hub:
        found = Scene(hub)
        yield found
        for client in found.clients.values():
            await client.close()


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
