"""Answer questions about current records from the read model.

Laws: a page costs the same wherever it stands (keyset), in the order of the keys, and is bounded in bytes; what was removed is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from hub.records.tables import records

PAGE_BYTES = 2 * 1024 * 1024
"""Of records; with what stands around them a page fits a frame of 4 MiB."""
ROWS_AT_ONCE = 50
KEYS_A_QUERY = 400


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One current record; `record` is the serialised tongban.directory.v1.Record as received. Times are Unix milliseconds."""

    resource: str
    key: str
    hall: str
    occurred_at_ms: int | None
    accepted_at_ms: int
    epoch: int
    journal_index: int
    ledger_index: int
    record: bytes


_present = sa.select(*(records.c[field.name] for field in fields(RecordRow))).where(records.c.removed.is_(sa.false()))


def find_record(connection: sa.Connection, resource: str, key: str) -> RecordRow | None:
    """Return a record; None when there is none."""
    row = connection.execute(_present.where(records.c.resource == resource, records.c.key == key)).one_or_none()
    return RecordRow(*row) if row is not None else None


def list_records(connection: sa.Connection, resource: str, after: str, limit: int) -> tuple[list[RecordRow], bool]:
    """Return up to `limit` records of a resource behind a key, fewer where they are large, and whether there are more."""
    query = page(resource, after, limit + 1).execution_options(yield_per=min(limit + 1, ROWS_AT_ONCE))
    found: list[RecordRow] = []
    size = 0
    with connection.execute(query) as rows:
        for row in rows:
            if len(found) == limit or size >= PAGE_BYTES:
                return found, True
            found.append(RecordRow(*row))
            size += len(found[-1].record)
    return found, False


def page(resource: str, after: str, limit: int) -> sa.Select[*tuple[Any, ...]]:
    """Return the query for records of a resource behind a key."""
    return _present.where(records.c.resource == resource, records.c.key > after).order_by(records.c.key).limit(limit)


def newest_of(connection: sa.Connection, resource: str, keys: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Return for each of these keys, as far as the model has come, where its last record stands, and whether that removed it."""
    found: dict[str, tuple[int, bool]] = {}
    for start in range(0, len(keys), KEYS_A_QUERY):
        wanted = records.c.key.in_(keys[start : start + KEYS_A_QUERY])
        query = sa.select(records.c.key, records.c.ledger_index, records.c.removed).where(records.c.resource == resource, wanted)
        found |= {row.key: (row.ledger_index, row.removed) for row in connection.execute(query)}
    return found
