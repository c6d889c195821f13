"""Read the times of a hall's system as moments.

Laws: a time with an offset is what it says; a time without one is local time of the configured zone. A local time that occurs twice
(the clock went back) is the first of the two; one that never occurs (the clock went forward) is read as if the clock had not gone
forward. A date is its midnight, local time.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS = 1_000_000


class TimeReader:
    """Read times of one zone; `formats` are strptime formats that are tried after ISO 8601."""

    def __init__(self, zone: str, formats: Sequence[str] = ()) -> None:
        self._zone = ZoneInfo(zone)
        self._formats = tuple(formats)

    def read(self, value: object) -> datetime:
        """Return the moment in UTC. Raises ValueError or OverflowError."""
        local = self._local(value)
        if local.tzinfo is None:
            # fold=0 is the first of two, and the offset before the gap (PEP 495).
            local = local.replace(tzinfo=self._zone, fold=0)
        return local.astimezone(UTC)

    def day(self, value: object) -> date:
        """Return the day that this zone's calendar shows. Raises ValueError or OverflowError."""
        local = self._local(value)
        return (local if local.tzinfo is None else local.astimezone(self._zone)).date()

    def wall(self, moment: datetime) -> datetime:
        """Return what this zone's wall clock shows at a moment, without an offset."""
        return moment.astimezone(self._zone).replace(tzinfo=None)

    def clock_change(self, moment: datetime) -> timedelta:
        """Return how far this zone's clocks go back in autumn of the year of `moment`; zero where they do not."""
        winter, summer = (datetime(moment.year, month, 1, tzinfo=self._zone).utcoffset() or timedelta() for month in (1, 7))
        return abs(summer - winter)

    def _local(self, value: object) -> datetime:
        match value:
            case datetime():
                return value
            case date():
                return datetime.combine(value, time())
            case str():
                return self._parsed(value.strip())
        raise ValueError(f"a {type(value).__name__} is no time")

    def _parsed(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            for pattern in self._formats:
                try:
                    return datetime.strptime(text, pattern)  # noqa: DTZ007 - a missing offset is the caller's rule
                except ValueError:
                    continue
            raise


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def milliseconds(moment: datetime) -> int:
    """Return the milliseconds since 1970, UTC, as the agent's store keeps times."""
    return microseconds(moment) // 1000


def moment_of(unix_milliseconds: int) -> datetime:
    """Return the moment of a time in the agent's store."""
    return _EPOCH + timedelta(milliseconds=unix_milliseconds)


def timestamp(unix_microseconds: int) -> Timestamp:
    """Return the protobuf form of a moment."""
    seconds, rest = divmod(unix_microseconds, _MICROSECONDS)
    return Timestamp(seconds=seconds, nanos=rest * 1000)
