"""Say what a verified evidence file proves.

Laws: a finding says no more than the file proves; what rests on one party's word is named as that party's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from certs.entries import ACCEPTED, ERASED, FULL, HELD, REFUSED, WITHDRAWN

DISPOSITIONS = {ACCEPTED: "accepted", REFUSED: "refused", HELD: "held"}
FORMS = {FULL: "full", WITHDRAWN: "withdrawn", ERASED: "erased"}

CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much a hall's clock may be behind the hub's before its cosignature bounds nothing."""


class Verdict(StrEnum):
    """Whether sending, acceptance and every receipt are proved; of a file that does not hold there are no findings."""

    PROVED = "proved"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose journal holds the message; nothing from the ledger index `revoked_from` on counts as this hall's."""

    hall: str
    epoch: int
    index: int
    counts: bool
    revoked_from: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """What the author wrote on the envelope; the times are the hall's word, None when it gave none that a calendar holds."""

    id: str
    source: str
    type: str
    subject: str
    occurred_at: datetime | None
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Where the message stands in the ledger; `accepted_at` is the hub's word, `disposition` one of certs.entries."""

    ledger_index: int
    disposition: int
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That a hall had seen the ledger of this size, by its own clock; `is_party`: it sent the message or is a recipient."""

    hall: str
    ledger_size: int
    at: datetime
    is_party: bool


class Why(StrEnum):
    """Why a cosignature whose signature holds bounds nothing."""

    IMPOSSIBLE = "impossible"
    """No calendar holds its time."""
    TOO_EARLY = "too-early"
    """Its time lies further before the hub's word than two clocks may differ."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A cosignature that does not count; `seconds` is its time as it was signed (POSIX), `at` the same where a calendar holds it."""

    hall: str
    ledger_size: int
    seconds: int
    at: datetime | None
    why: Why


@dataclass(frozen=True, slots=True)
class Received:
    """That a recipient's inbox log holds the message; `form` is one of certs.entries.

    It does not count when the recipient's keys were revoked from the message's ledger index or an earlier one on.
    """

    hall: str
    epoch: int
    index: int
    form: int
    counts: bool
    revoked_from: int | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What one file proves. `event` is None when the hub refused an envelope that nobody can read.

    `cosignatures` are those of halls other than the author that count, earliest first, `ignored` those that do not; `pending`
    are the recipients of whom the file holds no receipt; `ledger_size` is the size up to which key entries, and so revocations,
    are known.
    """

    trust_domain: str
    ledger_size: int
    key_entries: int
    sender: Sender
    event: Event | None
    acceptance: Acceptance
    cosignatures: tuple[Cosignature, ...]
    ignored: tuple[Ignored, ...]
    received: tuple[Received, ...]
    pending: tuple[str, ...]

    @property
    def is_routed(self) -> bool:
        """Tell whether the hub sent it on: what it refused or holds has no recipient."""
        return self.acceptance.disposition == ACCEPTED

    @property
    def at_the_latest(self) -> Cosignature | None:
        """The cosignature that bounds the time of acceptance from above; None when none of another hall counts."""
        return self.cosignatures[0] if self.cosignatures else None

    @property
    def hub_clock_ahead(self) -> timedelta:
        """By how much the hub's word lies behind the bound: then one of the two clocks is wrong. Zero when it does not."""
        if self.at_the_latest is None:
            return timedelta(0)
        # Cosignatures count whole seconds, the hub milliseconds.
        return max(self.acceptance.accepted_at - self.at_the_latest.at - timedelta(seconds=1), timedelta(0))

    @property
    def verdict(self) -> Verdict:
        """Say whether sending, acceptance and every receipt are proved."""
        received = not self.pending and all(one.counts and one.form == FULL for one in self.received)
        return Verdict.PROVED if self.sender.counts and self.is_routed and received else Verdict.INCOMPLETE
