"""Issue what was found: cards, reminders, orders to report and rectifications, each once.

Laws: what is said, what is kept of it and how far the findings were taken in are one transaction (G2), so that a crash at any moment
issues nothing twice and loses nothing; a finding that cannot be read is told in the log and holds up no other (G8). A rectification is
withdrawn behind what was found before, and once: it is withdrawn first, and the finding taken in then.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import Final

import sqlalchemy as sa
import structlog

from directory.event_ids import event_id
from directory.supervision import card_file, card_messages, order_file, order_messages, rectification_file, rectification_messages
from directory.supervision.card_file import CardAct, CardFile, IssuedCard
from directory.supervision.card_history import CardEventKind
from directory.supervision.cause import write_cause
from directory.supervision.order_file import IssuedOrder, OrderAct, OrderFile
from directory.supervision.orders import OrderEventKind
from directory.supervision.rectification import RatingEventKind
from directory.supervision.rectification_file import OpenedRectification, RectificationAct, RectificationFile
from directory.supervision.vocabulary import CARDS, UNFOUNDED, Effect
from hub.cases import findings
from hub.crash import crash_at
from hub.dockets import store
from hub.dockets.moves import linked
from hub.dockets.store import Form, Kept
from hub.exchange.own_journal import Message
from hub.supervision import cursor
from hub.supervision.cursor import Cursor
from hub.supervision.forms import RECTIFICATION, RESOURCE, SOURCE
from hub.supervision.found import FindingUnreadable, Found, read, unfounded
from hub.supervision.ground import Ground
from hub.supervision.rectifications import Rectifications
from tongban.supervision.v1 import supervision_pb2

_log = structlog.get_logger(__name__)

FINDINGS_A_ROUND: Final = 256
"""As many as one batch of the hub's own journal holds."""
NAME_DIGITS: Final = 24
"""Hexadecimal digits of a thing's name in the id of its card or order: 96 bits."""


@dataclass(frozen=True, slots=True)
class _Issue:
    """Something that is issued: what is said, and the matter that is kept of it; a reminder is none."""

    found: Found
    message: Message
    matter: CardFile | OrderFile | RectificationFile | None


@dataclass(frozen=True, slots=True)
class _Taken:
    """Findings that were taken in: from where, up to where, and what is to be issued for them."""

    was: Cursor
    to: Cursor
    issues: Sequence[_Issue]


@dataclass(slots=True)
class Issuing:
    """The desk at which findings are taken in; for one round at a time."""

    ground: Ground
    cards: Form[CardFile]
    orders: Form[OrderFile]
    rectifications: Rectifications

    async def round(self) -> int:
        """Take in up to FINDINGS_A_ROUND findings and issue what is due for them; return how many there were.

        Raises what keeps it from being committed.
        """
        was, found = await asyncio.to_thread(self._read)
        if not found:
            return 0
        if (thing := unfounded(found[0].finding)) is not None:
            await self.ground.owned.finish(self._take_back(thing, was, Cursor.at(found[0])))
            return 1
        found = list(takewhile(lambda one: one.finding.effect != UNFOUNDED, found))
        taken = await asyncio.to_thread(self._take, was, found)
        await self.ground.owned.finish(self._say(taken))
        return len(found)

    def _read(self) -> tuple[Cursor, list[findings.Kept]]:
        with self.ground.database.reader.begin() as connection:
            was = cursor.kept(connection)
        with self.ground.models.reader.begin() as models:
            return was, cursor.behind(models, was, FINDINGS_A_ROUND)

    def _take(self, was: Cursor, kept: Sequence[findings.Kept]) -> _Taken:
        reported = self.ground.watermarks()
        found: dict[str, Found] = {}
        for one in kept:
            try:
                read_one = read(one.finding, reported)
                found.setdefault(read_one.thing, read_one)
            except FindingUnreadable as error:
                _log.error("finding cannot be read", finding=one.finding.id, number=one.number, error=repr(error.__cause__))
        with self.ground.database.reader.begin() as connection:
            before = cursor.issued(connection, found.keys())
        issues = [self._issue(one) for name, one in found.items() if name not in before]
        return _Taken(was, Cursor.at(kept[-1]), issues)

    async def _take_back(self, thing: str, was: Cursor, to: Cursor) -> None:
        after = await self.rectifications.withdraw(_rectification_id(thing))
        await self.ground.own.committer.plain(partial(cursor.move, was=was, to=to), patient=True)
        _log.info("rectification has no ground", rectification=_rectification_id(thing), withdrawn=isinstance(after, RectificationFile))

    async def _say(self, taken: _Taken) -> None:
        committer = self.ground.own.committer
        if not taken.issues:
            await committer.plain(partial(cursor.move, was=taken.was, to=taken.to), patient=True)
            return

        def also(connection: sa.Connection, ledger_first: int) -> None:
            cursor.move(connection, taken.was, taken.to)
            cursor.keep_issued(connection, [issue.found.thing for issue in taken.issues], ledger_first)
            placed = [(issue.matter, ledger_first + at) for at, issue in enumerate(taken.issues)]
            of_cards = [Kept(matter, CardEventKind.ISSUED, at) for matter, at in placed if isinstance(matter, CardFile)]
            of_orders = [Kept(matter, OrderEventKind.ISSUED, at) for matter, at in placed if isinstance(matter, OrderFile)]
            of_ratings = [Kept(matter, RatingEventKind.RATED, at) for matter, at in placed if isinstance(matter, RectificationFile)]
            store.keep(connection, self.cards, of_cards)
            store.keep(connection, self.orders, of_orders)
            store.keep(connection, self.rectifications.filed.form, of_ratings)

        await self.ground.own.say([issue.message for issue in taken.issues], (), also)
        crash_at("findings-issued")
        _log.info("findings issued", issued=len(taken.issues), up_to=taken.to.number)

    def _issue(self, found: Found) -> _Issue:
        if found.effect in CARDS:
            return self._card(found)
        if found.effect is Effect.RECTIFICATION:
            return self._rectification(found)
        return self._order(found) if found.effect is Effect.ORDER_TO_REPORT else self._reminder(found)

    def _card(self, found: Found) -> _Issue:
        at = self.ground.clock()
        card = IssuedCard(
            card=f"c-{found.thing[:NAME_DIGITS]}",
            effect=found.effect,
            hall=found.hall,
            issuer=self.ground.issuer(found.hall),
            cause=found.cause,
            reply_days=found.reply_days,
            issued_at=at,
        )
        act = CardAct(kind=CardEventKind.ISSUED, at=at, card=card)
        told = (found.hall, *self.ground.superiors(found.hall))
        message = self._message(found, card_messages.TYPE, card.card, card_messages.write_act(card.card, act, None), told)
        return _Issue(found, message, card_file.fold(None, act))

    def _rectification(self, found: Found) -> _Issue:
        at = self.ground.clock()
        opened = OpenedRectification(
            rectification=_rectification_id(found.thing),
            hall=found.hall,
            issuer=self.ground.issuer(found.hall),
            cause=found.cause,
            grade=found.grade,
            rated_at=found.cause.since or at,
            reply_days=found.reply_days,
            opened_at=at,
        )
        act = RectificationAct(kind=RatingEventKind.RATED, at=at, reply_days=found.reply_days, opened=opened)
        payload = rectification_messages.write_act(opened.rectification, act, None)
        told = (found.hall, *self.ground.superiors(found.hall))
        message = self._message(found, rectification_messages.TYPE, opened.rectification, payload, told)
        return _Issue(found, replace(message, resource=RECTIFICATION), rectification_file.fold(None, act))

    def _order(self, found: Found) -> _Issue:
        at = self.ground.clock()
        issuer = self.ground.issuer(found.hall)
        order = IssuedOrder(
            order=f"o-{found.thing[:NAME_DIGITS]}",
            hall=found.hall,
            issuer=issuer,
            cause=found.cause,
            text="",
            reply_days=found.reply_days,
            issued_at=at,
        )
        act = OrderAct(kind=OrderEventKind.ISSUED, at=at, reply_days=found.reply_days, order=order)
        payload = order_messages.write_act(order.order, act, None)
        message = self._message(found, order_messages.TYPE, order.order, payload, (found.hall, issuer))
        return _Issue(found, message, order_file.fold(None, act))

    def _reminder(self, found: Found) -> _Issue:
        said = supervision_pb2.Reminder(hall=found.hall, cause=write_cause(found.cause))
        said.issued_at.FromDatetime(self.ground.clock())
        name = supervision_pb2.Reminder.DESCRIPTOR.full_name
        return _Issue(found, self._message(found, name, found.cause.case_number, said.SerializeToString(), (found.hall,)), None)

    def _message(self, found: Found, name: str, subject: str, payload: bytes, halls: Sequence[str]) -> Message:
        return Message(
            source=SOURCE,
            resource=RESOURCE,
            type=name,
            subject=subject,
            payload=payload,
            at=self.ground.clock(),
            event_id=event_id(SOURCE.encode(), found.thing.encode()),
            recipients=linked(frozenset(halls), self.ground.province()),
        )


def _rectification_id(thing: str) -> str:
    return f"rc-{thing[:NAME_DIGITS]}"
