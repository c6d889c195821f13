"""Find the halls that are to be told to report.

Laws: a hall is judged by what the hub can have heard: not while the read model is behind the ledger, and not soon after a start, for what
was told meanwhile is on its way. A hall that tells of cases and never says up to when is silent since it first told the hub anything.
One order is for one silence: there is no other until the hall has reported past the moment at which that was found.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from directory.calendar import beijing_day
from directory.supervision.cards import silent_halls
from directory.supervision.lights import Sight
from hub.cases import findings
from hub.cases.freshness import untaken_since_ms
from hub.cases.looking import View
from hub.cases.tables import cases
from hub.cases.times import unix_ms
from hub.tables import segments

BEHIND_MOST: Final = timedelta(minutes=1)
"""How far the read model may be behind the ledger."""
HEARS_AFTER: Final = timedelta(hours=1)
"""How long after a start the halls have had time to say what they could not say before."""


def silences(ledger: sa.Connection, models: sa.Connection, view: View) -> list[findings.Finding]:
    """Return the findings that halls are silent, one for each silence that was not found before; none when that cannot be known."""
    untaken_ms = untaken_since_ms(ledger, models)
    if untaken_ms is not None and unix_ms(view.now - BEHIND_MOST) > untaken_ms:
        return []
    heard = {**view.watermarks, **dict(_never_reported(ledger, models, view))}
    return list(_found(models, view, heard))


def _never_reported(ledger: sa.Connection, models: sa.Connection, view: View) -> Iterator[tuple[str, datetime]]:
    """Yield the halls that have told of cases and never up to when, with the moment at which the hub first took in anything of theirs."""
    for hall in sorted(set(view.rulings.halls) - set(view.watermarks)):
        if models.execute(sa.select(cases.c.hall).where(cases.c.hall == hall).limit(1)).first():
            first = sa.select(segments.c.accepted_at_ms).where(segments.c.author == hall)
            at_ms = ledger.scalar(first.order_by(segments.c.epoch, segments.c.journal_first).limit(1))
            if at_ms is not None:
                yield hall, datetime.fromtimestamp(at_ms / 1000, UTC)


def _found(models: sa.Connection, view: View, heard: dict[str, datetime]) -> Iterator[findings.Finding]:
    today = beijing_day(view.now)
    for hall, up_to in sorted(heard.items()):
        if not view.rulings.takes_part(hall, today):
            continue  # it left the exchange, or was never in it: it cannot report
        usual = view.sight(hall)
        sight = Sight(usual.book, usual.calendar, heard, usual.now)
        rule = findings.silence_rule(hall, sight, today)
        if rule is None or not silent_halls((hall,), sight):
            continue
        last = findings.last_silence(models, hall)
        if last is None or last < up_to:
            yield findings.of_silence(hall, rule, sight)
