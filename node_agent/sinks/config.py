"""Model the configuration of a sink.

Laws: as for sources: a wrong key stops the start, a password is in a file, a relative SQLite path is relative to the configuration.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from node_agent.config import Duration, Section, faults
from node_agent.errors import ConfigInvalid
from node_agent.sources import database_url
from node_agent.sources.database_url import DatabaseUrl


class SqlSinkConfig(Section):
    """Tables in a database of the hall; they are created where they are missing."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    kind: Literal["sql"]
    url: DatabaseUrl
    password_file: Path | None = None
    table: str = Field(default="deliveries", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,50}$")
    records: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,50}$")
    """Table that keeps how each record stands of which extracts come; without it they are rows of `table` alone."""
    every: Duration = Field(default="1s", validate_default=True)
    """A net under the wake-up call: how often to look into the inbox unasked."""
    page: int = Field(default=1000, ge=1, le=10_000)
    """Entries in one transaction."""


def read_sinks(raw: Sequence[Mapping[str, Any]], folder: Path) -> tuple[SqlSinkConfig, ...]:
    """Read the [[sink]] tables of a configuration file that stands in `folder`, or raise ConfigInvalid naming sink and key."""
    sinks = tuple(_read_sink(table, folder) for table in raw)
    if len({sink.name for sink in sinks}) != len(sinks):
        raise ConfigInvalid("two sinks have one name")
    kept = [(sink.url, sink.records) for sink in sinks if sink.records]
    if len(set(kept)) != len(kept):
        raise ConfigInvalid("two sinks keep their records in one table: name another for one of them")
    return sinks


def _read_sink(raw: Mapping[str, Any], folder: Path) -> SqlSinkConfig:
    values = dict(raw)
    if isinstance(values.get("password_file"), str):
        values["password_file"] = str(folder / values["password_file"])
    if isinstance(values.get("url"), str):
        values["url"] = database_url.resolved(values["url"], folder)
    try:
        return SqlSinkConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigInvalid(f"sink {raw.get('name', '?')!r}: {faults(error, SqlSinkConfig)}") from error
