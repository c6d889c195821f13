"""Serve tongban.directory.v1.RegisterService: the register, edited by people at halls.

Laws: each row is decided on, as it was and as it would be, by the law of the moment in which it is saved; nobody alone changes the rules of
access; a save, a confirmation, and the denial of a row, is in the decision records before its answer leaves.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import grpc

from directory.access import action_of
from directory.differences import difference
from directory.register.changes import Change, change_message, write_author
from directory.register.editing import EDITABLE, NotEntitled, action_on, entitled
from directory.register.fold import Documents
from directory.register.importing import File, FileFault
from directory.register.kinds import Kind
from directory.scopes.decisions import Allowed
from directory.scopes.principal import HUB, Principal, is_same_person
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.texts import text_fault
from hub.decisions.questions import Question
from hub.errors import Refusal
from hub.registry.editing import Edit, Editing, Judged, Saved, kinds
from hub.registry.history import Said
from hub.registry.pending import Pending
from hub.rooms import Rooms
from hub.rpc.asking import Asking, check_purpose, refusal
from hub.rpc.door import LARGEST, Doorkeeper, Unary, serve
from hub.rpc.filters import check_name
from hub.rpc.streams import OpenCall
from tongban.directory.v1 import register_pb2 as said
from tongban.directory.v1 import scopes_pb2
from tongban.errors.v1 import errors_pb2

MOST_FILES = 10
MOST_BYTES = 256 * 1024
"""Of the files of one edit."""
RESOURCE = "directory"
"""What decision records say was changed."""


@dataclass(frozen=True, slots=True)
class RegisterService:
    """Edits of the register."""

    rooms: Rooms
    editing: Editing

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "ProposeChanges": self.propose_changes,
            "SaveChanges": self.save_changes,
            "ConfirmChanges": self.confirm_changes,
            "WithdrawChanges": self.withdraw_changes,
            "ListPendingChanges": self.list_pending_changes,
            "GetHistory": self.get_history,
        }
        serve(server, said.DESCRIPTOR.services_by_name["RegisterService"], methods, keeper)

    async def propose_changes(self, request: said.ProposeChangesRequest, call: OpenCall) -> said.ProposeChangesResponse:
        """Say what files would change."""
        asking = Asking.of(self.rooms, call, request)
        edit = _edit(request.files, request.position or LARGEST, "")
        _check_kinds(asking, edit.files)
        judged = await self.editing.judge(edit)
        denied = _entitled(asking, asking.principal, judged, _another(asking.principal))
        if isinstance(denied, NotEntitled):
            raise _refused(asking.principal, denied)
        return _answer(judged)

    async def save_changes(self, request: said.SaveChangesRequest, call: OpenCall) -> said.SaveChangesResponse:
        """Change the register, or have the changes wait for another person."""
        asking = Asking.of(self.rooms, call, request)
        edit = _edit(request.files, request.position, _reason(request.reason))
        _check_kinds(asking, edit.files)
        act = _Act(self.rooms, call, asking, edit, _another(asking.principal))
        try:
            saved = await self.editing.save(edit, asking.principal, request, act.check)
        finally:
            await act.record()
        return said.SaveChangesResponse(position=saved.position, changes=saved.changes, pending=saved.pending)

    async def confirm_changes(self, request: said.ConfirmChangesRequest, call: OpenCall) -> said.ConfirmChangesResponse:
        """Let count what another person saved."""
        asking, waits = await self._pending(request.pending, call, request)
        if is_same_person(waits.author.person, asking.principal.person):
            msg = "whoever saved a change does not confirm it: another administrator does"
            raise Refusal(errors_pb2.REASON_SECOND_PERSON, msg)
        edit = _edit(waits.request.files, waits.request.position, waits.request.reason)
        act = _Act(self.rooms, call, asking, edit, waits.author.person, waits.author)
        try:
            saved: Saved = await self.editing.confirm(waits, edit, asking.principal, act.check)
        finally:
            await act.record()
        return said.ConfirmChangesResponse(position=saved.position, changes=saved.changes)

    async def withdraw_changes(self, request: said.WithdrawChangesRequest, call: OpenCall) -> said.WithdrawChangesResponse:
        """Take back what waits to be confirmed."""
        asking, waits = await self._pending(request.pending, call, request)
        await self.editing.withdraw(waits, asking.principal)
        return said.WithdrawChangesResponse()

    async def list_pending_changes(self, request: said.ListPendingChangesRequest, call: OpenCall) -> said.ListPendingChangesResponse:
        """Return what waits to be confirmed, judged as the register stands."""
        asking = Asking.of(self.rooms, call, request)
        _check_open(asking, Action.RULES_EDIT)
        found = [_pending(one, await self.editing.judge(_kept(one))) for one in await self.editing.waiting()]
        return said.ListPendingChangesResponse(pending=found)

    async def get_history(self, request: said.GetHistoryRequest, call: OpenCall) -> said.GetHistoryResponse:
        """Return what was said of one thing."""
        check_name(request.kind, "kind")
        check_name(request.key, "key")
        asking = Asking.of(self.rooms, call, request)
        asking.check(Action.RULES_READ if request.kind == Kind.RULE else action_of(call.method), Subject(hall=HUB))
        return said.GetHistoryResponse(changes=map(_said, await self.editing.history(request.kind, request.key)))

    async def _pending(
        self, ident: str, call: OpenCall, request: said.ConfirmChangesRequest | said.WithdrawChangesRequest
    ) -> tuple[Asking, Pending]:
        asking = Asking.of(self.rooms, call, request)
        check_name(ident, "pending")
        _check_open(asking, Action.RULES_EDIT)
        return asking, await self.editing.find(ident)


@dataclass(slots=True)
class _Act:
    """One save or confirmation, and what was decided about it; `author` is whoever saved what is confirmed."""

    rooms: Rooms
    call: OpenCall
    asking: Asking
    edit: Edit
    second_person: str
    author: Principal | None = None
    _decided: list[Allowed] | NotEntitled | None = None
    _rows: list[tuple[str, str]] = field(default_factory=list)

    def check(self, judged: Judged) -> None:
        """Raise Refusal where a row is none that they may change, by the law as it is now."""
        asking, who = Asking(self.asking.principal, self.rooms.laws.in_force()), self.asking.principal
        self._rows = [(change.place.kind, _row(change)) for change in judged.changes]
        self._decided = _entitled(asking, who, judged, self.second_person)
        if isinstance(self._decided, list) and self.author is not None:
            author = _entitled(asking, self.author, judged, who.person)
            self._decided = author if isinstance(author, NotEntitled) else [*self._decided, *author]
        if isinstance(self._decided, NotEntitled):
            raise _refused(who, self._decided)

    async def record(self) -> None:
        """Write down what was decided, if anything was."""
        if self._decided is None or not self._rows:
            return
        now, kind = self.rooms.clock(), self._rows[0][0]
        question = Question(
            principal=self.asking.principal,
            method=self.call.method,
            action=action_on(kind),
            purpose=scopes_pb2.Purpose(purpose=self.edit.reason),
            resource=RESOURCE,
            in_force=self.asking.in_force,
            at=now,
        )
        decided = self._decided
        record = question.denied(decided.denied) if isinstance(decided, NotEntitled) else question.allowed(decided, self._rows)
        await self.rooms.decisions.write(record, now)


def _entitled(asking: Asking, who: Principal, judged: Judged, second_person: str) -> list[Allowed] | NotEntitled:
    return entitled(asking.in_force.law, who, judged.claims, second_person)


def _another(who: Principal) -> str:
    """Name somebody else, where another person is yet to confirm."""
    return f"{who.person}-"


def _check_kinds(asking: Asking, files: Sequence[File]) -> None:
    """Turn away whoever may edit nothing of a kind, before what is wrong with it tells anything; raises Refusal."""
    for kind in sorted(kinds(files)) or EDITABLE[:1]:
        _check_open(asking, action_on(kind))


def _check_open(asking: Asking, action: Action) -> None:
    who = asking.principal
    asking.check_open(action, given=Subject(hall="", second_person=_another(who)))


def _edit(files: Iterable[said.EditedFile], position: int, reason: str) -> Edit:
    given = tuple(File(one.name, one.content) for one in files)
    if not 0 < len(given) <= MOST_FILES or sum(len(one.data) for one in given) > MOST_BYTES:
        msg = f"an edit is of 1 to {MOST_FILES} files, of {MOST_BYTES // 1024} KiB together"
        raise Refusal(errors_pb2.REASON_TOO_LARGE if given else errors_pb2.REASON_FIELD_INVALID, msg, field="files")
    for one in given:
        check_name(one.name, "files.name")
    return Edit(given, position, reason)


def _reason(text: str) -> str:
    if wrong := text_fault(text):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"reason: {wrong}", field="reason")
    check_purpose(scopes_pb2.Purpose(purpose=text))
    return text


def _refused(who: Principal, denied: NotEntitled) -> Refusal:
    if not denied.reserved:
        return refusal(who, denied.denied)
    msg = f"{denied.place}: {', '.join(denied.reserved)} is changed by the province's administrators alone"
    return Refusal(errors_pb2.REASON_SCOPE_DENIED, msg)


def _kept(one: Pending) -> Edit:
    return _edit(one.request.files, one.request.position, one.request.reason)


def _pending(one: Pending, judged: Judged) -> said.PendingChanges:
    shown = said.PendingChanges(pending=one.id, author=write_author(one.author), reason=one.request.reason, judged=_answer(judged))
    shown.saved_at.FromDatetime(one.saved_at)
    return shown


def _answer(judged: Judged) -> said.ProposeChangesResponse:
    documents = judged.ground.documents
    rows = {} if judged.faults else {change.place: _difference(documents, change) for change in judged.changes}
    conflicts = [said.RowConflict(row=rows[one.change.place], since=_said(one)) for one in judged.since if one.change.place in rows]
    return said.ProposeChangesResponse(
        rows=rows.values(),
        faults=map(_fault, judged.faults),
        notes=map(_fault, judged.plan.notes),
        conflicts=conflicts,
        position=judged.position,
        needs_confirmation=judged.needs_confirmation,
    )


def _difference(documents: Documents, change: Change) -> said.RowDifference:
    """Say what differs in a row, by the names that its file has."""
    before, after = json.loads(documents.get(change.place, "{}")), json.loads(change.document or "{}")
    place, changed = change.place, difference([before], [after], key=lambda _: ("",)).changed
    fields = [
        said.FieldDifference(path=one.path, before=_json(one.before), after=_json(one.after)) for row in changed for one in row.fields
    ]
    return said.RowDifference(kind=place.kind, key=place.key, version=place.version, added=change.place not in documents, fields=fields)


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _fault(one: FileFault) -> said.RegisterFault:
    return said.RegisterFault(file=one.file, line=one.fault.line, path=one.fault.path, what=one.fault.what)


def _said(one: Said) -> said.SaidChange:
    told = said.SaidChange(ledger_index=one.ledger_index, change=change_message(one.change))
    told.said_at.FromDatetime(one.said_at)
    return told


def _row(change: Change) -> str:
    return f"{change.place.key} {change.place.version}".strip()
