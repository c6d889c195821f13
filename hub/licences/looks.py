"""Tell who looked at licences, from the access records: to their holders, and to those who look whose questions stand out.

Law: what is told is what the ledger holds; nobody who was looked at is named in it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

import sqlalchemy as sa

from directory.calendar import Calendar
from directory.case_state import CaseState
from directory.licences.contents import midnight
from directory.licences.identifiers import parse_licence_id
from directory.licences.needs import concern
from directory.licences.outliers import Look, Outlier, outliers
from directory.licences.types import Types
from hub.cases.rulings import Rulings
from hub.cases.states import decode
from hub.cases.tables import cases
from hub.cases.times import timestamp, unix_ms
from hub.decisions.queries import Kept, on_licences
from hub.errors import Refusal
from tongban.directory.v1.decisions_pb2 import DecisionRecord
from tongban.errors.v1 import errors_pb2
from tongban.licence.v1.licence_service_pb2 import Access

MOST_LOOKS: Final = 100_000
"""Access records that one report goes through."""
CASES_A_QUERY: Final = 400


def accesses(kept: Kept, holder: bytes) -> Iterator[Access]:
    """Yield what one access record shows of a holder's licences."""
    record = DecisionRecord.FromString(kept.record)
    purpose = record.purpose
    for shown in (shown for one in record.licences for shown in one.shown if shown.holder == holder):
        yield Access(
            at=timestamp(kept.accepted_at_ms),
            hall=record.hall,
            department=record.asked_by.department,
            purpose=purpose.purpose,
            basis=purpose.basis,
            case_hall=purpose.case_hall,
            case_number=purpose.case_number,
            licence_id=shown.licence_id,
            fields=shown.fields,
            ledger_index=kept.ledger_index,
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What looks are held against: the days on which people work, the items of cases, the types of licences."""

    calendar: Calendar
    rulings: Rulings
    types: Types

    def is_unneeded(self, hall: str, item_code: str, licence_type: str) -> bool:
        """Tell whether an item has nothing to do with a type; False where either is not known."""
        versions = self.rulings.items.get(self.rulings.place(hall, item_code).item, ())
        types = self.types.versions(licence_type)
        return bool(versions) and bool(types) and not concern(versions, types)


def outliers_of(connection: sa.Connection, first: date, end: date, ground: Ground) -> list[Outlier]:
    """Return whose questions of some days stand out, from a day on and before another; raises Refusal TOO_LARGE."""
    kept = on_licences(connection, unix_ms(midnight(first)), unix_ms(midnight(end)), MOST_LOOKS + 1)
    if len(kept) > MOST_LOOKS:
        raise Refusal(errors_pb2.REASON_TOO_LARGE, f"there are more than {MOST_LOOKS:,} access records in these days: ask for fewer")
    records = [(one, DecisionRecord.FromString(one.record)) for one in kept]
    known = _cases(connection, {(record.purpose.case_hall, record.purpose.case_number) for _, record in records})
    is_unneeded = cache(ground.is_unneeded)
    return outliers((_look(one, record, known, is_unneeded) for one, record in records), ground.calendar)


def _look(
    kept: Kept, record: DecisionRecord, known: Mapping[tuple[str, str], CaseState], is_unneeded: Callable[[str, str, str], bool]
) -> Look:
    shown = [one for decision in record.licences for one in decision.shown]
    types = {parse_licence_id(one.licence_id).type for one in shown}
    who, case = record.asked_by, known.get((record.purpose.case_hall, record.purpose.case_number))
    return Look(
        hall=record.hall,
        department=who.department,
        person=who.person,
        role=who.role,
        at=datetime.fromtimestamp(kept.accepted_at_ms / 1000, UTC),
        holders=frozenset(one.holder for one in shown),
        ledger_index=kept.ledger_index,
        case_opened_at=_moment(case.listed_at_ms if case else None),
        case_closed_at=_moment(case.closed_at_ms if case else None),
        is_unneeded=case is not None and any(is_unneeded(record.purpose.case_hall, case.item_code, one) for one in types),
    )


def _moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)


def _cases(connection: sa.Connection, cited: Iterable[tuple[str, str]]) -> dict[tuple[str, str], CaseState]:
    numbers: dict[str, list[str]] = {}
    for hall, number in cited:
        numbers.setdefault(hall, []).append(number)
    found: dict[tuple[str, str], CaseState] = {}
    for hall, wanted in numbers.items():
        for start in range(0, len(wanted), CASES_A_QUERY):
            of_hall = cases.c.case_number.in_(wanted[start : start + CASES_A_QUERY])
            query = sa.select(cases.c.case_number, cases.c.state).where(cases.c.hall == hall, of_hall)
            found |= {(hall, number): decode(state) for number, state in connection.execute(query)}
    return found
