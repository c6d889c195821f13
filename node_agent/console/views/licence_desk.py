"""Let pages work at the hall's desk for licences, and say in words of pages what it declines.

Laws: the desk judges; a page repeats its verdict by words of its own, for what the rules say is English. A request has a number from the
moment its form is drawn, so that it is done once however often the form is sent.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final, TypeVar
from uuid import uuid4

import sqlalchemy as sa
import structlog
from starlette.responses import Response

from certs.errors import CertsError
from directory.errors import DirectoryError
from node_agent.console.pages import message
from node_agent.console.visit import Visit
from node_agent.errors import DeskClosed, LicenceDeclined, NoLicenceKey, NotEnrolled
from node_agent.licences.desk import Desk

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)

NO_KEY: Final = "no-key"


@dataclass(frozen=True, slots=True)
class Declined:
    """What is not done, and why: a word of directory.licences.vocabulary.Fault or a fault of the desk's own, and (field, what) each."""

    fault: str
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """Return the fields with which something is wrong."""
        return frozenset(path.partition(".")[0] for path, _ in self.faults if path)


def new_request() -> str:
    """Return the number under which what a form asks for is done once."""
    return uuid4().hex


def desk_of(visit: Visit, connection: sa.Connection) -> Desk:
    """Return the desk of now; raises DeskClosed."""
    try:
        return visit.site.desks.at(connection, visit.now)
    except (LicenceDeclined, DirectoryError, CertsError, OSError, NotEnrolled) as error:
        _log.warning("the desk for licences does not open", error=type(error).__name__)
        raise DeskClosed("keys or register cannot be read") from error


async def at_desk(visit: Visit, work: Callable[[sa.Connection, Desk], _T]) -> _T | Declined:
    """Do something at the desk in one transaction; nothing of it stays where it is declined. Raises DeskClosed or StoreError."""

    def done(connection: sa.Connection) -> _T:
        return work(connection, desk_of(visit, connection))

    try:
        return await visit.site.keeping.write(done)
    except LicenceDeclined as error:
        return Declined(error.fault, error.faults)
    except NoLicenceKey:
        return Declined(NO_KEY)
    except (CertsError, OSError) as error:
        _log.error("an act on a licence failed", error=type(error).__name__)
        raise DeskClosed("keys or register cannot be read") from error


def with_desk(page: Callable[[Visit], Awaitable[Response]]) -> Callable[[Visit], Awaitable[Response]]:
    """Say on a page of its own that the desk does not open."""

    @wraps(page)
    async def shown(visit: Visit) -> Response:
        try:
            return await page(visit)
        except DeskClosed:
            return await message(visit, "licence-desk", 503)

    return shown
