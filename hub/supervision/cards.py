"""Carry what is done to cards: reply, appeal, and decide on it.

Laws: each act is one event in the hub's own journal, addressed to the hall of the card and to those above it; the card itself never
changes. Whether an act is in turn is judged by the card as it is when the act is made, not as it was when it was asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from directory.refusal import Refused
from directory.scopes.principal import Principal
from directory.supervision.card_file import CardAct, CardFile, done
from directory.supervision.card_history import CardEventKind, CardPhase
from directory.supervision.card_messages import write_act
from hub.dockets.filed import Filed
from hub.dockets.moves import Declined, Said
from hub.supervision.ground import Ground
from tongban.errors.v1 import errors_pb2

_Bar = Callable[[CardFile], str]
"""Says why an act is not made on a card as it is, in words; empty when nothing bars it."""


@dataclass(slots=True)
class Cards:
    """The cards; its verbs raise what keeps an act from being committed."""

    ground: Ground
    filed: Filed[CardFile]

    async def act(self, card: str, kind: CardEventKind, text: str, who: Principal) -> CardFile | Declined:
        """Reply to a card or appeal against it; what is so already happens once."""
        return await self._act(card, CardAct(kind=kind, at=self.ground.clock(), text=text), who, lambda _: "")

    async def decide(self, card: str, kind: CardEventKind, ground: str, who: Principal) -> CardFile | Declined:
        """Decide on an appeal; a decision that is so already happens once."""
        return await self._act(card, CardAct(kind=kind, at=self.ground.clock(), text=ground), who, _not_appealed)

    async def withdraw(self, card: str, ground: str, who: Principal) -> CardFile | Declined:
        """Withdraw a card that was not upheld; what is so already happens once."""
        act = CardAct(kind=CardEventKind.WITHDRAWN, at=self.ground.clock(), text=ground)
        return await self._act(card, act, who, _upheld)

    async def _act(self, card: str, asked: CardAct, who: Principal, bar: _Bar) -> CardFile | Declined:

        def judge(file: CardFile | None) -> Said[CardFile] | CardFile | Declined:
            if file is None:
                return Declined(errors_pb2.REASON_NOT_FOUND, "there is no such card, or none that may be read")
            if why := bar(file):
                return Declined(errors_pb2.REASON_NOT_IN_TURN, why)
            # The clock may have been set back; no event is dated before the one that it follows.
            act = replace(asked, at=max(asked.at, file.history.last_at or file.card.issued_at))
            after = done(file, act)
            if isinstance(after, Refused):
                return Declined(errors_pb2.REASON_NOT_IN_TURN, after.why)
            if after is file:
                return file
            return Said(after=after, kind=act.kind, event=write_act(card, act, who), at=act.at, halls=self._told(file))

        return await self.filed.move(card, judge)

    def _told(self, file: CardFile) -> frozenset[str]:
        hall = file.card.hall
        return frozenset({hall, file.card.issuer, *self.ground.superiors(hall)})


def _not_appealed(file: CardFile) -> str:
    return "" if file.history.appealed_at is not None else "nobody has appealed against the card: see WithdrawCard"


def _upheld(file: CardFile) -> str:
    return "the card was upheld: see DecideAppeal" if file.history.phase is CardPhase.UPHELD else ""
