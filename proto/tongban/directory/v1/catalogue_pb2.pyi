from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CatalogueEntry(_message.Message):
    __slots__ = ("resource", "display_name", "provider", "provider_hall", "sharing", "sharing_terms", "manner", "version", "state", "in_force", "update_cycle", "last_update", "freshness", "due", "due_provisional", "working_days_late", "fields", "abstract")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_HALL_FIELD_NUMBER: _ClassVar[int]
    SHARING_FIELD_NUMBER: _ClassVar[int]
    SHARING_TERMS_FIELD_NUMBER: _ClassVar[int]
    MANNER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_CYCLE_FIELD_NUMBER: _ClassVar[int]
    LAST_UPDATE_FIELD_NUMBER: _ClassVar[int]
    FRESHNESS_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    DUE_PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    WORKING_DAYS_LATE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    ABSTRACT_FIELD_NUMBER: _ClassVar[int]
    resource: str
    display_name: str
    provider: str
    provider_hall: str
    sharing: str
    sharing_terms: str
    manner: str
    version: int
    state: str
    in_force: bool
    update_cycle: str
    last_update: str
    freshness: str
    due: str
    due_provisional: bool
    working_days_late: int
    fields: _containers.RepeatedCompositeFieldContainer[ResourceField]
    abstract: str
    def __init__(self, resource: _Optional[str] = ..., display_name: _Optional[str] = ..., provider: _Optional[str] = ..., provider_hall: _Optional[str] = ..., sharing: _Optional[str] = ..., sharing_terms: _Optional[str] = ..., manner: _Optional[str] = ..., version: _Optional[int] = ..., state: _Optional[str] = ..., in_force: _Optional[bool] = ..., update_cycle: _Optional[str] = ..., last_update: _Optional[str] = ..., freshness: _Optional[str] = ..., due: _Optional[str] = ..., due_provisional: _Optional[bool] = ..., working_days_late: _Optional[int] = ..., fields: _Optional[_Iterable[_Union[ResourceField, _Mapping]]] = ..., abstract: _Optional[str] = ...) -> None: ...

class ResourceField(_message.Message):
    __slots__ = ("name", "title", "type", "sensitivity", "required")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    type: str
    sensitivity: str
    required: bool
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., type: _Optional[str] = ..., sensitivity: _Optional[str] = ..., required: _Optional[bool] = ...) -> None: ...

class ListResourcesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "provider_hall", "sharing", "overdue", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_HALL_FIELD_NUMBER: _ClassVar[int]
    SHARING_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    provider_hall: str
    sharing: str
    overdue: bool
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., provider_hall: _Optional[str] = ..., sharing: _Optional[str] = ..., overdue: _Optional[bool] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListResourcesResponse(_message.Message):
    __slots__ = ("resources", "next_page_token")
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[CatalogueEntry]
    next_page_token: str
    def __init__(self, resources: _Optional[_Iterable[_Union[CatalogueEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetResourceRequest(_message.Message):
    __slots__ = ("resource", "asked_by")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    resource: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, resource: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...
