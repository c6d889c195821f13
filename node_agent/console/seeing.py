"""Decide which pages a person sees.

Laws: what is not in the table is seen by nobody; the rules of access decide (directory.scopes), here for what is shown at all, at the hub
again for each thing that is asked for. A hall that has not heard of the province yet shows its administrator what is needed to mend that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from directory.scopes.law import Law
from directory.scopes.meanings import ATTRIBUTES
from directory.scopes.predicates import Never
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from directory.validity import Period


class Area(StrEnum):
    """A part of the console."""

    HOME = "home"
    CASES = "cases"
    GUIDANCE = "guidance"
    SUPERVISION = "supervision"
    LIGHTS = "lights"
    PROVINCE = "province"
    CATALOGUE = "catalogue"
    REGISTER = "register"
    DECISIONS = "decisions"
    LICENCES = "licences"
    LICENCE_LOOKUP = "licence-lookup"
    LICENCE_BOOK = "licence-book"
    LICENCE_ACCESSES = "licence-accesses"
    LICENCE_OUTLIERS = "licence-outliers"
    EXCHANGE = "exchange"
    EVIDENCE = "evidence"
    USERS = "users"
    ACCOUNT = "account"


_AT_LICENCES: Final = (Action.LICENCE_ISSUE, Action.LICENCE_CHANGE, Action.LICENCE_END)

OPENED_BY: Final[Mapping[Area, tuple[Action, ...]]] = {
    Area.HOME: (),
    Area.ACCOUNT: (),
    Area.CASES: (Action.CASE_LIST, Action.CASE_READ),
    Area.GUIDANCE: (Action.GUIDANCE_ASK, Action.GUIDANCE_ANSWER, Action.GUIDANCE_READ),
    Area.SUPERVISION: (Action.ORDER_READ, Action.CARD_READ),
    Area.LIGHTS: (Action.CASE_LIST,),
    Area.PROVINCE: (Action.CASE_LIST,),
    Area.CATALOGUE: (Action.CATALOGUE_READ,),
    Area.REGISTER: (Action.DIRECTORY_READ,),
    Area.DECISIONS: (Action.DECISIONS_READ,),
    Area.LICENCES: (*_AT_LICENCES, Action.LICENCE_QUERY, Action.ACCESS_TELL, Action.ACCESS_READ),
    Area.LICENCE_LOOKUP: (Action.LICENCE_QUERY,),
    Area.LICENCE_BOOK: _AT_LICENCES,
    Area.LICENCE_ACCESSES: (Action.ACCESS_TELL,),
    Area.LICENCE_OUTLIERS: (Action.ACCESS_READ,),
    Area.EXCHANGE: (Action.USERS_EDIT, Action.JOURNAL_READ),
    Area.EVIDENCE: (Action.USERS_EDIT,),  # it holds whole messages, and is what an administrator fetches at the machine
    Area.USERS: (Action.USERS_EDIT,),
}
"""Which actions open an area, any of them; those without are open to whoever is signed in."""
WITHOUT_LAW: Final = frozenset({Area.EXCHANGE, Area.EVIDENCE, Area.USERS})

_COLUMNS: Final = {attribute: attribute for attribute in ATTRIBUTES}


def sees(law: Law | None, who: Principal, area: Area) -> bool:
    """Tell whether a person sees an area."""
    actions = OPENED_BY[area]
    if not actions:
        return True
    if law is None:
        return area in WITHOUT_LAW and who.role == Role.HALL_ADMINISTRATOR
    return any(may(law, who, action) for action in actions)


_ALWAYS: Final = Period(date.min)


@dataclass(frozen=True, slots=True)
class _SomeGrant:
    """A grant as there might be one."""

    hall: str
    department: str = ""
    resource: str = "-"
    fields: frozenset[str] = frozenset({"-"})
    purpose: str = "-"
    period: Period = _ALWAYS
    ended_at: datetime | None = None


def may(law: Law | None, who: Principal, action: Action) -> bool:
    """Tell whether there is anything to which a person may do this: a purpose, a rule, a grant and another officer given."""
    grant = _SomeGrant(who.hall)
    given = Subject(
        hall=who.hall, purpose="-", cited_rule="-", second_person=f"{who.person}-", resource="-", fields=grant.fields, grant=grant
    )
    return law is not None and not isinstance(law.predicate(who, action, _COLUMNS, given), Never)
