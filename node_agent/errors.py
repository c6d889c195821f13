"""Name everything that can go wrong in a hall's agent.

    AgentError
    ├── ConfigInvalid            the configuration file is unreadable, or has a wrong or missing key
    ├── NotEnrolled              no keys, certificate or charter yet: run `tongban-agent enrol`
    ├── AlreadyRunning           another process works on the same data directory
    ├── EnrolmentUnusable        a token file or an answer of the hub that cannot be trusted
    ├── StoreError
    │   ├── StoreBusy            the database is locked by another process
    │   ├── StoreFull            no room on the disk
    │   ├── StoreBroken          the database is damaged or cannot be read
    │   └── StoreTooNew          the database was written by a later release
    ├── LicenceDeclined          an act on a licence that the rules, the type or the licence's standing do not allow
    ├── NoLicenceKey             the hall has no licence key in force here: `licence key`
    ├── DeskClosed               keys or register cannot be read, so nobody works at the desk for licences
    ├── SuccessionTooSoon        the log key was changed less than a day ago
    ├── HubRefused               the hub said no; carries the reason
    ├── HubUnreachable           no answer: offline is normal
    └── Alarm                    what must stop a stream and be seen by a person
        ├── ReceiptInvalid       a receipt that does not prove what it says
        ├── DeliveryInvalid      a delivery that does not prove what it says
        ├── JournalForked        the hub holds another history of our journal than it gave receipts for
        ├── TailDiverged         our unreceipted tail is not what the hub holds: `reset-tail`
        ├── HubLostJournal       the hub holds less of our journal than it gave receipts for
        ├── LogKeyLost           the log key in force, or the one to succeed it, is not among this hall's keys
        ├── InboxDiverged        the hub holds another acknowledgement than we signed
        ├── LedgerForked         two histories of the ledger, both signed by the hub
        └── LedgerRolledBack     the hub's newest ledger checkpoint is older than one that it showed us

An Alarm ends what it concerns until a person has looked; everything else is retried.
"""

from collections.abc import Sequence


class AgentError(Exception):
    """Anything that the agent reports to a person."""


class ConfigInvalid(AgentError):
    """The configuration cannot be used."""


class NotEnrolled(AgentError):
    """The hall's keys, certificate or charter are missing."""


class AlreadyRunning(AgentError):
    """Another process holds the data directory."""


class EnrolmentUnusable(AgentError):
    """A token file or an answer to an enrolment that cannot be trusted."""


class StoreError(AgentError):
    """The agent's own database did not do what was asked."""


class StoreBusy(StoreError):
    """Another process holds the write lock for longer than the busy timeout."""


class StoreFull(StoreError):
    """There is no room on the disk."""


class StoreBroken(StoreError):
    """The database is damaged or cannot be read."""


class StoreTooNew(StoreError):
    """A later release wrote this database."""


class LicenceDeclined(AgentError):
    """An act on a licence is not done: `faults` are (field, what is wrong) each, the field empty for the whole act.

    `fault` is a word of directory.licences.vocabulary.Fault, or `request` for a number that was used for something else.
    """

    def __init__(self, fault: str, faults: Sequence[tuple[str, str]]) -> None:
        """Keep the faults; the text says them all, and never what a field holds."""
        super().__init__("; ".join(f"{field}: {what}" if field else what for field, what in faults))
        self.fault = fault
        self.faults = tuple(faults)


class NoLicenceKey(AgentError):
    """The hall has no licence key in force, or its private half is not here."""


class DeskClosed(AgentError):
    """Nobody can work at the desk for licences: keys, or the replica of the register, cannot be read."""


class SuccessionTooSoon(AgentError):
    """The log key was changed so lately that the hub would refuse another one."""


class HubUnreachable(AgentError):
    """The hub gave no answer."""


class HubRefused(AgentError):
    """The hub refused: `reason` is the name of a tongban.errors.v1.Reason, or of a gRPC status without one."""

    def __init__(self, reason: str, message: str, retry_after: float | None = None) -> None:
        """Keep the reason; `retry_after` is in seconds, from RetryInfo."""
        super().__init__(f"{reason}: {message}" if message else reason)
        self.reason = reason
        self.retry_after = retry_after


class Alarm(AgentError):
    """Something that no retry will mend; `notes` are the signed notes that prove it."""

    def __init__(self, message: str, notes: tuple[str, ...] = ()) -> None:
        """Keep the evidence with the message."""
        super().__init__(message)
        self.notes = notes


class ReceiptInvalid(Alarm):
    """A receipt does not prove what it says."""


class DeliveryInvalid(Alarm):
    """A delivery does not prove what it says."""


class JournalForked(Alarm):
    """The hub holds another history of our journal than it gave receipts for."""


class TailDiverged(Alarm):
    """The unreceipted end of our journal is not what the hub holds."""


class HubLostJournal(Alarm):
    """The hub holds less of our journal than it gave receipts for."""


class LogKeyLost(Alarm):
    """The log key in force, or the one that is named to succeed it, is not among the hall's keys."""


class InboxDiverged(Alarm):
    """The hub holds an acknowledgement that this hall did not sign, or lost one that it did."""


class LedgerForked(Alarm):
    """The hub signed two histories of the ledger."""


class LedgerRolledBack(Alarm):
    """The hub's newest ledger checkpoint is older than one it showed us."""
