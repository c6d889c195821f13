"""Tell which key must have signed what, from the key entries of the ledger.

Laws: key entries are applied in ledger order, and an entry that contradicts those before it is refused and changes nothing;
no signing key is ever introduced twice, so a revoked key never comes back under another name; revocation does not remove
a key, since what counted before the cut-off goes on to verify for decades: whoever judges a message compares its ledger
index with `introduced_at` and `revoked_at`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from certs.charter import Charter
from certs.entries import GENESIS_CHAIN, next_chain
from certs.errors import ContradictoryKeyEntry, UnknownKey
from certs.key_entries import Introduction, KeyAct, LicenceIntroduction, LicenceRevocation, Revocation, Succession, entry_text
from certs.licence_keys import LicenceKey, key_id
from certs.names import HUB, inbox_origin
from certs.notes import ED25519, Verifier, parse_vkey


@dataclass(frozen=True, slots=True)
class _LogKey:
    """Signs journal checkpoints of more than `behind` leaves, until the next one does."""

    behind: int
    journal: Verifier
    inbox: Verifier


@dataclass(frozen=True, slots=True)
class _Epoch:
    """The keys of one journal epoch of a hall, log keys in the order of their succession."""

    number: int
    introduced_at: int
    log_keys: tuple[_LogKey, ...]
    cosigning: Verifier
    hpke: bytes
    revoked_at: int | None = None

    def is_revoked(self, ledger_size: int | None) -> bool:
        """Tell whether its keys no longer count for a ledger of this size; None is today's."""
        return self.revoked_at is not None and (ledger_size is None or self.revoked_at < ledger_size)


class Keyring:
    """The keys of a province as of the last key entry applied.

    `count` and `chain` are those of LedgerEntry (certs/entries.py) in the leaf of that entry and in all leaves up to the next.
    """

    def __init__(self, charter: Charter) -> None:
        self.charter = charter
        self.count = 0
        self.chain = GENESIS_CHAIN
        self.ledger_index = -1
        self._hub_journal = charter.journal_verifier
        self._halls: dict[str, tuple[_Epoch, ...]] = {}
        self._licence_keys: dict[str, LicenceKey] = {}
        self._seen = frozenset({charter.ledger_verifier.encoded, self._hub_journal.encoded, charter.registry_verifier.encoded})

    def copy(self) -> "Keyring":
        """Return a keyring that grows apart from this one, e.g. for a transaction that may roll back."""
        twin = Keyring(self.charter)
        twin.count, twin.chain, twin.ledger_index = self.count, self.chain, self.ledger_index
        twin._halls, twin._licence_keys, twin._seen = dict(self._halls), dict(self._licence_keys), self._seen
        return twin

    def apply(self, ledger_index: int, envelope_leaf_hash: bytes, act: KeyAct) -> None:
        """Add the next key entry, which stands at this ledger index.

        Raises ContradictoryKeyEntry, MalformedKeyEntry, or UnknownKey for a hall or epoch never introduced.
        """
        entry_text(self.charter.trust_domain, act)
        if ledger_index <= self.ledger_index:
            raise ContradictoryKeyEntry(f"key entry at ledger index {ledger_index} follows one at {self.ledger_index}")
        if isinstance(act, LicenceIntroduction | LicenceRevocation):
            self._apply_to_licences(ledger_index, act)
        else:
            epochs, keys = self._changed(ledger_index, act)
            self._halls[act.hall] = epochs
            self._seen |= keys
        self.count += 1
        self.chain = next_chain(self.chain, envelope_leaf_hash)
        self.ledger_index = ledger_index

    def halls(self) -> Iterator[str]:
        """Name the halls that were ever introduced, in the order in which they were."""
        return iter(tuple(self._halls))

    def epoch(self, hall: str) -> int:
        """Return the newest journal epoch of a hall, or raise UnknownKey."""
        return self._newest(hall).number

    def log_key(self, hall: str, epoch: int, journal_size: int) -> Verifier:
        """Return the key that must sign a checkpoint of that journal at that size, or raise UnknownKey.

        The batch that ends with a succession's leaf is signed by the predecessor, all later ones by the successor.
        """
        if hall == HUB:
            return self._hub_key(epoch)
        keys = self._epoch(hall, epoch).log_keys
        return next(key.journal for key in reversed(keys) if journal_size > key.behind)

    def log_keys(self, hall: str, epoch: int) -> list[tuple[int, Verifier]]:
        """Return the log keys of a hall's journal, oldest first, or raise UnknownKey.

        Each comes with the number of leaves behind which it signs, until the next one does.
        """
        return [(max(key.behind, 0), key.journal) for key in self._epoch(hall, epoch).log_keys]

    def inbox_keys(self, hall: str, epoch: int) -> list[Verifier]:
        """Return the keys that may sign checkpoints of an inbox log, oldest first, or raise UnknownKey.

        After a succession the hall changes over with some later inbox checkpoint, of which the ledger does not know.
        """
        return [key.inbox for key in self._epoch(hall, epoch).log_keys]

    def cosigning_key(self, hall: str, ledger_size: int | None = None) -> Verifier:
        """Return the key with which a hall cosigns a ledger checkpoint of this size (None: today's), or raise UnknownKey.

        It is that of the newest epoch introduced below the size; UnknownKey if that one is revoked below it.
        """
        epochs = [epoch for epoch in self._epochs(hall) if ledger_size is None or epoch.introduced_at < ledger_size]
        if not epochs or epochs[-1].is_revoked(ledger_size):
            raise UnknownKey(f"{hall} has no cosigning key in force")
        return epochs[-1].cosigning

    def hpke_key(self, hall: str) -> bytes:
        """Return the X25519 key to which payloads for a hall, or the hub, are encrypted today, 32 bytes.

        Raises UnknownKey if it is revoked, or the charter names none.
        """
        if hall == HUB:
            if self.charter.reading is None:
                raise UnknownKey("the charter names no reading key, so the hub reads no encrypted payload")
            return self.charter.reading
        epoch = self._newest(hall)
        if epoch.revoked_at is not None:
            raise UnknownKey(f"the keys of {hall} are revoked")
        return epoch.hpke

    def introduced_at(self, hall: str, epoch: int) -> int:
        """Return the ledger index of the entry that introduced the keys of this epoch, or raise UnknownKey."""
        return self._epoch(hall, epoch).introduced_at

    def revoked_at(self, hall: str, epoch: int) -> int | None:
        """Return the ledger index from which on nothing by these keys counts, None while all does, or raise UnknownKey."""
        if hall == HUB:
            self._hub_key(epoch)
            return None
        return self._epoch(hall, epoch).revoked_at

    def licence_keys(self, hall: str) -> list[LicenceKey]:
        """Return the keys with which a hall ever signed licences, oldest first; none for a hall that issues none."""
        return [self.licence_key(known) for known, key in self._licence_keys.items() if key.hall == hall]

    def licence_key(self, thumbprint: str) -> LicenceKey:
        """Return the licence key of this thumbprint, or raise UnknownKey; the revocation of its epoch revokes it too."""
        key = self._licence_keys.get(thumbprint)
        if key is None:
            raise UnknownKey("no key entry introduces a licence key of this thumbprint")
        of_epoch = self._epoch(key.hall, key.epoch).revoked_at
        if of_epoch is None:
            return key
        return replace(key, revoked_at=of_epoch if key.revoked_at is None else min(of_epoch, key.revoked_at))

    def _hub_key(self, epoch: int) -> Verifier:
        if epoch != self.charter.journal_epoch:
            raise UnknownKey(f"the charter knows no epoch {epoch} of the hub's journal")
        return self._hub_journal

    def _epochs(self, hall: str) -> tuple[_Epoch, ...]:
        if hall not in self._halls:
            raise UnknownKey(f"no key entry introduces {hall}")
        return self._halls[hall]

    def _newest(self, hall: str) -> _Epoch:
        return self._epochs(hall)[-1]

    def _epoch(self, hall: str, number: int) -> _Epoch:
        for epoch in self._epochs(hall):
            if epoch.number == number:
                return epoch
        raise UnknownKey(f"no key entry introduces epoch {number} of {hall}")

    def _apply_to_licences(self, ledger_index: int, act: LicenceIntroduction | LicenceRevocation) -> None:
        match act:
            case LicenceIntroduction():
                verifier = parse_vkey(act.key)
                seen = self._unseen(verifier)
                self._check_in_force(act)
                signing = [key for key in self._licence_keys.values() if key.hall == act.hall and key.succeeded_at is None]
                self._licence_keys.update({key.key_id: replace(key, succeeded_at=ledger_index) for key in signing})
                made = LicenceKey(key_id(verifier), act.hall, act.epoch, verifier, ledger_index)
                self._licence_keys[made.key_id] = made
                self._seen |= seen
            case LicenceRevocation():
                self._licence_keys[act.key_id] = self._revoked_licence_key(ledger_index, act)

    def _check_in_force(self, act: LicenceIntroduction) -> None:
        newest = self._newest(act.hall)
        if newest.number != act.epoch or newest.revoked_at is not None:
            raise ContradictoryKeyEntry(f"epoch {act.epoch} of {act.hall} is not in force, so it has no new licence key")

    def _revoked_licence_key(self, ledger_index: int, act: LicenceRevocation) -> LicenceKey:
        key = self.licence_key(act.key_id)
        if (key.hall, key.epoch) != (act.hall, act.epoch):
            raise ContradictoryKeyEntry(f"this licence key is one of {key.hall}, epoch {key.epoch}")
        _check_cut_off(act, ledger_index, key.revoked_at)
        return replace(key, revoked_at=act.cut_off)

    def _changed(self, ledger_index: int, act: Introduction | Revocation | Succession) -> tuple[tuple[_Epoch, ...], frozenset[bytes]]:
        """Return the hall's epochs as the act leaves them, with the signing keys that are new."""
        match act:
            case Introduction():
                return self._introduced(ledger_index, act)
            case Revocation():
                return self._with(act, self._revoked(ledger_index, act)), frozenset()
            case Succession():
                epoch, keys = self._succeeded(act)
                return self._with(act, epoch), keys

    def _with(self, act: KeyAct, changed: _Epoch) -> tuple[_Epoch, ...]:
        return tuple(changed if epoch.number == act.epoch else epoch for epoch in self._epochs(act.hall))

    def _introduced(self, ledger_index: int, act: Introduction) -> tuple[tuple[_Epoch, ...], frozenset[bytes]]:
        before = self._halls.get(act.hall, ())
        if before and act.epoch <= before[-1].number:
            raise ContradictoryKeyEntry(f"epoch {act.epoch} of {act.hall} follows epoch {before[-1].number}")
        log, cosigning = parse_vkey(act.log), parse_vkey(act.cosigning)
        keys = self._unseen(log, cosigning)
        epoch = _Epoch(act.epoch, ledger_index, (self._log_key(-1, act, log),), cosigning, act.hpke)
        return (*before, epoch), keys

    def _revoked(self, ledger_index: int, act: Revocation) -> _Epoch:
        epoch = self._epoch(act.hall, act.epoch)
        _check_cut_off(act, ledger_index, epoch.revoked_at)
        return replace(epoch, revoked_at=act.cut_off)

    def _succeeded(self, act: Succession) -> tuple[_Epoch, frozenset[bytes]]:
        epoch = self._epoch(act.hall, act.epoch)
        if epoch.revoked_at is not None:
            raise ContradictoryKeyEntry(f"epoch {act.epoch} of {act.hall} is revoked, its key has no successor")
        # The leaf that names a successor is signed by the key in force there, so it stands behind the last such leaf.
        if act.index < epoch.log_keys[-1].behind:
            raise ContradictoryKeyEntry(f"the succession at index {act.index} is not behind the one before it")
        successor = parse_vkey(act.successor)
        keys = self._unseen(successor)
        return replace(epoch, log_keys=(*epoch.log_keys, self._log_key(act.index + 1, act, successor))), keys

    def _log_key(self, behind: int, act: Introduction | Succession, journal: Verifier) -> _LogKey:
        inbox = Verifier.of(inbox_origin(self.charter.trust_domain, act.hall, act.epoch), ED25519, journal.public)
        return _LogKey(behind, journal, inbox)

    def _unseen(self, *verifiers: Verifier) -> frozenset[bytes]:
        keys = frozenset(verifier.encoded for verifier in verifiers)
        if keys & self._seen:
            raise ContradictoryKeyEntry("a key that was introduced before")
        return keys


def _check_cut_off(act: Revocation | LicenceRevocation, ledger_index: int, revoked_at: int | None) -> None:
    if act.cut_off > ledger_index:
        raise ContradictoryKeyEntry(f"the cut-off {act.cut_off} lies behind the entry itself, at {ledger_index}")
    # A second revocation may only learn that the key was lost earlier.
    if revoked_at is not None and act.cut_off >= revoked_at:
        raise ContradictoryKeyEntry(f"this key of {act.hall}, epoch {act.epoch}, is revoked from {revoked_at} on already")
