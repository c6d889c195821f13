"""Write orders and what happens to them as the contract's messages, and read them again (tongban.supervision.v1).

Law: what is written is read as the same; what this release cannot read raises MessageMalformed, and is never half read.
"""

from directory.contract import moment, moment_if_any, reading, said_principal, timestamp
from directory.scopes.principal import Principal
from directory.supervision import orders
from directory.supervision.cause import read_cause, write_cause
from directory.supervision.order_file import IssuedOrder, OrderAct, OrderFile
from directory.supervision.orders import OrderFlag, OrderPhase
from tongban.supervision.v1 import supervision_pb2

TYPE = supervision_pb2.OrderEvent.DESCRIPTOR.full_name


def write_act(order: str, act: OrderAct, by: Principal | None) -> bytes:
    """Write what happened to an order, and who did it; None where the hub did."""
    said = supervision_pb2.OrderEvent(
        order_id=order, kind=act.kind, at=timestamp(act.at), text=act.text, reply_days=act.reply_days, escalation=act.escalation
    )
    if act.order is not None:
        said.order.CopyFrom(_order(act.order))
    if by is not None:
        said.hall = by.hall
        said.by.CopyFrom(said_principal(by))
    return said.SerializeToString()


def read_act(data: bytes) -> OrderAct:
    """Read what happened to an order; raises MessageMalformed."""
    with reading(TYPE):
        said = supervision_pb2.OrderEvent.FromString(data)
        return OrderAct(
            kind=said.kind,
            at=moment(said.at),
            text=said.text,
            reply_days=said.reply_days,
            escalation=said.escalation,
            order=_read_order(said.order) if said.HasField("order") else None,
        )


def write_state(file: OrderFile) -> supervision_pb2.OrderState:
    """Write where an order stands."""
    state = file.state
    return supervision_pb2.OrderState(
        order=_order(file.order),
        phase=state.phase,
        asked_at=timestamp(state.asked_at),
        reply_days=state.reply_days,
        answered_at=timestamp(state.answered_at),
        answer=file.answer,
        escalated_at=timestamp(state.escalated_at),
        escalation=file.escalation,
        closed_at=timestamp(state.closed_at),
        remark=file.remark,
        flags=sorted(state.flags),
        last_at=timestamp(state.last_at),
        events=state.events,
    )


def to_bytes(file: OrderFile) -> bytes:
    """Write where an order stands, the same bytes for the same order in one release."""
    return write_state(file).SerializeToString(deterministic=True)


def from_bytes(data: bytes) -> OrderFile:
    """Read where an order stands from a serialised OrderState; raises MessageMalformed."""
    with reading(supervision_pb2.OrderState.DESCRIPTOR.full_name):
        said = supervision_pb2.OrderState.FromString(data)
        order = _read_order(said.order)
        state = orders.Order(
            phase=OrderPhase(said.phase),
            issued_at=order.issued_at,
            asked_at=moment_if_any(said, "asked_at"),
            reply_days=said.reply_days,
            answered_at=moment_if_any(said, "answered_at"),
            escalated_at=moment_if_any(said, "escalated_at"),
            closed_at=moment_if_any(said, "closed_at"),
            flags=frozenset(map(OrderFlag, said.flags)),
            last_at=moment_if_any(said, "last_at"),
            events=said.events,
        )
        return OrderFile(order=order, state=state, answer=said.answer, escalation=said.escalation, remark=said.remark)


def _order(order: IssuedOrder) -> supervision_pb2.Order:
    return supervision_pb2.Order(
        order=order.order,
        hall=order.hall,
        issuer=order.issuer,
        cause=write_cause(order.cause),
        text=order.text,
        reply_days=order.reply_days,
        issued_at=timestamp(order.issued_at),
        person=order.person,
    )


def _read_order(said: supervision_pb2.Order) -> IssuedOrder:
    return IssuedOrder(
        order=said.order,
        hall=said.hall,
        issuer=said.issuer,
        cause=read_cause(said.cause),
        text=said.text,
        reply_days=said.reply_days,
        issued_at=moment(said.issued_at),
        person=said.person,
    )
