"""Change the register for people at halls, by what an import is judged by.

Laws: what is saved was judged as it is staged, with everything that waits before it, and is judged again when it is logged; a row that
others changed since the position of whoever saves is not written over, and nothing of that save counts; edits are made one after another.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa

from directory.calendar import beijing_day
from directory.errors import Fault, ListMalformed
from directory.halls import Province
from directory.register.changes import Change, Place
from directory.register.editing import Claim, claims, needs_confirmation, unlawful
from directory.register.importing import File, FileFault, Plan, kinds_of, plan
from directory.register.kinds import Kind
from directory.scopes.principal import Principal
from hub.errors import Refusal, StorageBusy
from hub.registry import edits, history, pending, staging
from hub.registry.edits import Ground
from hub.registry.history import Said
from hub.registry.pending import Pending
from hub.registry.registrar import Registrar
from hub.registry.staging import Authors
from tongban.directory.v1.register_pb2 import SaveChangesRequest
from tongban.errors.v1 import errors_pb2

_T = TypeVar("_T")

MOST_CHANGES = 500
"""Of one save: whoever saves looks at every one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants: files as an import has them, and the size of the ledger up to which they know the register."""

    files: tuple[File, ...]
    position: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an edit comes to: no changes where there are faults; `since` is what others said of its rows meanwhile."""

    ground: Ground
    plan: Plan
    faults: tuple[FileFault, ...]
    since: tuple[Said, ...]
    position: int
    claims: tuple[Claim, ...]

    @property
    def changes(self) -> Sequence[Change]:
        """What it would change."""
        return self.plan.changes

    @property
    def needs_confirmation(self) -> bool:
        """Whether a second person has to confirm it."""
        return needs_confirmation(change.place.kind for change in self.changes)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an edit: how many changes count up to which size of the ledger, or under which id they wait."""

    position: int
    changes: int
    pending: str = ""


Entitled = Callable[[Judged], None]
"""Raises Refusal for whoever may not make these changes."""


@dataclass(frozen=True, slots=True)
class _Act:
    """An edit in the hands of those who make it; `also` is written in the transaction that stages it."""

    edit: Edit
    by: Authors
    entitled: Entitled
    also: Callable[[sa.Connection], None] = lambda _: None


def kinds(files: Sequence[File]) -> frozenset[Kind]:
    """Return the kinds that files are of; those that are of none are told when they are judged."""
    found: set[Kind] = set()
    for file in files:
        try:
            found.update(kinds_of(file.data))
        except ListMalformed:
            continue
    return frozenset(found)


@dataclass(slots=True)
class Editing:
    """The edits of the register; its verbs raise Refusal, and what keeps a change from being committed."""

    registrar: Registrar
    province: Callable[[], Province]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def judge(self, edit: Edit) -> Judged:
        """Say what an edit would change."""
        return await asyncio.to_thread(self._judge, edit)

    async def save(self, edit: Edit, author: Principal, request: SaveChangesRequest, entitled: Entitled) -> Saved:
        """Change the register, or let the changes wait for another person where they must."""
        return await self.registrar.owned.finish(self._save(_Act(edit, Authors(author), entitled), request))

    async def confirm(self, waits: Pending, edit: Edit, by: Principal, entitled: Entitled) -> Saved:
        """Let what waits count."""

        def also(connection: sa.Connection) -> None:
            if not pending.settle(connection, waits.id, pending.State.CONFIRMED, by, self.registrar.clock()):
                raise gone()

        return await self.registrar.owned.finish(self._confirm(_Act(edit, Authors(waits.author, by), entitled, also)))

    async def withdraw(self, waits: Pending, by: Principal) -> None:
        """Take back what waits."""
        now = self.registrar.clock()
        if not await self.registrar.committer.deed(
            lambda connection: pending.settle(connection, waits.id, pending.State.WITHDRAWN, by, now)
        ):
            raise gone()

    async def waiting(self) -> list[Pending]:
        """Return what waits to be confirmed."""
        return await asyncio.to_thread(self._read, pending.waiting)

    async def find(self, ident: str) -> Pending:
        """Return what waits under an id; raises Refusal NOT_FOUND."""
        found = await asyncio.to_thread(self._read, lambda connection: pending.find(connection, ident))
        if found is None:
            raise gone()
        return found

    async def history(self, kind: str, key: str) -> list[Said]:
        """Return the last changes of a thing."""
        return await asyncio.to_thread(self._read, lambda connection: history.of(connection, kind, key))

    async def _save(self, act: _Act, request: SaveChangesRequest) -> Saved:
        async with self._turn:
            judged = await self._settled(act)
            if not judged.needs_confirmation:
                return await self._stage(act, judged)
            now = self.registrar.clock()
            ident = await self.registrar.committer.deed(lambda connection: pending.add(connection, act.by.author, request, now))
            if ident is None:
                msg = f"{pending.MOST_WAITING} changes wait to be confirmed; confirm or withdraw some"
                raise Refusal(errors_pb2.REASON_QUOTA, msg)
            return Saved(judged.position, len(judged.changes), ident)

    async def _confirm(self, act: _Act) -> Saved:
        async with self._turn:
            return await self._stage(act, await self._settled(act))

    async def _settled(self, act: _Act) -> Judged:
        """Judge an edit behind all that waits; raises Refusal where it may not be, does not hold or would write over others'."""
        await self.registrar.take_in()
        judged = await self.judge(act.edit)
        act.entitled(judged)
        if judged.faults:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "; ".join(map(str, judged.faults)), field="files")
        if judged.since:
            rows = ", ".join(sorted(str(said.change.place) for said in judged.since))
            raise Refusal(errors_pb2.REASON_REGISTER_MOVED, f"changed by others since position {act.edit.position}: {rows}")
        return judged

    async def _stage(self, act: _Act, judged: Judged) -> Saved:
        for _ in range(edits.TRIES):
            number = await self.registrar.committer.deed(self._staging(act, judged))
            if number is not None:
                return await self._taken(number, len(judged.changes))
            judged = await self._settled(act)
        raise StorageBusy("the directory is being changed by others all the time; try again")

    def _staging(self, act: _Act, judged: Judged) -> Callable[[sa.Connection], int | None]:
        """Stage it where the ground stands on which it was judged; 0 where there is nothing to change."""

        def deed(connection: sa.Connection) -> int | None:
            if not edits.stands(connection, judged.ground):
                return None
            act.also(connection)
            if not judged.changes:
                return 0
            number = edits.stage_planned(connection, judged.ground, judged.plan, self.registrar.clock(), act.edit.reason) or 0
            staging.sign(connection, number, act.by)
            return number

        return deed

    async def _taken(self, number: int, changes: int) -> Saved:
        """Have a staging taken in, and say what became of it; raises Refusal for one that was refused after all."""
        await self.registrar.take_in()
        account, size = await asyncio.to_thread(
            self._read, lambda connection: (staging.account(connection, number), history.size(connection))
        )
        if account is not None and account.state is staging.State.REFUSED:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "; ".join(account.faults), field="files")
        return Saved(size, changes)

    def _judge(self, edit: Edit) -> Judged:
        now = self.registrar.clock()
        with self.registrar.database.reader.begin() as connection:
            # Before the documents: what is said in between is no part of the position, and found to be others'.
            position = history.size(connection)
            ground = edits.ground(connection, now)
        if Kind.RULE in kinds(edit.files):
            ground = edits.with_default_rules(ground)
        planned = plan(edit.files, ground.documents, beijing_day(now), reason=edit.reason)
        faults = (*planned.faults, *_faults(ground, planned))
        wanted = tuple(claims(ground.documents, planned.changes, self.province()))
        return Judged(ground, planned, faults, self._since(edit, planned.changes), position, wanted)

    def _since(self, edit: Edit, changes: Sequence[Change]) -> tuple[Said, ...]:
        places = [change.place for change in changes]
        with self.registrar.database.reader.begin() as connection:
            return tuple(history.at(connection, sorted(history.changed_since(connection, places, edit.position).values())))

    def _read(self, question: Callable[[sa.Connection], _T]) -> _T:
        with self.registrar.database.reader.begin() as connection:
            return question(connection)


def _faults(ground: Ground, planned: Plan) -> list[FileFault]:
    """Return what no page changes, whoever asks."""
    if len(planned.changes) > MOST_CHANGES:
        return [FileFault("", Fault(0, f"{len(planned.changes)} rows would change; at most {MOST_CHANGES} may at once"))]
    found = [_fault(place, what) for place, what in unlawful(ground.documents, planned.changes)]
    ruled = {change.place.kind == Kind.RULE for change in planned.changes}
    return (
        [*found, FileFault("", Fault(0, "rules of access are saved by themselves: another person confirms them"))]
        if len(ruled) > 1
        else found
    )


def _fault(place: Place, what: str) -> FileFault:
    return FileFault("", Fault(0, f"{place}: {what}"))


def gone() -> Refusal:
    """Return the refusal of what does not wait any more."""
    return Refusal(errors_pb2.REASON_NOT_FOUND, "there is nothing under this id that waits to be confirmed")
