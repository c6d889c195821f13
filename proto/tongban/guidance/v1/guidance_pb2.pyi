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

class GuidanceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUIDANCE_KIND_UNSPECIFIED: _ClassVar[GuidanceKind]
    GUIDANCE_KIND_ASKED: _ClassVar[GuidanceKind]
    GUIDANCE_KIND_ANSWERED: _ClassVar[GuidanceKind]
    GUIDANCE_KIND_FOLLOWED_UP: _ClassVar[GuidanceKind]
    GUIDANCE_KIND_CLOSED: _ClassVar[GuidanceKind]
    GUIDANCE_KIND_REOPENED: _ClassVar[GuidanceKind]
    GUIDANCE_KIND_RATED: _ClassVar[GuidanceKind]
GUIDANCE_KIND_UNSPECIFIED: GuidanceKind
GUIDANCE_KIND_ASKED: GuidanceKind
GUIDANCE_KIND_ANSWERED: GuidanceKind
GUIDANCE_KIND_FOLLOWED_UP: GuidanceKind
GUIDANCE_KIND_CLOSED: GuidanceKind
GUIDANCE_KIND_REOPENED: GuidanceKind
GUIDANCE_KIND_RATED: GuidanceKind

class GuidanceMessage(_message.Message):
    __slots__ = ("kind", "thread", "asking_hall", "guiding_hall", "department", "case", "item_code", "text", "attachments", "grade")
    KIND_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    ASKING_HALL_FIELD_NUMBER: _ClassVar[int]
    GUIDING_HALL_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    kind: GuidanceKind
    thread: str
    asking_hall: str
    guiding_hall: str
    department: str
    case: AboutCase
    item_code: str
    text: str
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    grade: int
    def __init__(self, kind: _Optional[_Union[GuidanceKind, str]] = ..., thread: _Optional[str] = ..., asking_hall: _Optional[str] = ..., guiding_hall: _Optional[str] = ..., department: _Optional[str] = ..., case: _Optional[_Union[AboutCase, _Mapping]] = ..., item_code: _Optional[str] = ..., text: _Optional[str] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., grade: _Optional[int] = ...) -> None: ...

class AboutCase(_message.Message):
    __slots__ = ("hall", "case_number")
    HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    hall: str
    case_number: str
    def __init__(self, hall: _Optional[str] = ..., case_number: _Optional[str] = ...) -> None: ...

class Attachment(_message.Message):
    __slots__ = ("sha256", "size", "name", "media_type")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    size: int
    name: str
    media_type: str
    def __init__(self, sha256: _Optional[bytes] = ..., size: _Optional[int] = ..., name: _Optional[str] = ..., media_type: _Optional[str] = ...) -> None: ...

class ListThreadsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "hall", "waiting", "overdue", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    hall: str
    waiting: bool
    overdue: bool
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., hall: _Optional[str] = ..., waiting: _Optional[bool] = ..., overdue: _Optional[bool] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListThreadsResponse(_message.Message):
    __slots__ = ("threads", "next_page_token")
    THREADS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    threads: _containers.RepeatedCompositeFieldContainer[ThreadStanding]
    next_page_token: str
    def __init__(self, threads: _Optional[_Iterable[_Union[ThreadStanding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ThreadStanding(_message.Message):
    __slots__ = ("asking_hall", "thread", "guiding_hall", "department", "case", "item_code", "state", "asked_at", "waiting_since", "answered_at", "closed_at", "grade", "due", "provisional", "overdue", "waiting_minutes", "flags")
    ASKING_HALL_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    GUIDING_HALL_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    WAITING_SINCE_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    WAITING_MINUTES_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    asking_hall: str
    thread: str
    guiding_hall: str
    department: str
    case: AboutCase
    item_code: str
    state: str
    asked_at: _timestamp_pb2.Timestamp
    waiting_since: _timestamp_pb2.Timestamp
    answered_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    grade: int
    due: _timestamp_pb2.Timestamp
    provisional: bool
    overdue: bool
    waiting_minutes: int
    flags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, asking_hall: _Optional[str] = ..., thread: _Optional[str] = ..., guiding_hall: _Optional[str] = ..., department: _Optional[str] = ..., case: _Optional[_Union[AboutCase, _Mapping]] = ..., item_code: _Optional[str] = ..., state: _Optional[str] = ..., asked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., waiting_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., grade: _Optional[int] = ..., due: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., provisional: _Optional[bool] = ..., overdue: _Optional[bool] = ..., waiting_minutes: _Optional[int] = ..., flags: _Optional[_Iterable[str]] = ...) -> None: ...

class PublishAnswerRequest(_message.Message):
    __slots__ = ("knowledge", "title", "question", "answer", "items", "asked_by")
    KNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    knowledge: str
    title: str
    question: str
    answer: str
    items: _containers.RepeatedScalarFieldContainer[str]
    asked_by: _scopes_pb2.Principal
    def __init__(self, knowledge: _Optional[str] = ..., title: _Optional[str] = ..., question: _Optional[str] = ..., answer: _Optional[str] = ..., items: _Optional[_Iterable[str]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class WithdrawAnswerRequest(_message.Message):
    __slots__ = ("knowledge", "ground", "asked_by")
    KNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    knowledge: str
    ground: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, knowledge: _Optional[str] = ..., ground: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class PublishedAnswer(_message.Message):
    __slots__ = ("knowledge", "published")
    KNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    knowledge: str
    published: bool
    def __init__(self, knowledge: _Optional[str] = ..., published: _Optional[bool] = ...) -> None: ...
