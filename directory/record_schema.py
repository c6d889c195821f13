"""Derive the schema of a resource's records from its fields, and try records on it (JSON Schema 2020-12).

Laws: a record holds the fields of its version and no others; an absent field is left out, never null. Decimals are texts,
so that no reader rounds them; an integer is never written as a fraction. A schema refers to no other schema, and nothing
is ever fetched. A fault says what is wrong, never what the record holds.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry

from directory.catalogue.resources import ResourceItem, ResourceVersion
from directory.catalogue.vocabulary import ItemType, Pattern
from directory.errors import Fault
from directory.identifiers import citizen_id_fault, uscc_fault
from directory.record_json import LARGEST_INTEGER

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MOST_FAULTS: Final = 20
"""Of one record; whoever sent it mends the first few and sends it again."""

PATTERNS: Final[Mapping[Pattern, str]] = {
    Pattern.DIGITS: "^[0-9]*$",
    Pattern.LETTERS_AND_DIGITS: "^[A-Za-z0-9]*$",
    Pattern.REFERENCE: "^[A-Za-z0-9][A-Za-z0-9._/-]*$",
    Pattern.MOBILE_NUMBER: "^1[3-9][0-9]{9}$",
    Pattern.TELEPHONE: "^(0[0-9]{2,3}-)?[0-9]{7,8}(-[0-9]{1,6})?$",
    Pattern.POSTCODE: "^[0-9]{6}$",
    Pattern.YEAR_MONTH: "^[0-9]{4}-(0[1-9]|1[0-2])$",
}
"""All regular expressions that a text can be bound to: none comes from outside, and each takes linear time."""

_DECIMAL: Final = "^-?(0|[1-9][0-9]{0,17})([.][0-9]{1,6})?$"
_SHAPES: Final[Mapping[ItemType, Mapping[str, Any]]] = {
    ItemType.TEXT: {"type": "string", "minLength": 1, "format": "plain-text"},
    ItemType.INTEGER: {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
    ItemType.DECIMAL: {"type": "string", "maxLength": 26, "pattern": _DECIMAL},
    ItemType.BOOLEAN: {"type": "boolean"},
    ItemType.DATE: {"type": "string", "maxLength": 10, "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date"},
    ItemType.DATETIME: {
        "type": "string",
        "maxLength": 32,
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$",
        "format": "date-time",
    },
    ItemType.CODE: {"type": "string"},
    ItemType.USCC: {"type": "string", "maxLength": 18, "pattern": "^[0-9A-Z]{18}$", "format": "uscc"},
    ItemType.CITIZEN_ID: {"type": "string", "maxLength": 18, "pattern": "^[0-9]{17}[0-9X]$", "format": "citizen-id"},
    ItemType.DIVISION: {"type": "string", "maxLength": 6, "pattern": "^[0-9]{6}$"},
}

_Schema = Mapping[str, Any]


def schema_id(resource: str, version: int) -> str:
    """Return the name of a schema: it names the resource and the version, and is no address (RFC 8141)."""
    return f"urn:tongban:resource:{resource}:{version}"


def schema(version: ResourceVersion) -> dict[str, Any]:
    """Return the JSON Schema of a version's records."""
    return {
        "$schema": DIALECT,
        "$id": schema_id(version.resource.resource, version.version),
        "title": version.resource.display_name,
        "type": "object",
        "properties": {item.name: _property(item) for item in version.items},
        "required": [item.name for item in version.items if item.required],
        "additionalProperties": False,
    }


def _property(item: ResourceItem) -> dict[str, Any]:
    found = {"title": item.title, **_SHAPES[item.type], "x-sensitivity": item.sensitivity.value}
    if item.max_length is not None:
        found["maxLength"] = item.max_length
    if item.pattern is not None:
        found["pattern"] = PATTERNS[item.pattern]
    if item.codes:
        found["enum"] = [code.code for code in item.codes]
    return found


@dataclass(frozen=True, slots=True)
class Checker:
    """The schema of one version, made ready to try records on."""

    schema_id: str
    _validator: Validator

    @classmethod
    def compile(cls, version: ResourceVersion) -> "Checker":
        """Make the schema of a version ready; a version that its requirements find fault with may not compile."""
        made = schema(version)
        return cls(made["$id"], _RecordValidator(made, registry=Registry(), format_checker=_FORMATS))

    def faults(self, record: Mapping[str, Any], most: int = MOST_FAULTS) -> tuple[Fault, ...]:
        """Return what is wrong with a record, at most so much; empty when it holds. The path names the field."""
        found = self._validator.iter_errors(record if isinstance(record, dict) else dict(record))
        return tuple(Fault(0, _what(error), _path(error)) for error in islice(found, most))


def _path(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.absolute_path)


def _what(error: ValidationError) -> str:
    """Say what is wrong in words of ours: those of the library repeat the record."""
    say = _WORDS.get(str(error.validator))
    return say(error.validator_value, error.schema) if say else error.message


_FORMAT_WORDS: Final = {
    "plain-text": "holds signs that are not seen",
    "date": "is no date of the calendar",
    "date-time": "is no moment: a date, a time and an offset (RFC 3339)",
    "uscc": "is no USCC: its signs or its check character are wrong (GB 32100)",
    "citizen-id": "is no citizen id: its date of birth or its check character is wrong (GB 11643)",
}

_WORDS: Final[Mapping[str, Callable[[Any, Any], str]]] = {
    "type": lambda value, _: f"must be of type {value}",
    "minLength": lambda _value, _: "is empty",
    "maxLength": lambda value, _: f"has more than {value} signs",
    "enum": lambda _value, _: "is none of the codes of the list",
    "minimum": lambda value, _: f"is below {value}",
    "maximum": lambda value, _: f"is above {value}",
    "pattern": lambda value, _: f"does not look like {value}",
    "format": lambda value, _: _FORMAT_WORDS[value],
}

_FORMATS: Final = FormatChecker(formats=())


@_FORMATS.checks("date", raises=ValueError)
def _is_date(text: object) -> bool:
    return not isinstance(text, str) or bool(date.fromisoformat(text))


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@_FORMATS.checks("uscc")
def _is_uscc(text: object) -> bool:
    return not isinstance(text, str) or not uscc_fault(text)


@_FORMATS.checks("citizen-id")
def _is_citizen_id(text: object) -> bool:
    return not isinstance(text, str) or not citizen_id_fault(text)


@_FORMATS.checks("plain-text")
def _is_plain_text(text: object) -> bool:
    return not isinstance(text, str) or _UNSEEN.search(text) is None


# Controls but tab and line ends, halves of surrogate pairs, and the signs that mark or turn the direction of writing.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _required(_validator: Validator, names: list[str], record: object, _schema: _Schema) -> Iterator[ValidationError]:
    """Name each missing field by its path, not in a sentence."""
    if isinstance(record, dict):
        yield from (ValidationError("is missing", path=(name,)) for name in names if name not in record)


def _no_others(_validator: Validator, _allowed: object, record: object, schema: _Schema) -> Iterator[ValidationError]:
    """Name each field that the version does not have: by its name, shown as ASCII and cut."""
    if isinstance(record, dict):
        surplus = (name for name in record if name not in schema["properties"])
        yield from (ValidationError("is no field of this version", path=(_shown(name),)) for name in surplus)


def _shown(name: object) -> str:
    return ascii(name)[1:-1][:64]


def _pattern(_validator: Validator, pattern: str, text: object, _schema: _Schema) -> Iterator[ValidationError]:
    """Match to the very end: to Python `$` also stands before a last line feed."""
    if isinstance(text, str) and not _compiled(pattern).fullmatch(text):
        yield ValidationError("does not match")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.removeprefix("^").removesuffix("$"))


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# Its stubs do not say what it takes.
_RecordValidator: Final[type[Validator]] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"required": _required, "additionalProperties": _no_others, "pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)
