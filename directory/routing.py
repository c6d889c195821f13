"""Judge whether one message may be sent, and where it may go, from its clear header alone.

Laws: whatever no row, no catalogued resource in force and no rule of access allows is refused, with the Reason that its author will
see. Records of a catalogued resource are sent by the hall of its provider alone, to the hub alone, which judges them and hands them on.
A verdict depends on the heading and the law only, so it may be remembered for as long as the law is in force.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from directory.catalogue.resources import Resource as Catalogued
from directory.halls import Province
from directory.scopes.decisions import Allowed, Denied
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from tongban.directory.v1 import records_pb2
from tongban.errors.v1 import errors_pb2

MOST_RECIPIENTS = 64
WHOLE_HALL = "*"
"""The department of whoever names none, at a hall that has registered none: such a hall is one department. No department has this id."""


class Reach(Enum):
    """Which other halls a hall may address."""

    SUPERIORS = auto()
    PROVINCE = auto()
    SUBTREE = auto()
    SIBLINGS = auto()


class Object(Enum):
    """To what an action is done that sending is."""

    OWN = auto()
    """A thing of the author's own hall, and of the department that is named."""
    RECIPIENTS = auto()
    """Each hall that is addressed: a message to none does it to nothing, and is refused."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What may be sent under one information resource: the full names of its payloads, to whom beside the hub, and as what it is decided.

    Where people of some roles do something else by sending than all others, `by_role` says what; the payloads are the same.
    """

    types: frozenset[str]
    reach: frozenset[Reach]
    action: Action
    done_to: Object = Object.OWN
    by_role: Mapping[str, "Resource"] = field(default_factory=dict)

    def of(self, role: str) -> "Resource":
        """Return what holds for a role."""
        return self.by_role.get(role, self)

    @property
    def whole_reach(self) -> frozenset[Reach]:
        """Whom people of any role may address."""
        return self.reach.union(*(other.reach for other in self.by_role.values()))


_GUIDANCE = frozenset({"tongban.guidance.v1.GuidanceMessage"})

RESOURCES: Mapping[str, Resource] = {
    "case": Resource(
        types=frozenset({"tongban.case.v1.CaseEvent"}),
        reach=frozenset({Reach.SUPERIORS, Reach.PROVINCE, Reach.SUBTREE}),
        action=Action.CASE_WRITE,
    ),
    "source-run": Resource(
        types=frozenset({"tongban.case.v1.SourceRun"}),
        reach=frozenset({Reach.SUPERIORS, Reach.PROVINCE}),
        action=Action.EXCHANGE_SUBMIT,
    ),
    # Whoever asks does it to the halls that are asked, a guide speaks for the own hall and department.
    "guidance": Resource(
        types=_GUIDANCE,
        reach=frozenset({Reach.SUPERIORS}),
        action=Action.GUIDANCE_ASK,
        done_to=Object.RECIPIENTS,
        by_role={Role.GUIDE: Resource(_GUIDANCE, frozenset({Reach.SUBTREE}), Action.GUIDANCE_ANSWER)},
    ),
    # To the hub alone, which tells every hall by a key entry.
    "key-succession": Resource(types=frozenset({"tongban.enrolment.v1.LogKeySuccessor"}), reach=frozenset(), action=Action.EXCHANGE_SUBMIT),
}

RECORDS = Resource(types=frozenset({records_pb2.Record.DESCRIPTOR.full_name}), reach=frozenset(), action=Action.EXCHANGE_SUBMIT)
"""What may be sent under the id of any catalogued resource, by the system of the hall that keeps it."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What routing depends on; `author` is known by its certificate, the rest is what the header says.

    An empty `role` is the hall's own system, which its node reads; an empty `department` asserts none, and so exceeds no cap.
    """

    author: str
    resource: str
    type: str
    role: str
    department: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routed:
    """The message goes to these halls beside the hub; `is_record`: it is of a catalogued resource, and the hub judges what it holds."""

    recipients: tuple[str, ...]
    is_record: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The message goes nowhere; `reason` is a tongban.errors.v1.Reason."""

    reason: errors_pb2.Reason


def judge(law: Law, heading: Heading, resources: Mapping[str, Resource] = RESOURCES) -> Routed | Refused:
    """Judge one message; some microseconds, and the same every time for one law."""
    catalogued = law.resources.get(heading.resource) if heading.resource not in resources else None
    named = RECORDS if catalogued else resources.get(heading.resource)
    if named is None:
        return Refused(errors_pb2.REASON_UNKNOWN_RESOURCE)
    resource = named.of(heading.role)
    if heading.type not in resource.types:
        return Refused(errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH)
    if heading.author not in law.province:
        return Refused(errors_pb2.REASON_UNKNOWN_HALL)
    # Who names no role may still name a department, which has to be the hall's whatever the role.
    if isinstance(law.may_assert(Principal(heading.author, heading.role or Role.NODE, heading.department)), Denied):
        return Refused(errors_pb2.REASON_FOREIGN_ACTOR)
    if catalogued and (reason := _not_provided(law, heading, catalogued.resource)):
        return Refused(reason)
    if not _may_send(law, heading, resource):
        return Refused(errors_pb2.REASON_SCOPE_DENIED)
    if not heading.recipients:
        return Routed((), is_record=catalogued is not None)
    return _addressed(law.province, heading, resource)


def _not_provided(law: Law, heading: Heading, resource: Catalogued) -> errors_pb2.Reason | None:
    """Say why a hall may not send records of a catalogued resource; None when it may."""
    if law.hall_of(resource.provider) != heading.author:
        return errors_pb2.REASON_FOREIGN_RESOURCE
    if heading.department not in {"", resource.provider}:
        return errors_pb2.REASON_FOREIGN_ACTOR
    return errors_pb2.REASON_RESOURCE_ENCRYPTED if resource.encrypted else None


def _may_send(law: Law, heading: Heading, resource: Resource) -> bool:
    """Decide the action that sending is, done by whoever is named to what is of the own hall and department, or to whom it is sent."""
    author = heading.author
    department = heading.department or ("" if law.has_departments(author) else WHOLE_HALL)
    principal = Principal(author, heading.role or Role.NODE, department)
    if resource.done_to is Object.OWN:
        things = [Subject(hall=author, department=department)]
    else:
        # Whom nobody knows is for `_addressed` to name.
        things = [Subject(hall=hall) for hall in heading.recipients if hall in law.province]
        if not heading.recipients:
            return False
    return all(isinstance(law.decide(principal, resource.action, thing), Allowed) for thing in things)


def still_reached(law: Law, author: str, resource: str, recipients: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a message's recipients to whom it may go by this law: it was accepted by an earlier one, and waited."""
    row = RESOURCES.get(resource)
    if row is None or author not in law.province:
        return ()
    reached = within_reach(law.province, author, row.whole_reach)
    return tuple(name for name in recipients if name in reached and (hall := law.province.get(name)) is not None and hall.linked)


def _addressed(province: Province, heading: Heading, resource: Resource) -> Routed | Refused:
    recipients = heading.recipients
    if len(recipients) > MOST_RECIPIENTS or len(set(recipients)) != len(recipients):
        return Refused(errors_pb2.REASON_ENVELOPE_MALFORMED)
    # Unknown before not allowed: the sender must learn of its slip, and the list of halls is no secret.
    halls = [province.get(recipient) for recipient in recipients]
    if None in halls:
        return Refused(errors_pb2.REASON_UNKNOWN_RECIPIENT)
    if not within_reach(province, heading.author, resource.reach).issuperset(recipients):
        return Refused(errors_pb2.REASON_RECIPIENT_NOT_ALLOWED)
    if not all(hall.linked for hall in halls if hall):
        return Refused(errors_pb2.REASON_RECIPIENT_NOT_LINKED)
    return Routed(recipients)


def within_reach(province: Province, hall: str, reach: frozenset[Reach]) -> frozenset[str]:
    """Return the other halls that a hall may address; never itself, for it has the message. Raises UnknownHall."""
    return frozenset().union(*(_REACHED[part](province, hall) for part in reach)) - {hall}


def out_of_reach(province: Province, author: str, hall: str, resources: Mapping[str, Resource] = RESOURCES) -> frozenset[str]:
    """Return the resources under which an author may not address a hall, or may no longer; all of them where a hall is in no directory.

    Of what goes to the hub alone nothing is said.
    """
    addressable = {name: resource.whole_reach for name, resource in resources.items() if resource.whole_reach}
    if author not in province:
        return frozenset(addressable)
    reached = {reach: within_reach(province, author, reach) for reach in set(addressable.values())}
    return frozenset(name for name, reach in addressable.items() if hall not in reached[reach])


_REACHED: Mapping[Reach, Callable[[Province, str], frozenset[str]]] = {
    Reach.SUPERIORS: lambda province, hall: frozenset(province.superiors(hall)),
    Reach.PROVINCE: lambda province, _: frozenset({province.root}),
    Reach.SUBTREE: Province.subtree,
    Reach.SIBLINGS: Province.siblings,
}
