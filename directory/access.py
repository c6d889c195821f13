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

    The door decides on `thing`, for the node itself, as soon as it is known. Where a row has an action and no thing, the person asks
    whom the request names, and the service decides on each thing that it finds. Without an action, `because` says why none is needed.
    """

    kinds: frozenset[CallerKind]
    action: Action | None = None
    thing: Thing | None = None
    because: str = ""
    in_quarantine: bool = False
    """Whether a hall in quarantine may call it: it shows no message but the hall's own."""


_NODE = frozenset({CallerKind.NODE})
_OPERATOR = frozenset({CallerKind.OPERATOR})
_EVERYONE_KNOWN = frozenset({CallerKind.NODE, CallerKind.OPERATOR})
_TELLS_NOTHING = "whether a service runs is no secret to those who may connect"

RENEW = "/tongban.enrolment.v1.EnrolmentService/Renew"
"""Decided when the signature of the request has said whose node it is."""

CALLERS: Mapping[str, Row] = {
    "/tongban.exchange.v1.ExchangeService/Submit": Row(_NODE, Action.EXCHANGE_SUBMIT, _own, in_quarantine=True),
    "/tongban.exchange.v1.ExchangeService/Receive": Row(_NODE, Action.EXCHANGE_RECEIVE, _own),
    "/tongban.exchange.v1.ExchangeService/GetJournal": Row(_NODE, Action.JOURNAL_READ, _own, in_quarantine=True),
    "/tongban.ledger.v1.LedgerService/GetCheckpoint": Row(_NODE, Action.LEDGER_READ, _ledger, in_quarantine=True),
    "/tongban.ledger.v1.LedgerService/GetInclusionProof": Row(_NODE, Action.LEDGER_READ, _ledger, in_quarantine=True),
    "/tongban.ledger.v1.LedgerService/GetConsistencyProof": Row(_NODE, Action.LEDGER_READ, _ledger, in_quarantine=True),
    "/tongban.ledger.v1.LedgerService/ListEntries": Row(_NODE, Action.LEDGER_READ, _ledger, in_quarantine=True),
    "/tongban.ledger.v1.LedgerService/ExportEvidence": Row(_NODE, Action.EVIDENCE_EXPORT, _own),
    "/tongban.case.v1.CaseService/GetCase": Row(_NODE, Action.CASE_READ),
    "/tongban.case.v1.CaseService/ListCases": Row(_NODE, Action.CASE_LIST),
    "/tongban.case.v1.CaseService/GetTimeline": Row(_NODE, Action.CASE_READ),
    "/tongban.case.v1.CaseService/GetClocks": Row(_NODE, Action.CLOCK_READ),
    "/tongban.case.v1.StatisticsService/GetStatistics": Row(_NODE, Action.CASE_LIST),
    "/tongban.directory.v1.RecordService/GetRecord": Row(_NODE, Action.RECORD_READ),
    "/tongban.directory.v1.RecordService/ListRecords": Row(_NODE, Action.RECORD_READ),
    "/tongban.directory.v1.DirectoryService/ListHalls": Row(_NODE, Action.DIRECTORY_READ, _directory, in_quarantine=True),
    "/tongban.directory.v1.RegisterService/ProposeChanges": Row(_NODE, Action.DIRECTORY_EDIT),  # or rules.edit, for rules of access
    "/tongban.directory.v1.RegisterService/SaveChanges": Row(_NODE, Action.DIRECTORY_EDIT),  # or rules.edit
    "/tongban.directory.v1.RegisterService/ConfirmChanges": Row(_NODE, Action.RULES_EDIT),
    "/tongban.directory.v1.RegisterService/WithdrawChanges": Row(_NODE, Action.RULES_EDIT),
    "/tongban.directory.v1.RegisterService/ListPendingChanges": Row(_NODE, Action.RULES_EDIT),
    "/tongban.directory.v1.RegisterService/GetHistory": Row(_NODE, Action.DIRECTORY_READ),  # or rules.read
    "/tongban.directory.v1.DecisionService/ListDecisions": Row(_NODE, Action.DECISIONS_READ),
    "/tongban.directory.v1.SharingService/Apply": Row(_NODE, Action.SHARE_APPLY),
    "/tongban.directory.v1.SharingService/Answer": Row(_NODE, Action.SHARE_DECIDE),
    "/tongban.directory.v1.SharingService/Grant": Row(_NODE, Action.SHARE_DECIDE),
    "/tongban.directory.v1.SharingService/Refuse": Row(_NODE, Action.SHARE_DECIDE),
    "/tongban.directory.v1.SharingService/Withdraw": Row(_NODE, Action.SHARE_APPLY),  # or share.decide, for the provider
    "/tongban.directory.v1.SharingService/GetShare": Row(_NODE, Action.SHARE_READ),
    "/tongban.directory.v1.SharingService/ListShares": Row(_NODE, Action.SHARE_READ),
    "/tongban.directory.v1.CorrectionService/ReportError": Row(_NODE, Action.CORRECTION_REPORT),
    "/tongban.directory.v1.CorrectionService/AnswerReport": Row(_NODE, Action.CORRECTION_ANSWER),
    "/tongban.directory.v1.CorrectionService/CloseReport": Row(_NODE, Action.CORRECTION_REPORT),
    "/tongban.directory.v1.CorrectionService/ListReports": Row(_NODE, Action.CORRECTION_READ),
    "/tongban.directory.v1.CatalogueService/ListResources": Row(_NODE, Action.CATALOGUE_READ),
    "/tongban.directory.v1.CatalogueService/GetResource": Row(_NODE, Action.CATALOGUE_READ),
    "/tongban.supervision.v1.SupervisionService/ListCards": Row(_NODE, Action.CARD_READ),
    "/tongban.supervision.v1.SupervisionService/GetCard": Row(_NODE, Action.CARD_READ),
    "/tongban.supervision.v1.SupervisionService/ReplyToCard": Row(_NODE, Action.CARD_REPLY),
    "/tongban.supervision.v1.SupervisionService/AppealCard": Row(_NODE, Action.CARD_APPEAL),
    "/tongban.supervision.v1.SupervisionService/DecideAppeal": Row(_NODE, Action.APPEAL_DECIDE),
    "/tongban.supervision.v1.SupervisionService/WithdrawCard": Row(_NODE, Action.CARD_ISSUE),  # by whoever stands behind it
    "/tongban.supervision.v1.SupervisionService/ListOrders": Row(_NODE, Action.ORDER_READ),
    "/tongban.supervision.v1.SupervisionService/GetOrder": Row(_NODE, Action.ORDER_READ),
    "/tongban.supervision.v1.SupervisionService/IssueOrder": Row(_NODE, Action.ORDER_ISSUE),
    "/tongban.supervision.v1.SupervisionService/AnswerOrder": Row(_NODE, Action.ORDER_ANSWER),
    "/tongban.supervision.v1.SupervisionService/ReturnOrder": Row(_NODE, Action.ORDER_ISSUE),  # by whoever stands behind it
    "/tongban.supervision.v1.SupervisionService/CloseOrder": Row(_NODE, Action.ORDER_ISSUE),  # by whoever stands behind it
    "/tongban.supervision.v1.SupervisionService/ListRectifications": Row(_NODE, Action.ORDER_READ),
    "/tongban.supervision.v1.SupervisionService/GetRectification": Row(_NODE, Action.ORDER_READ),
    "/tongban.supervision.v1.SupervisionService/AnswerRectification": Row(_NODE, Action.ORDER_ANSWER),
    "/tongban.supervision.v1.SupervisionService/ReturnRectification": Row(_NODE, Action.ORDER_ISSUE),  # by whoever stands behind it
    "/tongban.supervision.v1.SupervisionService/CloseRectification": Row(_NODE, Action.ORDER_ISSUE),  # by whoever stands behind it
    "/tongban.supervision.v1.SupervisionService/ListReminders": Row(_NODE, Action.CARD_READ),
    "/tongban.guidance.v1.GuidanceService/ListThreads": Row(_NODE, Action.GUIDANCE_READ),
    "/tongban.guidance.v1.GuidanceService/PublishAnswer": Row(_NODE, Action.GUIDANCE_PUBLISH),
    "/tongban.guidance.v1.GuidanceService/WithdrawAnswer": Row(_NODE, Action.GUIDANCE_PUBLISH),
    "/tongban.guidance.v1.AttachmentService/Put": Row(_NODE, Action.EXCHANGE_SUBMIT, _own),
    "/tongban.guidance.v1.AttachmentService/Get": Row(_NODE, Action.EXCHANGE_RECEIVE, _own),
    "/tongban.licence.v1.LicenceService/QueryLicences": Row(_NODE, Action.LICENCE_QUERY),
    "/tongban.licence.v1.LicenceService/VerifyLicence": Row(_NODE, Action.DIRECTORY_READ),  # whoever holds a presentation has what it shows
    "/tongban.licence.v1.LicenceService/GetStatusList": Row(_NODE, Action.DIRECTORY_READ, _directory),
    "/tongban.licence.v1.LicenceService/ListAccesses": Row(_NODE, Action.ACCESS_TELL),
    "/tongban.licence.v1.LicenceService/ListOutliers": Row(_NODE, Action.ACCESS_READ),
    "/tongban.enrolment.v1.EnrolmentService/Enrol": Row(
        frozenset({CallerKind.TOKEN_HOLDER}), because="a hall without a certificate has a token, which an operator gave it"
    ),
    RENEW: Row(frozenset({CallerKind.RENEWER}), Action.HALL_RENEW, _own, in_quarantine=True),
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


def open_in_quarantine(method: str) -> bool:
    """Say whether a hall in quarantine may call a method; no by default."""
    row = CALLERS.get(method)
    return row is not None and row.in_quarantine


def is_question(method: str) -> bool:
    """Say whether a method is a question, or an act, of the person whom the request names. Raises KeyError."""
    row = CALLERS[method]
    return row.action is not None and row.thing is None


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
