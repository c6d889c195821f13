"""Show what the mapping makes of a source's first rows.

Law: writes nothing, neither at the hall nor in the agent's store.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from google.protobuf.message import Message

from node_agent.sources import records
from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig
from node_agent.sources.errors import RowRejected, SourceUnavailable
from node_agent.sources.folder import CSV, is_ours
from node_agent.sources.hall_database import HallDatabase
from node_agent.sources.mapped import Mapped, RowMapper
from node_agent.sources.meaning import Meaning
from node_agent.sources.records import Position, Record

SKIPPED = "skipped: it says that nothing happened"


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """A row as the hall has it, and the message it becomes, or the reason why it becomes none."""

    row: dict[str, object]
    mapped: Mapped[Message] | None
    reason: str = ""


def preview(config: SqlSourceConfig | FolderSourceConfig, limit: int, meaning: Meaning) -> list[PreviewedRow]:
    """Map at most `limit` rows from the source's beginning. Raises SourceUnavailable or SourceMisconfigured."""
    return _of_query(config, limit, meaning) if isinstance(config, SqlSourceConfig) else _of_folder(config, limit, meaning)


def _of_query(config: SqlSourceConfig, limit: int, meaning: Meaning) -> list[PreviewedRow]:
    database = HallDatabase(config)
    try:
        with database.ask(config.binds(config.first) | {"limit": limit}) as answer:
            mapper = meaning.mapper(answer.columns)
            return [_row(mapper, answer.columns, values) for values in itertools.islice(answer.rows, limit)]
    finally:
        database.close()


def _of_folder(config: FolderSourceConfig, limit: int, meaning: Meaning) -> list[PreviewedRow]:
    """Map the first rows of the files that wait, settled or not."""
    shown: list[PreviewedRow] = []
    try:
        for path in sorted(path for path in config.path.iterdir() if is_ours(path)):
            with path.open("rb") as stream:
                fault = records.check(stream, config.encoding)
                found = iter([_refused(path, fault)]) if fault else _of_file(config, path, stream, meaning)
                shown.extend(itertools.islice(found, limit - len(shown)))
    except OSError as error:
        raise SourceUnavailable(f"source {config.name!r}: {error}") from error
    return shown


def _of_file(config: FolderSourceConfig, path: Path, stream: BinaryIO, meaning: Meaning) -> Iterator[PreviewedRow]:
    try:
        if path.suffix.lower() == CSV:
            columns, start = records.csv_header(stream, config.encoding, config.delimiter)
            found = records.csv_records(stream, config.encoding, config.delimiter, columns, start)
            yield from _of_records(meaning.mapper(columns), columns, found)
        else:
            found = records.json_records(stream, config.encoding, meaning.columns, Position())
            yield from _of_records(meaning.mapper(meaning.columns), meaning.columns, found)
    except RowRejected as error:
        yield _refused(path, str(error))


def _of_records(mapper: RowMapper, columns: Sequence[str], found: Iterable[Record]) -> Iterator[PreviewedRow]:
    for record in found:
        if record.fault:
            yield PreviewedRow({"line": record.line, "text": record.raw}, None, record.fault)
        else:
            yield _row(mapper, columns, record.values)


def _refused(path: Path, fault: str) -> PreviewedRow:
    return PreviewedRow({"file": path.name}, None, fault)


def _row(mapper: RowMapper, columns: Sequence[str], values: Sequence[object]) -> PreviewedRow:
    row = dict(zip(columns, values, strict=False))
    try:
        mapped = mapper.map(values)
    except RowRejected as rejected:
        return PreviewedRow(row, None, str(rejected))
    return PreviewedRow(row, mapped, "" if mapped else SKIPPED)
