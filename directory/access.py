"""Say who may call what.

Laws: a method that no row names is closed to everyone; what a caller may read is decided by its hall, and its hall by
its certificate alone (G4).
"""

from collections.abc import Mapping
from enum import Enum, auto

from directory.halls import Province


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


_NODE = frozenset({CallerKind.NODE})
_OPERATOR = frozenset({CallerKind.OPERATOR})

CALLERS: Mapping[str, frozenset[CallerKind]] = {
    "/tongban.exchange.v1.ExchangeService/Submit": _NODE,
    "/tongban.exchange.v1.ExchangeService/Receive": _NODE,
    "/tongban.exchange.v1.ExchangeService/GetJournal": _NODE,
    "/tongban.ledger.v1.LedgerService/GetCheckpoint": _NODE,
    "/tongban.ledger.v1.LedgerService/GetInclusionProof": _NODE,
    "/tongban.ledger.v1.LedgerService/GetConsistencyProof": _NODE,
    "/tongban.ledger.v1.LedgerService/ListEntries": _NODE,
    "/tongban.ledger.v1.LedgerService/ExportEvidence": _NODE,
    "/tongban.case.v1.CaseService/GetCase": _NODE,
    "/tongban.case.v1.CaseService/ListCases": _NODE,
    "/tongban.case.v1.CaseService/GetTimeline": _NODE,
    "/tongban.directory.v1.DirectoryService/ListHalls": _NODE,
    "/tongban.enrolment.v1.EnrolmentService/Enrol": frozenset({CallerKind.TOKEN_HOLDER}),
    "/tongban.enrolment.v1.EnrolmentService/Renew": frozenset({CallerKind.RENEWER}),
    "/grpc.health.v1.Health/Check": frozenset({CallerKind.NODE, CallerKind.OPERATOR}),
    "/grpc.health.v1.Health/Watch": frozenset({CallerKind.NODE, CallerKind.OPERATOR}),
    "/grpc.health.v1.Health/List": _OPERATOR,
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": _OPERATOR,
}
"""Full method name, as gRPC spells it, to the kinds of callers that it admits."""


def may_call(method: str, kind: CallerKind) -> bool:
    """Say whether a kind of caller may call a method, given as `/package.Service/Method`; no by default."""
    return kind in CALLERS.get(method, frozenset())


def readable_halls(province: Province, hall: str) -> frozenset[str]:
    """Return the halls whose cases a hall may read: its own and those below it; raises UnknownHall."""
    return province.subtree(hall)
