"""Judge an application for a resource, and what may be granted on it.

Laws: a resource that is not shared is granted to nobody, and the refusal names the legal basis. Nobody is granted more
than was applied for, or a field that the resource does not have. An application has a purpose, a basis and a term that
ends. Everything that is wrong is found, not only the first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from directory.calendar import beijing_day
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import Manner, SharingType
from directory.errors import Fault
from directory.refusal import Refused
from directory.texts import department_id_fault, hall_id_fault, id_fault, name_fault, text_fault
from directory.validity import Period

LONGEST_TERM: Final = 5 * 366
"""Days for which a resource can be applied for at a time, where no local rule says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareApplication:
    """What a department asks for; `applied_at` is aware, `term` ends before its `end`.

    Raises ValueError for a moment without a time zone.
    """

    application: str
    hall: str
    department: str
    resource: str
    version: int
    fields: frozenset[str]
    purpose: str
    basis: str
    term: Period
    manner: Manner
    applied_at: datetime

    def __post_init__(self) -> None:
        beijing_day(self.applied_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a department was given; it holds inside `period` unless it was ended, and is used for its purpose alone.

    Raises ValueError for a moment without a time zone.
    """

    grant: str
    application: str
    hall: str
    department: str
    resource: str
    version: int
    fields: frozenset[str]
    purpose: str
    basis: str
    period: Period
    manner: Manner
    approver: str
    granted_at: datetime
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        beijing_day(self.granted_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the provider gives of what was asked for; without fields or a period it is all of it."""

    grant: str
    approver: str
    granted_at: datetime
    fields: frozenset[str] = field(default=frozenset())
    period: Period | None = None


def apply(application: ShareApplication, version: ResourceVersion | None, longest: int = LONGEST_TERM) -> ShareApplication | Refused:
    """Take an application in, given the version that is in force; `longest` is the longest term in days."""
    day = beijing_day(application.applied_at)
    if refused := not_shareable(application.resource, version, day):
        return refused
    found = (*_applicant_faults(application), *_asked_faults(application, version), *_term_faults(application.term, day, longest))
    return Refused(f"the application does not hold: {found[0]}", found) if found else application


def grant(application: ShareApplication, version: ResourceVersion | None, consent: Consent) -> Grant | Refused:
    """Make the grant that a consent gives on an application, given the version that is in force, which may be a later one."""
    if refused := not_shareable(application.resource, version, beijing_day(consent.granted_at)):
        return refused
    made = Grant(
        grant=consent.grant,
        application=application.application,
        hall=application.hall,
        department=application.department,
        resource=application.resource,
        version=application.version,
        fields=consent.fields or application.fields,
        purpose=application.purpose,
        basis=application.basis,
        period=consent.period or application.term,
        manner=application.manner,
        approver=consent.approver,
        granted_at=consent.granted_at,
    )
    found = (*_named("grant", id_fault(made.grant, "grant id")), *_named("approver", name_fault(made.approver)), *beyond(made, application))
    found = (*found, *_surplus(made.fields, version.item_names if version else ()), *_over(made))
    return Refused(f"the grant does not hold: {found[0]}", found) if found else made


def beyond(made: Grant, application: ShareApplication) -> tuple[Fault, ...]:
    """Say by what a grant goes beyond the application on which it was made."""
    found = [
        Fault(0, f"is not that of the application {application.application!r}", name)
        for name in ("application", "hall", "department", "resource", "version", "purpose", "basis", "manner")
        if getattr(made, name) != getattr(application, name)
    ]
    if not made.fields:
        found.append(Fault(0, "no field is granted", "fields"))
    found += [Fault(0, f"{name[:64]!a} was not applied for", "fields") for name in sorted(made.fields - application.fields)]
    if made.period.end is None or not application.term.encloses(made.period):
        found.append(Fault(0, f"{made.period} is not inside the term applied for, {application.term}", "period"))
    if made.granted_at < application.applied_at:
        found.append(Fault(0, "is before the application", "granted_at"))
    return tuple(found)


def not_shareable(resource: str, version: ResourceVersion | None, day: date) -> Refused | None:
    """Say why a resource is shared with nobody at a day, given the version that is in force; None when it is shared."""
    if version is None or version.resource.resource != resource or not version.in_force(day):
        return Refused(f"no version of {resource[:64]!a} is in force on {day}")
    if version.resource.sharing is SharingType.NOT_SHARED:
        return Refused(f"{resource!r} is not shared: {version.resource.sharing_terms}")
    return None


def _applicant_faults(application: ShareApplication) -> Iterator[Fault]:
    yield from _named("application", id_fault(application.application, "share application id"))
    yield from _named("hall", hall_id_fault(application.hall))
    yield from _named("department", department_id_fault(application.department))
    yield from _named("purpose", text_fault(application.purpose))
    yield from _named("basis", text_fault(application.basis))


def _asked_faults(application: ShareApplication, version: ResourceVersion | None) -> Iterator[Fault]:
    if not application.fields:
        yield Fault(0, "no field is applied for", "fields")
    if version is not None:
        if application.version != version.version:
            yield Fault(0, f"version {version.version} is in force, not {application.version}", "version")
        yield from _surplus(application.fields, version.item_names)
        if application.manner is not version.resource.manner:
            yield Fault(0, f"the resource is shared by {version.resource.manner}, not by {application.manner}", "manner")


def _term_faults(term: Period, day: date, longest: int) -> Iterator[Fault]:
    if term.end is None or (term.end - term.start).days > longest:
        yield Fault(0, f"a term ends after {longest} days at most", "term")
    elif term.end <= day:
        yield Fault(0, f"the term was over on {term.end}", "term")


def _over(made: Grant) -> Iterator[Fault]:
    if made.period.end is not None and made.period.end <= beijing_day(made.granted_at):
        yield Fault(0, f"was over on {made.period.end}: have it applied for anew", "period")


def _surplus(fields: Iterable[str], known: Iterable[str]) -> Iterator[Fault]:
    yield from (Fault(0, f"{name[:64]!a} is no field of this version", "fields") for name in sorted(set(fields) - set(known)))


def _named(path: str, what: str) -> Iterator[Fault]:
    if what:
        yield Fault(0, what, path)
