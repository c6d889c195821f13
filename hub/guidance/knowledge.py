"""Publish answers to the province's knowledge, and withdraw them.

Laws: what is published is a change of the register in the hub's own journal, so that every hall has it, those that come later too, and it
can be proved; a change that is so already is none.
"""

from dataclasses import dataclass

from directory.guidance.knowledge import Knowledge, fault
from directory.register.changes import Change, Place
from directory.register.kinds import FORMS, Kind
from directory.texts import text_fault
from hub.errors import Refusal
from hub.registry import staging
from hub.registry.registrar import Registrar
from tongban.errors.v1 import errors_pb2


@dataclass(frozen=True, slots=True)
class Publishing:
    """The province's knowledge in the register; its verbs raise what keeps a change from being committed."""

    registrar: Registrar

    def find(self, knowledge: str) -> Knowledge | None:
        """Return what is published under an id; None when nothing is."""
        held = self.registrar.register.documents().get(_place(knowledge))
        rows: tuple[Knowledge, ...] = FORMS[Kind.KNOWLEDGE].things([held]).rows if held else ()
        return rows[0] if rows else None

    async def publish(self, one: Knowledge) -> None:
        """Publish an answer in the place of an earlier one; raises Refusal for one that does not hold."""
        if wrong := fault(one):
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, wrong, field="answer")
        if self.find(one.knowledge) == one:
            return
        (document,) = FORMS[Kind.KNOWLEDGE].documents([one])
        await self._change(Change(_place(one.knowledge), document), f"published by {one.hall}")

    async def withdraw(self, knowledge: str, ground: str) -> None:
        """Withdraw an answer; raises Refusal without a ground."""
        if text_fault(ground):
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "ground is empty, too long, or holds signs that are not seen", field="ground")
        await self._change(Change(_place(knowledge), None), ground)

    async def _change(self, change: Change, reason: str) -> None:
        registrar = self.registrar
        await registrar.committer.deed(lambda connection: staging.stage(connection, [change], reason, registrar.clock()))
        await registrar.take_in()
        if registrar.register.documents().get(change.place) != change.document:
            raise Refusal(errors_pb2.REASON_NOT_IN_TURN, "the register was changed by others meanwhile; try again")


def _place(knowledge: str) -> Place:
    return Place(Kind.KNOWLEDGE.value, knowledge)
