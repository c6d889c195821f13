"""Read how a stock of licences is loaded: the keys of a source of records, and what is a licence's own.

Laws: a stock is mapped in the language of `[[source]]`, with one table more, `[licence]`; its file is its own, so that no agent sends its
rows as records. A wrong key is named with its path.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import ValidationError, model_validator

from node_agent.config import Section, faults
from node_agent.errors import ConfigInvalid
from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig, read_source


class LicenceSection(Section):
    """What a row says beside the fields of the licence: columns, empty where there is none."""

    serial: str = ""
    """The serial number that the stock gave."""
    identifier: str = ""
    """The whole identifier, where the stock has them: its check character is checked."""
    valid_from: str = ""
    """The first day; the day of the load without it."""
    valid_until: str = ""
    """The last day; as the type says without it, and where a row has none."""
    case_number: str = ""

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if bool(self.serial) == bool(self.identifier):
            raise ValueError("give either serial or identifier: a stock keeps its own numbers")
        return self


@dataclass(frozen=True, slots=True)
class StockConfig:
    """One stock: where its rows are, and what they say."""

    source: SqlSourceConfig | FolderSourceConfig
    licence: LicenceSection


def read_stock(path: Path, resource: str) -> StockConfig:
    """Read the file of a stock whose licences are records of a resource, or raise ConfigInvalid naming file and key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read ({error.strerror}); name the file with --from-source") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: not TOML: {error}") from error
    own = raw.pop("licence", {})
    if raw.setdefault("resource", resource) != resource:
        raise ConfigInvalid(f"{path}: resource is {resource!r} for this type: leave it out")
    try:
        licence = LicenceSection.model_validate(own)
    except ValidationError as error:
        raise ConfigInvalid(f"{path}: licence: {faults(error, LicenceSection)}") from error
    source = read_source(raw, path.parent)
    if source.record is None:
        raise ConfigInvalid(f"{path}: a stock is mapped as records are: give [record], not [fields]")
    return StockConfig(source, licence)
