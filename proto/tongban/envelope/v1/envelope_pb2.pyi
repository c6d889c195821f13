import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Envelope(_message.Message):
    __slots__ = ("header", "payload", "encrypted")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_FIELD_NUMBER: _ClassVar[int]
    header: bytes
    payload: bytes
    encrypted: EncryptedPayload
    def __init__(self, header: _Optional[bytes] = ..., payload: _Optional[bytes] = ..., encrypted: _Optional[_Union[EncryptedPayload, _Mapping]] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ("version", "id", "source", "type", "subject", "datacontenttype", "dataschema", "time", "recorded_at", "attempt", "salt", "resource", "recipients", "actor", "journal")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    DATACONTENTTYPE_FIELD_NUMBER: _ClassVar[int]
    DATASCHEMA_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    version: int
    id: str
    source: str
    type: str
    subject: str
    datacontenttype: str
    dataschema: str
    time: _timestamp_pb2.Timestamp
    recorded_at: _timestamp_pb2.Timestamp
    attempt: int
    salt: bytes
    resource: str
    recipients: _containers.RepeatedScalarFieldContainer[str]
    actor: Actor
    journal: str
    def __init__(self, version: _Optional[int] = ..., id: _Optional[str] = ..., source: _Optional[str] = ..., type: _Optional[str] = ..., subject: _Optional[str] = ..., datacontenttype: _Optional[str] = ..., dataschema: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempt: _Optional[int] = ..., salt: _Optional[bytes] = ..., resource: _Optional[str] = ..., recipients: _Optional[_Iterable[str]] = ..., actor: _Optional[_Union[Actor, _Mapping]] = ..., journal: _Optional[str] = ...) -> None: ...

class Actor(_message.Message):
    __slots__ = ("person", "role", "department")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    person: str
    role: str
    department: str
    def __init__(self, person: _Optional[str] = ..., role: _Optional[str] = ..., department: _Optional[str] = ...) -> None: ...

class EncryptedPayload(_message.Message):
    __slots__ = ("ciphertext", "nonce", "keys")
    CIPHERTEXT_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    ciphertext: bytes
    nonce: bytes
    keys: _containers.RepeatedCompositeFieldContainer[WrappedKey]
    def __init__(self, ciphertext: _Optional[bytes] = ..., nonce: _Optional[bytes] = ..., keys: _Optional[_Iterable[_Union[WrappedKey, _Mapping]]] = ...) -> None: ...

class WrappedKey(_message.Message):
    __slots__ = ("reader", "enc", "ciphertext")
    READER_FIELD_NUMBER: _ClassVar[int]
    ENC_FIELD_NUMBER: _ClassVar[int]
    CIPHERTEXT_FIELD_NUMBER: _ClassVar[int]
    reader: str
    enc: bytes
    ciphertext: bytes
    def __init__(self, reader: _Optional[str] = ..., enc: _Optional[bytes] = ..., ciphertext: _Optional[bytes] = ...) -> None: ...
