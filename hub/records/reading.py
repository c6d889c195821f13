"""Read the records that one batch of a hall holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from certs.entries import REFUSED
from directory.records import TYPE
from hub.exchange.segments import Segment
from hub.exchange.stored import StoredSegment
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

_TYPE = TYPE.encode()


@dataclass(frozen=True, slots=True)
class Sent:
    """A record where it stands in its batch; `payload` is a tongban.directory.v1.Record, if it holds."""

    member: int
    header: Header
    payload: bytes


def records_in(segment: Segment | StoredSegment) -> Iterator[Sent]:
    """Yield the records that were accepted or held, in their order: what is held stands in the queue when its hall was released."""
    if _TYPE not in segment.batch:  # spares taking apart what holds none, which is most
        return
    for member, raw in enumerate(Batch.FromString(segment.batch).envelopes):
        if segment.dispositions and segment.dispositions[member] == REFUSED:
            continue
        envelope = Envelope.FromString(raw)
        header = Header.FromString(envelope.header)
        if header.type == TYPE:
            yield Sent(member, header, envelope.payload)
