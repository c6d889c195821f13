import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EnrolRequest(_message.Message):
    __slots__ = ("token", "signing_request", "keys", "possession")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SIGNING_REQUEST_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    POSSESSION_FIELD_NUMBER: _ClassVar[int]
    token: str
    signing_request: bytes
    keys: HallKeys
    possession: str
    def __init__(self, token: _Optional[str] = ..., signing_request: _Optional[bytes] = ..., keys: _Optional[_Union[HallKeys, _Mapping]] = ..., possession: _Optional[str] = ...) -> None: ...

class HallKeys(_message.Message):
    __slots__ = ("log", "cosigning", "hpke")
    LOG_FIELD_NUMBER: _ClassVar[int]
    COSIGNING_FIELD_NUMBER: _ClassVar[int]
    HPKE_FIELD_NUMBER: _ClassVar[int]
    log: str
    cosigning: str
    hpke: bytes
    def __init__(self, log: _Optional[str] = ..., cosigning: _Optional[str] = ..., hpke: _Optional[bytes] = ...) -> None: ...

class EnrolResponse(_message.Message):
    __slots__ = ("hall", "certificate_chain", "root", "charter", "exchange_address", "key_entry")
    HALL_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_CHAIN_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    CHARTER_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    KEY_ENTRY_FIELD_NUMBER: _ClassVar[int]
    hall: str
    certificate_chain: bytes
    root: bytes
    charter: str
    exchange_address: str
    key_entry: int
    def __init__(self, hall: _Optional[str] = ..., certificate_chain: _Optional[bytes] = ..., root: _Optional[bytes] = ..., charter: _Optional[str] = ..., exchange_address: _Optional[str] = ..., key_entry: _Optional[int] = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ("signing_request", "certificate", "time", "nonce", "signature")
    SIGNING_REQUEST_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    signing_request: bytes
    certificate: bytes
    time: _timestamp_pb2.Timestamp
    nonce: bytes
    signature: bytes
    def __init__(self, signing_request: _Optional[bytes] = ..., certificate: _Optional[bytes] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., nonce: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class RenewResponse(_message.Message):
    __slots__ = ("certificate_chain",)
    CERTIFICATE_CHAIN_FIELD_NUMBER: _ClassVar[int]
    certificate_chain: bytes
    def __init__(self, certificate_chain: _Optional[bytes] = ...) -> None: ...

class KeyEntry(_message.Message):
    __slots__ = ("note",)
    NOTE_FIELD_NUMBER: _ClassVar[int]
    note: str
    def __init__(self, note: _Optional[str] = ...) -> None: ...

class LogKeySuccessor(_message.Message):
    __slots__ = ("successor", "possession")
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    POSSESSION_FIELD_NUMBER: _ClassVar[int]
    successor: str
    possession: str
    def __init__(self, successor: _Optional[str] = ..., possession: _Optional[str] = ...) -> None: ...

class LicenceKey(_message.Message):
    __slots__ = ("key", "possession")
    KEY_FIELD_NUMBER: _ClassVar[int]
    POSSESSION_FIELD_NUMBER: _ClassVar[int]
    key: str
    possession: str
    def __init__(self, key: _Optional[str] = ..., possession: _Optional[str] = ...) -> None: ...
