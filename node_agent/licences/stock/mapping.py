"""Turn a row of a stock into the licence that it is.

Laws: pure; the fields are mapped as a record of the type's resource is, and the number is the stock's own. A reason names fields and says
what is wrong with them, never what they hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from directory.catalogue.resources import ResourceVersion
from directory.licences.identifiers import LicenceId, parse_licence_id
from directory.licences.types import LicenceType
from directory.licences.vocabulary import ActKind
from directory.record_json import read_record
from directory.record_schema import Checker
from directory.scopes.principal import Principal
from node_agent.licences.asked import Asked, Text
from node_agent.licences.stock.config import StockConfig
from node_agent.sources import event_ids
from node_agent.sources.catalogue import Provided
from node_agent.sources.errors import RowRejected
from node_agent.sources.record_mapping import REMOVE, RecordMapper
from node_agent.sources.row_columns import RowColumns
from node_agent.sources.times import TimeReader


@dataclass(frozen=True, slots=True, eq=False)
class Issuing:
    """As what the rows are issued: type, its resource in force, the issuer in identifiers, by whom, how far to be trusted."""

    type: LicenceType
    version: ResourceVersion
    checker: Checker
    issuer: str
    officer: Principal
    trust_level: int


class StockMapper:
    """Map the rows of a stock; `columns` are the rows', in order. Raises SourceMisconfigured for a column that is not there."""

    def __init__(self, config: StockConfig, issuing: Issuing, columns: Sequence[str]) -> None:
        own = config.licence
        self._issuing = issuing
        self._records = RecordMapper(config.source, Provided(issuing.version, issuing.checker), columns)
        self._columns = RowColumns(columns, config.source.key)
        self._times = TimeReader(config.source.timezone, config.source.time_formats)
        named = {"serial": own.serial, "identifier": own.identifier, "valid_from": own.valid_from, "valid_until": own.valid_until}
        self._at = {name: self._columns.index(column) for name, column in (named | {"case_number": own.case_number}).items() if column}

    def key(self, row: Sequence[Any]) -> str:
        """Return what names a row for ever; empty when it has no key."""
        texts = self._columns.key_texts(row)
        return "/".join(texts) if all(texts) else ""

    def asked(self, row: Sequence[Any], request: str) -> Asked | None:
        """Return what is asked for a row, None for one whose licence is no more. Raises RowRejected."""
        mapped = self._records.map(row)
        if mapped.kind == REMOVE:
            return None
        text = Text(
            fields=read_record(mapped.message.document),
            valid_from=self._day(row, "valid_from"),
            valid_until=self._day(row, "valid_until"),
            trust_level=self._issuing.trust_level,
        )
        return Asked(
            request=request,
            kind=ActKind.ISSUED,
            officer=self._issuing.officer,
            type=self._issuing.type.type,
            licence=str(self._number(row)),
            text=text,
            case_number=self._text(row, "case_number"),
        )

    def _number(self, row: Sequence[Any]) -> LicenceId:
        issuing = self._issuing
        serial, identifier = self._text(row, "serial"), self._text(row, "identifier")
        try:
            found = parse_licence_id(identifier) if "identifier" in self._at else _numbered(issuing, serial)
        except ValueError as error:
            raise RowRejected(f"{'identifier' if 'identifier' in self._at else 'serial'}: {error}") from None
        if found.type != issuing.type.type:
            raise RowRejected("identifier: it is of another type than the one that is loaded")
        if found.issuer != issuing.issuer:
            raise RowRejected("identifier: its issuer is not the one for whom this stock is loaded: see --department")
        return found

    def _text(self, row: Sequence[Any], name: str) -> str:
        at = self._at.get(name)
        return "" if at is None or row[at] is None else event_ids.text(row[at]).strip()

    def _day(self, row: Sequence[Any], name: str) -> date | None:
        at = self._at.get(name)
        if at is None or row[at] is None or row[at] == "":
            return None
        try:
            return self._times.day(row[at])
        except (ValueError, OverflowError):
            raise RowRejected(f"{name}: is no day that can be read") from None


def _numbered(issuing: Issuing, serial: str) -> LicenceId:
    return parse_licence_id(str(LicenceId(issuing.type.type, issuing.issuer, serial, 1)))
