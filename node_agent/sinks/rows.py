"""Turn a delivered envelope into the row that a hall gets.

Laws: pure; the hall is the one whose journal held the envelope, never what the envelope says of itself; a payload of a type that
this release does not know is given as it is, in base64.
"""

import json
from base64 import b64encode
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from google.protobuf import json_format, symbol_database
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from node_agent.inbox import Received
from node_agent.sinks.errors import EntryUnusable
from node_agent.sinks.extracts import as_logged, is_extract, kind_of
from node_agent.sources.kinds import KIND_NAMES
from tongban.case.v1.case_pb2 import CaseEvent, CaseEventKind, Outcome
from tongban.directory.v1.records_pb2 import Extract, InvalidRecord
from tongban.directory.v1.sharing_pb2 import ShareEvent
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

ENVELOPE_VERSION = 1
ENCRYPTED = "encrypted"

_CASE_EVENT = CaseEvent.DESCRIPTOR.full_name
_OF_THE_HUB: Final = {one.DESCRIPTOR.full_name: one for one in (InvalidRecord, ShareEvent)}
"""What the hub tells a hall beside what other halls send."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_SECONDS = 86_400
_TEXTS = ("case_number", "item_code", "step_name", "step_code", "department", "officer", "ground", "source_row")
_LATER_TEXTS = ("referred_to", "procedure", "basis", "fee_project", "approver", "document", "of_hall", "of_case")
_to_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring


class Row(NamedTuple):
    """A row of the table of deliveries, without its arrival number."""

    event_id: str
    hall: str
    source: str
    type: str
    subject: str
    kind: str
    occurred_at: str
    recorded_at: str
    journal_epoch: int
    journal_index: int
    ledger_index: int
    source_row: str
    payload: str


def row_of(entry: Received) -> Row:
    """Return the row of an entry. Raises EntryUnusable."""
    try:
        envelope = Envelope.FromString(entry.envelope)
        header = Header.FromString(envelope.header)
        if header.version != ENVELOPE_VERSION or not header.id:
            raise EntryUnusable(f"no envelope of version {ENVELOPE_VERSION}")
        kind, source_row, payload = _body(entry.author, header, envelope)
        occurred_at = as_stamp(header.time)
        recorded_at = occurred_at if header.recorded_at == header.time else as_stamp(header.recorded_at)
        return Row(
            header.id,
            entry.author,
            header.source,
            header.type,
            header.subject,
            kind,
            occurred_at,
            recorded_at,
            entry.epoch,
            entry.journal_index,
            entry.ledger_index,
            source_row,
            payload,
        )
    except (DecodeError, OverflowError, ValueError) as error:
        raise EntryUnusable(f"{type(error).__name__}: {error}") from error


def _body(author: str, header: Header, envelope: Envelope) -> tuple[str, str, str]:
    """Return kind, source row and the payload as JSON; the second is a case event's, the first an extract's too."""
    if envelope.WhichOneof("body") == ENCRYPTED:
        return ENCRYPTED, "", _to_text({"encrypted": b64encode(envelope.encrypted.ciphertext).decode()})
    if header.type == _CASE_EVENT:
        event = CaseEvent.FromString(envelope.payload)
        return KIND_NAMES.get(event.kind, str(event.kind)), event.source_row, case_event_json(event)
    if is_extract(author, header.type):
        extract = Extract.FromString(envelope.payload)
        return kind_of(extract), "", _to_text(as_logged(header.resource, extract))
    known = _OF_THE_HUB.get(header.type) or _known(header.type)
    if known is None:
        return "", "", _to_text({"base64": b64encode(envelope.payload).decode()})
    message = json_format.MessageToDict(known.FromString(envelope.payload), preserving_proto_field_name=True)
    return "", "", _to_text(message)


def case_event_json(event: CaseEvent) -> str:
    """Write a case event as protobuf's JSON mapping with the contract's field names; twenty times as fast as the library."""
    said = [f'"kind":{_named(CaseEventKind, event.kind)}'] if event.kind else []
    said += [f'"{name}":{_quoted(value)}' for name in _TEXTS if (value := getattr(event, name))]
    if event.outcome:
        said.append(f'"outcome":{_named(Outcome, event.outcome)}')
    if event.extension_days:
        said.append(f'"extension_days":{event.extension_days}')
    if event.HasField("promised_by"):
        said.append(f'"promised_by":"{event.promised_by.ToJsonString()}"')
    if event.HasField("due_at"):
        said.append(f'"due_at":"{event.due_at.ToJsonString()}"')
    if event.HasField("valid_until"):
        said.append(f'"valid_until":"{event.valid_until.ToJsonString()}"')
    said += [f'"{name}":{number}' for name in ("limit_days", "grade") if (number := getattr(event, name))]
    said += [f'"{name}":{_quoted(value)}' for name in _LATER_TEXTS if (value := getattr(event, name))]
    if event.position:
        said.append(f'"position":"{event.position}"')  # 64-bit numbers are text in JSON (ProtoJSON)
    return f"{{{','.join(said)}}}"


def _named(names: EnumTypeWrapper, number: int) -> str:
    """Return the enum's name of a number, quoted, and the number itself where a later contract has it."""
    known = names.DESCRIPTOR.values_by_number.get(number)
    return str(number) if known is None else f'"{known.name}"'


@lru_cache(maxsize=64)
def _known(type_name: str) -> type[Message] | None:
    try:
        found: type[Message] = symbol_database.Default().GetSymbol(type_name)
    except KeyError:
        return None
    return found


def as_stamp(stamp: Timestamp) -> str:
    """Write a timestamp as `as_text` would, without a datetime: times are a third of a row's cost."""
    day, second = divmod(stamp.seconds, _DAY_SECONDS)
    return f"{_date(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{stamp.nanos // 1000:06}Z"


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return date.fromordinal(_EPOCH_DAY + day).isoformat()


def as_text(moment: datetime) -> str:
    """Write a moment, UTC, with six digits of a second."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
