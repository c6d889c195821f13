"""Answer a signed question once.

Laws: the nonce of a question is used up before anything is looked up for it, and is kept in the transaction of its access record, so a
question that was answered is not answered again, after a restart either; one whose record never came into the ledger was not answered.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from hub.bulk import insert_new
from hub.cases.times import unix_ms
from hub.decisions.log import Beside
from hub.licences.ledger_tables import nonces

OFF_MOST: Final = timedelta(minutes=5)
"""How far the time of a question may be off the hub's clock."""
KEPT: Final = timedelta(minutes=15)
"""How long a nonce is remembered: both ways what a question may be off, and room for a clock that is set."""
NONCE_BYTES: Final = 16


class Nonces:
    """The nonces of the questions of the last minutes; `open` comes first."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._used: dict[bytes, int] = {}
        self._forget_at_ms = 0

    def open(self, connection: sa.Connection) -> None:
        """Take up those that were kept."""
        self._used = dict(connection.execute(sa.select(nonces.c.nonce, nonces.c.asked_at_ms)).all())

    def use(self, nonce: bytes) -> bool:
        """Use a nonce up; False when it was used before."""
        now_ms = unix_ms(self._clock())
        self._forget(now_ms)
        if nonce in self._used:
            return False
        self._used[nonce] = now_ms
        return True

    def beside(self, nonce: bytes) -> Beside:
        """Return the row that is kept with the access record of a question."""
        return Beside(self._keep, nonce)

    def _keep(self, connection: sa.Connection, used: Sequence[bytes]) -> None:
        now_ms = unix_ms(self._clock())
        insert_new(connection, nonces, [(nonce, now_ms) for nonce in used])
        if self._forget_at_ms == 0:  # the first ones since what is old was forgotten here
            connection.execute(nonces.delete().where(nonces.c.asked_at_ms < now_ms - _milliseconds(KEPT)))
            self._forget_at_ms = now_ms + _milliseconds(OFF_MOST)

    def _forget(self, now_ms: int) -> None:
        if 0 < self._forget_at_ms <= now_ms:
            self._used = {nonce: at_ms for nonce, at_ms in self._used.items() if at_ms >= now_ms - _milliseconds(KEPT)}
            self._forget_at_ms = 0


def _milliseconds(span: timedelta) -> int:
    return int(span / timedelta(milliseconds=1))
