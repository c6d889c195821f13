"""Spell the names of halls, logs and keys.

Laws: a name is ASCII and has exactly one spelling; whatever does not parse is refused, never repaired.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from certs.errors import MalformedName

HUB = "hub"
"""The hub's own name as an author."""

EVERY_HALL = "*"
"""The recipient of a key entry: every hall, present and future."""

_HALL = re.compile(r"[a-z][a-z0-9-]{0,62}")
_TRUST_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,253}[a-z0-9])?")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_EPOCH = re.compile(r"[1-9][0-9]{0,8}")

_KEPT = 1024
"""Names of logs that are not read again: some for each hall."""

SHOWN = 100
"""Characters of a wrong name that a message repeats."""

JOURNAL = "journal"
INBOX = "inbox"
LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class LogName:
    """The parts of a log's origin line; `hall` is empty for the ledger."""

    trust_domain: str
    log: str
    hall: str
    epoch: int


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        msg = f"{text[:SHOWN]!r} is not a {what}"
        raise MalformedName(msg)
    return text


def check_hall(text: str) -> str:
    """Return a hall id as it is, or raise MalformedName."""
    return _checked(_HALL, text, "hall id (lower-case ASCII letters, digits and hyphens, at most 63)")


def check_trust_domain(text: str) -> str:
    """Return a SPIFFE trust domain as it is, or raise MalformedName."""
    return _checked(_TRUST_DOMAIN, text, "trust domain")


def journal_origin(trust_domain: str, hall: str, epoch: int) -> str:
    """Name the outgoing log of a hall."""
    return f"{trust_domain}/{JOURNAL}/{hall}/{epoch}"


def inbox_origin(trust_domain: str, hall: str, epoch: int) -> str:
    """Name the incoming log of a hall."""
    return f"{trust_domain}/{INBOX}/{hall}/{epoch}"


def ledger_origin(trust_domain: str, epoch: int) -> str:
    """Name the province's log."""
    return f"{trust_domain}/{LEDGER}/{epoch}"


def witness_name(trust_domain: str, hall: str) -> str:
    """Name the cosigning key of a hall."""
    return f"{trust_domain}/witness/{hall}"


def licence_name(trust_domain: str, hall: str, epoch: int) -> str:
    """Name the keys with which a hall signs licences during an epoch of its journal."""
    return f"{trust_domain}/licence/{hall}/{epoch}"


def parse_licence_name(text: str) -> tuple[str, str, int]:
    """Return (trust domain, hall, epoch) of the name of a licence key, or raise MalformedName."""
    match text.split("/"):
        case [trust_domain, "licence", hall, epoch]:
            return check_trust_domain(trust_domain), check_hall(hall), int(_checked(_EPOCH, epoch, "epoch of a licence key"))
    msg = f"{text[:SHOWN]!r} is not the name of a licence key"
    raise MalformedName(msg)


def status_uri(trust_domain: str, hall: str, number: int) -> str:
    """Name a list in which the status of a hall's licences stands."""
    return f"tongban://{trust_domain}/status/{hall}/{number}"


def parse_status_uri(text: str) -> tuple[str, str, int]:
    """Return (trust domain, hall, number) of a status list's name, or raise MalformedName."""
    match text.split("/"):
        case ["tongban:", "", trust_domain, "status", hall, number]:
            return check_trust_domain(trust_domain), check_hall(hall), int(_checked(_EPOCH, number, "number of a status list"))
    msg = f"{text[:SHOWN]!r} is not the name of a status list"
    raise MalformedName(msg)


def registry_name(trust_domain: str) -> str:
    """Name the key that signs key entries."""
    return f"{trust_domain}/registry"


def charter_origin(trust_domain: str) -> str:
    """Name the charter: the first line of its text."""
    return f"{trust_domain}/charter"


def root_name(trust_domain: str) -> str:
    """Name the offline root as a signer of charters."""
    return f"{trust_domain}/root"


@lru_cache(maxsize=_KEPT)
def parse_origin(text: str) -> LogName:
    """Read the origin line of a journal, inbox or ledger, or raise MalformedName."""
    parts = text.split("/")
    trust_domain = _checked(_TRUST_DOMAIN, parts[0], "trust domain")
    epoch = int(_checked(_EPOCH, parts[-1], "log epoch"))
    match parts[1:-1]:
        case [log, hall] if log in {JOURNAL, INBOX}:
            return LogName(trust_domain, log, check_hall(hall), epoch)
        case [log] if log == LEDGER:
            return LogName(trust_domain, LEDGER, "", epoch)
    msg = f"{text[:SHOWN]!r} is not the origin line of a log"
    raise MalformedName(msg)


def hall_uri(trust_domain: str, hall: str) -> str:
    """Return the SPIFFE id of a hall's node."""
    return f"spiffe://{trust_domain}/hall/{hall}"


def hub_uri(trust_domain: str) -> str:
    """Return the SPIFFE id of the hub."""
    return f"spiffe://{trust_domain}/{HUB}"


def parse_hall_uri(text: str) -> tuple[str, str]:
    """Return (trust domain, hall) of a hall's SPIFFE id, or raise MalformedName."""
    match text.split("/"):
        case ["spiffe:", "", trust_domain, "hall", hall]:
            return check_trust_domain(trust_domain), check_hall(hall)
    msg = f"{text[:SHOWN]!r} is not the SPIFFE id of a hall"
    raise MalformedName(msg)


def hub_audience(trust_domain: str) -> str:
    """Return the hub as a signed question names it, so that no other hub answers it."""
    return f"//{trust_domain}/{HUB}"


def source_uri(trust_domain: str, hall: str, source: str) -> str:
    """Return the CloudEvents source of what one system of a hall says."""
    return f"//{trust_domain}/hall/{hall}/{source}"


def parse_source_uri(text: str) -> tuple[str, str, str]:
    """Return (trust domain, hall, source name) of a CloudEvents source, or raise MalformedName."""
    match text.split("/"):
        case ["", "", trust_domain, "hall", hall, source]:
            return check_trust_domain(trust_domain), check_hall(hall), _checked(_SOURCE, source, "source name")
    msg = f"{text[:SHOWN]!r} is not the source of a hall"
    raise MalformedName(msg)
