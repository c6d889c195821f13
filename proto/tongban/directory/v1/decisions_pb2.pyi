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

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_ALLOWED: _ClassVar[Verdict]
    VERDICT_DENIED: _ClassVar[Verdict]
    VERDICT_NOT_FOUND: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_ALLOWED: Verdict
VERDICT_DENIED: Verdict
VERDICT_NOT_FOUND: Verdict

class DecisionRecord(_message.Message):
    __slots__ = ("decided_at", "hall", "asked_by", "method", "action", "purpose", "asked_hall", "asked_case", "verdict", "rules", "why", "cases", "cases_shown", "digest", "rules_digest", "asked_resource", "asked_key", "fields", "grant", "records", "records_shown", "licences")
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ASKED_HALL_FIELD_NUMBER: _ClassVar[int]
    ASKED_CASE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    CASES_SHOWN_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    RULES_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ASKED_RESOURCE_FIELD_NUMBER: _ClassVar[int]
    ASKED_KEY_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_SHOWN_FIELD_NUMBER: _ClassVar[int]
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    decided_at: _timestamp_pb2.Timestamp
    hall: str
    asked_by: _scopes_pb2.Principal
    method: str
    action: str
    purpose: _scopes_pb2.Purpose
    asked_hall: str
    asked_case: str
    verdict: Verdict
    rules: _containers.RepeatedCompositeFieldContainer[CitedRule]
    why: str
    cases: _containers.RepeatedCompositeFieldContainer[ShownCase]
    cases_shown: int
    digest: bytes
    rules_digest: str
    asked_resource: str
    asked_key: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    grant: str
    records: _containers.RepeatedCompositeFieldContainer[ShownRecord]
    records_shown: int
    licences: _containers.RepeatedCompositeFieldContainer[LicenceDecision]
    def __init__(self, decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hall: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., method: _Optional[str] = ..., action: _Optional[str] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ..., asked_hall: _Optional[str] = ..., asked_case: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., rules: _Optional[_Iterable[_Union[CitedRule, _Mapping]]] = ..., why: _Optional[str] = ..., cases: _Optional[_Iterable[_Union[ShownCase, _Mapping]]] = ..., cases_shown: _Optional[int] = ..., digest: _Optional[bytes] = ..., rules_digest: _Optional[str] = ..., asked_resource: _Optional[str] = ..., asked_key: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., grant: _Optional[str] = ..., records: _Optional[_Iterable[_Union[ShownRecord, _Mapping]]] = ..., records_shown: _Optional[int] = ..., licences: _Optional[_Iterable[_Union[LicenceDecision, _Mapping]]] = ...) -> None: ...

class LicenceDecision(_message.Message):
    __slots__ = ("asked_licence", "asked_holder", "asked_type", "verdict", "why", "grant", "shown")
    ASKED_LICENCE_FIELD_NUMBER: _ClassVar[int]
    ASKED_HOLDER_FIELD_NUMBER: _ClassVar[int]
    ASKED_TYPE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    SHOWN_FIELD_NUMBER: _ClassVar[int]
    asked_licence: str
    asked_holder: bytes
    asked_type: str
    verdict: Verdict
    why: str
    grant: str
    shown: _containers.RepeatedCompositeFieldContainer[ShownLicence]
    def __init__(self, asked_licence: _Optional[str] = ..., asked_holder: _Optional[bytes] = ..., asked_type: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., why: _Optional[str] = ..., grant: _Optional[str] = ..., shown: _Optional[_Iterable[_Union[ShownLicence, _Mapping]]] = ...) -> None: ...

class ShownLicence(_message.Message):
    __slots__ = ("licence_id", "holder", "fields")
    LICENCE_ID_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    licence_id: str
    holder: bytes
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, licence_id: _Optional[str] = ..., holder: _Optional[bytes] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class CitedRule(_message.Message):
    __slots__ = ("rule", "version")
    RULE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    rule: str
    version: int
    def __init__(self, rule: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ShownCase(_message.Message):
    __slots__ = ("hall", "case_number")
    HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    hall: str
    case_number: str
    def __init__(self, hall: _Optional[str] = ..., case_number: _Optional[str] = ...) -> None: ...

class ShownRecord(_message.Message):
    __slots__ = ("resource", "key")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    resource: str
    key: str
    def __init__(self, resource: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("ledger_index", "accepted_at", "journal", "journal_index", "record")
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    ledger_index: int
    accepted_at: _timestamp_pb2.Timestamp
    journal: str
    journal_index: int
    record: DecisionRecord
    def __init__(self, ledger_index: _Optional[int] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., journal: _Optional[str] = ..., journal_index: _Optional[int] = ..., record: _Optional[_Union[DecisionRecord, _Mapping]] = ...) -> None: ...

class ListDecisionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "asked_by", "hall", "person", "case_hall", "case_number", "accepted_from", "accepted_before", "resource", "key")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CASE_HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FROM_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    asked_by: _scopes_pb2.Principal
    hall: str
    person: str
    case_hall: str
    case_number: str
    accepted_from: _timestamp_pb2.Timestamp
    accepted_before: _timestamp_pb2.Timestamp
    resource: str
    key: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., hall: _Optional[str] = ..., person: _Optional[str] = ..., case_hall: _Optional[str] = ..., case_number: _Optional[str] = ..., accepted_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resource: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ListDecisionsResponse(_message.Message):
    __slots__ = ("decisions", "next_page_token")
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[Decision]
    next_page_token: str
    def __init__(self, decisions: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
