"""Say on what a card, a reminder or an order rests, and write it as the contract does (tongban.supervision.v1).

Law: what is written is read as the same; nothing of it ever changes.
"""

from dataclasses import dataclass
from datetime import date, datetime

from directory.contract import moment_if_any, timestamp
from tongban.supervision.v1 import supervision_pb2

REPLY_DAYS_MOST = 250
"""Working days within which a reply or an answer may be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The rule in its version, what it looked at, and what was known then; empty where there is nothing to say.

    `subject` and `of` name the clock, or the act; `events` are ledger indices, rising; `due` is the last day of the limit; `since` is the
    moment that gave it. `reported_up_to` is up to when the hall had reported when it was issued, None when it never had.
    """

    rule: str
    version: int
    trigger: str = ""
    case_hall: str = ""
    case_number: str = ""
    subject: str = ""
    of: str = ""
    due: date | None = None
    events: tuple[int, ...] = ()
    since: datetime | None = None
    reported_up_to: datetime | None = None
    late_recorded: bool = False


def write_cause(cause: Cause) -> supervision_pb2.Cause:
    """Write a cause."""
    return supervision_pb2.Cause(
        rule=cause.rule,
        version=cause.version,
        trigger=cause.trigger,
        case_hall=cause.case_hall,
        case_number=cause.case_number,
        subject=cause.subject,
        of=cause.of,
        due=cause.due.isoformat() if cause.due else "",
        events=cause.events,
        since=timestamp(cause.since),
        reported_up_to=timestamp(cause.reported_up_to),
        late_recorded=cause.late_recorded,
    )


def read_cause(said: supervision_pb2.Cause) -> Cause:
    """Read a cause; raises ValueError for a day or a moment that is none."""
    return Cause(
        rule=said.rule,
        version=said.version,
        trigger=said.trigger,
        case_hall=said.case_hall,
        case_number=said.case_number,
        subject=said.subject,
        of=said.of,
        due=date.fromisoformat(said.due) if said.due else None,
        events=tuple(said.events),
        since=moment_if_any(said, "since"),
        reported_up_to=moment_if_any(said, "reported_up_to"),
        late_recorded=said.late_recorded,
    )
