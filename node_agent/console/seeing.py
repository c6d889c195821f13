"""Decide which pages a person sees.

Laws: what is not in the table is seen by nobody; the rules of access decide (directory.scopes), here for what is shown at all, at the hub
again for each thing that is asked for. A hall that has not heard of the province yet shows its administrator what is needed to mend that.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from directory.scopes.law import Law
from directory.scopes.meanings import ATTRIBUTES
from directory.scopes.predicates import Never
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role


class Area(StrEnum):
    """A part of the console."""

    HOME = "home"
    CASES = "cases"
    GUIDANCE = "guidance"
    SUPERVISION = "supervision"
    EXCHANGE = "exchange"
    USERS = "users"
    ACCOUNT = "account"


OPENED_BY: Final[Mapping[Area, tuple[Action, ...]]] = {
    Area.HOME: (),
    Area.ACCOUNT: (),
    Area.CASES: (Action.CASE_LIST, Action.CASE_READ),
    Area.GUIDANCE: (Action.GUIDANCE_ASK, Action.GUIDANCE_ANSWER, Action.GUIDANCE_READ),
    Area.SUPERVISION: (Action.ORDER_READ, Action.CARD_READ),
    Area.EXCHANGE: (Action.USERS_EDIT, Action.JOURNAL_READ),
    Area.USERS: (Action.USERS_EDIT,),
}
"""Which actions open an area, any of them; those without are open to whoever is signed in."""
WITHOUT_LAW: Final = frozenset({Area.EXCHANGE, Area.USERS})

_COLUMNS: Final = {attribute: attribute for attribute in ATTRIBUTES}


def sees(law: Law | None, who: Principal, area: Area) -> bool:
    """Tell whether a person sees an area."""
    actions = OPENED_BY[area]
    if not actions:
        return True
    if law is None:
        return area in WITHOUT_LAW and who.role == Role.HALL_ADMINISTRATOR
    return any(may(law, who, action) for action in actions)


def may(law: Law | None, who: Principal, action: Action) -> bool:
    """Tell whether there is anything to which a person may do this, a purpose and a rule given."""
    given = Subject(hall=who.hall, purpose="-", cited_rule="-")
    return law is not None and not isinstance(law.predicate(who, action, _COLUMNS, given), Never)
