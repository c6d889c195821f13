import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import register_pb2 as _register_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Record(_message.Message):
    __slots__ = ("version", "operation", "document")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    version: int
    operation: _register_pb2.Operation
    document: bytes
    def __init__(self, version: _Optional[int] = ..., operation: _Optional[_Union[_register_pb2.Operation, str]] = ..., document: _Optional[bytes] = ...) -> None: ...

class RecordFault(_message.Message):
    __slots__ = ("path", "what")
    PATH_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    path: str
    what: str
    def __init__(self, path: _Optional[str] = ..., what: _Optional[str] = ...) -> None: ...

class InvalidRecord(_message.Message):
    __slots__ = ("resource", "subject", "version", "journal", "journal_index", "ledger_index", "event_id", "faults")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    resource: str
    subject: str
    version: int
    journal: str
    journal_index: int
    ledger_index: int
    event_id: str
    faults: _containers.RepeatedCompositeFieldContainer[RecordFault]
    def __init__(self, resource: _Optional[str] = ..., subject: _Optional[str] = ..., version: _Optional[int] = ..., journal: _Optional[str] = ..., journal_index: _Optional[int] = ..., ledger_index: _Optional[int] = ..., event_id: _Optional[str] = ..., faults: _Optional[_Iterable[_Union[RecordFault, _Mapping]]] = ...) -> None: ...

class Extract(_message.Message):
    __slots__ = ("grant", "version", "operation", "document", "journal", "journal_index", "leaf", "ledger_index", "accepted_at", "rules_digest")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    LEAF_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    RULES_DIGEST_FIELD_NUMBER: _ClassVar[int]
    grant: str
    version: int
    operation: _register_pb2.Operation
    document: bytes
    journal: str
    journal_index: int
    leaf: bytes
    ledger_index: int
    accepted_at: _timestamp_pb2.Timestamp
    rules_digest: str
    def __init__(self, grant: _Optional[str] = ..., version: _Optional[int] = ..., operation: _Optional[_Union[_register_pb2.Operation, str]] = ..., document: _Optional[bytes] = ..., journal: _Optional[str] = ..., journal_index: _Optional[int] = ..., leaf: _Optional[bytes] = ..., ledger_index: _Optional[int] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rules_digest: _Optional[str] = ...) -> None: ...
