"""A case event that the hub forwards counts as its author's, once, and what cannot be read of it parks alone."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from certs.entries import HELD, REFUSED
from certs.names import HUB
from hub.cases.consumer import CaseConsumer
from hub.cases.reading import FORWARD
from hub.cases.tables import case_events, cases
from hub.consumers import rebuild
from hub.db import Database
from tests.hub.cases_told import ACCEPTED_AT_MS, Ledger, envelope, header
from tests.hub.test_cases_consumer import APPLIED, CLOSED, TAKEN, digest, follow, models, reasons, states
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.forward_pb2 import Forward

__all__ = ["models"]

EVENTS = (APPLIED, TAKEN, CLOSED)


def said(number: int) -> bytes:
    return envelope("yushu", "1", EVENTS[number], f"yushu/{number}")


def forward(data: bytes, index: int, author: str = HUB, **changes: Any) -> bytes:
    """Wrap an envelope as the hub forwards it."""
    carried = Forward(envelope=data, journal_checkpoint="note", journal_index=index, ledger_index=index)
    carried.accepted_at.FromMilliseconds(ACCEPTED_AT_MS + index)
    outer = header(author, "1", 9_000, f"forward/{index}")
    outer.type = FORWARD
    for name, value in changes.items():
        setattr(outer, name, value)
    return Envelope(header=outer.SerializeToString(), payload=carried.SerializeToString()).SerializeToString()


def shown(models: Database) -> Sequence[Any]:
    """Return what a timeline shows, but for where in the ledger it counts and when that was."""
    columns = [column for column in case_events.c if column.name not in {"ledger_index", "accepted_at_ms"}]
    with models.reader.begin() as connection:
        return connection.execute(sa.select(*columns).order_by(case_events.c.ledger_index)).all()


def test_what_was_held_counts_when_it_is_forwarded_as_if_it_had_come_then(models: Database) -> None:
    direct = Ledger()
    direct.append("yushu", [said(0), said(1), said(2)])
    follow(models, direct)
    expected, state = shown(models), states(models)
    rebuild(models.reader, models.writer, CaseConsumer(), Ledger().read_after, 16)
    held = Ledger()
    held.append("yushu", [said(0)])
    held.append("yushu", [said(1), said(2)], bytes([HELD, HELD]))
    follow(models, held)
    assert len(shown(models)) == 1
    held.append(HUB, [forward(said(1), 1), forward(said(2), 2)])
    follow(models, held)
    assert shown(models) == expected
    assert states(models) == state
    before = digest(models)
    rebuild(models.reader, models.writer, CaseConsumer(), held.read_after, 1)
    assert digest(models) == before


def test_an_event_counts_once_whether_forwarded_or_sent_again(models: Database) -> None:
    ledger = Ledger()
    ledger.append("yushu", [said(0)], bytes([HELD]))
    ledger.append(HUB, [forward(said(0), 0), forward(said(0), 0)])
    ledger.append("yushu", [said(0), said(1)])
    follow(models, ledger)
    assert [row.journal_index for row in shown(models)] == [0, 2]
    assert reasons(models) == {}


def test_what_cannot_be_read_of_forwards_parks_alone(models: Database) -> None:
    stranger = Header.FromString(Envelope.FromString(said(1)).header)
    stranger.journal = "no journal"
    lost = Envelope(header=stranger.SerializeToString(), payload=b"").SerializeToString()
    hubs = Header.FromString(Envelope.FromString(said(1)).header)
    hubs.journal = "jilin.example/journal/hub/1"
    own = Envelope(header=hubs.SerializeToString(), payload=Envelope.FromString(said(1)).payload).SerializeToString()
    ledger = Ledger()
    ledger.append(
        HUB, [forward(b"\xff", 0), forward(lost, 1), forward(own, 2), said(0), forward(said(0), 3), forward(said(1), 4, resource="x")]
    )
    follow(models, ledger)
    assert list(reasons(models)) == [0, 1, 2, 3]
    assert [row.journal_index for row in shown(models)] == [3]


@pytest.mark.parametrize("disposition", [HELD, REFUSED])
def test_no_hall_forwards_for_another(models: Database, disposition: int) -> None:
    ledger = Ledger()
    ledger.append("dehui", [forward(said(0), 0, "dehui")])
    ledger.append(HUB, [forward(said(0), 0)], bytes([disposition]))
    follow(models, ledger)
    assert reasons(models) == {0: "type_not_of_the_resource"}
    with models.reader.begin() as connection:
        assert not connection.execute(sa.select(cases)).all()
