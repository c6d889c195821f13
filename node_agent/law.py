"""Compile the law of a day from the hall's replica of the register.

Laws: a hall decides what its own pages show by the same rules as the hub, offline too; the hub decides again whatever it is asked. A
replica without the hall itself is no law yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from directory.departments import Department
from directory.errors import DirectoryError
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.scopes.law import Law
from directory.scopes.reading import default_rules
from node_agent import directory_replica


@dataclass(frozen=True, slots=True)
class Known:
    """What the hall knows of the province: its law of one day, and what its departments of that day are called, by their ids."""

    law: Law
    departments: Mapping[str, str]


def compiled(connection: sa.Connection, hall: str, day: date) -> Known | None:
    """Return the law of a day (Asia/Shanghai); None while the replica does not hold the hall, or holds what cannot be read."""
    whole = Whole(directory_replica.load(connection).documents(), day)
    departments: tuple[Department, ...] = whole.things(Kind.DEPARTMENT)
    try:
        law = Law.compile(whole.things(Kind.RULE) or default_rules(), whole.province, departments, day)
    except DirectoryError:
        return None
    return Known(law, {one.department: one.name for one in departments if day in one.period}) if hall in law.province else None
