from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Tier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIER_UNSPECIFIED: _ClassVar[Tier]
    TIER_PROVINCE: _ClassVar[Tier]
    TIER_CITY: _ClassVar[Tier]
    TIER_COUNTY: _ClassVar[Tier]
TIER_UNSPECIFIED: Tier
TIER_PROVINCE: Tier
TIER_CITY: Tier
TIER_COUNTY: Tier

class Hall(_message.Message):
    __slots__ = ("hall", "display_name", "tier", "superior", "division_code", "linked")
    HALL_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    SUPERIOR_FIELD_NUMBER: _ClassVar[int]
    DIVISION_CODE_FIELD_NUMBER: _ClassVar[int]
    LINKED_FIELD_NUMBER: _ClassVar[int]
    hall: str
    display_name: str
    tier: Tier
    superior: str
    division_code: str
    linked: bool
    def __init__(self, hall: _Optional[str] = ..., display_name: _Optional[str] = ..., tier: _Optional[_Union[Tier, str]] = ..., superior: _Optional[str] = ..., division_code: _Optional[str] = ..., linked: _Optional[bool] = ...) -> None: ...

class ListHallsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHallsResponse(_message.Message):
    __slots__ = ("halls", "next_page_token")
    HALLS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    halls: _containers.RepeatedCompositeFieldContainer[Hall]
    next_page_token: str
    def __init__(self, halls: _Optional[_Iterable[_Union[Hall, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
