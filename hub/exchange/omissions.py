"""Leave bodies out of a delivery without a gap in any log: each makes room for its hashes."""

from collections.abc import Mapping, Sequence
from typing import cast

from certs.entries import FULL, WITHDRAWN, InboxLeaf, recipients_hash
from certs.merkle import leaf_hash
from hub.exchange.acknowledgements import Kept
from hub.exchange.forms import Forms
from hub.exchange.mailboxes import Entry
from hub.exchange.segments import HASH_BYTES, Segment
from hub.exchange.withholding import Entitlements
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1 import exchange_pb2


def omitted(entry: Entry, segment: Segment, entitlements: Entitlements, settled: Forms | None) -> dict[int, int]:
    """Return the form, by member of the batch, of a hall's entries whose body it does not get.

    `settled` are the forms that it acknowledged, where what it has lost comes again: those stay, and a body that it never got does
    not come with them.
    """
    withheld = entitlements.withheld(entry.hall, segment, entry.members(segment.count))
    if settled is None:
        return dict.fromkeys(withheld, WITHDRAWN) if withheld else {}
    forms = {member: settled.get(at, FULL) for at, member in _places(entry, segment)}
    return {member: form for member, form in forms.items() if form != FULL or member in withheld}


def leaves(entry: Entry, segment: Segment, forms: Forms) -> dict[int, Kept]:
    """Return what is kept back by inbox index; `forms` is by member of the batch."""
    return {at: Kept(forms[member], _leaf(segment, member, forms[member])) for at, member in _places(entry, segment) if member in forms}


def _leaf(segment: Segment, member: int, form: int) -> bytes:
    entry_leaf = segment.entries[member * HASH_BYTES : (member + 1) * HASH_BYTES]
    return leaf_hash(InboxLeaf(segment.ledger_first + member, entry_leaf, form).encode())


def leave_out(part: exchange_pb2.Segment, members: Sequence[int], segment: Segment, forms: Forms) -> None:
    """Put hashes in the place of the bodies of a part that holds these members of a batch; `forms` is by member."""
    envelopes = part.extract.envelopes
    for position, member in enumerate(members):
        if member in forms:
            header = Header.FromString(Envelope.FromString(envelopes[position]).header)
            form = cast("exchange_pb2.Form", forms[member])
            part.withheld.add(position=position, form=form, recipients_hash=recipients_hash(header.recipients))
            envelopes[position] = segment.leaves[member * HASH_BYTES : (member + 1) * HASH_BYTES]


def _places(entry: Entry, segment: Segment) -> list[tuple[int, int]]:
    """Pair inbox indices with members of the batch."""
    members = [member for start, end in entry.members(segment.count) for member in range(start, end)]
    return list(enumerate(members, entry.first))


def by_index(kept: Mapping[int, Kept]) -> dict[int, int]:
    """Return the forms alone, by inbox index."""
    return {at: one.form for at, one in kept.items()}
