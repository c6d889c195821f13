"""Convert times to Unix milliseconds, and these to the contract's timestamps."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

_EARLIEST_S = -62_135_596_800
_LATEST_S = 253_402_300_799
_NANOS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(time: Timestamp) -> int | None:
    """Return Unix milliseconds, rounded down; None for what is no time (outside the years 1 to 9999, as protobuf has it)."""
    seconds, nanos = time.seconds, time.nanos
    if not (_EARLIEST_S <= seconds <= _LATEST_S and 0 <= nanos < _NANOS):
        return None
    return seconds * 1000 + nanos // 1_000_000


def timestamp(at_ms: int | None) -> Timestamp | None:
    """Return the contract's timestamp; None stays None, which leaves the field unset."""
    if at_ms is None:
        return None
    seconds, rest = divmod(at_ms, 1000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000_000)


def unix_ms(moment: datetime) -> int:
    """Return Unix milliseconds of an aware moment, rounded down; in whole numbers, for a float would lose one now and then."""
    return (moment - _EPOCH) // _MILLISECOND
