"""Say how cards, orders and rectifications stand today, as the contract does."""

from directory.calendar import Calendar, Due, beijing_day
from directory.supervision import card_messages, order_messages, rectification, rectification_messages
from directory.supervision.card_file import CardFile
from directory.supervision.order_file import OrderFile, awaited
from directory.supervision.rectification_file import RectificationFile
from hub.supervision.forms import card_due
from hub.supervision.ground import Ground
from tongban.supervision.v1 import supervision_pb2


def card_standing(file: CardFile, ground: Ground) -> supervision_pb2.CardStanding:
    """Say how a card stands."""
    calendar = ground.calendar(file.card.hall)
    replied_at = file.history.replied_at
    return supervision_pb2.CardStanding(
        card=card_messages.write_state(file),
        reply=_awaited(card_due(file, calendar), calendar, ground),
        reply_late=replied_at is not None and beijing_day(replied_at) > _asked_until(file, calendar).day,
    )


def order_standing(file: OrderFile, ground: Ground) -> supervision_pb2.OrderStanding:
    """Say how an order stands."""
    calendar = ground.calendar(file.order.hall)
    return supervision_pb2.OrderStanding(order=order_messages.write_state(file), answer=_awaited(awaited(file, calendar), calendar, ground))


def rectification_standing(file: RectificationFile, ground: Ground) -> supervision_pb2.RectificationStanding:
    """Say how a rectification stands."""
    calendar = ground.calendar(file.opened.hall)
    return supervision_pb2.RectificationStanding(
        rectification=rectification_messages.write_state(file),
        answer=_awaited(rectification.rectification_due(file.state, calendar), calendar, ground),
        answer_late=rectification.answered_late(file.state, calendar),
    )


def _asked_until(file: CardFile, calendar: Calendar) -> Due:
    return calendar.add_working_days(beijing_day(file.card.issued_at), file.card.reply_days)


def _awaited(due: Due | None, calendar: Calendar, ground: Ground) -> supervision_pb2.Awaited | None:
    if due is None:
        return None
    today = beijing_day(ground.clock())
    late = max(0, calendar.working_days_between(due.day, today).days)
    return supervision_pb2.Awaited(due=due.day.isoformat(), provisional=due.provisional, overdue=today > due.day, working_days_late=late)
