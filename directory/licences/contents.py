"""Judge what a licence says against its type.

Laws: its fields are those of the version of its resource that is in force on the day, and hold under its schema; whose licence it is is
said by a code that its kind checks. A licence is valid for no longer than its type allows: the last day is at most the one with the same
number, as many months later (民法典 Art 202). Times are the first and last moments of days in Asia/Shanghai. A fault repeats no field.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from directory.calendar import BEIJING, beijing_day
from directory.errors import Fault
from directory.identifiers import citizen_id_fault, uscc_fault
from directory.licences.types import HOLDER_CODE, HOLDER_CODE_TYPE, LicenceType
from directory.licences.vocabulary import CodeType
from directory.record_schema import Checker
from directory.texts import name_fault

_DAY: Final = timedelta(days=1)
_MONTHS_OF_A_YEAR: Final = 12
LAST_YEAR: Final = 9_000
"""No licence is valid beyond it."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a licence says: its fields by their names in the catalogue, from when it is valid, and the first moment at which it is over."""

    fields: Mapping[str, Any]
    valid_from: datetime
    valid_until: datetime | None = None


def faults(contents: Contents, licence_type: LicenceType, checker: Checker) -> tuple[Fault, ...]:
    """Return everything that is wrong; `checker` is the schema of the version of its resource that is in force."""
    return (*checker.faults(contents.fields), *holder_faults(contents.fields), *_validity_faults(contents, licence_type))


def holder_faults(fields: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with a holder's code, by its kind (GB/T 36903)."""
    kind, code = fields.get(HOLDER_CODE_TYPE), fields.get(HOLDER_CODE)
    if isinstance(kind, str) and isinstance(code, str) and (what := code_fault(kind, code)):
        yield Fault(0, what, HOLDER_CODE)


def code_fault(kind: str, code: str) -> str:
    """Say what is wrong with a holder's code, without repeating it."""
    if kind == CodeType.CITIZEN_ID:
        return citizen_id_fault(code)
    if kind == CodeType.USCC:
        return "this is not a USCC, or its check character is wrong (GB 32100)" if uscc_fault(code) else ""
    return "the holder's code is empty, too long, not in NFC, or holds signs that are not seen" if name_fault(code) else ""


def last_day(first: date, months: int) -> date:
    """Return the latest last day of what is valid from a day on for some months; the last of its month where it has no such day."""
    year, month = divmod(first.year * _MONTHS_OF_A_YEAR + first.month - 1 + months, _MONTHS_OF_A_YEAR)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def midnight(day: date) -> datetime:
    """Return the first moment of a day in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def usual_end(first: date, months: int | None) -> datetime | None:
    """Return the first moment at which a licence from a day on is over as is usual: a whole number of months; None is no end."""
    return None if months is None else midnight(last_day(first, months))


def _validity_faults(contents: Contents, licence_type: LicenceType) -> Iterator[Fault]:
    start, end, months = contents.valid_from, contents.valid_until, licence_type.validity_months
    if end is not None and end <= start:
        yield Fault(0, "it would be over before it begins", "valid_until")
    if not 1900 <= start.year < LAST_YEAR or (end is not None and end.year > LAST_YEAR):  # noqa: PLR2004 - a year
        yield Fault(0, f"a licence is valid at some time between 1900 and {LAST_YEAR}", "valid_from")
    elif months is not None and (end is None or end > midnight(last_day(beijing_day(start), months) + _DAY)):
        yield Fault(0, f"a licence of this type is valid for at most {months} months", "valid_until")
