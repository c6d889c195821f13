"""Say up to when a source has told all it had, when it was read to its end.

Laws: it is the moment at which the run began, by the clock of the database that was read or the agent's, whichever is behind, less the
time after which what happened is sure to be there; and no moment at all where nobody said how long that takes.
"""

from datetime import datetime, timedelta

from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig
from node_agent.sources.cursor import earlier, is_time, spelled_like
from node_agent.sources.times import TimeReader


def tells(config: SqlSourceConfig | FolderSourceConfig) -> bool:
    """Tell whether a source that is read to its end can say up to when it has told all, also when it is quiet."""
    if config.settles_after is not None:
        return True
    return isinstance(config, SqlSourceConfig) and bool(config.overlap) and is_time(config.first[0])


def of_query(config: SqlSourceConfig, began: datetime, newest: object, times: TimeReader) -> datetime | None:
    """Return up to when a query that brought its last row at a moment after `began` has told all there was.

    `newest` is the value of the first cursor column that was read last. In a column of times rows appear at most `overlap` late, in its
    own precision: one of days says nothing of a day before it is over. Of numbers, and without an overlap, `settles_after` alone tells.
    """
    settled = None if config.settles_after is None else began - config.settles_after
    if not is_time(newest) or not config.overlap:
        return settled
    overlapped = times.read(earlier(spelled_like(newest, began, times), config.overlap, times))
    return overlapped if settled is None else min(overlapped, settled)


def of_folder(config: FolderSourceConfig, began: datetime) -> datetime | None:
    """Return up to when an empty folder has told all there was: an empty one alone does not say when its next file comes."""
    if config.settles_after is None:
        return None
    return began - max(config.settles_after, timedelta(seconds=config.overlap))


def bounded(config: SqlSourceConfig | FolderSourceConfig, read_up_to: datetime, now: datetime) -> datetime:
    """Return what rows say of how far a source has told all it had, and no more than can have settled by now."""
    return min(read_up_to, now if config.settles_after is None else now - config.settles_after)
