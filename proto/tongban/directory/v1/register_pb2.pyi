import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Operation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATION_UNSPECIFIED: _ClassVar[Operation]
    OPERATION_PUT: _ClassVar[Operation]
    OPERATION_REMOVE: _ClassVar[Operation]
OPERATION_UNSPECIFIED: Operation
OPERATION_PUT: Operation
OPERATION_REMOVE: Operation

class Change(_message.Message):
    __slots__ = ("kind", "key", "version", "operation", "document", "reason", "author", "confirmed_by")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_BY_FIELD_NUMBER: _ClassVar[int]
    kind: str
    key: str
    version: str
    operation: Operation
    document: bytes
    reason: str
    author: Author
    confirmed_by: Author
    def __init__(self, kind: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[str] = ..., operation: _Optional[_Union[Operation, str]] = ..., document: _Optional[bytes] = ..., reason: _Optional[str] = ..., author: _Optional[_Union[Author, _Mapping]] = ..., confirmed_by: _Optional[_Union[Author, _Mapping]] = ...) -> None: ...

class Author(_message.Message):
    __slots__ = ("hall", "person")
    HALL_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    hall: str
    person: _scopes_pb2.Principal
    def __init__(self, hall: _Optional[str] = ..., person: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class EditedFile(_message.Message):
    __slots__ = ("name", "content")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    content: bytes
    def __init__(self, name: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class ProposeChangesRequest(_message.Message):
    __slots__ = ("files", "position", "asked_by")
    FILES_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[EditedFile]
    position: int
    asked_by: _scopes_pb2.Principal
    def __init__(self, files: _Optional[_Iterable[_Union[EditedFile, _Mapping]]] = ..., position: _Optional[int] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ProposeChangesResponse(_message.Message):
    __slots__ = ("rows", "faults", "notes", "conflicts", "position", "needs_confirmation")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    NEEDS_CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[RowDifference]
    faults: _containers.RepeatedCompositeFieldContainer[RegisterFault]
    notes: _containers.RepeatedCompositeFieldContainer[RegisterFault]
    conflicts: _containers.RepeatedCompositeFieldContainer[RowConflict]
    position: int
    needs_confirmation: bool
    def __init__(self, rows: _Optional[_Iterable[_Union[RowDifference, _Mapping]]] = ..., faults: _Optional[_Iterable[_Union[RegisterFault, _Mapping]]] = ..., notes: _Optional[_Iterable[_Union[RegisterFault, _Mapping]]] = ..., conflicts: _Optional[_Iterable[_Union[RowConflict, _Mapping]]] = ..., position: _Optional[int] = ..., needs_confirmation: _Optional[bool] = ...) -> None: ...

class RowDifference(_message.Message):
    __slots__ = ("kind", "key", "version", "added", "fields")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    key: str
    version: str
    added: bool
    fields: _containers.RepeatedCompositeFieldContainer[FieldDifference]
    def __init__(self, kind: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[str] = ..., added: _Optional[bool] = ..., fields: _Optional[_Iterable[_Union[FieldDifference, _Mapping]]] = ...) -> None: ...

class FieldDifference(_message.Message):
    __slots__ = ("path", "before", "after")
    PATH_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    path: str
    before: str
    after: str
    def __init__(self, path: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...

class RegisterFault(_message.Message):
    __slots__ = ("file", "line", "path", "what")
    FILE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    file: str
    line: int
    path: str
    what: str
    def __init__(self, file: _Optional[str] = ..., line: _Optional[int] = ..., path: _Optional[str] = ..., what: _Optional[str] = ...) -> None: ...

class RowConflict(_message.Message):
    __slots__ = ("row", "since")
    ROW_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    row: RowDifference
    since: SaidChange
    def __init__(self, row: _Optional[_Union[RowDifference, _Mapping]] = ..., since: _Optional[_Union[SaidChange, _Mapping]] = ...) -> None: ...

class SaidChange(_message.Message):
    __slots__ = ("ledger_index", "said_at", "change")
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    SAID_AT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ledger_index: int
    said_at: _timestamp_pb2.Timestamp
    change: Change
    def __init__(self, ledger_index: _Optional[int] = ..., said_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change: _Optional[_Union[Change, _Mapping]] = ...) -> None: ...

class SaveChangesRequest(_message.Message):
    __slots__ = ("files", "position", "reason", "asked_by")
    FILES_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[EditedFile]
    position: int
    reason: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, files: _Optional[_Iterable[_Union[EditedFile, _Mapping]]] = ..., position: _Optional[int] = ..., reason: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class SaveChangesResponse(_message.Message):
    __slots__ = ("position", "changes", "pending")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    position: int
    changes: int
    pending: str
    def __init__(self, position: _Optional[int] = ..., changes: _Optional[int] = ..., pending: _Optional[str] = ...) -> None: ...

class ConfirmChangesRequest(_message.Message):
    __slots__ = ("pending", "asked_by")
    PENDING_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    pending: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, pending: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ConfirmChangesResponse(_message.Message):
    __slots__ = ("position", "changes")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    position: int
    changes: int
    def __init__(self, position: _Optional[int] = ..., changes: _Optional[int] = ...) -> None: ...

class WithdrawChangesRequest(_message.Message):
    __slots__ = ("pending", "asked_by")
    PENDING_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    pending: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, pending: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class WithdrawChangesResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPendingChangesRequest(_message.Message):
    __slots__ = ("asked_by",)
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    asked_by: _scopes_pb2.Principal
    def __init__(self, asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListPendingChangesResponse(_message.Message):
    __slots__ = ("pending",)
    PENDING_FIELD_NUMBER: _ClassVar[int]
    pending: _containers.RepeatedCompositeFieldContainer[PendingChanges]
    def __init__(self, pending: _Optional[_Iterable[_Union[PendingChanges, _Mapping]]] = ...) -> None: ...

class PendingChanges(_message.Message):
    __slots__ = ("pending", "author", "saved_at", "reason", "judged")
    PENDING_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    SAVED_AT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    JUDGED_FIELD_NUMBER: _ClassVar[int]
    pending: str
    author: Author
    saved_at: _timestamp_pb2.Timestamp
    reason: str
    judged: ProposeChangesResponse
    def __init__(self, pending: _Optional[str] = ..., author: _Optional[_Union[Author, _Mapping]] = ..., saved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., judged: _Optional[_Union[ProposeChangesResponse, _Mapping]] = ...) -> None: ...

class GetHistoryRequest(_message.Message):
    __slots__ = ("kind", "key", "asked_by")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    kind: str
    key: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, kind: _Optional[str] = ..., key: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class GetHistoryResponse(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[SaidChange]
    def __init__(self, changes: _Optional[_Iterable[_Union[SaidChange, _Mapping]]] = ...) -> None: ...
