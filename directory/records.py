"""Judge one record that a provider sent against the catalogue.

Laws: a record names the version in force on the day it was accepted, or one that was in force before and is not withdrawn, for a hall
may have been away when the next one was published. Its key is its subject, in NFC and without signs that are not seen; its document
has one spelling. Nothing is repaired, and what is wrong is said without what the record holds.
"""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from google.protobuf.message import DecodeError

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State
from directory.errors import Fault, RecordMalformed
from directory.record_json import read_record
from directory.record_schema import Checker
from tongban.directory.v1 import register_pb2
from tongban.directory.v1.records_pb2 import Record

TYPE: Final = Record.DESCRIPTOR.full_name
LONGEST_KEY: Final = 200
"""In signs, as of anything that a question may name."""
CHECKERS_KEPT: Final = 256
"""Schemas made ready at a time; one of a dozen fields takes some 100 KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A record as it came: what its header says, its payload, and the day (of Beijing) on which the hub accepted it."""

    resource: str
    subject: str
    dataschema: str
    payload: bytes
    day: date


@dataclass(frozen=True, slots=True)
class Held:
    """A record that holds; `document` is None where it says that there is no such record any more."""

    resource: str
    key: str
    version: int
    document: Mapping[str, Any] | None


class Versions:
    """All versions of all resources, by their numbers, with their schemas made ready when they are asked for."""

    def __init__(self, versions: Iterable[ResourceVersion]) -> None:
        self._versions: defaultdict[str, dict[int, ResourceVersion]] = defaultdict(dict)
        for version in versions:
            self._versions[version.resource.resource][version.version] = version
        self._checker = lru_cache(maxsize=CHECKERS_KEPT)(self._compiled)

    def find(self, resource: str, number: int) -> ResourceVersion | None:
        """Return a version; None when there is none of this number."""
        return self._versions[resource].get(number) if resource in self._versions else None

    def checker(self, resource: str, number: int) -> Checker:
        """Return the schema of a version that there is, made ready."""
        return self._checker(resource, number)

    def _compiled(self, resource: str, number: int) -> Checker:
        return Checker.compile(self._versions[resource][number])


def judge(sent: Sent, versions: Versions) -> Held | tuple[Fault, ...]:
    """Return a record that holds, or what is wrong with it: at least one fault, of the fields not more than MOST_FAULTS."""
    try:
        record = Record.FromString(sent.payload)
    except DecodeError:
        return (_fault("the payload is not a tongban.directory.v1.Record"),)
    version = versions.find(sent.resource, record.version)
    if what := key_fault(sent.subject) or _version_fault(sent, record.version, version):
        return (_fault(what),)
    match record.operation:
        case register_pb2.OPERATION_PUT:
            return _put(sent, record, versions)
        case register_pb2.OPERATION_REMOVE:
            wrong = (_fault("what is removed has no document"),)
            return wrong if record.document else Held(sent.resource, sent.subject, record.version, None)
    return (_fault("the operation is neither PUT nor REMOVE"),)


def spelled(document: Mapping[str, Any]) -> bytes:
    """Return the one spelling of a record's document: sorted names, no space between, UTF-8."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def key_fault(key: str) -> str:
    """Say what is wrong with the key of a record; empty when nothing is."""
    if not key or key != key.strip() or not key.isprintable() or not unicodedata.is_normalized("NFC", key):
        return "the key (the subject) is empty, not in NFC, or holds signs that are not seen"
    return f"the key has more than {LONGEST_KEY} signs" if len(key) > LONGEST_KEY else ""


def _version_fault(sent: Sent, number: int, version: ResourceVersion | None) -> str:
    if sent.dataschema != str(number):
        return f"the header names another version than the record, {number}"
    if version is None or version.state is State.DRAFT or sent.day < version.period.start:
        return f"version {number} was never in force until {sent.day}"
    withdrawn = version.withdrawn_on is not None and version.withdrawn_on <= sent.day
    return f"version {number} is withdrawn" if withdrawn else ""


def _put(sent: Sent, record: Record, versions: Versions) -> Held | tuple[Fault, ...]:
    try:
        document = read_record(record.document)
    except RecordMalformed as error:
        return (_fault(str(error)),)
    if faults := versions.checker(sent.resource, record.version).faults(document):
        return faults
    if spelled(document) != record.document:
        return (_fault("the document is not in its one spelling: sorted names, no space between, nothing escaped that need not be"),)
    return Held(sent.resource, sent.subject, record.version, document)


def _fault(what: str) -> Fault:
    return Fault(0, what)
