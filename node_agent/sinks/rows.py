"""Turn a delivered envelope into the row that a hall gets.

Laws: pure; the hall is the one whose journal held the envelope, never what the envelope says of itself; a payload of a type that
this release does not know is given as it is, in base64.
"""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from google.protobuf import json_format, symbol_database
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from node_agent.inbox import Received
from node_agent.sinks.errors import EntryUnusable
from node_agent.sources.kinds import KIND_NAMES
from tongban.case.v1.case_pb2 import CaseEvent, CaseEventKind, Outcome
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

Row = tuple[str, str, str, str, str, str, str, str, int, int, int, str, str]
COLUMNS = (
    "event_id",
    "hall",
    "source",
    "type",
    "subject",
    "kind",
    "occurred_at",
    "recorded_at",
    "journal_epoch",
    "journal_index",
    "ledger_index",
    "source_row",
    "payload",
)
"""The columns of a Row, in order."""

HALL, SUBJECT = COLUMNS.index("hall"), COLUMNS.index("subject")
ENVELOPE_VERSION = 1
ENCRYPTED = "encrypted"

_CASE_EVENT = CaseEvent.DESCRIPTOR.full_name
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXTS = ("case_number", "item_code", "step_name", "step_code", "department", "officer", "ground", "source_row")
_to_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def row_of(entry: Received) -> Row:
    """Return the row of an entry, in the order of COLUMNS. Raises EntryUnusable."""
    try:
        envelope = Envelope.FromString(entry.envelope)
        header = Header.FromString(envelope.header)
        if header.version != ENVELOPE_VERSION or not header.id:
            raise EntryUnusable(f"no envelope of version {ENVELOPE_VERSION}")
        kind, source_row, payload = _body(header.type, envelope)
        return (
            header.id,
            entry.author,
            header.source,
            header.type,
            header.subject,
            kind,
            _time(header.time),
            _time(header.recorded_at),
            entry.epoch,
            entry.journal_index,
            entry.ledger_index,
            source_row,
            payload,
        )
    except (DecodeError, OverflowError, ValueError) as error:
        raise EntryUnusable(f"{type(error).__name__}: {error}") from error


def _body(type_name: str, envelope: Envelope) -> tuple[str, str, str]:
    """Return kind, source row and the payload as JSON; the first two are a case event's."""
    if envelope.WhichOneof("body") == ENCRYPTED:
        return ENCRYPTED, "", _to_text({"encrypted": b64encode(envelope.encrypted.ciphertext).decode()})
    if type_name == _CASE_EVENT:
        event = CaseEvent.FromString(envelope.payload)
        return KIND_NAMES.get(event.kind, str(event.kind)), event.source_row, case_event_json(event)
    known = _known(type_name)
    if known is None:
        return "", "", _to_text({"base64": b64encode(envelope.payload).decode()})
    message = json_format.MessageToDict(known.FromString(envelope.payload), preserving_proto_field_name=True)
    return "", "", _to_text(message)


def case_event_json(event: CaseEvent) -> str:
    """Write a case event as protobuf's JSON mapping with the contract's field names; twenty times as fast as the library."""
    said: dict[str, object] = {"kind": _kind(event.kind)} if event.kind else {}
    said |= {name: value for name in _TEXTS if (value := getattr(event, name))}
    if event.outcome:
        said["outcome"] = Outcome.Name(event.outcome)
    if event.extension_days:
        said["extension_days"] = event.extension_days
    if event.HasField("promised_by"):
        said["promised_by"] = event.promised_by.ToJsonString()
    if event.HasField("due_at"):
        said["due_at"] = event.due_at.ToJsonString()
    if event.position:
        said["position"] = str(event.position)  # 64-bit numbers are text in JSON (ProtoJSON)
    return _to_text(said)


@lru_cache(maxsize=256)
def _kind(number: "CaseEventKind.ValueType") -> str | int:
    return CaseEventKind.Name(number) if number in CaseEventKind.values() else int(number)


@lru_cache(maxsize=64)
def _known(type_name: str) -> type[Message] | None:
    try:
        found: type[Message] = symbol_database.Default().GetSymbol(type_name)
    except KeyError:
        return None
    return found


def _time(stamp: Timestamp) -> str:
    return as_text(_EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000))


def as_text(moment: datetime) -> str:
    """Write a moment, UTC, with six digits of a second."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
