"""Keep together a card as it was issued, what happened to it, and the words that were said of it.

Laws: the card itself never changes; a move that would be odd (directory.supervision.card_history) is not made, so that what is in the
ledger has no flag but that of a decision which overrules another in the hall's favour.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from directory.errors import MessageMalformed
from directory.refusal import Refused
from directory.supervision import card_history
from directory.supervision.card_history import CardEventKind, CardFlag, CardHistory
from directory.supervision.cause import Cause
from directory.supervision.vocabulary import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCard:
    """A card as it was issued; `issuer` is the hall for which the hub issued it, `reply_days` are working days."""

    card: str
    effect: Effect
    hall: str
    issuer: str
    cause: Cause
    reply_days: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAct:
    """One thing that is done to a card; `card` is that of ISSUED, `text` the reply, the appeal, or the ground of a decision."""

    kind: str
    at: datetime
    text: str = ""
    card: IssuedCard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile:
    """A card, where it stands, the hall's reply and its appeal; the ground of the decision is in the history."""

    card: IssuedCard
    history: CardHistory
    reply: str = ""
    appeal: str = ""


_DECISIONS: Final = frozenset({CardEventKind.UPHELD, CardEventKind.WITHDRAWN})
_OVERRULED: Final = frozenset({CardFlag.AFTER_DECISION})


def fold(file: CardFile | None, act: CardAct) -> CardFile:
    """Return a file after one more act; raises MessageMalformed for an act on a card that was never issued."""
    if file is None:
        if act.card is None:
            raise MessageMalformed("an event of a card that nobody issued")
        file = CardFile(card=act.card, history=CardHistory())
    history = card_history.fold(file.history, card_history.CardEvent(act.kind, act.at, act.text if act.kind in _DECISIONS else ""))
    first_reply = act.kind == CardEventKind.REPLIED and file.history.replied_at is None
    first_appeal = act.kind == CardEventKind.APPEALED and history.appealed_at != file.history.appealed_at
    return replace(
        file,
        history=history,
        reply=act.text if first_reply else file.reply,
        appeal=act.text if first_appeal else file.appeal,
    )


def done(file: CardFile, act: CardAct) -> CardFile | Refused:
    """Do something to a card: the file after it, the same file when it is so already, or why it is not done."""
    if _is_so(file, act):
        return file
    if not file.history.counts and act.kind == CardEventKind.REPLIED:
        return Refused("the card was withdrawn: no reply is awaited")
    after = fold(file, act)
    new = after.history.flags - file.history.flags
    if new - (_OVERRULED if act.kind == CardEventKind.WITHDRAWN else frozenset()):
        return Refused(f"the card is {file.history.phase}: as it stands this is {', '.join(sorted(new))}")
    return after


def _is_so(file: CardFile, act: CardAct) -> bool:
    if act.kind == CardEventKind.REPLIED:
        return file.history.replied_at is not None and file.reply == act.text
    if act.kind == CardEventKind.APPEALED:
        return file.history.appealed_at is not None and file.appeal == act.text
    return file.history.phase == act.kind and file.history.ground == act.text
