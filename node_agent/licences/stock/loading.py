"""Issue the licences of a stock, page by page.

Laws: what is issued of a page, what is set aside of it and the place behind it commit together, so a load that is cut off goes on where it
stood and doubles nothing; a row that is no licence takes nobody else along. No more of a stock is held than a page.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Final

import sqlalchemy as sa

from directory.errors import RecordMalformed
from directory.licences.identifiers import LicenceId
from directory.licences.judging import not_entitled
from directory.licences.vocabulary import ActKind
from directory.scopes.principal import Principal
from node_agent import db
from node_agent.errors import LicenceDeclined
from node_agent.licences import acting, register
from node_agent.licences.declining import check
from node_agent.licences.desk import Desk
from node_agent.licences.desks import Desks
from node_agent.licences.stock import progress
from node_agent.licences.stock.config import StockConfig
from node_agent.licences.stock.mapping import Issuing, StockMapper
from node_agent.licences.stock.progress import Counts, Load, Reject
from node_agent.licences.stock.rows import Page, Row, rows_of
from node_agent.sources.errors import RowRejected

REQUEST: Final = "stock"
_CHANGED: Final = "the row was loaded before and says something else now: change the licence instead"


class Mode(Enum):
    """What a load does."""

    LOAD = "load"
    TRY = "try"
    """Do all of it, and keep nothing."""
    RETRY = "retry"
    """Read all rows again, and load those that are set aside."""


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """What is loaded, as what: `type` is a type of licences, `trust_level` 1 to 4."""

    config: StockConfig
    type: str
    officer: Principal
    trust_level: int

    @property
    def name(self) -> str:
        """The name by which the load goes on."""
        return self.config.source.name


@dataclass(frozen=True, slots=True, eq=False)
class Agent:
    """Where it is loaded."""

    engine: sa.Engine
    desks: Desks
    clock: Callable[[], datetime]


class _Undone(Exception):
    """What was tried is not kept."""


def load(agent: Agent, stock: Stock, mode: Mode = Mode.LOAD) -> Iterator[tuple[Counts, Page]]:
    """Load a stock; yield after each page what became of its rows.

    Raises SourceError, LicenceDeclined for what concerns all rows, NoLicenceKey, StoreError or CertsError; what was loaded until then
    stays.
    """
    with _transaction(agent.engine, mode) as connection:
        at = progress.begin(connection, stock.name, stock.type, agent.clock())
    loading = _Loading(agent, stock, at, mode)
    for page in rows_of(stock.config.source, at.salt).pages(at.place if mode is Mode.LOAD else ""):
        yield loading.page(page), page


def issuing_of(desk: Desk, stock: Stock) -> Issuing:
    """Say as what the rows of a stock are issued today; raises LicenceDeclined, also for whoever may issue none of them."""
    licence_type = desk.register.type_in_force(stock.type)
    version = desk.register.resource(licence_type)
    issuer = desk.register.issuer(desk.hall.hall, stock.officer.department)
    check(not_entitled(ActKind.ISSUED, LicenceId(stock.type, issuer, "0", 1), stock.officer, "", desk.register.issuing))
    return Issuing(licence_type, version, register.checker(version), issuer, stock.officer, stock.trust_level)


@contextmanager
def _transaction(engine: sa.Engine, mode: Mode) -> Iterator[sa.Connection]:
    """Run a transaction, of which nothing is kept where it is only tried."""
    with suppress(_Undone), db.begin(engine) as connection:
        yield connection
        if mode is Mode.TRY:
            raise _Undone


@dataclass(frozen=True, slots=True, eq=False)
class _Loading:
    """One run; `tried` are the numbers that were tried before, where nothing is kept."""

    agent: Agent
    stock: Stock
    at: Load
    mode: Mode
    tried: set[int] = field(default_factory=set)

    def page(self, page: Page) -> Counts:
        now = self.agent.clock()
        with db.reading(self.agent.engine) as connection:
            desk = self.agent.desks.at(connection, now)
        mapper = StockMapper(self.stock.config, issuing_of(desk, self.stock), page.columns)
        work = _Work(desk, mapper, self.at, now, self.tried if self.mode is Mode.TRY else None)
        with _transaction(self.agent.engine, self.mode) as connection:
            counts = work.do(connection, page.rows, only_set_aside=self.mode is Mode.RETRY)
            progress.advance(connection, self.at, page.place if self.mode is Mode.LOAD else "", counts)
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """One page's work; `tried` are the numbers that were tried before, where nothing is kept."""

    desk: Desk
    mapper: StockMapper
    at: Load
    now: datetime
    tried: set[int] | None

    def do(self, connection: sa.Connection, rows: Sequence[Row], *, only_set_aside: bool) -> Counts:
        named = [(self._named(row), row) for row in rows]
        if only_set_aside:
            wanted = progress.set_aside(connection, self.at, [name for name, _ in named])
            named = [(name, row) for name, row in named if name in wanted]
        counts, bad, good = Counts(), [], []
        for name, row in named:
            try:
                counts = counts.plus(self._one(connection, name, row))
                good.append(name)
            except RowRejected as rejected:
                counts = counts.plus(Counts(rows_read=1, rejected=1))
                bad.append(Reject(name, row.where, str(rejected)))
        progress.mended(connection, self.at, good)
        progress.reject(connection, self.at, bad, self.now)
        return counts

    def _named(self, row: Row) -> str:
        key = "" if row.fault else self.mapper.key(row.values)
        return self.at.digest(key or row.where)

    def _one(self, connection: sa.Connection, name: str, row: Row) -> Counts:
        """Issue the licence of a row; raises RowRejected."""
        if row.fault:
            raise RowRejected(row.fault)
        try:
            asked = self.mapper.asked(row.values, f"{REQUEST}:{self.at.name}:{name}")
            if asked is None:
                return Counts(rows_read=1, passed_over=1)
            self._check_untried(asked.licence)
            done = acting.do(connection, self.desk, asked, self.now)
        except LicenceDeclined as declined:
            raise RowRejected(_CHANGED if declined.fault == "request" else str(declined)) from None
        except RecordMalformed as malformed:
            raise RowRejected(str(malformed)) from None
        return replace(Counts(rows_read=1), repeated=1) if done.repeated else replace(Counts(rows_read=1), issued=1)

    def _check_untried(self, licence: str) -> None:
        if self.tried is None:
            return
        number = hash(licence.rsplit(".", 2)[0])
        if number in self.tried:
            raise RowRejected("a licence of this number was issued already: the stock gives it twice")
        self.tried.add(number)
