"""Measure how many messages a second go from sealing to the recipient's durable acknowledgement.

Laws: the rate is that of the middle of a run, from a tenth to nine tenths of its messages; the intake is the same of what was taken into
the ledger, which may run ahead of what is delivered; processor time a message is of the whole
run, until the read model has caught up, so that nothing is put off until behind the measurement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.halls import EIGHT, Halls, Sample, Send
from tests.province.build import PROVINCE_HALL

FROM, TO = 0.1, 0.9
LIMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """What one run showed; `cpu` in microseconds a message, by role."""

    messages: int
    acknowledged: int
    per_second: float
    intake_per_second: float
    envelope_bytes: float
    cpu: Mapping[str, float]
    whole_seconds: float
    """From the hub's opening until the read model has caught up."""
    cosignatures: int

    @property
    def complete(self) -> bool:
        """Tell whether everything arrived within the time given."""
        return self.acknowledged >= self.messages


def eight(messages: int) -> list[Send]:
    """Eight halls, each sending whole batches to the province."""
    return [Send(hall, messages // len(EIGHT), (PROVINCE_HALL,)) for hall in EIGHT]


def one(messages: int) -> list[Send]:
    """One hall, sending whole batches to the province; half the messages, since it takes longer over each."""
    return [Send(EIGHT[0], messages // 2, (PROVINCE_HALL,))]


def split(messages: int) -> list[Send]:
    """One hall, each of its batches in equal runs to eight recipients."""
    return [Send(PROVINCE_HALL, messages // 2, EIGHT)]


def interleaved(messages: int) -> list[Send]:
    """One hall, the messages of each batch to eight recipients in turn."""
    return [Send(PROVINCE_HALL, messages // 2, EIGHT, interleaved=True)]


def measure(halls: Halls, sends: Sequence[Send], told: Callable[[str], None]) -> Throughput:
    """Fill, run, and wait for the last acknowledgement; raises ProgramFailed."""
    loaded = halls.load(sends, told)
    before = halls.cosignatures()
    messages = sum(send.messages for send in sends)
    begun = halls.start([send.hall for send in sends], sorted({hall for send in sends for hall in send.recipients}))
    halls.follow(begun, messages, LIMIT_SECONDS)
    arrived = begun.samples[-1]
    halls.settle(begun)
    cosignatures = halls.cosignatures() - before
    halls.stop(begun)
    return Throughput(
        messages=messages,
        acknowledged=arrived.acknowledged,
        per_second=rate([(sample.at, sample.acknowledged) for sample in begun.samples], arrived.acknowledged),
        intake_per_second=rate([(sample.at, sample.accepted) for sample in begun.samples], arrived.acknowledged),
        envelope_bytes=sum(one.envelope_bytes for one in loaded) / len(loaded),
        cpu=cpu_a_message(begun.samples[0], begun.samples[-1]),
        whole_seconds=begun.samples[-1].at,
        cosignatures=cosignatures,
    )


def rate(counted: Sequence[tuple[float, int]], messages: int) -> float:
    """Return the messages a second between the moments at which a tenth and nine tenths were counted; 0 without two such."""
    begin = next(one for one in counted if one[1] >= FROM * messages)
    end = next(one for one in counted if one[1] >= TO * messages)
    passed = end[0] - begin[0]
    return (end[1] - begin[1]) / passed if passed else 0.0


def cpu_a_message(begin: Sample, end: Sample) -> dict[str, float]:
    """Return the microseconds of processor time a message that each role used between two samples."""
    messages = max(1, end.acknowledged - begin.acknowledged)
    return {role: (end.cpu[role] - begin.cpu[role]) / messages * 1e6 for role in end.cpu}
