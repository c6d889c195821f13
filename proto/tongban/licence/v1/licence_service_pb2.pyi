import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
from tongban.licence.v1 import licence_pb2 as _licence_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Holder(_message.Message):
    __slots__ = ("code_type", "code")
    CODE_TYPE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    code_type: str
    code: str
    def __init__(self, code_type: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class LicenceQuery(_message.Message):
    __slots__ = ("licence_id", "holder", "type", "fields")
    LICENCE_ID_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    licence_id: str
    holder: Holder
    type: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, licence_id: _Optional[str] = ..., holder: _Optional[_Union[Holder, _Mapping]] = ..., type: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class LicenceQuestion(_message.Message):
    __slots__ = ("audience", "time", "nonce", "asked_by", "purpose", "queries")
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    audience: str
    time: _timestamp_pb2.Timestamp
    nonce: bytes
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    queries: _containers.RepeatedCompositeFieldContainer[LicenceQuery]
    def __init__(self, audience: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., nonce: _Optional[bytes] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ..., queries: _Optional[_Iterable[_Union[LicenceQuery, _Mapping]]] = ...) -> None: ...

class QueryLicencesRequest(_message.Message):
    __slots__ = ("question", "signature")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    question: bytes
    signature: str
    def __init__(self, question: _Optional[bytes] = ..., signature: _Optional[str] = ...) -> None: ...

class QueryLicencesResponse(_message.Message):
    __slots__ = ("answers", "ledger_index")
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[LicenceAnswer]
    ledger_index: int
    def __init__(self, answers: _Optional[_Iterable[_Union[LicenceAnswer, _Mapping]]] = ..., ledger_index: _Optional[int] = ...) -> None: ...

class LicenceAnswer(_message.Message):
    __slots__ = ("licences", "grant")
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    licences: _containers.RepeatedCompositeFieldContainer[FoundLicence]
    grant: str
    def __init__(self, licences: _Optional[_Iterable[_Union[FoundLicence, _Mapping]]] = ..., grant: _Optional[str] = ...) -> None: ...

class FoundLicence(_message.Message):
    __slots__ = ("licence_id", "type", "presentation", "status", "ground", "status_since", "read_up_to", "trust_level", "chain")
    LICENCE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    STATUS_SINCE_FIELD_NUMBER: _ClassVar[int]
    READ_UP_TO_FIELD_NUMBER: _ClassVar[int]
    TRUST_LEVEL_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    licence_id: str
    type: str
    presentation: str
    status: str
    ground: str
    status_since: _timestamp_pb2.Timestamp
    read_up_to: _timestamp_pb2.Timestamp
    trust_level: _licence_pb2.TrustLevel
    chain: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, licence_id: _Optional[str] = ..., type: _Optional[str] = ..., presentation: _Optional[str] = ..., status: _Optional[str] = ..., ground: _Optional[str] = ..., status_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., read_up_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trust_level: _Optional[_Union[_licence_pb2.TrustLevel, str]] = ..., chain: _Optional[_Iterable[str]] = ...) -> None: ...

class VerifyLicenceRequest(_message.Message):
    __slots__ = ("presentation", "annotation", "asked_by")
    PRESENTATION_FIELD_NUMBER: _ClassVar[int]
    ANNOTATION_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    presentation: str
    annotation: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, presentation: _Optional[str] = ..., annotation: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class VerifyLicenceResponse(_message.Message):
    __slots__ = ("valid", "fault", "status", "disclosed", "recipient", "purpose", "expires_at", "made_by", "made_for_caller")
    VALID_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DISCLOSED_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    MADE_FOR_CALLER_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    fault: str
    status: str
    disclosed: _containers.RepeatedScalarFieldContainer[str]
    recipient: str
    purpose: str
    expires_at: _timestamp_pb2.Timestamp
    made_by: str
    made_for_caller: bool
    def __init__(self, valid: _Optional[bool] = ..., fault: _Optional[str] = ..., status: _Optional[str] = ..., disclosed: _Optional[_Iterable[str]] = ..., recipient: _Optional[str] = ..., purpose: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., made_by: _Optional[str] = ..., made_for_caller: _Optional[bool] = ...) -> None: ...

class GetStatusListRequest(_message.Message):
    __slots__ = ("uri",)
    URI_FIELD_NUMBER: _ClassVar[int]
    uri: str
    def __init__(self, uri: _Optional[str] = ...) -> None: ...

class GetStatusListResponse(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class ListAccessesRequest(_message.Message):
    __slots__ = ("holder", "asked_by", "purpose", "page_size", "page_token")
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    holder: Holder
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    page_size: int
    page_token: str
    def __init__(self, holder: _Optional[_Union[Holder, _Mapping]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class Access(_message.Message):
    __slots__ = ("at", "hall", "department", "purpose", "basis", "case_hall", "case_number", "licence_id", "fields", "ledger_index")
    AT_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CASE_HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_ID_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    hall: str
    department: str
    purpose: str
    basis: str
    case_hall: str
    case_number: str
    licence_id: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    ledger_index: int
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hall: _Optional[str] = ..., department: _Optional[str] = ..., purpose: _Optional[str] = ..., basis: _Optional[str] = ..., case_hall: _Optional[str] = ..., case_number: _Optional[str] = ..., licence_id: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., ledger_index: _Optional[int] = ...) -> None: ...

class ListAccessesResponse(_message.Message):
    __slots__ = ("accesses", "next_page_token")
    ACCESSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    accesses: _containers.RepeatedCompositeFieldContainer[Access]
    next_page_token: str
    def __init__(self, accesses: _Optional[_Iterable[_Union[Access, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListOutliersRequest(_message.Message):
    __slots__ = ("asked_by", "from_day", "before_day")
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    BEFORE_DAY_FIELD_NUMBER: _ClassVar[int]
    asked_by: _scopes_pb2.Principal
    from_day: str
    before_day: str
    def __init__(self, asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., from_day: _Optional[str] = ..., before_day: _Optional[str] = ...) -> None: ...

class Outlier(_message.Message):
    __slots__ = ("hall", "department", "person", "kind", "day", "count", "usual", "ledger_indices")
    HALL_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    USUAL_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDICES_FIELD_NUMBER: _ClassVar[int]
    hall: str
    department: str
    person: str
    kind: str
    day: str
    count: int
    usual: int
    ledger_indices: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, hall: _Optional[str] = ..., department: _Optional[str] = ..., person: _Optional[str] = ..., kind: _Optional[str] = ..., day: _Optional[str] = ..., count: _Optional[int] = ..., usual: _Optional[int] = ..., ledger_indices: _Optional[_Iterable[int]] = ...) -> None: ...

class ListOutliersResponse(_message.Message):
    __slots__ = ("outliers",)
    OUTLIERS_FIELD_NUMBER: _ClassVar[int]
    outliers: _containers.RepeatedCompositeFieldContainer[Outlier]
    def __init__(self, outliers: _Optional[_Iterable[_Union[Outlier, _Mapping]]] = ...) -> None: ...
