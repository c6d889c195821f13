"""Show times as the hall's people read them: Beijing time, to the minute.

Law: times are aware UTC inside; only here do they become Beijing's.
"""

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

BEIJING: Final = ZoneInfo("Asia/Shanghai")


def moment(at: object) -> datetime | None:
    """Return an aware time of a timestamp, of Unix milliseconds, or of ISO 8601 text; None for what is none.

    None also in the first and the last of all years: a time there has no Beijing time, and nobody means it.
    """
    try:
        found = _read(at)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is not None and MINYEAR < found.year < MAXYEAR else None


def _read(at: object) -> datetime | None:
    if isinstance(at, Timestamp):
        return at.ToDatetime(UTC) if at.seconds or at.nanos else None
    if isinstance(at, int):
        return datetime.fromtimestamp(at / 1000, UTC)
    if isinstance(at, str):
        return datetime.fromisoformat(at)
    return at if isinstance(at, datetime) else None


def clock_time(at: object) -> str:
    """Write day and time; empty for none."""
    found = moment(at)
    return found.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if found else ""


def last_day(at: object) -> str:
    """Write the last day of a limit that ends at this moment, which is 24:00 of it; empty for none."""
    found = moment(at)
    return (found - timedelta(microseconds=1)).astimezone(BEIJING).strftime("%Y-%m-%d") if found else ""


def midnight(day: date) -> datetime:
    """Return the beginning of a day in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def read_day(text: str) -> date | None:
    """Read YYYY-MM-DD; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else None
    except ValueError:
        return None
