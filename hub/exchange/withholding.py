"""Decide which messages a hall may no longer have, although they wait in its mailbox.

Laws: a hall may have what its author may send it today, and of the hub's own messages what their judge lets it have; what changes
either, takes effect on the next frame that leaves. Neither a key entry nor what is said to every hall is withheld.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from certs.entries import LEDGER_MESSAGE
from certs.names import EVERY_HALL, HUB
from directory.routing import out_of_reach
from directory.scopes.law import Law
from hub.exchange.mailboxes import Runs
from hub.exchange.segments import Segment
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

Withheld = Collection[int]
"""Members of a batch."""

_NOTHING: Withheld = frozenset()


@dataclass(frozen=True, slots=True)
class Extracts:
    """What judges the hub's own messages: extracts by the grants in force, cards and orders by who stands above whom."""

    withheld: Callable[[str, Segment], Withheld]
    """Members of a segment of the hub's that a hall may not have now; asked whenever one is about to leave, so cheap for most."""
    standing: Callable[[], object]
    """Something that is equal for as long as `withheld` answers the same."""


ALL_EXTRACTS = Extracts(withheld=lambda _hall, _segment: _NOTHING, standing=lambda: None)
"""Withhold nothing of the hub's."""


class Entitlements:
    """What halls may have, by one law and one standing of the grants."""

    def __init__(self, law: Law, extracts: Extracts, standing: object) -> None:
        self.law = law
        self.standing = standing
        self._extracts = extracts
        self._lost: dict[tuple[str, str], frozenset[str]] = {}

    def withheld(self, hall: str, segment: Segment, runs: Runs) -> Withheld:
        """Return those of a segment's members in `runs` that a hall may not have."""
        if segment.author == HUB:
            return self._of_hub(hall, segment, runs) if segment.kind == LEDGER_MESSAGE else _NOTHING
        key = (segment.author, hall)
        lost = self._lost.get(key)
        if lost is None:
            lost = self._lost[key] = out_of_reach(self.law.province, segment.author, hall)
        # A batch is opened only where a resource in question may be in it at all: headers are clear, so its name would be there.
        if not lost or not any(name.encode() in segment.batch for name in lost):
            return _NOTHING
        return _of_resources(lost, segment, runs)

    def _of_hub(self, hall: str, segment: Segment, runs: Runs) -> Withheld:
        withheld = self._extracts.withheld(hall, segment)
        return _not_for_all(withheld, segment, runs) if withheld else withheld


class Withholding:
    """The entitlements of the moment; safe to share between threads."""

    def __init__(self, law: Callable[[], Law], extracts: Extracts = ALL_EXTRACTS) -> None:
        self._law = law
        self._extracts = extracts
        self._newest: Entitlements | None = None

    def now(self) -> Entitlements:
        """Return what holds now: the same object for as long as neither law nor grants change."""
        law, standing, newest = self._law(), self._extracts.standing(), self._newest
        if newest is None or newest.law is not law or newest.standing != standing:
            newest = self._newest = Entitlements(law, self._extracts, standing)
        return newest


def _of_resources(lost: frozenset[str], segment: Segment, runs: Runs) -> Withheld:
    return frozenset(at for at, header in _headers(segment, runs) if header.resource in lost)


def _not_for_all(withheld: Withheld, segment: Segment, runs: Runs) -> Withheld:
    return frozenset(at for at, header in _headers(segment, runs) if at in withheld and EVERY_HALL not in header.recipients)


def _headers(segment: Segment, runs: Runs) -> list[tuple[int, Header]]:
    envelopes = Batch.FromString(segment.batch).envelopes
    members = (at for start, end in runs for at in range(start, end))
    return [(at, Header.FromString(Envelope.FromString(envelopes[at]).header)) for at in members]
