import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import register_pb2 as _register_pb2
from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
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

class RecordsJudged(_message.Message):
    __slots__ = ("journal", "journal_index", "ledger_index", "count", "runs")
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    journal: str
    journal_index: int
    ledger_index: int
    count: int
    runs: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, journal: _Optional[str] = ..., journal_index: _Optional[int] = ..., ledger_index: _Optional[int] = ..., count: _Optional[int] = ..., runs: _Optional[_Iterable[int]] = ...) -> None: ...

class CurrentRecord(_message.Message):
    __slots__ = ("resource", "key", "version", "document", "occurred_at", "accepted_at", "journal", "journal_index", "ledger_index")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    resource: str
    key: str
    version: int
    document: bytes
    occurred_at: _timestamp_pb2.Timestamp
    accepted_at: _timestamp_pb2.Timestamp
    journal: str
    journal_index: int
    ledger_index: int
    def __init__(self, resource: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[int] = ..., document: _Optional[bytes] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., journal: _Optional[str] = ..., journal_index: _Optional[int] = ..., ledger_index: _Optional[int] = ...) -> None: ...

class GetRecordRequest(_message.Message):
    __slots__ = ("resource", "key", "fields", "asked_by", "purpose")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    resource: str
    key: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    def __init__(self, resource: _Optional[str] = ..., key: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ...) -> None: ...

class ListRecordsRequest(_message.Message):
    __slots__ = ("resource", "fields", "asked_by", "purpose", "page_size", "page_token")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    resource: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    page_size: int
    page_token: str
    def __init__(self, resource: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[CurrentRecord]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[CurrentRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
