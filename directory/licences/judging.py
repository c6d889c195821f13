"""Judge whether a hall's officer may do an act on a licence, by the register of one day.

Laws: who issues a type is what the register says of it on the day, and whoever may issue may change and end. What makes a version needs the
type in force; what ends one needs it only to have been, for an ending outlives its type. The issuer in the identifier is the hall: by the
USCC of one of its departments or by its division code, so that no hall takes a number of another's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from directory.calendar import beijing_day
from directory.departments import Department
from directory.licences.acts import Act, Objection, objection
from directory.licences.identifiers import LicenceId
from directory.licences.types import LicenceType, Types
from directory.licences.vocabulary import ENDINGS, MAKING, ActKind, Fault
from directory.scopes.decisions import Allowed
from directory.scopes.law import Law
from directory.scopes.principal import Principal, is_same_person
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action

CLOCK_SKEW: Final = timedelta(minutes=5)
"""An act counts from no later than it was accepted; a hall's clock may be as much ahead."""

ACTION_OF: Final[Mapping[ActKind, Action]] = {
    kind: Action.LICENCE_ISSUE if kind is ActKind.ISSUED else Action.LICENCE_END if kind in ENDINGS else Action.LICENCE_CHANGE
    for kind in ActKind
}


@dataclass(frozen=True, slots=True, eq=False)
class Issuing:
    """Who issues what on the day of a law; it never changes once built."""

    law: Law
    types: Types
    departments: Mapping[str, Department]

    @classmethod
    def of(cls, law: Law, types: Types, departments: Iterable[Department]) -> "Issuing":
        """Return it for a law's day; types and departments may hold all versions."""
        return cls(law, types, {one.department: one for one in departments if law.day in one.period})

    def issues(self, hall: str, department: str, licence_type: LicenceType) -> bool:
        """Tell whether a department of a hall issues a type; an empty department is one that was not named."""
        found = self.law.province.get(hall)
        if found is None or not (hall in licence_type.halls or found.tier in licence_type.tiers):
            return False
        named = {one for one in licence_type.departments if one in self.departments and self.departments[one].hall == hall}
        return department in named if named else True

    def is_issuer(self, hall: str, issuer: str) -> bool:
        """Tell whether the issuer in an identifier is a hall."""
        found = self.law.province.get(hall)
        usccs = {one.uscc for one in self.departments.values() if one.hall == hall}
        return found is not None and issuer in usccs | {found.division_code}


def acts_on(hall: str, issued_by: str, licence: LicenceId, issuing: Issuing) -> bool:
    """Tell whether a licence is a hall's to act on, given the hall that made its newest version.

    One organ may sit in several halls under one USCC: each acts on its own licences, until it leaves them behind by leaving its hall.
    """
    return hall == issued_by or not issuing.is_issuer(issued_by, licence.issuer)


def judge(act: Act, actor: Principal, issuing: Issuing, accepted_at: datetime) -> Objection | None:
    """Say why an act does not count, by what it says and who did it; None when nothing speaks against it.

    `actor.hall` is known by the journal; the rest is what the envelope says.
    """
    return objection(act) or _untimely(act, accepted_at) or not_entitled(act.kind, act.licence, actor, act.second_officer, issuing)


def not_entitled(kind: ActKind, licence: LicenceId, actor: Principal, second_officer: str, issuing: Issuing) -> Objection | None:
    """Say why someone may not do such an act on a licence; None when they may."""
    types, day = issuing.types, issuing.law.day
    licence_type = types.in_force(licence.type, day) if kind in MAKING else types.newest(licence.type, day)
    if licence_type is None:
        return Objection(Fault.UNKNOWN_TYPE, f"on {day} there is no such type of licences in the register")
    if not issuing.is_issuer(actor.hall, licence.issuer):
        # Of an act on a licence that there is, this is said before anything of the licence: no hall learns what another issued.
        return Objection(Fault.FOREIGN_LICENCE, "the issuer in the identifier is no department of the hall, nor its division code")
    return _denied(kind, actor, second_officer, issuing, licence_type)


def _denied(kind: ActKind, actor: Principal, second_officer: str, issuing: Issuing, licence_type: LicenceType) -> Objection | None:
    subject = Subject(
        hall=actor.hall,
        department=actor.department,
        type_issued=issuing.issues(actor.hall, actor.department, licence_type),
        second_person=second_officer,
    )
    if isinstance(issuing.law.decide(actor, ACTION_OF[kind], subject), Allowed):
        return None
    if kind in ENDINGS and is_same_person(second_officer, actor.person):
        return Objection(Fault.SECOND_OFFICER, "whoever ends a licence does not confirm it: another officer does, and both are named")
    return Objection(Fault.NOT_ENTITLED, "the rules of access do not open this act, on licences of this type, to this officer")


def _untimely(act: Act, accepted_at: datetime) -> Objection | None:
    late = act.effective_at > accepted_at + CLOCK_SKEW
    return (
        Objection(Fault.INCOMPLETE, f"an act is sent when it counts, not before: it counts from after {_day(accepted_at)}")
        if late
        else None
    )


def _day(at: datetime) -> str:
    return beijing_day(at).isoformat()
