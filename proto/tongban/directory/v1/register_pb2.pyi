from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
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
    __slots__ = ("kind", "key", "version", "operation", "document", "reason")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    kind: str
    key: str
    version: str
    operation: Operation
    document: bytes
    reason: str
    def __init__(self, kind: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[str] = ..., operation: _Optional[_Union[Operation, str]] = ..., document: _Optional[bytes] = ..., reason: _Optional[str] = ...) -> None: ...
