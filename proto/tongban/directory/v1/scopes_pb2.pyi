from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Principal(_message.Message):
    __slots__ = ("role", "department", "person")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    role: str
    department: str
    person: str
    def __init__(self, role: _Optional[str] = ..., department: _Optional[str] = ..., person: _Optional[str] = ...) -> None: ...

class Purpose(_message.Message):
    __slots__ = ("purpose", "basis", "case_hall", "case_number")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CASE_HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    purpose: str
    basis: str
    case_hall: str
    case_number: str
    def __init__(self, purpose: _Optional[str] = ..., basis: _Optional[str] = ..., case_hall: _Optional[str] = ..., case_number: _Optional[str] = ...) -> None: ...
