"""Say what cannot be done, in the words of the exchange (tongban.errors.v1.Reason) and in one form (AIP-193).

Laws: a client switches on `reason`, never on the text; what is said repeats nothing that was sent. What only an agent can say has a word of
its own, in OWN. One table maps our errors to status and reason.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import HTTPException
from fastapi.responses import JSONResponse

from certs.errors import CertsError
from directory.errors import DirectoryError
from directory.licences.vocabulary import Fault
from node_agent.errors import AgentError, HubRefused, HubUnreachable, LicenceDeclined, NoLicenceKey, StoreBusy, StoreError, StoreFull
from node_agent.licences.rebuilding import NOT_BACK
from tongban.errors.v1.errors_pb2 import Reason

DOMAIN: Final = "tongban"
HUB_UNREACHABLE: Final = "REASON_HUB_UNREACHABLE"
NO_LICENCE_KEY: Final = "REASON_NO_LICENCE_KEY"
KEY_REUSED: Final = "REASON_IDEMPOTENCY_KEY_REUSED"
BOOK_NOT_BACK: Final = "REASON_BOOK_NOT_BACK"
OWN: Final = frozenset({HUB_UNREACHABLE, NO_LICENCE_KEY, KEY_REUSED, BOOK_NOT_BACK})
"""Reasons that no hub gives."""
AGAIN_SECONDS: Final = 5.0

_STATUS: Final[Mapping[str, int]] = {
    "REASON_TOKEN_INVALID": 401,
    "REASON_TOKEN_EXPIRED": 401,
    "REASON_CALLER_NOT_ALLOWED": 403,
    "REASON_SCOPE_DENIED": 403,
    "REASON_FOREIGN_ACTOR": 403,
    "REASON_HALL_NOT_LINKED": 403,
    "REASON_HALL_QUARANTINED": 403,
    "REASON_NOT_SHARED": 403,
    "REASON_NOT_FOUND": 404,
    "REASON_MALFORMED_MESSAGE": 400,
    "REASON_FIELD_INVALID": 400,
    "REASON_NOT_IN_TURN": 409,
    KEY_REUSED: 409,
    "REASON_TOO_LARGE": 413,
    "REASON_QUOTA": 429,
    "REASON_INTERNAL": 500,
    "REASON_DRAINING": 503,
    "REASON_STORAGE_BUSY": 503,
    "REASON_STORAGE_FULL": 503,
    "REASON_FENCED": 503,
    HUB_UNREACHABLE: 503,
    NO_LICENCE_KEY: 503,
    BOOK_NOT_BACK: 503,
}
_OF_THE_HUB: Final = 502
"""What the hub says of this agent, not of whoever called it."""

_OF_FAULT: Final[Mapping[str, str]] = {
    Fault.NOT_ENTITLED: "REASON_SCOPE_DENIED",
    Fault.SECOND_OFFICER: "REASON_SCOPE_DENIED",
    Fault.UNKNOWN_LICENCE: "REASON_NOT_FOUND",
    # Absent and foreign are one answer: no system learns what another hall issued.
    Fault.FOREIGN_LICENCE: "REASON_NOT_FOUND",
    Fault.OUT_OF_TURN: "REASON_NOT_IN_TURN",
    Fault.ISSUED_TWICE: "REASON_NOT_IN_TURN",
    "request": KEY_REUSED,
    NOT_BACK: BOOK_NOT_BACK,
}

_UNSEEN: Final = {Fault.UNKNOWN_LICENCE, Fault.FOREIGN_LICENCE}
_NOT_HERE: Final = "this hall issued no licence of this number"


class Refused(HTTPException):
    """A call is not answered as asked; `faults` are (field, what is wrong) each, `retry_after` is in seconds."""

    def __init__(
        self, reason: str, message: str, *, faults: Iterable[tuple[str, str]] = (), retry_after: float | None = None, fault: str = ""
    ) -> None:
        """Put the answer together; raises nothing."""
        super().__init__(_STATUS.get(reason, _OF_THE_HUB))
        self.reason = reason
        self.message = message
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.fault = fault


def answer(refused: Refused) -> JSONResponse:
    """Write a refusal as it is answered."""
    headers = {"cache-control": "no-store"}
    if refused.retry_after is not None:
        headers["retry-after"] = str(max(1, math.ceil(refused.retry_after)))
    if refused.reason in {"REASON_TOKEN_INVALID", "REASON_TOKEN_EXPIRED"}:
        headers["www-authenticate"] = "Bearer"
    error = {"code": refused.status_code, "reason": refused.reason, "message": refused.message, "details": _details(refused)}
    return JSONResponse({"error": error}, refused.status_code, headers)


def _details(refused: Refused) -> list[dict[str, Any]]:
    metadata = {"fault": refused.fault} if refused.fault else {}
    details: list[dict[str, Any]] = [{"type": "google.rpc.ErrorInfo", "reason": refused.reason, "domain": DOMAIN, "metadata": metadata}]
    if refused.faults:
        violations = [{"field": field, "description": what} for field, what in refused.faults]
        details.append({"type": "google.rpc.BadRequest", "field_violations": violations})
    if refused.retry_after is not None:
        details.append({"type": "google.rpc.RetryInfo", "retry_delay": f"{refused.retry_after:.3f}s"})
    return details


def refused_of(error: Exception) -> Refused:
    """Say what an error of ours means to whoever called."""
    match error:
        case Refused():
            return error
        case LicenceDeclined():
            return _declined(error)
        case NoLicenceKey():
            return Refused(NO_LICENCE_KEY, "this hall cannot sign licences now: its administrator runs `tongban-agent licence key`")
        case HubRefused():
            return Refused(_named(error.reason), f"the hub: {error}", retry_after=error.retry_after)
        case HubUnreachable() | TimeoutError():
            what = "the hub is not reached now: what is only known there waits; issuing, changing and ending go on without it"
            return Refused(HUB_UNREACHABLE, what, retry_after=AGAIN_SECONDS)
        case StoreFull():
            return Refused("REASON_STORAGE_FULL", "the disk of this hall's agent is full", retry_after=AGAIN_SECONDS)
        case StoreBusy():
            return Refused("REASON_STORAGE_BUSY", "the agent's store is busy", retry_after=AGAIN_SECONDS)
        case StoreError() | AgentError() | CertsError() | DirectoryError() | OSError():
            return Refused("REASON_INTERNAL", "this hall's agent failed: its administrator finds why with `tongban-agent doctor`")
    return Refused("REASON_INTERNAL", "this hall's agent failed: its administrator finds why in its log")


def _declined(error: LicenceDeclined) -> Refused:
    reason = _OF_FAULT.get(error.fault, "REASON_FIELD_INVALID")
    if error.fault in _UNSEEN:
        return Refused(reason, _NOT_HERE, fault=Fault.UNKNOWN_LICENCE)
    again = AGAIN_SECONDS if reason == BOOK_NOT_BACK else None
    return Refused(reason, str(error), retry_after=again, faults=[one for one in error.faults if one[0]], fault=error.fault)


def _named(reason: str) -> str:
    """Return a word of the contract for whatever the hub said."""
    return reason if reason in Reason.keys() else "REASON_INTERNAL"  # noqa: SIM118 - an enum wrapper, no mapping
