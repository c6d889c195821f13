"""Find the columns of a source's rows, and name a row by its key columns."""

from collections.abc import Sequence

from node_agent.sources import event_ids
from node_agent.sources.errors import RowRejected, SourceMisconfigured


class RowColumns:
    """The columns of rows, in their order; `key` names those that together name a row for ever.

    Raises SourceMisconfigured for a key column that is not there.
    """

    def __init__(self, names: Sequence[str], key: Sequence[str]) -> None:
        self.names = tuple(names)
        self._index = {name: index for index, name in enumerate(names)}
        self._folded = {name.casefold(): index for index, name in reversed(list(enumerate(names)))}
        self._key = [self.index(name) for name in key]

    def index(self, name: str) -> int:
        """Return where a column is. Raises SourceMisconfigured."""
        try:
            return self._index[name]
        except KeyError as error:
            raise SourceMisconfigured(f"no column {name!r}; there are {', '.join(self._index)}") from error

    def like(self, name: str) -> int | None:
        """Return where the column of this name is, in capitals or not: databases write names as they like; None where it is not."""
        return self._index.get(name, self._folded.get(name.casefold()))

    def key_texts(self, row: Sequence[object]) -> list[str]:
        """Return the values of the key columns as text."""
        return [event_ids.text(row[index]) for index in self._key]

    def row_name(self, row: Sequence[object]) -> str:
        """Return the key of a row as a person reads it."""
        return "/".join(self.key_texts(row))


def row_key(texts: Sequence[str]) -> bytes:
    """Return the bytes of a row's key for the event's id. Raises RowRejected."""
    if not any(texts):
        raise RowRejected("the key is empty")
    try:
        return event_ids.row_key(texts)
    except UnicodeEncodeError as error:
        raise RowRejected("the key is not text") from error
