"""Read from the hall's replica of the register who issues which licences, and what stands on them.

Laws: the replica is what the hub said to every hall, so a draft is judged at the hall by the rules by which the registry will judge it. It
may be older than the hub's: then the registry has the last word.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import sqlalchemy as sa

from directory.catalogue.resources import ResourceVersion
from directory.licences.judging import Issuing
from directory.licences.types import LicenceType, Types
from directory.record_schema import Checker
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.scopes.law import Law
from directory.scopes.reading import default_rules
from node_agent import directory_replica
from node_agent.errors import LicenceDeclined

_KINDS: Final = (Kind.HALL, Kind.DEPARTMENT, Kind.RESOURCE, Kind.RULE, Kind.LICENCE_TYPE)


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Who issues what today, and the versions of the resources in force."""

    issuing: Issuing

    @property
    def day(self) -> date:
        """Return the day for which it holds, in Asia/Shanghai."""
        return self.issuing.law.day

    def type_in_force(self, code: str) -> LicenceType:
        """Return a type that may be issued today; raises LicenceDeclined."""
        found = self.issuing.types.in_force(code, self.day)
        if found is None:
            known = ", ".join(self.issuing.types) or "none"
            raise LicenceDeclined("unknown-type", [("type", f"no such type is in force today; the types of this province are: {known}")])
        return found

    def resource(self, licence_type: LicenceType) -> ResourceVersion:
        """Return the version in force of the resource behind a type; raises LicenceDeclined."""
        found = self.issuing.law.resources.get(licence_type.resource)
        if found is None:
            raise LicenceDeclined("unknown-type", [("type", f"no version of its resource {licence_type.resource!r} is in force today")])
        return found

    def issuer(self, hall: str, department: str) -> str:
        """Return what names the hall in an identifier: the department's USCC, or the hall's division code."""
        known = self.issuing.departments.get(department)
        return known.uscc if known is not None and known.hall == hall else self.issuing.law.province.hall(hall).division_code


def load(connection: sa.Connection, day: date) -> Register:
    """Read the replica; raises LicenceDeclined while it holds no halls, or DirectoryError for one that does not hold together."""
    documents = {kept.place: kept.document for kind in _KINDS for kept in directory_replica.documents(connection, kind)}
    whole = Whole(documents, day)
    if not whole.things(Kind.HALL):
        raise LicenceDeclined("unknown-type", [("", "the replica of the province's directory is empty: let the agent run first")])
    rules = whole.things(Kind.RULE) or default_rules()
    departments = whole.things(Kind.DEPARTMENT)
    law = Law.compile(rules, whole.province, departments, day, whole.things(Kind.RESOURCE))
    return Register(Issuing.of(law, Types(whole.things(Kind.LICENCE_TYPE)), departments))


@lru_cache(maxsize=64)
def checker(version: ResourceVersion) -> Checker:
    """Return the schema of a version, made ready."""
    return Checker.compile(version)
