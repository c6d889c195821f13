"""Judge which roles may be given to the hall's people.

Laws: a hall gives no role that it may not assert (directory.scopes.principal.may_assert), and a person gives only what `users.edit` opens;
who sits at the hall's own machine is bound by the first alone. A hall that has not heard of the province yet gives the roles that every
tier has.
"""

from typing import Final

from directory.scopes.decisions import Denied
from directory.scopes.law import Law
from directory.scopes.principal import SEATS_OF_ROLE, Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from directory.texts import department_id_fault
from node_agent.accounts.users import Held

OF_NO_PERSON: Final = frozenset({Role.NODE, Role.OPERATOR})
"""Roles of programs and of the hub's own people."""
EVERYWHERE: Final = frozenset(role for role, seats in SEATS_OF_ROLE.items() if seats >= SEATS_OF_ROLE[Role.CLERK])

_UNHEARD: Final = "this hall has not received the province's directory yet; let the agent reach the hub first"


def refusal(law: Law | None, hall: str, held: Held) -> str:
    """Say why the hall may not have someone in a role; empty when it may."""
    if held.role in OF_NO_PERSON or held.role not in SEATS_OF_ROLE:
        return f"{held.role!a} is no role of a person: {', '.join(sorted(set(SEATS_OF_ROLE) - OF_NO_PERSON))}"
    if held.department and (wrong := department_id_fault(held.department)):
        return wrong
    if law is None:
        return (
            "" if held.role in EVERYWHERE else "this hall has not received the province's directory yet; let the agent reach the hub first"
        )
    asserted = law.may_assert(Principal(hall, held.role, held.department))
    return f"this hall may not have it: {asserted.why}" if isinstance(asserted, Denied) else ""


def refusal_of_giver(law: Law | None, giver: Principal, held: Held) -> str:
    """Say why a person may not give a role; empty when it may be given."""
    if not may_edit(law, giver, held.role):
        return "whoever gives roles must be a hall administrator, and the role one that the hall may have"
    return refusal(law, giver.hall, held)


def may_edit(law: Law | None, giver: Principal, role: str = Role.CLERK) -> bool:
    """Tell whether a person may give and take a role of the own hall."""
    if law is None:
        return giver.role == Role.HALL_ADMINISTRATOR
    return not isinstance(law.decide(giver, Action.USERS_EDIT, Subject(hall=giver.hall, role=role)), Denied)


def possible(law: Law | None, hall: str) -> list[str]:
    """Return the roles that the hall may have, in their order."""
    return [role for role in Role if not refusal(law, hall, Held(role))]
