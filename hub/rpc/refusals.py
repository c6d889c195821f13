"""Turn a refusal into a gRPC status that a client can switch on (AIP-193)."""

from datetime import timedelta

from google.protobuf import duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import StatusCode

from hub.errors import Fenced, HubError, Refusal, StorageBusy, StorageFull
from tongban.errors.v1 import errors_pb2
from tongban.errors.v1.errors_pb2 import Reason

STATUS: dict[int, StatusCode] = {
    errors_pb2.REASON_UNSPECIFIED: StatusCode.UNKNOWN,
    errors_pb2.REASON_NO_CERTIFICATE: StatusCode.UNAUTHENTICATED,
    errors_pb2.REASON_CERTIFICATE_EXPIRED: StatusCode.UNAUTHENTICATED,
    errors_pb2.REASON_CERTIFICATE_REVOKED: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_UNKNOWN_HALL: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_HALL_NOT_LINKED: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_CALLER_NOT_ALLOWED: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_SCOPE_DENIED: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_HALL_QUARANTINED: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_MALFORMED_MESSAGE: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_FIELD_INVALID: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_PAGE_TOKEN_INVALID: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_NOT_FOUND: StatusCode.NOT_FOUND,
    errors_pb2.REASON_TOO_LARGE: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_UNEXPECTED_MESSAGE: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_PROTOCOL_VERSION: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_NOT_SHARED: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_NOT_IN_TURN: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_QUESTION_STALE: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_REGISTER_MOVED: StatusCode.ABORTED,
    errors_pb2.REASON_SECOND_PERSON: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_FOREIGN_JOURNAL: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_FOREIGN_SOURCE: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_UNKNOWN_KEY: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_BAD_SIGNATURE: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_JOURNAL_GAP: StatusCode.OUT_OF_RANGE,
    errors_pb2.REASON_JOURNAL_FORK: StatusCode.DATA_LOSS,
    errors_pb2.REASON_ROOT_MISMATCH: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_BATCH_EMPTY: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_BATCH_TOO_LONG: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_LEASE_LOST: StatusCode.ABORTED,
    errors_pb2.REASON_LEASE_HELD: StatusCode.ALREADY_EXISTS,
    errors_pb2.REASON_AHEAD_OF_HUB: StatusCode.DATA_LOSS,
    errors_pb2.REASON_UNKNOWN_RESOURCE: StatusCode.NOT_FOUND,
    errors_pb2.REASON_UNKNOWN_RECIPIENT: StatusCode.NOT_FOUND,
    errors_pb2.REASON_RECIPIENT_NOT_LINKED: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_RECIPIENT_NOT_ALLOWED: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_ENVELOPE_MALFORMED: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_ENVELOPE_TOO_LARGE: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_ENVELOPE_VERSION: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_FOREIGN_ACTOR: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_FOREIGN_RESOURCE: StatusCode.PERMISSION_DENIED,
    errors_pb2.REASON_RESOURCE_ENCRYPTED: StatusCode.UNIMPLEMENTED,
    errors_pb2.REASON_PAYLOAD_CLEAR: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_PAYLOAD_ENCRYPTED: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_READERS_INVALID: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_INBOX_MISMATCH: StatusCode.DATA_LOSS,
    errors_pb2.REASON_INBOX_AHEAD: StatusCode.OUT_OF_RANGE,
    errors_pb2.REASON_INBOX_BEHIND: StatusCode.OUT_OF_RANGE,
    errors_pb2.REASON_COSIGNATURE_INVALID: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_TOKEN_INVALID: StatusCode.UNAUTHENTICATED,
    errors_pb2.REASON_TOKEN_EXPIRED: StatusCode.UNAUTHENTICATED,
    errors_pb2.REASON_TOKEN_USED: StatusCode.UNAUTHENTICATED,
    errors_pb2.REASON_SIGNING_REQUEST_INVALID: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_KEY_TOO_WEAK: StatusCode.INVALID_ARGUMENT,
    errors_pb2.REASON_REQUEST_STALE: StatusCode.FAILED_PRECONDITION,
    errors_pb2.REASON_RENEWAL_TOO_LATE: StatusCode.UNAUTHENTICATED,
    errors_pb2.REASON_DRAINING: StatusCode.UNAVAILABLE,
    errors_pb2.REASON_STORAGE_BUSY: StatusCode.UNAVAILABLE,
    errors_pb2.REASON_STORAGE_FULL: StatusCode.UNAVAILABLE,
    errors_pb2.REASON_QUOTA: StatusCode.RESOURCE_EXHAUSTED,
    errors_pb2.REASON_FENCED: StatusCode.UNAVAILABLE,
    errors_pb2.REASON_INTERNAL: StatusCode.INTERNAL,
}
"""The one table from Reason to status; the metadata of a refusal never overrides it."""

_INTERNAL_TEXT = "the hub could not complete this; its log says why"


def as_refusal(error: Exception) -> Refusal:
    """Name the refusal that a caller sees for an error; an unforeseen one tells the caller nothing of the hub's inside."""
    match error:
        case Refusal():
            return error
        case StorageBusy():
            return Refusal(errors_pb2.REASON_STORAGE_BUSY, str(error), retry_after=timedelta(seconds=1))
        case StorageFull():
            return Refusal(errors_pb2.REASON_STORAGE_FULL, str(error), retry_after=timedelta(seconds=10))
        case Fenced():
            return Refusal(errors_pb2.REASON_FENCED, str(error))
        case HubError() | Exception():
            return Refusal(errors_pb2.REASON_INTERNAL, _INTERNAL_TEXT)


def rich_status(refusal: Refusal, trust_domain: str) -> status_pb2.Status:
    """Build the google.rpc.Status of a refusal, under 8 KiB: ErrorInfo, and RetryInfo and BadRequest where they apply."""
    code = STATUS[refusal.reason].value[0]
    status = status_pb2.Status(code=code_pb2.Code.ValueType(code), message=refusal.message)
    info = error_details_pb2.ErrorInfo(reason=Reason.Name(refusal.reason), domain=trust_domain, metadata=refusal.metadata)
    status.details.add().Pack(info)
    if refusal.retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(refusal.retry_after)
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    if refusal.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=refusal.field, description=refusal.message)
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=[violation]))
    return status
