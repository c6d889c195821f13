"""Take from the command line who does what to a licence, as the commands that do something to one share it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from certs.base64url import encode
from directory.licences.vocabulary import ActKind
from directory.scopes.principal import Principal
from node_agent.cli.licence_desk import declined, desk_at, fields_of, officer, officer_options, show_done
from node_agent.cli.opening import config_option, json_option, told
from node_agent.licences import acting
from node_agent.licences.asked import LEVELS, Asked, Text, asked_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts, at which agent, and whether machines read the answer."""

    officer: Principal
    config_path: Path
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Acting):
    """What is said of every act: its number as a request, and in which case it is done."""

    request: str
    case_number: str

    def asked(self, kind: ActKind, text: Text | None = None, /, **said: str) -> Asked:
        """Return the act that is asked for."""
        return asked_for(kind, self.request, self.officer, {**said, "case_number": self.case_number}, text)

    def do(self, kind: ActKind, text: Text | None = None, /, **said: str) -> None:
        """Do the act, and show what came of it; raises LicenceDeclined."""
        with desk_at(self.config_path) as (connection, desk):
            done = acting.do(connection, desk, self.asked(kind, text, **said), datetime.now(UTC))
        show_done(done, as_json=self.as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """For when a version is valid, how it came, and the file of its seal."""

    valid_from: datetime | None
    valid_until: datetime | None
    trust_level: str
    layout: Path | None

    def text(self, fields: Path | None) -> Text:
        """Return what is to stand on the version, with the fields in a file; raises LicenceDeclined or OSError."""
        return Text(
            fields=None if fields is None else fields_of(fields),
            valid_from=_day(self.valid_from),
            valid_until=_day(self.valid_until),
            layout_digest=f"sha-256:{encode(sha256(self.layout.read_bytes()).digest())}" if self.layout else "",
            trust_level=LEVELS[self.trust_level],
        )


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_Command = Callable[..., None]
_ACT = (
    click.option("--case", "case_number", default="", help="The case of this hall in which it is done."),
    click.option("--request", default="", help="A number of your own: the same request is done once. Default: a new one."),
)
_VERSION = (
    click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day; default: today."),
    click.option("--valid-until", type=click.DateTime(["%Y-%m-%d"]), help="Last day; default: as long as the type allows."),
    click.option("--trust-level", type=click.Choice(list(LEVELS)), default="A", show_default=True, help="A issued, B seen at a window."),
    click.option(
        "--layout", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The sealed layout file; its digest is kept."
    ),
)


def acting_options(function: _Command) -> _Command:
    """Give a command, as `acting`, who acts and at which agent."""

    @wraps(function)
    def run(role: str, department: str, person: str, config_path: Path, *, as_json: bool, **more: Any) -> None:  # noqa: ANN401
        function(acting=Acting(officer=officer(config_path, role, department, person), config_path=config_path, as_json=as_json), **more)

    return _ended(run)


def act_options(function: _Command) -> _Command:
    """Give a command, as `given`, what is said of every act."""

    @wraps(function)
    def run(acting: Acting, request: str, case_number: str, **more: Any) -> None:  # noqa: ANN401 - what the command takes itself
        given = Given(
            officer=acting.officer,
            config_path=acting.config_path,
            as_json=acting.as_json,
            request=request or str(uuid4()),
            case_number=case_number,
        )
        function(given=given, **more)

    return _with(_ACT, acting_options(run))


def version_options(function: _Command) -> _Command:
    """Give a command, as `version`, what is said of every version."""

    @wraps(function)
    def run(valid_from: datetime | None, valid_until: datetime | None, trust_level: str, layout: Path | None, **more: Any) -> None:  # noqa: ANN401
        function(version=Version(valid_from=valid_from, valid_until=valid_until, trust_level=trust_level, layout=layout), **more)

    return _with(_VERSION, run)


def _ended(function: _Command) -> _Command:
    """Add what every act ends with: who acts, the configuration, and what is said of what goes wrong."""
    return officer_options(config_option(json_option(told(declined(function)))))


def _with(options: tuple[Callable[[_Command], _Command], ...], function: _Command) -> _Command:
    for option in reversed(options):
        function = option(function)
    return function


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()
