"""Find, in the hall's replica of the catalogue, the resource that a source sends, and say why it may not.

Laws: what is sent is checked against the version in force on the day, Asia/Shanghai, of a resource that a department of this hall
provides. A document is read and made ready once; another that takes its place is another document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import sqlalchemy as sa

from directory.catalogue.publication import in_force
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State
from directory.departments import Department
from directory.record_schema import Checker
from directory.refusal import Refused
from directory.register.kinds import FORMS, Kind
from directory.validity import at
from node_agent import directory_replica

NOT_RECEIVED = "this hall has not received the catalogue yet: it comes when the agent reaches the hub, and the source goes on by itself"
_REMEMBERED = 256
"""Documents that are kept ready."""


@dataclass(frozen=True, slots=True)
class Provided:
    """A resource that this hall may send now: its version in force, made ready to try records on."""

    version: ResourceVersion
    checker: Checker


def provided(connection: sa.Connection, resource: str, hall: str, day: date) -> Provided | Refused:
    """Return the resource if this hall provides it on that day, or say why it may not be sent and what helps."""
    kept = [one.document for one in directory_replica.documents(connection, Kind.RESOURCE, resource)]
    if not kept:
        return Refused(_unknown(connection, resource))
    read = {document: _version(document) for document in kept}
    current = in_force([version for version in read.values() if version is not None], day)
    if current is None:
        if None in read.values():
            return Refused(f"this release cannot read the resource {resource!r} of the catalogue: install a later one")
        return Refused(f"{_not_in_force(resource, [version for version in read.values() if version], day)}; the catalogue decides")
    if current.resource.encrypted:
        return Refused(f"records of {resource!r} are to be encrypted, which this release cannot do")
    elsewhere = _elsewhere(connection, current, hall, day)
    document = next(document for document, version in read.items() if version is current)
    return Refused(elsewhere) if elsewhere else Provided(current, _checker(document))


def _unknown(connection: sa.Connection, resource: str) -> str:
    if directory_replica.documents(connection, Kind.RESOURCE):
        return f"the catalogue has no resource {resource!r}: see `tongban-agent directory list resource`, or have it entered"
    return NOT_RECEIVED


def _not_in_force(resource: str, versions: list[ResourceVersion], day: date) -> str:
    last = max(versions, key=lambda version: version.version)
    if last.withdrawn_on is not None and last.withdrawn_on <= day:
        return f"{resource!r} was withdrawn on {last.withdrawn_on}: {last.ground}"
    if last.state is State.DRAFT:
        return f"{resource!r} is not published yet"
    if day < last.period.start:
        return f"{resource!r} is in force from {last.period.start} on"
    return f"{resource!r} has not been in force since {last.period.end}"


def _elsewhere(connection: sa.Connection, version: ResourceVersion, hall: str, day: date) -> str:
    """Say which other hall provides a resource; empty where this one does."""
    provider = version.resource.provider
    found = at(_departments(connection, provider), day)
    if found is None:
        return f"the directory has no department {provider!r}, which provides {version.resource.resource!r}: have it entered"
    if found.hall != hall:
        return f"{version.resource.resource!r} is provided by {provider!r} of {found.hall!r}: only that hall sends its records"
    return ""


def _departments(connection: sa.Connection, department: str) -> Iterator[Department]:
    for one in directory_replica.documents(connection, Kind.DEPARTMENT, department):
        yield from _department(one.document)


@lru_cache(maxsize=_REMEMBERED)
def _version(document: str) -> ResourceVersion | None:
    rows = FORMS[Kind.RESOURCE].things([document]).rows
    return rows[0] if rows else None


@lru_cache(maxsize=_REMEMBERED)
def _checker(document: str) -> Checker:
    version = _version(document)
    if version is None:
        raise ValueError("a document that cannot be read has no schema")
    return Checker.compile(version)


@lru_cache(maxsize=_REMEMBERED)
def _department(document: str) -> tuple[Department, ...]:
    return FORMS[Kind.DEPARTMENT].things([document]).rows
