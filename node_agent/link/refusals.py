"""Understand what the hub refuses, and say what to do about it.

Laws: only ErrorInfo.reason decides, never the text (AIP-193); offline is normal and no refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

from node_agent.errors import HubRefused, HubUnreachable
from node_agent.link.channel import is_offline


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a reason means to this hall; `person` when waiting will not mend it."""

    do: str
    person: bool = True


_WAIT = Remedy("nothing: the agent comes again by itself", person=False)
_REPORT = Remedy("report this to the hub's operators, with the agent's log: hub and agent disagree on the protocol")
_JOURNAL = Remedy("stop this agent and call the hub's operators: keep `data_dir` as it is, it is evidence")

REMEDIES = {
    "REASON_NO_CERTIFICATE": Remedy("check tls-chain.pem in `data_dir`/keys; enrol again if it was damaged"),
    "REASON_CERTIFICATE_EXPIRED": Remedy("nothing for 30 days: the agent renews an expired certificate by itself; later, enrol again"),
    "REASON_CERTIFICATE_REVOKED": Remedy("this hall's certificate was revoked: ask the hub's operators, then enrol with a new token"),
    "REASON_UNKNOWN_HALL": Remedy("the directory does not hold this hall: check `hall` in the configuration with the hub's operators"),
    "REASON_HALL_NOT_LINKED": Remedy("the hall is not linked: ask the hub's operators to link it; nothing is lost meanwhile"),
    "REASON_HALL_QUARANTINED": Remedy(
        "ask the hub's operators why this hall is in quarantine: what it sends is held until it is released, and nothing is lost",
        person=False,
    ),
    "REASON_PROTOCOL_VERSION": Remedy("install the release of the agent that the hub's operators name"),
    "REASON_FOREIGN_JOURNAL": Remedy(
        "the certificate is another hall's: check `hall` in the configuration and the files in `data_dir`/keys"
    ),
    "REASON_FOREIGN_SOURCE": _JOURNAL,
    "REASON_UNKNOWN_KEY": Remedy("the hub knows another log key of this hall: restore `data_dir`/keys"),
    "REASON_BAD_SIGNATURE": _JOURNAL,
    "REASON_JOURNAL_GAP": Remedy("nothing: the agent resumes where the hub stands", person=False),
    "REASON_JOURNAL_FORK": _JOURNAL,
    "REASON_ROOT_MISMATCH": _JOURNAL,
    "REASON_LEASE_HELD": Remedy(
        "another process of this hall is connected: stop it, or wait some seconds if it was just killed", person=False
    ),
    "REASON_LEASE_LOST": Remedy("another process of this hall took over: see that only one agent runs with these keys", person=False),
    "REASON_AHEAD_OF_HUB": Remedy("the hub was restored to an older state: its operators must recover it; nothing is lost here"),
    "REASON_INBOX_MISMATCH": _JOURNAL,
    "REASON_INBOX_AHEAD": _JOURNAL,
    "REASON_INBOX_BEHIND": Remedy("nothing: the agent resumes where the hub stands", person=False),
    "REASON_TOKEN_INVALID": Remedy("the token is damaged, or of another province: check the token file, or ask for a new token"),
    "REASON_TOKEN_EXPIRED": Remedy("ask the hub's operators for a new token"),
    "REASON_TOKEN_USED": Remedy("the token was used with other keys: ask for a new one, and find out who used it"),
    "REASON_RENEWAL_TOO_LATE": Remedy("the certificate expired more than 30 days ago: enrol again with a new token"),
    "REASON_REQUEST_STALE": Remedy("set this machine's clock: it is more than 5 minutes off the hub's"),
    "REASON_DRAINING": _WAIT,
    "REASON_STORAGE_BUSY": _WAIT,
    "REASON_STORAGE_FULL": Remedy("the hub's disk is full: its operators know; nothing is lost here", person=False),
    "REASON_QUOTA": _WAIT,
    "REASON_FENCED": _WAIT,
    "REASON_INTERNAL": Remedy("the hub failed; its operators find why in its log", person=False),
}


def remedy(reason: str) -> Remedy:
    """Return what to do about a reason."""
    return REMEDIES.get(reason, _REPORT)


def spoken(refused: HubRefused) -> str:
    """Say for a person what the hub refused and what to do about it."""
    return f"the hub refuses: {refused}; {remedy(refused.reason).do}"


def named(error: aio.AioRpcError) -> HubRefused | HubUnreachable:
    """Turn a failed call into what it means."""
    reason, retry_after = "", None
    for detail in _details(error):
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        if detail.type_url.endswith("/google.rpc.ErrorInfo") and _parsed(info, detail.value):
            reason = info.reason
        elif detail.type_url.endswith("/google.rpc.RetryInfo") and _parsed(retry, detail.value):
            retry_after = retry.retry_delay.ToMilliseconds() / 1000
    if reason:
        return HubRefused(reason, error.details() or "", retry_after)
    if is_offline(error.code()):
        return HubUnreachable(error.details() or error.code().name)
    return HubRefused(error.code().name, error.details() or "", retry_after)


def _details(error: aio.AioRpcError) -> Sequence[AnyMessage]:
    try:
        status = rpc_status.from_call(error)
    except (ValueError, DecodeError):  # not the hub's word: a proxy's
        return ()
    return status.details if status is not None else ()


def _parsed(message: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo, data: bytes) -> bool:
    try:
        message.ParseFromString(data)
    except DecodeError:
        return False
    return True
