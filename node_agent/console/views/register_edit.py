"""Let administrators edit a row of the register: a form, then the difference, then the save.

Laws: the hub judges and decides; what was typed is kept until the hub has it; what others changed meanwhile is shown beside what one
wanted, and written over by nobody who has not seen it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from starlette.responses import Response

from directory.register.changes import Change, Place
from directory.register.editing import EDITABLE, action_on, claims, entitled
from directory.register.kinds import Kind
from directory.texts import text_fault
from node_agent import directory_replica
from node_agent.accounts import drafts
from node_agent.console import register_form, replica
from node_agent.console.asking import JUDGING, Unanswered
from node_agent.console.pages import done, draw, message
from node_agent.console.register_form import ADDED, HOW, PREFIX, SINCE, VERSIONED
from node_agent.console.replica import Document
from node_agent.console.seeing import may
from node_agent.console.views.acting import AWAY, EMPTY
from node_agent.console.views.asking_for import asked_by
from node_agent.console.visit import Visit
from node_agent.link import register as hub
from tongban.directory.v1 import register_pb2 as said

FILE: Final = "console"
"""What faults call the file of a form."""
MOST_REASON: Final = 1_000
_MOVED: Final = "REASON_REGISTER_MOVED"
_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Row:
    """What is edited: the row as the replica has it (`document` is empty of a new one), and up to where the replica goes."""

    kind: Kind
    key: str
    version: str
    document: str
    position: int
    typed: Mapping[str, str]

    @property
    def draft(self) -> str:
        """Name the draft of its form."""
        return f"register {self.kind} {self.key} {self.version}"[:120]

    @property
    def query(self) -> dict[str, str]:
        """Return how its page is asked for."""
        return {"key": self.key, "version": self.version}


@dataclass(frozen=True, slots=True)
class Judged:
    """What was typed, as a file, and what the hub says of it."""

    content: bytes
    said: said.ProposeChangesResponse


async def show(visit: Visit) -> Response:
    """Draw the form of a row, with what was typed before."""
    row = await _row(visit, visit.asked("key"), visit.asked("version"))
    if row is None:
        return await message(visit, "absent", 404)
    if not (await may_edit(visit, row.kind, row.document, row.key) if row.document else may(visit.law, visit.who, action_on(row.kind))):
        return await message(visit, "not-yours", 403)
    if visit.asked("fresh") == "1":
        return _form(visit, replace(row, typed=_fresh(visit, row)), 200)
    return _form(visit, row, 200, is_draft=dict(row.typed) != _fresh(visit, row))


async def take(visit: Visit) -> Response:
    """Show what the hub says that would change, or save it."""
    row = await _row(visit, visit.form.get("key", ""), visit.form.get("version", ""))
    if row is None:
        return await message(visit, "absent", 404)
    if visit.form.get("do") == "save":
        return await _save(visit, row)
    typed = {name: value.strip() for name, value in visit.form.items() if name.startswith(PREFIX) or name in {HOW, SINCE}}
    row = replace(row, typed=typed)
    await _keep(visit, row)
    content = register_form.written(row.kind, typed, row.document)
    return await _proposed(visit, row, content, _position(visit))


async def _proposed(visit: Visit, row: Row, content: bytes, position: int, status: int = 200) -> Response:
    request = said.ProposeChangesRequest(files=[_file(content)], position=position, asked_by=asked_by(visit))
    told = await visit.site.asking.ask(hub.propose, request, JUDGING)
    if isinstance(told, Unanswered):
        return _form(visit, row, 422 if told.reason else 503, fault=told.reason or AWAY)
    judged: said.ProposeChangesResponse = told.said
    if judged.faults or not judged.rows:
        return _form(visit, row, 422 if judged.faults else 200, faults=judged.faults, is_same=not judged.faults)
    return _difference(visit, row, Judged(content, judged), status)


async def _save(visit: Visit, row: Row) -> Response:
    content, reason, position = visit.form.get("content", "").encode(), visit.form.get("reason", "").strip(), _position(visit)
    if not reason or len(reason) > MOST_REASON or text_fault(reason):
        return await _again(visit, row, content, EMPTY if not reason else "REASON_FIELD_INVALID")
    request = said.SaveChangesRequest(files=[_file(content)], position=position, reason=reason, asked_by=asked_by(visit))
    told = await visit.site.asking.ask(hub.save, request, JUDGING)
    if isinstance(told, Unanswered):
        if told.reason == _MOVED:
            return await _proposed(visit, row, content, position, 409)
        return await _again(visit, row, content, told.reason or AWAY)
    number = visit.signed_in.number
    await visit.site.keeping.write(lambda connection: drafts.drop(connection, number, row.draft))
    return done("/register-pending", "register-waits") if told.said.pending else done(f"/register/{row.kind}", "register-saved")


async def _again(visit: Visit, row: Row, content: bytes, fault: str) -> Response:
    """Draw the difference again, with why it was not saved; a hub that is away is not asked again what differs."""
    if fault == AWAY:
        return _form(visit, row, 503, fault=fault)
    request = said.ProposeChangesRequest(files=[_file(content)], position=_position(visit), asked_by=asked_by(visit))
    told = await visit.site.asking.ask(hub.propose, request, JUDGING)
    if isinstance(told, Unanswered) or not told.said.rows:
        return _form(visit, row, 422, fault=fault)
    return _difference(visit, row, Judged(content, told.said), 422, fault)


def _difference(visit: Visit, row: Row, judged: Judged, status: int, fault: str = "") -> Response:
    facts: dict[str, Any] = {"judged": judged.said, "content": judged.content.decode(), "reason": visit.form.get("reason", "")}
    return draw(visit, "register_difference.html", status, row=row, fault=fault, plain=plain, most=MOST_REASON, **facts)


def _form(visit: Visit, row: Row, status: int, **facts: Any) -> Response:  # noqa: ANN401 - what the template shows
    shown = {"fault": "", "faults": (), "is_same": False, "is_draft": False} | facts
    locked = register_form.locked(row.kind, row.document, in_province=is_of_province(visit))
    inputs = register_form.inputs(row.kind, row.typed, locked)
    versioned = row.kind in VERSIONED and bool(row.document)
    return draw(visit, "register_edit.html", status, row=row, inputs=inputs, versioned=versioned, how=_how(row), **shown)


def _how(row: Row) -> dict[str, str]:
    """Return whether a next version begins, and when: so it is for rules, whose versions are not rewritten."""
    return {HOW: row.typed.get(HOW, register_form.NEXT if row.kind == Kind.RULE else ""), SINCE: row.typed.get(SINCE, "")}


async def _row(visit: Visit, key: str, version: str) -> Row | None:
    """Return what is edited; None for a kind that pages do not change, and for a row that there is not."""
    kind = next((one for one in EDITABLE if one == visit.request.path_params["name"]), None)
    if kind is None or visit.law is None or (not key and kind not in ADDED):
        return None
    number = visit.signed_in.number

    def read(connection: sa.Connection) -> tuple[list[Document], int, str]:
        found = replica.documents(connection, kind, key) if key else []
        return found, directory_replica.position(connection), drafts.find(connection, number, Row(kind, key, version, "", 0, {}).draft)

    found, position, kept = await visit.site.keeping.read(read)
    one = next((one for one in found if one.kept.place.version == version), None)
    if key and one is None:
        return None
    row = Row(kind, key, version, one.kept.document if one else "", position, {})
    return replace(row, typed=_drafted(kept) or _fresh(visit, row))


def _drafted(kept: str) -> dict[str, str]:
    """Return what a draft of a form holds; nothing of one that is no form's."""
    try:
        typed = json.loads(kept or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in typed.items()} if isinstance(typed, dict) else {}


def _fresh(visit: Visit, row: Row) -> dict[str, str]:
    if row.document:
        return register_form.shown(row.kind, row.document)
    return {f"{PREFIX}hall": visit.site.hall} if row.kind in {Kind.DEPARTMENT, Kind.OFFER} else {}


async def may_edit(visit: Visit, kind: str, document: str, key: str) -> bool:
    """Tell whether the law that the hall knows lets the person edit anything of a row."""
    if visit.law is None or kind not in EDITABLE:
        return False
    halls = await visit.site.keeping.read(lambda connection: directory_replica.documents(connection, Kind.HALL))
    known = {one.place: one.document for one in halls}
    place = Place(kind, key)
    wanted = claims(known | {place: document}, [Change(place, document)], visit.law.province)
    return isinstance(entitled(visit.law, visit.who, [replace(one, reserved=()) for one in wanted], f"{visit.who.person}-"), list)


def is_of_province(visit: Visit) -> bool:
    """Tell whether the hall is the province's own."""
    return visit.law is not None and visit.law.province.root == visit.site.hall


def plain(value: str) -> str:
    """Return a field's value, which comes as JSON, for reading."""
    found = json.loads(value) if value else ""
    if isinstance(found, list) and not any(isinstance(one, dict | list) for one in found):
        return "、".join(map(str, found))
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _file(content: bytes) -> said.EditedFile:
    return said.EditedFile(name=FILE, content=content)


def _position(visit: Visit) -> int:
    text = visit.form.get("position", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0


async def _keep(visit: Visit, row: Row) -> None:
    number, now, content = visit.signed_in.number, visit.now, json.dumps(dict(row.typed), ensure_ascii=False)
    await visit.site.keeping.write(lambda connection: drafts.save(connection, number, row.draft, content, now))
