"""Carry rectifications: answer, return and close them, send them up when nobody answers, and withdraw those without ground.

Laws: each act is one event in the hub's own journal, addressed to the hall that was rated and to those above it; what was opened never
changes. One whose rating does not count any more is withdrawn once, unless it was closed before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from directory.refusal import Refused
from directory.scopes.principal import Principal
from directory.supervision.rectification import RatingEventKind, goes_up
from directory.supervision.rectification_file import RectificationAct, RectificationFile, done
from directory.supervision.rectification_messages import write_act
from hub.dockets.filed import Filed
from hub.dockets.moves import Declined, Judge, Said
from hub.supervision.going_up import send_up
from hub.supervision.ground import Ground
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)

NONE_SUCH: Final = Declined(errors_pb2.REASON_NOT_FOUND, "there is no such rectification, or none that may be read")


@dataclass(slots=True)
class Rectifications:
    """The rectifications; its verbs raise what keeps an act from being committed."""

    ground: Ground
    filed: Filed[RectificationFile]

    async def act(self, rectification: str, act: RectificationAct, who: Principal) -> RectificationFile | Declined:
        """Answer, return or close a rectification; what is so already happens once. 0 days to answer anew: as when it was opened."""

        def judge(file: RectificationFile | None) -> Said[RectificationFile] | RectificationFile | Declined:
            if file is None:
                return NONE_SUCH
            return self._done(file, replace(act, reply_days=act.reply_days or file.opened.reply_days), who)

        return await self.filed.move(rectification, judge)

    async def withdraw(self, rectification: str) -> RectificationFile | Declined:
        """Withdraw a rectification, for its rating does not count any more; one that is over stays as it is."""
        act = RectificationAct(kind=RatingEventKind.WITHDRAWN, at=self.ground.clock())
        return await self.filed.move(rectification, lambda file: NONE_SUCH if file is None else self._done(file, act, None))

    async def send_up(self) -> int:
        """Send up what nobody answered in time; return how many."""
        if sent := await send_up(self.ground, self.filed, self._going_up):
            _log.warning("rectifications went up", rectifications=sent)
        return sent

    def _going_up(self, reported: Mapping[str, datetime], now: datetime) -> Judge[RectificationFile]:
        def judge(file: RectificationFile | None) -> Said[RectificationFile] | RectificationFile | Declined:
            if file is None:
                return NONE_SUCH
            hall = file.opened.hall
            why = goes_up(file.state, self.ground.calendar(hall), reported.get(hall), now)
            if why is None:
                return file
            return self._done(file, RectificationAct(kind=RatingEventKind.ESCALATED, at=now, escalation=why), None)

        return judge

    def _done(
        self, file: RectificationFile, act: RectificationAct, who: Principal | None
    ) -> Said[RectificationFile] | RectificationFile | Declined:
        # The clock may have been set back; no event is dated before the one that it follows.
        dated = replace(act, at=max(act.at, file.state.last_at or act.at))
        after = done(file, dated)
        if isinstance(after, Refused):
            return Declined(errors_pb2.REASON_NOT_IN_TURN, after.why)
        if after is file:
            return file
        opened = file.opened
        halls = frozenset({opened.hall, opened.issuer, *self.ground.superiors(opened.hall)})
        return Said(after=after, kind=dated.kind, event=write_act(opened.rectification, dated, who), at=dated.at, halls=halls)
