"""Say how cards, orders and rectifications are kept, and until when each waits for an answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from directory.calendar import Calendar, Due
from directory.calendar_file import official
from directory.supervision import (
    card_file,
    card_messages,
    order_file,
    order_messages,
    rectification,
    rectification_file,
    rectification_messages,
)
from directory.supervision.card_file import CardFile
from directory.supervision.card_history import reply_due
from directory.supervision.order_file import OrderFile, awaited, may_go_up
from directory.supervision.orders import GRACE
from directory.supervision.rectification_file import RectificationFile
from hub.dockets.store import Form
from hub.supervision.tables import rectification_events, rectifications
from hub.tables import card_events, cards, order_events, orders

SOURCE: Final = "supervision"
"""Which of the hub's systems says it."""
RESOURCE: Final = "supervision"
"""The resource under which cards, reminders and orders travel."""

RECTIFICATION: Final = "rectification"
"""The resource under which rectifications travel."""

CalendarOf = Callable[[str], Calendar]
"""The calendar that a hall keeps today."""


def cards_by(calendar_of: CalendarOf) -> Form[CardFile]:
    """Return the form of cards whose replies are awaited by these calendars."""

    def row(file: CardFile) -> tuple[str | int | None, ...]:
        card = file.card
        due = card_due(file, calendar_of(card.hall))
        return card.card, card.hall, card.effect.value, ms_if_any(due), file.history.phase.value, ms(card.issued_at)

    return Form(
        matters=cards,
        events=card_events,
        source=SOURCE,
        resource=RESOURCE,
        type=card_messages.TYPE,
        place=lambda file: (ms(file.card.issued_at), file.card.card),
        row=row,
        write=card_messages.to_bytes,
        read=card_messages.from_bytes,
        folded=lambda file, event: card_file.fold(file, card_messages.read_act(event)),
    )


def orders_by(calendar_of: CalendarOf) -> Form[OrderFile]:
    """Return the form of orders whose answers are awaited by these calendars."""

    def row(file: OrderFile) -> tuple[str | int | None, ...]:
        order = file.order
        due = awaited(file, calendar_of(order.hall))
        goes_up_ms = ms(due.ends_at + GRACE) if due is not None and may_go_up(file) else None
        return order.order, order.hall, ms_if_any(due), goes_up_ms, file.state.phase.value, ms(order.issued_at)

    return Form(
        matters=orders,
        events=order_events,
        source=SOURCE,
        resource=RESOURCE,
        type=order_messages.TYPE,
        place=lambda file: (ms(file.order.issued_at), file.order.order),
        row=row,
        write=order_messages.to_bytes,
        read=order_messages.from_bytes,
        folded=lambda file, event: order_file.fold(file, order_messages.read_act(event)),
    )


def rectifications_by(calendar_of: CalendarOf) -> Form[RectificationFile]:
    """Return the form of rectifications whose answers are awaited by these calendars."""

    def row(file: RectificationFile) -> tuple[str | int | None, ...]:
        opened = file.opened
        due = rectification.rectification_due(file.state, calendar_of(opened.hall))
        goes_up_ms = ms(due.ends_at + GRACE) if due is not None and rectification.may_go_up(file.state) else None
        return opened.rectification, opened.hall, ms_if_any(due), goes_up_ms, file.state.phase.value, ms(opened.opened_at)

    return Form(
        matters=rectifications,
        events=rectification_events,
        source=SOURCE,
        resource=RECTIFICATION,
        type=rectification_messages.TYPE,
        place=lambda file: (ms(file.opened.opened_at), file.opened.rectification),
        row=row,
        write=rectification_messages.to_bytes,
        read=rectification_messages.from_bytes,
        folded=lambda file, event: rectification_file.fold(file, rectification_messages.read_act(event)),
    )


def card_due(file: CardFile, calendar: Calendar) -> Due | None:
    """Return until when a reply to a card is awaited; None when none is. Raises CalendarExceeded."""
    return reply_due(file.history, file.card.reply_days, calendar)


def ms(moment: datetime) -> int:
    """Return a moment in Unix milliseconds."""
    return round(moment.timestamp() * 1000)


def ms_if_any(due: Due | None) -> int | None:
    """Return the end of a limit in Unix milliseconds, None where there is none."""
    return None if due is None else ms(due.ends_at)


def _official(_hall: str) -> Calendar:
    return official()


CARDS: Final = cards_by(_official)
ORDERS: Final = orders_by(_official)
RECTIFICATIONS: Final = rectifications_by(_official)
"""For those who read and never write: none asks for a calendar."""
