import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Forward(_message.Message):
    __slots__ = ("envelope", "journal_checkpoint", "journal_index", "journal_proof", "ledger_index", "accepted_at")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_PROOF_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    envelope: bytes
    journal_checkpoint: str
    journal_index: int
    journal_proof: _containers.RepeatedScalarFieldContainer[bytes]
    ledger_index: int
    accepted_at: _timestamp_pb2.Timestamp
    def __init__(self, envelope: _Optional[bytes] = ..., journal_checkpoint: _Optional[str] = ..., journal_index: _Optional[int] = ..., journal_proof: _Optional[_Iterable[bytes]] = ..., ledger_index: _Optional[int] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
