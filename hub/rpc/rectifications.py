"""Answer questions about rectifications, and do to them what people of the halls ask for.

Laws: what may not be read is as if it were not there; the hall that was rated answers, and the hall behind the rectification, or one above,
returns and closes it. It is decided by the rules for orders.
"""

from dataclasses import dataclass, replace

from directory.access import action_of
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.supervision.rectification import Contact, RatingEventKind, RectificationPhase
from directory.supervision.rectification_file import RectificationAct, RectificationFile
from hub.errors import Refusal
from hub.rpc.asking import Asking
from hub.rpc.door import Unary
from hub.rpc.filters import check_name, word_if_any
from hub.rpc.matters import not_found, outcome
from hub.rpc.streams import OpenCall
from hub.rpc.supervised import rectification_standing
from hub.rpc.supervision_desk import Desk, Thing, checked_days, checked_text
from tongban.errors.v1 import errors_pb2
from tongban.supervision.v1 import supervision_pb2 as said


@dataclass(frozen=True, slots=True)
class RectificationDoor:
    """The methods of SupervisionService that are about rectifications."""

    desk: Desk

    def methods(self) -> dict[str, Unary]:
        """Return them by their names."""
        return {
            "ListRectifications": self.list_rectifications,
            "GetRectification": self.get_rectification,
            "AnswerRectification": self.answer_rectification,
            "ReturnRectification": self.return_rectification,
            "CloseRectification": self.close_rectification,
        }

    async def list_rectifications(self, request: said.ListRectificationsRequest, call: OpenCall) -> said.ListRectificationsResponse:
        """Return a page of rectifications, the newest first."""
        asking = self.desk.asking(request, call)
        phase = word_if_any(request.phase, RectificationPhase, "phase")
        wanted = replace(self.desk.wanted(asking, request, action_of(call.method)), phase=phase or "")
        found, more = await self.desk.page(self.desk.room.rectifications.filed.form, asking, request, wanted)
        standing = [rectification_standing(one, self.desk.room.ground) for one in found]
        return said.ListRectificationsResponse(rectifications=standing, next_page_token=more)

    async def get_rectification(self, request: said.GetRectificationRequest, call: OpenCall) -> said.RectificationStanding:
        """Return one rectification."""
        asking = self.desk.asking(request, call)
        file = await self._readable(request.rectification, asking, _rated, action_of(call.method))
        return rectification_standing(file, self.desk.room.ground)

    async def answer_rectification(self, request: said.AnswerRectificationRequest, call: OpenCall) -> said.RectificationStanding:
        """Say what was done and what came of asking the applicant again, for the hall that was rated."""
        asking = self.desk.asking(request, call)
        await self._readable(request.rectification, asking, _rated, action_of(call.method))
        contact = word_if_any(request.contact, Contact, "contact")
        if contact is None:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"contact is one of {', '.join(Contact)}", field="contact")
        act = self._act(RatingEventKind.ANSWERED, checked_text(request.text, "text"))
        return await self._do(request.rectification, replace(act, contact=contact), asking)

    async def return_rectification(self, request: said.ReturnRectificationRequest, call: OpenCall) -> said.RectificationStanding:
        """Say that an answer does not do, for the hall behind the rectification or one above it."""
        asking = self.desk.asking(request, call)
        await self._readable(request.rectification, asking, _behind, action_of(call.method))
        days = checked_days(request.reply_days) if request.reply_days else 0
        act = replace(self._act(RatingEventKind.RETURNED, checked_text(request.ground, "ground")), reply_days=days)
        return await self._do(request.rectification, act, asking)

    async def close_rectification(self, request: said.CloseRectificationRequest, call: OpenCall) -> said.RectificationStanding:
        """Close a rectification, for the hall behind it or one above it."""
        asking = self.desk.asking(request, call)
        await self._readable(request.rectification, asking, _behind, action_of(call.method))
        return await self._do(request.rectification, self._act(RatingEventKind.CLOSED, checked_text(request.ground, "ground")), asking)

    def _act(self, kind: RatingEventKind, words: str) -> RectificationAct:
        return RectificationAct(kind=kind, at=self.desk.room.ground.clock(), text=words)

    async def _do(self, rectification: str, act: RectificationAct, asking: Asking) -> said.RectificationStanding:
        done = await self.desk.room.rectifications.act(rectification, act, asking.principal)
        return rectification_standing(outcome(done), self.desk.room.ground)

    async def _readable(self, rectification: str, asking: Asking, thing: Thing[RectificationFile], action: Action) -> RectificationFile:
        """Return a rectification to which whoever asks may do this; raises Refusal NOT_FOUND for one that may not even be read."""
        check_name(rectification, "rectification")
        file = await self.desk.found(self.desk.room.rectifications.filed.form, rectification)
        if file is None or not (asking.may(Action.ORDER_READ, _rated(file)) or asking.may(action, thing(file))):
            raise not_found("rectification")
        asking.check(action, thing(file))
        return file


def _rated(file: RectificationFile) -> Subject:
    return Subject(hall=file.opened.hall)


def _behind(file: RectificationFile) -> Subject:
    """Say whose it is to whoever would return or close it: a thing of the issuer."""
    return Subject(hall=file.opened.issuer, cited_rule=file.opened.cause.rule)
