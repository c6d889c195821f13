import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LicenceEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENCE_EVENT_KIND_UNSPECIFIED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_ISSUED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_CHANGED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_RENEWED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_SUSPENDED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_RESUMED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_SUPERSEDED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_ANNULLED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_WITHDRAWN: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_REVOKED: _ClassVar[LicenceEventKind]
    LICENCE_EVENT_KIND_CANCELLED: _ClassVar[LicenceEventKind]

class TrustLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRUST_LEVEL_UNSPECIFIED: _ClassVar[TrustLevel]
    TRUST_LEVEL_ISSUED: _ClassVar[TrustLevel]
    TRUST_LEVEL_WINDOW_VERIFIED: _ClassVar[TrustLevel]
    TRUST_LEVEL_UPLOADED: _ClassVar[TrustLevel]
    TRUST_LEVEL_SELF_MADE: _ClassVar[TrustLevel]
LICENCE_EVENT_KIND_UNSPECIFIED: LicenceEventKind
LICENCE_EVENT_KIND_ISSUED: LicenceEventKind
LICENCE_EVENT_KIND_CHANGED: LicenceEventKind
LICENCE_EVENT_KIND_RENEWED: LicenceEventKind
LICENCE_EVENT_KIND_SUSPENDED: LicenceEventKind
LICENCE_EVENT_KIND_RESUMED: LicenceEventKind
LICENCE_EVENT_KIND_SUPERSEDED: LicenceEventKind
LICENCE_EVENT_KIND_ANNULLED: LicenceEventKind
LICENCE_EVENT_KIND_WITHDRAWN: LicenceEventKind
LICENCE_EVENT_KIND_REVOKED: LicenceEventKind
LICENCE_EVENT_KIND_CANCELLED: LicenceEventKind
TRUST_LEVEL_UNSPECIFIED: TrustLevel
TRUST_LEVEL_ISSUED: TrustLevel
TRUST_LEVEL_WINDOW_VERIFIED: TrustLevel
TRUST_LEVEL_UPLOADED: TrustLevel
TRUST_LEVEL_SELF_MADE: TrustLevel

class LicenceEvent(_message.Message):
    __slots__ = ("kind", "licence_id", "type", "credential", "previous", "successor", "ground", "basis", "document", "case_number", "second_officer", "trust_level", "effective_at")
    KIND_FIELD_NUMBER: _ClassVar[int]
    LICENCE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SECOND_OFFICER_FIELD_NUMBER: _ClassVar[int]
    TRUST_LEVEL_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_AT_FIELD_NUMBER: _ClassVar[int]
    kind: LicenceEventKind
    licence_id: str
    type: str
    credential: str
    previous: str
    successor: str
    ground: str
    basis: str
    document: str
    case_number: str
    second_officer: str
    trust_level: TrustLevel
    effective_at: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[LicenceEventKind, str]] = ..., licence_id: _Optional[str] = ..., type: _Optional[str] = ..., credential: _Optional[str] = ..., previous: _Optional[str] = ..., successor: _Optional[str] = ..., ground: _Optional[str] = ..., basis: _Optional[str] = ..., document: _Optional[str] = ..., case_number: _Optional[str] = ..., second_officer: _Optional[str] = ..., trust_level: _Optional[_Union[TrustLevel, str]] = ..., effective_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InvalidLicence(_message.Message):
    __slots__ = ("licence_root", "event_id", "journal", "journal_index", "ledger_index", "fault", "what")
    LICENCE_ROOT_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    licence_root: str
    event_id: str
    journal: str
    journal_index: int
    ledger_index: int
    fault: str
    what: str
    def __init__(self, licence_root: _Optional[str] = ..., event_id: _Optional[str] = ..., journal: _Optional[str] = ..., journal_index: _Optional[int] = ..., ledger_index: _Optional[int] = ..., fault: _Optional[str] = ..., what: _Optional[str] = ...) -> None: ...
