"""Plan and stage what an operator changes in the directory, whether a hub runs or not.

Laws: what is staged was judged with everything that waits before it; the judging holds no lock that a commit of the hub waits for, and
is done again when something was staged or taken in meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from directory.calendar import beijing_day
from directory.errors import Fault, HallsMalformed, ListMalformed
from directory.register.changes import Change
from directory.register.fold import Documents, changed
from directory.register.importing import File, FileFault, Plan, plan
from directory.register.kinds import FORMS, Kind
from directory.scopes.reading import default_rules
from hub.db import Database, transaction
from hub.errors import StorageBusy
from hub.registry import hall_register, halls, staging
from hub.tables import register_segments, stagings

TRIES = 5


@dataclass(frozen=True, slots=True)
class Ground:
    """What a change is planned on: all that was staged so far, and what the list of halls adds to it."""

    documents: Documents
    unsaid: tuple[Change, ...]
    mark: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """What was planned, and the number under which it waits; None where there was nothing to change, or something was wrong."""

    plan: Plan
    number: int | None


def ground(connection: sa.Connection, now: datetime) -> Ground:
    """Read what a change is to be planned on."""
    documents = staging.planned(connection)
    unsaid = tuple(hall_register.unsaid(connection, documents, beijing_day(now)))
    return Ground(changed(documents, unsaid), unsaid, _mark(connection))


def _mark(connection: sa.Connection) -> tuple[object, ...]:
    """Return what differs as soon as anything was staged, taken in, refused or changed in the list of halls."""
    settled = sa.func.sum(sa.case((stagings.c.settled_at_ms > 0, 1), else_=0))
    counted = connection.execute(sa.select(sa.func.max(stagings.c.id), settled)).one()
    newest = connection.scalar(sa.select(sa.func.max(register_segments.c.ledger_first)))
    return (*counted, newest, *halls.kept(connection))


def with_default_rules(found: Ground) -> Ground:
    """Add the default rules where the register holds none: they end when the first rule is said, so they are said before it."""
    if any(place.kind == Kind.RULE for place in found.documents):
        return found
    form, rules = FORMS[Kind.RULE], default_rules()
    said = [Change(form.place(rule), document) for rule, document in zip(rules, form.documents(rules), strict=True)]
    return replace(found, documents=changed(found.documents, said), unsaid=(*found.unsaid, *said))


def preview(database: Database, files: Sequence[File], now: datetime, *, whole: bool) -> Plan:
    """Say what files would change."""
    with database.reader.begin() as connection:
        found = ground(connection, now)
    return _planned(files, found, now, "", whole=whole)


def stage_files(database: Database, files: Sequence[File], now: datetime, reason: str, *, whole: bool) -> Staged:
    """Stage what files change, all of it or nothing; raises StorageBusy when others change the directory all the time."""
    for _ in range(TRIES):
        with database.reader.begin() as connection:
            found = ground(connection, now)
        planned = _planned(files, found, now, reason, whole=whole)
        if planned.faults:
            return Staged(planned, None)
        with transaction(database.writer) as connection:
            if stands(connection, found):
                return Staged(planned, stage_planned(connection, found, planned, now, reason))
    raise StorageBusy("the directory is being changed by others all the time; try again")


def _planned(files: Sequence[File], found: Ground, now: datetime, reason: str, *, whole: bool) -> Plan:
    planned = plan(files, found.documents, beijing_day(now), reason=reason, whole=whole)
    gone = {change.place.key for change in planned.changes if change.document is None and change.place.kind == Kind.HALL}
    left = {place.key for place in changed(found.documents, planned.changes) if place.kind == Kind.HALL}
    lost = [FileFault("", Fault(0, f"the hall {hall!r} is missing: none is ever removed, its last version ends")) for hall in gone - left]
    return Plan((), tuple(sorted(lost, key=str)), {}) if lost else planned


def stands(connection: sa.Connection, found: Ground) -> bool:
    """Tell whether nothing was staged, taken in, refused or listed since a ground was read."""
    return _mark(connection) == found.mark


def stage_planned(connection: sa.Connection, found: Ground, planned: Plan, now: datetime, reason: str) -> int | None:
    """Stage what was planned on a ground that stands; return the staging's number, None where there is nothing to change."""
    number = staging.stage(connection, [*found.unsaid, *planned.changes], reason, now)
    if any(change.place.kind == Kind.HALL for change in planned.changes):
        hall_register.project(connection, changed(found.documents, planned.changes), beijing_day(now))
    return number


def stage_halls(connection: sa.Connection, now: datetime, reason: str) -> int | None:
    """Stage what was changed in the list of halls, in the transaction that changed it; return the staging's number."""
    try:
        return staging.stage(connection, ground(connection, now).unsaid, reason, now)
    except ListMalformed as error:
        raise HallsMalformed(0, f"the register's halls cannot be read: {error}") from error
