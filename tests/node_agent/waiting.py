"""Read back what a source put into the outbox, as a recipient would."""

from dataclasses import dataclass

import sqlalchemy as sa

from node_agent import db
from node_agent.sources.kinds import KIND_NAMES
from node_agent.tables import outbox
from tongban.case.v1.case_pb2 import CaseEvent, SourceRun
from tongban.envelope.v1.envelope_pb2 import Envelope, Header


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case event that waits to be sealed."""

    header: Header
    event: CaseEvent

    @property
    def kind(self) -> str:
        """Give the kind as configuration spells it."""
        return KIND_NAMES[self.event.kind]


def waiting_events(engine: sa.Engine) -> list[Waiting]:
    """Return the case events in the outbox, in order."""
    return [Waiting(header, CaseEvent.FromString(payload)) for header, payload in _waiting(engine, CaseEvent.DESCRIPTOR.full_name)]


def waiting_runs(engine: sa.Engine) -> list[SourceRun]:
    """Return the runs in the outbox, in order."""
    return [SourceRun.FromString(payload) for _, payload in _waiting(engine, SourceRun.DESCRIPTOR.full_name)]


def _waiting(engine: sa.Engine, wanted: str) -> list[tuple[Header, bytes]]:
    with db.reading(engine) as connection:
        envelopes = [Envelope.FromString(data) for data in connection.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id))]
    opened = [(Header.FromString(envelope.header), envelope.payload) for envelope in envelopes]
    return [(header, payload) for header, payload in opened if header.type == wanted]
