"""Write rectifications and what happens to them as the contract's messages, and read them again (tongban.supervision.v1).

Law: what is written is read as the same; what this release cannot read raises MessageMalformed, and is never half read.
"""

from directory.contract import moment, moment_if_any, reading, said_principal, timestamp
from directory.scopes.principal import Principal
from directory.supervision.cause import read_cause, write_cause
from directory.supervision.rectification import RatingFlag, Rectification, RectificationPhase
from directory.supervision.rectification_file import OpenedRectification, RectificationAct, RectificationFile
from tongban.supervision.v1 import supervision_pb2

TYPE = supervision_pb2.RectificationEvent.DESCRIPTOR.full_name


def write_act(rectification: str, act: RectificationAct, by: Principal | None) -> bytes:
    """Write what happened to a rectification, and who did it; None where the hub did."""
    said = supervision_pb2.RectificationEvent(
        rectification_id=rectification,
        kind=act.kind,
        at=timestamp(act.at),
        text=act.text,
        contact=act.contact,
        reply_days=act.reply_days,
        escalation=act.escalation,
    )
    if act.opened is not None:
        said.rectification.CopyFrom(_opened(act.opened))
    if by is not None:
        said.hall = by.hall
        said.by.CopyFrom(said_principal(by))
    return said.SerializeToString()


def read_act(data: bytes) -> RectificationAct:
    """Read what happened to a rectification; raises MessageMalformed."""
    with reading(TYPE):
        said = supervision_pb2.RectificationEvent.FromString(data)
        return RectificationAct(
            kind=said.kind,
            at=moment(said.at),
            text=said.text,
            contact=said.contact,
            reply_days=said.reply_days,
            escalation=said.escalation,
            opened=_read_opened(said.rectification) if said.HasField("rectification") else None,
        )


def write_state(file: RectificationFile) -> supervision_pb2.RectificationState:
    """Write where a rectification stands."""
    state = file.state
    return supervision_pb2.RectificationState(
        rectification=_opened(file.opened),
        phase=state.phase,
        asked_at=timestamp(state.asked_at),
        reply_days=state.within,
        answered_at=timestamp(state.answered_at),
        answer=file.answer,
        contact=file.contact,
        escalated_at=timestamp(state.escalated_at),
        escalation=file.escalation,
        closed_at=timestamp(state.closed_at),
        remark=file.remark,
        flags=sorted(state.flags),
        last_at=timestamp(state.last_at),
        events=state.events,
    )


def to_bytes(file: RectificationFile) -> bytes:
    """Write where a rectification stands, the same bytes for the same one in one release."""
    return write_state(file).SerializeToString(deterministic=True)


def from_bytes(data: bytes) -> RectificationFile:
    """Read where a rectification stands from a serialised RectificationState; raises MessageMalformed."""
    with reading(supervision_pb2.RectificationState.DESCRIPTOR.full_name):
        said = supervision_pb2.RectificationState.FromString(data)
        opened = _read_opened(said.rectification)
        state = Rectification(
            phase=RectificationPhase(said.phase),
            grade=opened.grade,
            rated_at=opened.rated_at,
            asked_at=moment_if_any(said, "asked_at"),
            within=said.reply_days,
            answered_at=moment_if_any(said, "answered_at"),
            escalated_at=moment_if_any(said, "escalated_at"),
            closed_at=moment_if_any(said, "closed_at"),
            flags=frozenset(map(RatingFlag, said.flags)),
            last_at=moment_if_any(said, "last_at"),
            events=said.events,
        )
        words = {"answer": said.answer, "contact": said.contact, "escalation": said.escalation, "remark": said.remark}
        return RectificationFile(opened=opened, state=state, **words)


def _opened(opened: OpenedRectification) -> supervision_pb2.Rectification:
    return supervision_pb2.Rectification(
        rectification=opened.rectification,
        hall=opened.hall,
        issuer=opened.issuer,
        cause=write_cause(opened.cause),
        grade=opened.grade,
        rated_at=timestamp(opened.rated_at),
        reply_days=opened.reply_days,
        opened_at=timestamp(opened.opened_at),
    )


def _read_opened(said: supervision_pb2.Rectification) -> OpenedRectification:
    return OpenedRectification(
        rectification=said.rectification,
        hall=said.hall,
        issuer=said.issuer,
        cause=read_cause(said.cause),
        grade=said.grade,
        rated_at=moment(said.rated_at),
        reply_days=said.reply_days,
        opened_at=moment(said.opened_at),
    )
