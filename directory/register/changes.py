"""Say what one change of the register is, and read it from the message that carries it.

Laws: a document is a JSON object in one spelling (sorted names, no spaces, UTF-8), so that whoever holds the same things holds the same
bytes; where it stands is named by kind, key and version. A kind that is not known here is a change like any other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from google.protobuf.message import DecodeError

from directory.errors import ChangeMalformed
from directory.scopes.principal import Principal
from tongban.directory.v1 import register_pb2, scopes_pb2

RESOURCE: Final = "directory"
"""The resource under which changes are sent, by the hub alone."""
TYPE: Final = register_pb2.Change.DESCRIPTOR.full_name
MAX_DOCUMENT: Final = 128 * 1024
"""Bytes of one document: with its header it stays below what any envelope may have."""
MAX_WORD: Final = 200
"""Characters of a kind, a key or a version."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a document stands; `version` is empty where a thing has one version only."""

    kind: str
    key: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.key}{f' ({self.version})' if self.version else ''}"

    @property
    def subject(self) -> str:
        """Name it as the subject of a message."""
        return f"{self.kind}/{self.key}"


@dataclass(frozen=True, slots=True)
class Change:
    """What stands at a place from now on; without a document nothing does. `reason` is for people.

    `author` changed it from a hall, and `confirmed_by` agreed; None for what an operator imported.
    """

    place: Place
    document: str | None
    reason: str = ""
    author: Principal | None = None
    confirmed_by: Principal | None = None


def spell(document: Mapping[str, Any]) -> str:
    """Return the one spelling of a document; days become texts, what is None is left out. Raises ValueError for what is no JSON."""
    kept = {name: value for name, value in document.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=date.isoformat)


def write_change(change: Change) -> bytes:
    """Return the payload of the message that carries a change."""
    return change_message(change).SerializeToString()


def change_message(change: Change) -> register_pb2.Change:
    """Return the message that says a change."""
    put = change.document is not None
    return register_pb2.Change(
        kind=change.place.kind,
        key=change.place.key,
        version=change.place.version,
        operation=register_pb2.OPERATION_PUT if put else register_pb2.OPERATION_REMOVE,
        document=(change.document or "").encode(),
        reason=change.reason,
        author=write_author(change.author),
        confirmed_by=write_author(change.confirmed_by),
    )


def write_author(who: Principal | None) -> register_pb2.Author | None:
    """Name a person of a hall."""
    if who is None:
        return None
    return register_pb2.Author(hall=who.hall, person=scopes_pb2.Principal(role=who.role, department=who.department, person=who.person))


def read_author(message: register_pb2.Author) -> Principal | None:
    """Read who was named; None where nobody was."""
    person = message.person
    return Principal(message.hall, person.role, person.department, person.person) if message.hall else None


def read_change(payload: bytes) -> Change:
    """Read what `write_change`, of this release or a later one, wrote; raises ChangeMalformed."""
    try:
        message = register_pb2.Change.FromString(payload)
    except DecodeError:
        raise ChangeMalformed("no change of the register") from None
    place = Place(message.kind, message.key, message.version)
    _check_place(place)
    by = read_author(message.author), read_author(message.confirmed_by)
    match message.operation:
        case register_pb2.OPERATION_REMOVE:
            return Change(place, None, message.reason, *by)
        case register_pb2.OPERATION_PUT:
            return Change(place, _document(message.document), message.reason, *by)
    raise ChangeMalformed(f"{place}: {message.operation} is no operation that this release knows")


def _check_place(place: Place) -> None:
    named = place.kind and place.key
    if not named or not all(len(word) <= MAX_WORD and word.isprintable() for word in (place.kind, place.key, place.version)):
        raise ChangeMalformed("a change that names no place")


def _document(data: bytes) -> str:
    """Return a document as it was written; raises ChangeMalformed for what is no JSON object."""
    try:
        text = data.decode()
        if isinstance(json.loads(text), dict):
            return text
    except (ValueError, RecursionError):
        pass
    raise ChangeMalformed("a document that is no JSON object")
