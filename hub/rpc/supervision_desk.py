"""Ask what every question about cards, orders and rectifications asks: who it is, what may be read, and which page of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Final, Protocol

from directory.access import action_of
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.supervision.cause import REPLY_DAYS_MOST
from directory.supervision.orders import REPLY_DAYS
from directory.texts import MAX_TEXT, text_fault
from hub.cases.paging import PageTokens, Question
from hub.dockets import store
from hub.dockets.store import Form, Matter
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.asking import Asking
from hub.rpc.filters import check_name_if_any
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from hub.supervision import listing
from hub.supervision.forms import ms
from hub.supervision.listing import Wanted
from hub.supervision.room import Supervision
from tongban.directory.v1 import scopes_pb2
from tongban.errors.v1 import errors_pb2

Thing = Callable[[Matter], Subject]
"""What an act is done to, as the rules of access see it."""
_CITING: Final = Subject(hall="", cited_rule="one")
"""Every act of a supervisor here cites a rule: that of the card, order or rectification, or one that is asked for."""


class _AskedBy(Protocol):
    """A question in somebody's name."""

    @property
    def asked_by(self) -> scopes_pb2.Principal: ...


class _Listing(_AskedBy, Protocol):
    """A question for a list of matters."""

    @property
    def page_size(self) -> int: ...
    @property
    def page_token(self) -> str: ...
    @property
    def hall(self) -> str: ...
    @property
    def overdue(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What the doors of supervision share; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    @property
    def room(self) -> Supervision:
        """The rooms of supervision."""
        return self.rooms.supervision

    def asking(self, request: _AskedBy, call: OpenCall) -> Asking:
        """Read who asks, and turn away whoever may do nothing of the kind; raises Refusal."""
        asking = Asking.of(self.rooms, call, request)
        asking.check_open(action_of(call.method), given=_CITING)
        return asking

    async def found(self, form: Form[Matter], ident: str) -> Matter | None:
        """Return a matter, None when there is none; raises MessageMalformed."""

        def read() -> Matter | None:
            with self.rooms.database.reader.begin() as connection:
                return store.one(connection, form, ident)

        return await self.rooms.reading(read)

    def wanted(self, asking: Asking, request: _Listing, action: Action) -> Wanted:
        """Return what a list is narrowed to; raises Refusal."""
        check_name_if_any(request.hall, "hall")
        law = asking.in_force.law
        predicate = law.predicate(asking.principal, action, {"hall": "hall"})
        overdue_at_ms = ms(self.room.ground.clock()) if request.overdue else None
        return Wanted(may_read=predicate, hall=request.hall, overdue_at_ms=overdue_at_ms)

    async def page(self, form: Form[Matter], asking: Asking, request: _Listing, wanted: Wanted) -> tuple[list[Matter], str]:
        """Return a page, and the token of the next one, empty for the last."""
        who = asking.principal
        question: Question = (form.matters.name, *asking.asker, wanted.hall, wanted.phase, wanted.effect, request.overdue)
        position = position_in(self.tokens, request.page_token, who.hall, question)
        after = (int(position[0]), str(position[1])) if position else None
        size = page_size(request.page_size)

        def read() -> list[Matter]:
            with self.rooms.database.reader.begin() as connection:
                return listing.page(connection, form, wanted, after, size + 1)

        found = await self.rooms.reading(read)
        if len(found) <= size:
            return found, ""
        return found[:size], self.tokens.write(who.hall, question, form.place(found[size - 1]))


def checked_days(asked: int) -> int:
    """Return within how many working days is to be answered; raises Refusal."""
    if asked > REPLY_DAYS_MOST:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"reply_days is more than {REPLY_DAYS_MOST}", field="reply_days")
    return asked or REPLY_DAYS


def checked_text(words: str, name: str) -> str:
    """Return a text; raises Refusal for one that is empty, too long, or holds signs that are not seen, and repeats nothing of it."""
    if text_fault(words):
        fault = f"{name} is empty, longer than {MAX_TEXT} characters, not in NFC, or holds signs that are not seen"
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, fault, field=name)
    return words
