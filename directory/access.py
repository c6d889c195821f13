"""Say who may call what, and what it is to the rules of access.

Laws: a method that no row names is closed to everyone; a row names the action that is decided, or says why there is none; a
caller's hall is known by its certificate alone (G4).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from directory.scopes.decisions import Allowed, Denied
from directory.scopes.law import Law
from directory.scopes.principal import HUB, Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role


class CallerKind(Enum):
    """How a caller is known."""

    NODE = auto()
    """The node of a linked hall, by its client certificate."""
    TOKEN_HOLDER = auto()
    """Whoever holds a one-time token; on the enrolment port, where nobody has a certificate yet."""
    RENEWER = auto()
    """The holder of a hall's certificate that may be expired, by its signature; on the enrolment port."""
    OPERATOR = auto()
    """Whoever reaches the admin port, which listens on the hub's own machine."""


Thing = Callable[[str], Subject]
"""What a node's call acts on, given its hall."""


def _own(hall: str) -> Subject:
    return Subject(hall=hall)


def _ledger(_hall: str) -> Subject:
    # Its methods show hashes, signatures and times, and no message.
    return Subject(hall=HUB, without_payload=True)


def _directory(_hall: str) -> Subject:
    return Subject(hall=HUB)


@dataclass(frozen=True, slots=True)
class Row:
    """Who may call a method: the kinds of callers, and the action as which it is decided.

    The door decides on `thing`, for the node itself. Where a row has an action and no thing, the person asks whom the request
    names, and the service decides on each thing that it finds. Without an action, `because` says why none is needed.
    """

    kinds: frozenset[CallerKind]
    action: Action | None = None
    thing: Thing | None = None
    because: str = ""


_NODE = frozenset({CallerKind.NODE})
_OPERATOR = frozenset({CallerKind.OPERATOR})
_EVERYONE_KNOWN = frozenset({CallerKind.NODE, CallerKind.OPERATOR})
_TELLS_NOTHING = "whether a service runs is no secret to those who may connect"

CALLERS: Mapping[str, Row] = {
    "/tongban.exchange.v1.ExchangeService/Submit": Row(_NODE, Action.EXCHANGE_SUBMIT, _own),
    "/tongban.exchange.v1.ExchangeService/Receive": Row(_NODE, Action.EXCHANGE_RECEIVE, _own),
    "/tongban.exchange.v1.ExchangeService/GetJournal": Row(_NODE, Action.JOURNAL_READ, _own),
    "/tongban.ledger.v1.LedgerService/GetCheckpoint": Row(_NODE, Action.LEDGER_READ, _ledger),
    "/tongban.ledger.v1.LedgerService/GetInclusionProof": Row(_NODE, Action.LEDGER_READ, _ledger),
    "/tongban.ledger.v1.LedgerService/GetConsistencyProof": Row(_NODE, Action.LEDGER_READ, _ledger),
    "/tongban.ledger.v1.LedgerService/ListEntries": Row(_NODE, Action.LEDGER_READ, _ledger),
    "/tongban.ledger.v1.LedgerService/ExportEvidence": Row(_NODE, Action.EVIDENCE_EXPORT, _own),
    "/tongban.case.v1.CaseService/GetCase": Row(_NODE, Action.CASE_READ),
    "/tongban.case.v1.CaseService/ListCases": Row(_NODE, Action.CASE_LIST),
    "/tongban.case.v1.CaseService/GetTimeline": Row(_NODE, Action.CASE_READ),
    "/tongban.case.v1.CaseService/GetClocks": Row(_NODE, Action.CLOCK_READ),
    "/tongban.case.v1.StatisticsService/GetStatistics": Row(_NODE, Action.CASE_LIST),
    "/tongban.directory.v1.DirectoryService/ListHalls": Row(_NODE, Action.DIRECTORY_READ, _directory),
    "/tongban.directory.v1.DecisionService/ListDecisions": Row(_NODE, Action.DECISIONS_READ),
    "/tongban.enrolment.v1.EnrolmentService/Enrol": Row(
        frozenset({CallerKind.TOKEN_HOLDER}), because="a hall without a certificate has a token, which an operator gave it"
    ),
    "/tongban.enrolment.v1.EnrolmentService/Renew": Row(
        frozenset({CallerKind.RENEWER}), because="who renews is known by its signature, and gets what it has"
    ),
    "/grpc.health.v1.Health/Check": Row(_EVERYONE_KNOWN, because=_TELLS_NOTHING),
    "/grpc.health.v1.Health/Watch": Row(_EVERYONE_KNOWN, because=_TELLS_NOTHING),
    "/grpc.health.v1.Health/List": Row(_OPERATOR, because=_TELLS_NOTHING),
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": Row(_OPERATOR, because="the contract is public"),
}
"""Full method name, as gRPC spells it, to its row."""


def may_call(method: str, kind: CallerKind) -> bool:
    """Say whether a kind of caller may call a method, given as `/package.Service/Method`; no by default."""
    row = CALLERS.get(method)
    return row is not None and kind in row.kinds


def action_of(method: str) -> Action:
    """Return the action as which a method is decided; raises LookupError for one without."""
    action = CALLERS[method].action
    if action is None:
        raise LookupError(method)
    return action


def judge_node(law: Law, hall: str, method: str) -> Allowed | Denied | None:
    """Judge a method that a hall's node calls for itself; None where it is not for the door to decide. Raises KeyError."""
    row = CALLERS[method]
    if row.action is None or row.thing is None:
        return None
    return law.decide(Principal(hall, Role.NODE), row.action, row.thing(hall))
