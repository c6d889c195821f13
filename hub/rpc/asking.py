"""Read who asks through a hall, and why.

Laws: the hall is the certificate's alone; what it says of its person is taken as said, and judged by the law. Whoever is not a
program has a name to be written down by, and every text shows all its signs where it is read again.
"""

import unicodedata
from dataclasses import dataclass
from typing import Protocol

from directory.licences.identifiers import names_a_person
from directory.scopes.decisions import Allowed, Denied, Why
from directory.scopes.law import NOTHING
from directory.scopes.predicates import Never
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from hub.errors import Refusal
from hub.registry.laws import InForce
from hub.rooms import Rooms
from hub.rpc.streams import OpenCall
from tongban.directory.v1 import scopes_pb2
from tongban.errors.v1 import errors_pb2

MAX_WORD = 63
MAX_NAME = 200
MAX_PURPOSE = 1_000
"""Characters of a purpose, and of its basis."""

_PURPOSE = {"purpose": MAX_PURPOSE, "basis": MAX_PURPOSE, "case_hall": MAX_WORD, "case_number": MAX_NAME}
_TOLD = ("purpose", "basis")
"""What people write freely; the number of a case may look like a citizen id by chance."""
_COLUMNS = {"hall": "hall", "department": "department", "issuer_hall": "issuer_hall"}
_NOT_BELIEVED = frozenset({Why.UNKNOWN_HALL, Why.UNKNOWN_ROLE, Why.FOREIGN_ROLE, Why.FOREIGN_DEPARTMENT})


class _AskedBy(Protocol):
    @property
    def asked_by(self) -> scopes_pb2.Principal: ...


def principal_of(call: OpenCall, request: _AskedBy) -> Principal:
    """Return who asks: the node itself when the request names nobody. Raises Refusal FIELD_INVALID."""
    said = request.asked_by
    if said == scopes_pb2.Principal():
        return Principal(call.caller.hall, Role.NODE)
    _check("asked_by.role", said.role, MAX_WORD)
    if said.department:
        _check("asked_by.department", said.department, MAX_NAME)
    if said.person or said.role != Role.NODE:
        _check("asked_by.person", said.person, MAX_WORD)
    return Principal(call.caller.hall, said.role, said.department, said.person)


def check_purpose(purpose: scopes_pb2.Purpose) -> None:
    """Refuse with FIELD_INVALID what cannot be written down; a purpose may be unsaid.

    What is written down stands in the ledger for ever, and is shown to holders and auditors: it names nobody by a citizen id.
    """
    for name, most in _PURPOSE.items():
        if text := getattr(purpose, name):
            _check(f"purpose.{name}", text, most)
    for name in _TOLD:
        if names_a_person(unicodedata.normalize("NFKC", getattr(purpose, name))):
            msg = f"purpose.{name} holds a citizen id, and would be kept for ever: say it without, the case says whose it is"
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, msg, field=f"purpose.{name}")


def refusal(who: Principal, denied: Denied) -> Refusal:
    """Return the refusal of whoever may ask for nothing of the kind, or is not believed to be who they are said to be."""
    if denied.why in _NOT_BELIEVED:
        msg = f"{who.hall} may say of nobody: {who.role} of the department '{who.department}'"
        return Refusal(errors_pb2.REASON_FOREIGN_ACTOR, msg, field="asked_by")
    return Refusal(errors_pb2.REASON_SCOPE_DENIED, f"no rule of access opens this to the role {who.role} at {who.hall}")


def _check(field: str, text: str, most: int) -> None:
    seen = text == text.strip() and text.isprintable() and unicodedata.is_normalized("NFC", text)
    if not 0 < len(text) <= most or not seen:
        msg = f"{field} is empty, longer than {most} characters, not in NFC, or holds signs that are not seen"
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, msg, field=field)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and the law by which all of one question is judged."""

    principal: Principal
    in_force: InForce

    @classmethod
    def of(cls, rooms: Rooms, call: OpenCall, request: _AskedBy) -> "Asking":
        """Read who asks; raises Refusal FIELD_INVALID."""
        return cls(principal_of(call, request), rooms.laws.in_force())

    @property
    def asker(self) -> tuple[str, ...]:
        """Whose page it is, and by which rules: any other token is void."""
        who = self.principal
        return who.role, who.department, who.person, self.in_force.rules_digest

    def may(self, action: Action, subject: Subject) -> bool:
        """Judge it on one thing."""
        return isinstance(self.in_force.law.decide(self.principal, action, subject), Allowed)

    def check(self, action: Action, subject: Subject) -> None:
        """Raise Refusal when it is denied on one thing that the asker knows of."""
        decision = self.in_force.law.decide(self.principal, action, subject)
        if isinstance(decision, Denied):
            raise refusal(self.principal, decision)

    def check_open(self, *actions: Action, given: Subject = NOTHING) -> None:
        """Turn away whoever may do none of these to anything, whatever there is: so nothing is learned of what there is.

        `given` holds what is the same for everything: what the request says of the act.
        """
        law = self.in_force.law
        asserted = law.may_assert(self.principal)
        if isinstance(asserted, Denied):
            raise refusal(self.principal, asserted)
        if all(isinstance(law.predicate(self.principal, action, _COLUMNS, given), Never) for action in actions):
            raise refusal(self.principal, Denied(Why.NO_RULE))
