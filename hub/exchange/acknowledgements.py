"""Check a hall's acknowledgement against what it was sent.

Laws: the acknowledgement is the signed checkpoint of the hall's inbox log; the hub computes the same root and accepts no other; a
hall may say that it has any body, and that it has one not only where it was withheld.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from certs.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from certs.errors import CertsError, UnknownKey
from certs.keyring import Keyring
from certs.merkle import Frontier
from certs.names import inbox_origin
from certs.notes import split
from hub.errors import Refusal
from hub.exchange import forms
from hub.exchange.forms import Ranges
from hub.exchange.mailboxes import Acknowledged
from tongban.errors.v1 import errors_pb2


@dataclass(frozen=True, slots=True)
class Said:
    """What a hall says: the signed checkpoint of its inbox log, and what it did not take in full."""

    checkpoint: str
    not_full: Ranges = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that was withheld in a form, and the inbox leaf that it yields so."""

    form: int
    leaf: bytes


@dataclass(slots=True)
class InboxTail:
    """What one hall was sent and has not acknowledged; grows with deliveries and shrinks with acknowledgements."""

    trust_domain: str
    hall: str
    epoch: int
    frontier: Frontier
    sent: int
    _leaves: deque[bytes] = field(default_factory=deque)
    _weights: deque[tuple[int, int]] = field(default_factory=deque)
    _withheld: dict[int, Kept] = field(default_factory=dict)
    unacknowledged_bytes: int = 0

    def delivered(self, leaves: Sequence[bytes], weight: int) -> None:
        """Note one frame: the leaves that it yields when all of it is taken in full."""
        self._leaves.extend(leaves)
        self.sent += len(leaves)
        self._weights.append((self.sent, weight))
        self.unacknowledged_bytes += weight

    def withheld(self, kept: Mapping[int, Kept]) -> None:
        """Note entries that leave without their body, by inbox index."""
        self._withheld |= kept

    def acknowledged(self, said: Said, keyring: Keyring, now_ms: int) -> Acknowledged | None:
        """Accept a checkpoint of the inbox log; None when it says nothing new. Raises Refusal when it is not over what was sent."""
        checkpoint = open_inbox(said.checkpoint, self.trust_domain, self.hall, self.epoch, keyring)
        if checkpoint.size <= self.frontier.size:
            return None
        if checkpoint.size > self.sent:
            msg = f"acknowledges {checkpoint.size} entries, {self.sent} were sent"
            raise Refusal(errors_pb2.REASON_INBOX_AHEAD, msg)
        prior = self.frontier
        not_full = forms.claimed(said.not_full, prior.size, checkpoint.size)
        forms.check(not_full, {at: self._withheld[at].form for at in not_full if at in self._withheld})
        leaves = [self._leaves.popleft() for _ in range(checkpoint.size - prior.size)]
        for at in not_full:
            leaves[at - prior.size] = self._withheld[at].leaf
        grown = prior.extend(leaves)
        if grown.root() != checkpoint.root:
            msg = f"the inbox root at {checkpoint.size} is not the root of what was delivered"
            raise Refusal(errors_pb2.REASON_INBOX_MISMATCH, msg)
        self.frontier = grown
        for at in range(prior.size, grown.size) if self._withheld else ():
            self._withheld.pop(at, None)
        while self._weights and self._weights[0][0] <= grown.size:
            self.unacknowledged_bytes -= self._weights.popleft()[1]
        return Acknowledged(self.hall, self.epoch, prior.size, prior, grown, said.checkpoint, now_ms, not_full)


def open_inbox(note: str, trust_domain: str, hall: str, epoch: int, keyring: Keyring) -> Checkpoint:
    """Verify an inbox checkpoint with a key of the hall; raises Refusal."""
    try:
        if parse_checkpoint(split(note)[0]).origin != inbox_origin(trust_domain, hall, epoch):
            raise Refusal(errors_pb2.REASON_FOREIGN_JOURNAL, f"the acknowledgement is not of the inbox of {hall}")
        for verifier in keyring.inbox_keys(hall, epoch):
            try:
                return open_checkpoint(note, verifier)
            except UnknownKey:
                continue
    except CertsError as error:
        raise Refusal(errors_pb2.REASON_BAD_SIGNATURE, f"acknowledgement: {error}") from error
    raise Refusal(errors_pb2.REASON_UNKNOWN_KEY, f"the acknowledgement is not signed by a log key of {hall}")
