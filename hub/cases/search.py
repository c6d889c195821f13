"""Turn what a list of cases is asked for into conditions, and into the order in which an index gives them.

Laws: the first selective thing that is asked for decides the order (AXES), so that a page is walked off one index and costs the same
wherever it stands; everything else only leaves rows out. Where a range is asked for, each hall is walked by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import sqlalchemy as sa

from directory.supervision.vocabulary import Light
from hub.cases.lights import UNSEEN, Watch
from hub.cases.tables import cases

Axis = str
"""What a list is ordered by within a hall, before the case number."""
LISTED: Final = "listed_at_ms"
ACCEPTED: Final = "accepted_at_ms"
DUE: Final = "due_ms"
YELLOW: Final = "yellow_ms"
NUMBER: Final = ""
"""By the case number alone."""
AXES: Final = (NUMBER, YELLOW, DUE, ACCEPTED, LISTED)

_LAST: Final = "\U0010ffff"
"""No text that was taken in holds it: it is no character."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for; times are Unix milliseconds, `…_before_ms` exclusive. What is empty or None asks for nothing.

    A case for which nobody has applied counts by its first event. `due` is the end of the first limit that runs; `light` is as of `when`.
    """

    status: str = ""
    applied_from_ms: int | None = None
    applied_before_ms: int | None = None
    item_code: str = ""
    department: str = ""
    light: Light | None = None
    accepted_from_ms: int | None = None
    accepted_before_ms: int | None = None
    due_from_ms: int | None = None
    due_before_ms: int | None = None
    number_prefix: str = ""
    when: Watch = UNSEEN

    def said(self) -> tuple[str | int | None, ...]:
        """Return all that is asked for, in the order of the fields: what a page token is bound to."""
        return tuple(getattr(self, field.name) for field in fields(self) if field.name != "when")

    @property
    def axis(self) -> Axis:
        """Return what the list is ordered by."""
        asked = {
            NUMBER: self.number_prefix,
            YELLOW: self.light in {Light.YELLOW, Light.GREY},
            DUE: self.light is not None or self.due_from_ms is not None or self.due_before_ms is not None,
            ACCEPTED: self.accepted_from_ms is not None or self.accepted_before_ms is not None,
        }
        return next((axis for axis in AXES if asked.get(axis)), LISTED)

    @property
    def is_by_hall(self) -> bool:
        """Tell whether each hall is walked by itself."""
        return self.axis != LISTED or self.applied_from_ms is not None or self.applied_before_ms is not None


def asked(wanted: Wanted, hall: str) -> dict[str, str | int] | None:
    """Return the conditions (names of CONDITIONS) with their values; None when no case of the hall can hold them."""
    given: dict[str, str | int | None] = {
        "status": wanted.status or None,
        "item_code": wanted.item_code or None,
        "department": wanted.department or None,
        "applied_from": wanted.applied_from_ms,
        "applied_before": wanted.applied_before_ms,
        "accepted_from": wanted.accepted_from_ms,
        "accepted_before": wanted.accepted_before_ms,
        "due_from": wanted.due_from_ms,
        "due_before": wanted.due_before_ms,
        "number_from": wanted.number_prefix or None,
        "number_before": wanted.number_prefix + _LAST if wanted.number_prefix else None,
    }
    found = {name: value for name, value in given.items() if value is not None}
    if wanted.light is None:
        return found
    shows = _shows(wanted.light, wanted.when.now_ms, wanted.when.seen.get(hall))
    return None if shows is None else {**found, **shows}


def _shows(light: Light, now_ms: int, seen_ms: int | None) -> dict[str, int] | None:
    """Say which cases of a hall show a light; None for none of them."""
    if light is Light.GREY:
        # Of a hall that is not seen every light is grey, else what has turned since.
        return {"runs": 0} if seen_ms is None else {"turned_by": now_ms, "turned_since": seen_ms}
    if seen_ms is None:
        return None
    if light is Light.RED:
        return {"over_by": seen_ms}
    return {"yellow_by": seen_ms, "over_after": now_ms} if light is Light.YELLOW else {"yellow_after": now_ms, "over_after": now_ms}


def _time(name: str) -> sa.BindParameter[int]:
    # With its type: PostgreSQL would take it for a 32-bit number.
    return sa.bindparam(name, type_=sa.BigInteger)


_turned_red: Final = (cases.c.due_ms <= _time("turned_by")) & (cases.c.due_ms > _time("turned_since"))
_turned_yellow: Final = (cases.c.due_ms > _time("turned_by")) & (cases.c.yellow_ms > _time("turned_since"))
CONDITIONS: Final[Mapping[str, sa.ColumnElement[bool]]] = {
    "status": cases.c.status == sa.bindparam("status"),
    "item_code": cases.c.item_code == sa.bindparam("item_code"),
    "department": cases.c.department == sa.bindparam("department"),
    "applied_from": cases.c.listed_at_ms >= _time("applied_from"),
    "applied_before": cases.c.listed_at_ms < _time("applied_before"),
    "accepted_from": cases.c.accepted_at_ms >= _time("accepted_from"),
    "accepted_before": cases.c.accepted_at_ms < _time("accepted_before"),
    "due_from": cases.c.due_ms >= _time("due_from"),
    "due_before": cases.c.due_ms < _time("due_before"),
    "number_from": cases.c.case_number >= sa.bindparam("number_from"),
    "number_before": cases.c.case_number < sa.bindparam("number_before"),
    "runs": cases.c.yellow_ms >= _time("runs"),
    "over_by": cases.c.due_ms <= _time("over_by"),
    "over_after": cases.c.due_ms > _time("over_after"),
    "yellow_by": cases.c.yellow_ms <= _time("yellow_by"),
    "yellow_after": cases.c.yellow_ms > _time("yellow_after"),
    "turned_by": cases.c.yellow_ms <= _time("turned_by"),
    "turned_since": _turned_red | _turned_yellow,
}
LOWER: Final[Mapping[Axis, frozenset[str]]] = {
    LISTED: frozenset({"applied_from"}),
    ACCEPTED: frozenset({"accepted_from"}),
    DUE: frozenset({"due_from", "over_after"}),
    YELLOW: frozenset({"runs"}),
    NUMBER: frozenset({"number_from"}),
}
"""Conditions that hold of everything behind a place, where the place itself is the better bound."""


def order_of(axis: Axis) -> tuple[sa.Column[int] | sa.Column[str], ...]:
    """Return the columns by which a hall's cases are ordered."""
    return (cases.c[axis], cases.c.case_number) if axis != NUMBER else (cases.c.case_number,)
