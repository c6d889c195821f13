"""Take from a case event what the fold needs.

Laws: a text that is too long, or shows not all its signs, is no name: it is left out, and the event counts all the same; a limit that is
no time is none.
"""

import unicodedata
from functools import lru_cache

from directory.lifecycle import Event
from directory.texts import hall_id_fault
from hub.cases.times import milliseconds
from tongban.case.v1.case_pb2 import CaseEvent

NAME_CHARACTERS = 100
"""Of a department, a step, a procedure, a fee."""
BASIS_CHARACTERS = 200
CASE_NUMBER_CHARACTERS = 200
MOST_DAYS = 5_000
"""No limit and no extension is longer (directory.calendar.MOST_WORKING_DAYS)."""


def said_event(said: CaseEvent, occurred_at_ms: int, hall: str, ledger_index: int) -> Event:
    """Return what the fold needs of an event that a hall told of; its marks are not known here."""
    department, step, procedure, fee = said.department, said.step_name or said.step_code, said.procedure, said.fee_project
    return Event(
        said.kind,
        occurred_at_ms,
        said.outcome,
        said.item_code,
        said.ground,
        _days(said.extension_days),
        milliseconds(said.promised_by) if said.HasField("promised_by") else None,
        department and _name(department),
        said.referred_to and _hall(said.referred_to),
        step and (_name(step) or _name(said.step_code)),
        milliseconds(said.due_at) if said.HasField("due_at") else None,
        procedure and _name(procedure),
        _basis(said.basis) if said.basis else "",
        _days(said.limit_days),
        milliseconds(said.valid_until) if said.HasField("valid_until") else None,
        fee and _name(fee),
        hall,
        ledger_index,
        said.grade,
    )


def whose_case(said: CaseEvent, author: str) -> tuple[str, str]:
    """Return hall and number of the case that an event is about: the author's own, unless it names another hall's."""
    if said.of_hall and said.of_case and not hall_id_fault(said.of_hall) and is_plain(said.of_case, CASE_NUMBER_CHARACTERS):
        return said.of_hall, said.of_case
    return author, said.case_number


def is_plain(text: str, most: int) -> bool:
    """Say whether text is short, in NFC and free of signs that are not seen: no NUL, no zero-width, no bidirectional ones."""
    return len(text) <= most and text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))


# The same few names come again and again.
@lru_cache(maxsize=8192)
def _name(text: str) -> str:
    return text if is_plain(text, NAME_CHARACTERS) else ""


def _days(days: int) -> int:
    return min(days, MOST_DAYS)


def _basis(text: str) -> str:
    return text if is_plain(text, BASIS_CHARACTERS) else ""


@lru_cache(maxsize=1024)
def _hall(text: str) -> str:
    # Rules compare it. What is no name opens the case to nobody.
    return "" if hall_id_fault(text) else text
