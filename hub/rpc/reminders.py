"""List the reminders that halls were given.

Law: whoever may read the cards of a hall may read its reminders.
"""

from dataclasses import dataclass

from directory.access import action_of
from directory.contract import timestamp
from directory.supervision.cause import write_cause
from hub.cases.paging import Question
from hub.rpc.door import Unary
from hub.rpc.filters import check_name_if_any
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from hub.rpc.supervision_desk import Desk
from hub.supervision.reminders import Reminded, page
from tongban.supervision.v1 import supervision_pb2 as said


@dataclass(frozen=True, slots=True)
class ReminderDoor:
    """The method of SupervisionService that is about reminders."""

    desk: Desk

    def methods(self) -> dict[str, Unary]:
        """Return it by its name."""
        return {"ListReminders": self.list_reminders}

    async def list_reminders(self, request: said.ListRemindersRequest, call: OpenCall) -> said.ListRemindersResponse:
        """Return a page of reminders, the newest first."""
        asking = self.desk.asking(request, call)
        check_name_if_any(request.hall, "hall")
        who = asking.principal
        may_read = asking.in_force.law.predicate(who, action_of(call.method), {"hall": "hall"})
        question: Question = ("reminders", *asking.asker, request.hall)
        position = position_in(self.desk.tokens, request.page_token, who.hall, question)
        before, size = int(position[0]) if position else None, page_size(request.page_size)

        def read() -> tuple[list[Reminded], int | None]:
            with self.desk.room.ground.models.reader.begin() as models:
                return page(models, may_read, request.hall, before, size)

        found, behind = await self.desk.rooms.reading(read)
        more = "" if behind is None else self.desk.tokens.write(who.hall, question, (behind,))
        return said.ListRemindersResponse(reminders=[_said(one) for one in found], next_page_token=more)


def _said(one: Reminded) -> said.Reminder:
    return said.Reminder(hall=one.hall, cause=write_cause(one.cause), issued_at=timestamp(one.found_at))
