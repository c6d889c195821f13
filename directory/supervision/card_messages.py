"""Write cards and what happens to them as the contract's messages, and read them again (tongban.supervision.v1).

Law: what is written is read as the same; what this release cannot read raises MessageMalformed, and is never half read.
"""

from directory.contract import moment, moment_if_any, reading, said_principal, timestamp
from directory.scopes.principal import Principal
from directory.supervision.card_file import CardAct, CardFile, IssuedCard
from directory.supervision.card_history import CardFlag, CardHistory, CardPhase
from directory.supervision.cause import read_cause, write_cause
from directory.supervision.vocabulary import Effect
from tongban.supervision.v1 import supervision_pb2

TYPE = supervision_pb2.CardEvent.DESCRIPTOR.full_name


def write_act(card: str, act: CardAct, by: Principal | None) -> bytes:
    """Write what happened to a card, and who did it; None where the hub did."""
    said = supervision_pb2.CardEvent(card_id=card, kind=act.kind, at=timestamp(act.at), text=act.text)
    if act.card is not None:
        said.card.CopyFrom(_card(act.card))
    if by is not None:
        said.hall = by.hall
        said.by.CopyFrom(said_principal(by))
    return said.SerializeToString()


def read_act(data: bytes) -> CardAct:
    """Read what happened to a card; raises MessageMalformed."""
    with reading(TYPE):
        said = supervision_pb2.CardEvent.FromString(data)
        return CardAct(kind=said.kind, at=moment(said.at), text=said.text, card=_read_card(said.card) if said.HasField("card") else None)


def write_state(file: CardFile) -> supervision_pb2.CardState:
    """Write where a card stands."""
    history = file.history
    return supervision_pb2.CardState(
        card=_card(file.card),
        phase=history.phase,
        replied_at=timestamp(history.replied_at),
        reply=file.reply,
        appealed_at=timestamp(history.appealed_at),
        appeal=file.appeal,
        decided_at=timestamp(history.decided_at),
        ground=history.ground,
        flags=sorted(history.flags),
        last_at=timestamp(history.last_at),
        events=history.events,
    )


def to_bytes(file: CardFile) -> bytes:
    """Write where a card stands, the same bytes for the same card in one release."""
    return write_state(file).SerializeToString(deterministic=True)


def from_bytes(data: bytes) -> CardFile:
    """Read where a card stands from a serialised CardState; raises MessageMalformed."""
    with reading(supervision_pb2.CardState.DESCRIPTOR.full_name):
        said = supervision_pb2.CardState.FromString(data)
        card = _read_card(said.card)
        history = CardHistory(
            phase=CardPhase(said.phase),
            issued_at=card.issued_at,
            replied_at=moment_if_any(said, "replied_at"),
            appealed_at=moment_if_any(said, "appealed_at"),
            decided_at=moment_if_any(said, "decided_at"),
            ground=said.ground,
            flags=frozenset(map(CardFlag, said.flags)),
            last_at=moment_if_any(said, "last_at"),
            events=said.events,
        )
        return CardFile(card=card, history=history, reply=said.reply, appeal=said.appeal)


def _card(card: IssuedCard) -> supervision_pb2.Card:
    return supervision_pb2.Card(
        card=card.card,
        effect=card.effect,
        hall=card.hall,
        issuer=card.issuer,
        cause=write_cause(card.cause),
        reply_days=card.reply_days,
        issued_at=timestamp(card.issued_at),
    )


def _read_card(said: supervision_pb2.Card) -> IssuedCard:
    return IssuedCard(
        card=said.card,
        effect=Effect(said.effect),
        hall=said.hall,
        issuer=said.issuer,
        cause=read_cause(said.cause),
        reply_days=said.reply_days,
        issued_at=moment(said.issued_at),
    )
