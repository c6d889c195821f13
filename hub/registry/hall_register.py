"""Keep the list of halls and the halls of the register one and the same.

Laws: the list (`hub.registry.halls`) holds each hall as it is today, and is what routing goes by; the register holds a hall's versions.
What an operator changes in the list changes the version that is in force; what the register says of today stands in the list. A hall is
never struck off the list: one whose last version has ended is not linked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from directory.divisions import BEGINNING
from directory.hall_versions import CALENDAR, HallVersion
from directory.halls import Hall
from directory.register.changes import Change
from directory.register.fold import Documents
from directory.register.kinds import FORMS, Kind
from directory.validity import Period, at
from hub.registry import halls

REASON = "list of halls"


def unsaid(connection: sa.Connection, documents: Documents, day: date) -> list[Change]:
    """Return the changes that the register needs to say of today's halls what the list does."""
    return list(_changes(halls.kept(connection), documents, day))


def _changes(kept: list[Hall], documents: Documents, day: date) -> Iterator[Change]:
    form, known = FORMS[Kind.HALL], _versions(documents)
    for hall in kept:
        versions = known.get(hall.hall, [])
        present = at(versions, day)
        if present is None and versions:
            continue  # it has ended, or is yet to begin
        wanted = _as_listed(hall, present)
        if wanted != present:
            yield Change(form.place(wanted), form.documents([wanted])[0], REASON)


def _as_listed(hall: Hall, present: HallVersion | None) -> HallVersion:
    return HallVersion(
        hall=hall.hall,
        display_name=hall.display_name,
        tier=hall.tier,
        superior=hall.superior,
        division_code=hall.division_code,
        calendar=present.calendar if present else CALENDAR,
        period=present.period if present else Period(BEGINNING),
        linked=hall.linked,
    )


def project(connection: sa.Connection, documents: Documents, day: date) -> list[Hall]:
    """Bring the list to what the register says of a day; return the halls that differ. Raises HallsMalformed when it is no province."""
    known = _versions(documents)
    wanted = [_as_in_force(version) for versions in known.values() if (version := at(versions, day))]
    present = {hall.hall for hall in wanted}
    ended = [replace(hall, linked=False) for hall in halls.kept(connection) if hall.hall in known and hall.hall not in present]
    return halls.store(connection, [*wanted, *ended])


def take_back(connection: sa.Connection, refused: Iterable[Change], documents: Documents, day: date) -> list[Hall]:
    """Bring the halls that refused changes name back to what the register says of them; return those that differ.

    A hall of which the register says nothing stays as it is listed. Raises HallsMalformed, and changes nothing, when the list would be
    no province.
    """
    named = {change.place.key for change in refused if change.place.kind == Kind.HALL}
    known = _versions(documents)
    said = [version for hall in sorted(named & known.keys()) if (version := at(known[hall], day))]
    return halls.store(connection, map(_as_in_force, said))


def _as_in_force(version: HallVersion) -> Hall:
    return Hall(version.hall, version.display_name, version.tier, version.superior, version.division_code, linked=version.linked)


def _versions(documents: Documents) -> dict[str, list[HallVersion]]:
    read = FORMS[Kind.HALL].things([document for place, document in sorted(documents.items()) if place.kind == Kind.HALL])
    found: dict[str, list[HallVersion]] = {}
    for version in read.whole():
        found.setdefault(version.hall, []).append(version)
    return found
