"""Fold changes into the register: which document stands where.

Laws: of one place the change that stands last in the ledger counts, in whatever order changes are taken in; taken in again a change
changes nothing. Two registers hold the same documents exactly when their digests are the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from directory.register.changes import Change, Place

Documents = dict[Place, str]
"""What stands where; see `changes` for how a document is spelt."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the last change of a place said, and where that stands in the ledger; None where it removed the document."""

    ledger_index: int
    document: str | None


class Register:
    """The register as far as changes were taken in."""

    __slots__ = ("_held", "newest")

    def __init__(self, held: Iterable[tuple[Place, Held]] = ()) -> None:
        self._held = dict(held)
        self.newest = max((one.ledger_index for one in self._held.values()), default=-1)
        """Ledger index of the last change; -1 before any."""

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[tuple[Place, str]]:
        """Yield every document with its place, in no order."""
        return ((place, held.document) for place, held in self._held.items() if held.document is not None)

    def apply(self, change: Change, ledger_index: int) -> None:
        """Take a change in."""
        held = self._held.get(change.place)
        if held is None or held.ledger_index < ledger_index:
            self._held[change.place] = Held(ledger_index, change.document)
        self.newest = max(self.newest, ledger_index)

    def documents(self) -> Documents:
        """Return every document by its place; the caller's own to change."""
        return dict(self)

    def digest(self) -> str:
        """Return the digest of all documents."""
        return digest(sorted(self))


def changed(documents: Documents, changes: Iterable[Change]) -> Documents:
    """Return what stands where after changes in their order."""
    after = dict(documents)
    for change in changes:
        if change.document is None:
            after.pop(change.place, None)
        else:
            after[change.place] = change.document
    return after


def digest(documents: Iterable[tuple[Place, str]]) -> str:
    """Return the SHA-256, in hexadecimal, of documents that come sorted by their places (code points of kind, key, version)."""
    total = sha256()
    for place, document in documents:
        for word in (place.kind, place.key, place.version, document):
            data = word.encode()
            total.update(len(data).to_bytes(4) + data)
    return total.hexdigest()
