"""Check what all evidence of one ledger size rests on: charter, ledger checkpoint and every key entry (docs/evidence.md).

Laws: nothing is believed but what leads back to the province's root; the key entries are all there are below that size.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from google.protobuf.message import DecodeError

from certs.charter import Charter, open_charter
from certs.checkpoints import Checkpoint, check_cosignature, open_checkpoint
from certs.entries import ACCEPTED, LEDGER_KEY, LedgerEntry, next_chain, recipients_hash
from certs.errors import BadProof, BrokenEvidence, CertsError, MalformedEvidence
from certs.evidence import KeyRecord, ProvincePart
from certs.key_entries import Introduction, check_authorised, open_entry
from certs.keyring import Keyring
from certs.merkle import leaf_hash, root_from_range
from certs.names import EVERY_HALL, HUB, witness_name
from certs.notes import Verifier, split
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry
from tongban.envelope.v1.envelope_pb2 import Envelope


@dataclass(frozen=True, slots=True)
class Cosigned:
    """Who cosigned the checkpoint of one ledger size, and when by their clocks: POSIX seconds, which may be any number."""

    size: int
    halls: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class KnownProvince:
    """A province as of one ledger size; `chains[n]` is the key chain behind n key entries, `key_indices` where they stand."""

    charter: Charter
    keyring: Keyring
    checkpoint: Checkpoint
    cosigned: Cosigned
    key_indices: tuple[int, ...]
    chains: tuple[bytes, ...]


@contextmanager
def checking(part: str) -> Iterator[None]:
    """Name the part of the file in which something does not hold."""
    try:
        yield
    except BrokenEvidence:
        raise
    except MalformedEvidence as error:
        raise MalformedEvidence(f"{part}: {error}") from error
    except CertsError as error:
        raise BrokenEvidence(part, str(error)) from error


def check_province(part: ProvincePart, root: x509.Certificate) -> KnownProvince:
    """Check a file's first part; raises MalformedEvidence or BrokenEvidence. The steps are those of docs/evidence.md."""
    # Step 1: the charter is the root's.
    with checking("charter"):
        require_signatures(part.charter, 1)
        charter = open_charter(part.charter, root)
    # Step 2: the checkpoint is the ledger's.
    with checking("ledger checkpoint"):
        checkpoint = open_checkpoint(part.checkpoint, charter.ledger_verifier)
    # Step 3: the key entries and the head stand in that ledger.
    entries = [_entry(f"key entry {number}", key.ledger_entry) for number, key in enumerate(part.keys, start=1)]
    head = _head(part, checkpoint)
    _check_places(part, checkpoint)
    # Step 4: each is a key entry of the hub's, signed by the registry, and does not contradict those before it.
    keyring = Keyring(charter)
    chains = [keyring.chain]
    for number, (key, entry) in enumerate(zip(part.keys, entries, strict=True), start=1):
        with checking(f"key entry {number}"):
            _apply(keyring, key, entry, root)
            chains.append(keyring.chain)
    # Step 5: the newest leaf counts exactly these, so none is left out.
    if (head.key_count, head.key_chain) != (keyring.count, keyring.chain):
        why = f"the ledger counts {head.key_count} below {checkpoint.size}, and these are {keyring.count}, or others"
        raise BrokenEvidence("key entries", why)
    # Step 6: who else has seen this ledger.
    cosigned = check_cosignatures("ledger checkpoint", part.checkpoint, charter.ledger_verifier, keyring, checkpoint.size)
    indices = tuple(key.ledger_index for key in part.keys)
    return KnownProvince(charter, keyring, checkpoint, cosigned, indices, tuple(chains))


def _entry(part: str, data: bytes) -> LedgerEntry:
    with checking(part):
        return LedgerEntry.decode(data)


def _head(part: ProvincePart, checkpoint: Checkpoint) -> LedgerEntry:
    """Return the newest leaf, which may be the last key entry itself."""
    if checkpoint.size == 0:
        raise BrokenEvidence("ledger checkpoint", "the ledger is empty")
    last_is_head = bool(part.keys) and part.keys[-1].ledger_index == checkpoint.size - 1
    if last_is_head != (not part.head):
        raise MalformedEvidence("ledger head: it stands in the file exactly when it is not the last key entry")
    return _entry("ledger head", part.keys[-1].ledger_entry if last_is_head else part.head)


def _check_places(part: ProvincePart, checkpoint: Checkpoint) -> None:
    leaves = {key.ledger_index: key.ledger_entry for key in part.keys}
    if part.head:
        leaves[checkpoint.size - 1] = part.head
    with checking("key entries, ledger head or their proof"):
        hashes = [leaf_hash(entry) for entry in leaves.values()]
        if root_from_range(checkpoint.size, runs_of(list(leaves)), hashes, part.proof) != checkpoint.root:
            raise BadProof("they do not lead to the root of the ledger checkpoint")


def runs_of(indices: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending indices as the fewest half-open runs."""
    if not indices:
        return []
    breaks = [(before, behind) for before, behind in pairwise(indices) if behind != before + 1]
    starts = [indices[0], *(behind for _, behind in breaks)]
    ends = [*(before + 1 for before, _ in breaks), indices[-1] + 1]
    return list(zip(starts, ends, strict=True))


def _apply(keyring: Keyring, key: KeyRecord, entry: LedgerEntry, root: x509.Certificate) -> None:
    """Apply the next key entry; raises what certs.errors names."""
    leaf = leaf_hash(key.envelope)
    said = (entry.kind, entry.disposition, entry.author, entry.epoch, entry.envelope_leaf, entry.recipients_hash)
    if said != (LEDGER_KEY, ACCEPTED, HUB, keyring.charter.journal_epoch, leaf, recipients_hash([EVERY_HALL])):
        raise BadProof("the ledger entry is not that of this envelope of the hub's, for every hall")
    if (entry.key_count, entry.key_chain) != (keyring.count + 1, next_chain(keyring.chain, leaf)):
        raise BadProof("the ledger holds other key entries before it")
    try:
        note = KeyEntry.FromString(Envelope.FromString(key.envelope).payload).note
    except DecodeError as error:
        raise MalformedEvidence("a key entry whose envelope cannot be read") from error
    act = open_entry(note, keyring.charter.registry_verifier)
    if isinstance(act, Introduction) and act.hall in keyring.halls():
        # A hall that lost its keys starts a new epoch only with the root's word.
        check_authorised(note, root)
    keyring.apply(key.ledger_index, leaf, act)


def require_signatures(note: str, count: int) -> None:
    """Refuse a note with more signatures than belong there; raises MalformedNote or MalformedEvidence."""
    lines = split(note)[1]
    if len(lines) != count:
        raise MalformedEvidence(f"a note of {lines[0].name} with {len(lines)} signatures, where {count} belongs")


def check_cosignatures(part: str, note: str, log: Verifier, keyring: Keyring, size: int) -> Cosigned:
    """Return who cosigned an opened checkpoint of the ledger, and when; raises MalformedEvidence or BrokenEvidence.

    The ledger's own line comes first, then those of halls in the order of their names, all by keys in force at that size.
    """
    text, lines = split(note)
    if (lines[0].name, lines[0].key_id) != (log.name, log.key_id):
        raise MalformedEvidence(f"{part}: the ledger's own signature must come first")
    if any(before.name >= behind.name for before, behind in pairwise(lines[1:])):
        raise MalformedEvidence(f"{part}: cosignatures out of order")
    prefix = witness_name(keyring.charter.trust_domain, "")
    found = []
    for line in lines[1:]:
        hall = line.name.removeprefix(prefix)
        with checking(f"{part}, cosignature of {hall!r}"):
            # What a hall says of the time is judged with the message, and never refuses a file: it would spoil the others' word.
            found.append((hall, check_cosignature(text, str(line), keyring.cosigning_key(hall, size))))
    return Cosigned(size, tuple(found))


def moment(unix_ms: int) -> datetime:
    """Return a time, or raise MalformedEvidence for one that no calendar holds."""
    try:
        return datetime.fromtimestamp(unix_ms // 1000, UTC).replace(microsecond=unix_ms % 1000 * 1000)
    except (OverflowError, ValueError, OSError) as error:
        raise MalformedEvidence(f"a time that no calendar holds: {unix_ms} ms after 1970") from error
