"""Carry what is done to cards: reply, appeal, and decide on it.

Law: each act is one event in the hub's own journal, addressed to the hall of the card and to those above it; the card itself never changes.
"""

from dataclasses import dataclass

from directory.refusal import Refused
from directory.scopes.principal import Principal
from directory.supervision.card_file import CardAct, CardFile, done
from directory.supervision.card_history import CardEventKind
from directory.supervision.card_messages import write_act
from hub.dockets.filed import Filed
from hub.dockets.moves import Declined, Said
from hub.supervision.ground import Ground
from tongban.errors.v1 import errors_pb2


@dataclass(slots=True)
class Cards:
    """The cards; its verb raises what keeps an act from being committed."""

    ground: Ground
    filed: Filed[CardFile]

    async def act(self, card: str, kind: CardEventKind, text: str, who: Principal) -> CardFile | Declined:
        """Do something to a card; what is so already happens once."""

        def judge(file: CardFile | None) -> Said[CardFile] | CardFile | Declined:
            if file is None:
                return Declined(errors_pb2.REASON_NOT_FOUND, "there is no such card, or none that may be read")
            # The clock may have been set back; no event is dated before the one that it follows.
            act = CardAct(kind=kind, at=max(self.ground.clock(), file.history.last_at or file.card.issued_at), text=text)
            after = done(file, act)
            if isinstance(after, Refused):
                return Declined(errors_pb2.REASON_NOT_IN_TURN, after.why)
            if after is file:
                return file
            return Said(after=after, kind=kind, event=write_act(card, act, who), at=act.at, halls=self._told(file))

        return await self.filed.move(card, judge)

    def _told(self, file: CardFile) -> frozenset[str]:
        hall = file.card.hall
        return frozenset({hall, file.card.issuer, *self.ground.superiors(hall)})
