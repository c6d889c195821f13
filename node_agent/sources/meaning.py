"""Say what the rows of a source are: case events, or records of a resource that this hall provides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from directory.calendar import beijing_day
from directory.refusal import Refused
from node_agent import db
from node_agent.sources import mapping, record_mapping
from node_agent.sources.catalogue import NOT_RECEIVED, provided
from node_agent.sources.config import SourceSection
from node_agent.sources.errors import ResourceNotSendable
from node_agent.sources.mapped import RowMapper
from node_agent.sources.mapping import Mapper
from node_agent.sources.record_mapping import RecordMapper


@dataclass(frozen=True, slots=True)
class Meaning:
    """What rows are: `columns` are asked of rows that bring their own names, `mapper` gives the mapper of rows with these columns."""

    columns: Sequence[str]
    mapper: Callable[[Sequence[str]], RowMapper]


def meaning_of(config: SourceSection, hall: str, connection: sa.Connection, now: datetime) -> Meaning:
    """Return what the rows of a source mean now; `connection` is to the agent's store, `hall` is our own id.

    Raises ResourceNotSendable where the catalogue that is there does not let this hall send the source's resource.
    """
    if config.record is None:
        return _of_case_events(config)
    found = provided(connection, config.resource, hall, beijing_day(now))
    if isinstance(found, Refused):
        raise ResourceNotSendable(f"source {config.name!r}: {found.why}")
    chosen = config.record.fields
    if chosen and (fault := record_mapping.fields_fault(found.version, chosen)):
        raise ResourceNotSendable(f"source {config.name!r}: {fault}")
    return Meaning(record_mapping.columns_named(config, found.version), partial(RecordMapper, config, found))


def meaning_at_rest(config: SourceSection, hall: str, store: Path, now: datetime) -> Meaning:
    """Return the same for those who only look, whether the agent runs, or ever ran; raises StoreError too."""
    if config.record is None:
        return _of_case_events(config)
    if not store.exists():
        raise ResourceNotSendable(f"source {config.name!r}: {NOT_RECEIVED}")
    engine = db.connect(store)
    try:
        with db.reading(engine) as connection:
            return meaning_of(config, hall, connection, now)
    finally:
        engine.dispose()


def _of_case_events(config: SourceSection) -> Meaning:
    return Meaning(mapping.columns_named(config), partial(Mapper, config))
