"""Keep how far findings were taken in, and what was issued for them.

Laws: both move in the transaction that says what is issued, or not at all; findings that were made anew, with the read model, are gone
through again from the first, and what was issued before is not issued again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.cases import findings
from hub.cases.findings import Kept
from hub.errors import HubError
from hub.tables import findings_cursor, findings_issued

_ID = 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """The number of the last finding that was taken in, 0 for none; by its id and when it was found it is known again."""

    number: int = 0
    finding: str = ""
    found_ms: int = 0

    @classmethod
    def at(cls, one: Kept) -> "Cursor":
        """Return the cursor that stands at a finding."""
        return cls(one.number, one.finding.id, one.found_ms)


START = Cursor()


def kept(connection: sa.Connection) -> Cursor:
    """Return where the cursor stands."""
    row = connection.execute(sa.select(findings_cursor.c.number, findings_cursor.c.finding, findings_cursor.c.found_ms)).one_or_none()
    return START if row is None else Cursor(*row)


def behind(models: sa.Connection, cursor: Cursor, limit: int) -> list[Kept]:
    """Return up to `limit` findings behind a cursor, in their order."""
    if not cursor.number:
        return findings.after(models, 0, limit)
    found = findings.after(models, cursor.number - 1, limit + 1)
    if found and Cursor.at(found[0]) == cursor:
        return found[1:]
    return findings.after(models, 0, limit)


def issued(connection: sa.Connection, things: Collection[str]) -> frozenset[str]:
    """Return those of some things that were issued."""
    return frozenset(connection.scalars(sa.select(findings_issued.c.thing).where(findings_issued.c.thing.in_(things))))


def move(connection: sa.Connection, was: Cursor, to: Cursor) -> None:
    """Move the cursor; raises HubError when it does not stand where it was said to."""
    if kept(connection) != was:
        raise HubError("findings are taken in from another place by now")
    row = {"id": _ID, "number": to.number, "finding": to.finding, "found_ms": to.found_ms}
    connection.execute(findings_cursor.insert().values(row) if was == START else findings_cursor.update().values(row))


def keep_issued(connection: sa.Connection, things: Sequence[str], ledger_first: int) -> None:
    """Note that things were issued, by messages that stand one behind another in the ledger."""
    rows = [{"thing": one, "ledger_index": ledger_first + at} for at, one in enumerate(things)]
    if rows:
        connection.execute(findings_issued.insert(), rows)
