"""Look licences up in the registry.

Laws: all that a question asks for is read at once, in one state of the database and by a few statements, whether it may be seen or not;
a holder is looked up by the keyed hash alone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import sqlalchemy as sa

from directory.licences.vocabulary import Status
from hub.cases.tables import cases
from hub.consumers import position
from hub.licences.consumer import LicenceConsumer
from hub.licences.tables import versions

KEYS_A_QUERY: Final = 500
MOST_OF_A_HOLDER: Final = 200
"""Licences of one holder that one question finds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a licence; the columns are explained at `licence_versions`. Times are Unix milliseconds."""

    licence_id: str
    type: str
    hall: str
    status: str
    ground: str
    since_ms: int
    valid_to_ms: int | None
    holder: bytes
    sealed: bytes
    key_id: str
    trust_level: int
    made: int


@dataclass(frozen=True, slots=True)
class CitedCase:
    """The case in which a question is asked, as rules of access look at it; `department` is empty when nothing was said."""

    hall: str
    department: str
    is_open: bool


@dataclass(slots=True)
class Looked:
    """What was found: cases by hall and number, versions by their identifiers and by their holders, and how far the registry has come.

    `read_up_to_ms` says up to when it has heard of everything, in Unix milliseconds.
    """

    cases: dict[tuple[str, str], CitedCase]
    by_id: dict[str, Row]
    by_holder: dict[bytes, list[Row]]
    next_ledger_index: int
    read_up_to_ms: int = 0


_select: Final = sa.select(*(versions.c[one.name] for one in fields(Row)))
_BY_ID: Final = _select.where(versions.c.licence_id.in_(sa.bindparam("ids", expanding=True)))
_newest: Final = sa.func.row_number().over(partition_by=versions.c.holder, order_by=versions.c.made.desc())
_of_holders: Final = (
    _select.add_columns(_newest.label("place"))
    .where(versions.c.holder.in_(sa.bindparam("holders", expanding=True)), versions.c.status != Status.SUPERSEDED.value)
    .subquery()
)  # fmt: skip
_BY_HOLDER: Final = (
    sa.select(*(_of_holders.c[one.name] for one in fields(Row)))
    .where(_of_holders.c.place <= sa.bindparam("most"))
    .order_by(_of_holders.c.made.desc())
)  # fmt: skip
_CASES: Final = sa.select(cases.c.case_number, cases.c.department, cases.c.case_open).where(
    cases.c.hall == sa.bindparam("of_hall"), cases.c.case_number.in_(sa.bindparam("numbers", expanding=True))
)


def look(connection: sa.Connection, cited: Collection[tuple[str, str]], ids: Collection[str], holders: Collection[bytes]) -> Looked:
    """Read what questions need: their cases (hall and number), licences by identifier, and those of holders that were not superseded."""
    by_id = {row.licence_id: row for row in _rows(connection, _BY_ID, "ids", ids)}
    by_holder: dict[bytes, list[Row]] = {}
    for row in _rows(connection, _BY_HOLDER, "holders", holders, most=MOST_OF_A_HOLDER):
        by_holder.setdefault(row.holder, []).append(row)
    return Looked(_cited(connection, cited), by_id, by_holder, position(connection, LicenceConsumer.name))


def _rows(connection: sa.Connection, query: sa.Select[*tuple[Any, ...]], name: str, keys: Collection[Any], **more: int) -> Iterator[Row]:
    wanted = list(keys)
    for start in range(0, len(wanted), KEYS_A_QUERY):
        for row in connection.execute(query, {name: wanted[start : start + KEYS_A_QUERY], **more}):
            yield Row(*row)


def _cited(connection: sa.Connection, cited: Collection[tuple[str, str]]) -> dict[tuple[str, str], CitedCase]:
    numbers: dict[str, list[str]] = {}
    for hall, number in cited:
        numbers.setdefault(hall, []).append(number)
    found: dict[tuple[str, str], CitedCase] = {}
    for hall, wanted in numbers.items():
        for number, department, is_open in connection.execute(_CASES, {"of_hall": hall, "numbers": wanted}):
            found[hall, number] = CitedCase(hall, department or "", is_open)
    return found


def in_list(connection: sa.Connection, uri: str) -> Sequence[tuple[int, str, str, int]]:
    """Return the places of a status list that are taken: index, status, key id and the ledger index of the act that took it."""
    columns = (versions.c.status_index, versions.c.status, versions.c.key_id, versions.c.made)
    return [tuple(row) for row in connection.execute(sa.select(*columns).where(versions.c.status_uri == uri))]
