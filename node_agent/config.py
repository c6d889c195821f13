"""Read the agent's configuration: TOML in, a frozen model out.

Laws: a wrong key stops the start and is named with its path, and with the key that was meant if one is spelt like it; secrets
are paths to files, never values; relative paths are relative to the configuration file.
"""

import tomllib
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from certs import names
from certs.errors import MalformedName
from node_agent.errors import ConfigInvalid

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MEBIBYTE = 1024 * 1024
_UNKNOWN, _MISSING = "extra_forbidden", "missing"
"""What pydantic calls a key too many, and one too few."""

_Path = tuple[int | str, ...]


def _duration(value: object) -> object:
    """Read `"90s"`, `"5m"`, `"1d"`; anything else is pydantic's to judge."""
    if isinstance(value, str):
        for unit, seconds in _UNITS.items():
            number = value.removesuffix(unit)
            if number != value and number.replace(".", "", 1).isdigit():
                return timedelta(seconds=float(number) * seconds)
    return value


def _hall(value: str) -> str:
    try:
        return names.check_hall(value)
    except MalformedName as error:
        raise ValueError(str(error)) from error


def _trust_domain(value: str) -> str:
    try:
        return names.check_trust_domain(value)
    except MalformedName as error:
        raise ValueError(str(error)) from error


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Address = Annotated[str, Field(pattern=r"^[^\s:/]+:[0-9]{1,5}$|^\[[0-9a-fA-F:]+\]:[0-9]{1,5}$")]


class Section(BaseModel):
    """One table of the file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSection(Section):
    """Where the hub listens, `host:port`."""

    address: Address = ""
    """Of the exchange; empty: the one that the hub named at enrolment."""
    enrolment_address: Address
    server_name: str = ""
    """The name in the hub's certificate when it is not the host's; tests need it."""


class LinkSection(Section):
    """How the link behaves; the hub's limits bind beside it."""

    window_bytes: int = Field(default=8 * _MEBIBYTE, ge=65_536, le=256 * _MEBIBYTE)
    """How many bytes of deliveries may be on the way without acknowledgement."""
    batches_in_flight: int = Field(default=8, ge=1, le=64)
    back_off_first: Duration = timedelta(milliseconds=200)
    back_off_most: Duration = timedelta(seconds=30)
    parked: Duration = timedelta(seconds=60)
    """How long to wait after a refusal that needs a person."""
    poll: Duration = timedelta(seconds=1)
    """A net under the wake-up call: how often to look into the outbox unasked."""
    silence: Duration = timedelta(seconds=30)
    """Nothing heard of the hub for so long, where something is due: it is frozen, connect anew."""
    keepalive: Duration = timedelta(seconds=20)


class KeepSection(Section):
    """What is kept, and for how long."""

    sealed: Duration = timedelta(days=90)
    """Sealed batches behind their receipt, and the ids of sealed events."""
    received: Duration = timedelta(days=90)
    attachments: Duration = timedelta(days=3 * 365)
    """Files of guidance, behind their coming."""
    free_bytes: int = Field(default=64 * _MEBIBYTE, ge=0)
    """With less room on the disk the agent takes nothing in, so that it can still finish what it has."""


class ReconcileSection(Section):
    """The nightly comparison of sources with what was sent."""

    cron: str = "30 2 * * *"


class LogSection(Section):
    """How the agent logs."""

    level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    format: str = Field(default="json", pattern="^(json|console)$")


class ConsoleSection(Section):
    """The staff console: pages for the hall's people, served by the agent itself."""

    public_origin: str = Field(pattern=r"^https?://[^/\s?#]+$")
    """Where browsers reach it, such as `https://console.hall.example`: forms are taken from there alone."""
    listen: str = "127.0.0.1"
    port: int = Field(default=8460, ge=1, le=65_535)
    tls_certificate: Path | None = None
    """PEM, the whole chain; with it the agent speaks TLS itself."""
    tls_key: Path | None = None
    languages: tuple[Literal["zh-CN", "en"], ...] = Field(default=("zh-CN", "en"), min_length=1)
    """The first is that of browsers that ask for none of them."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        """Refuse what would send staff's cookies in clear over a network."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        host = urlsplit(self.public_origin).hostname or ""
        if self.public_origin.startswith("http:") and not is_loopback(host):
            raise ValueError("public_origin must be https: browsers keep no cookie of this console otherwise, but on localhost")
        if self.tls_certificate is None and not is_loopback(self.listen):
            raise ValueError("a console on a network address needs tls_certificate and tls_key; behind a proxy it listens on 127.0.0.1")
        if self.tls_certificate is not None and self.public_origin.startswith("http:"):
            raise ValueError("public_origin must be https where tls_certificate is given")
        return self


class ApiSection(Section):
    """The interface for business systems, HTTP with JSON, served by the agent itself."""

    listen: str = "127.0.0.1"
    port: int = Field(default=8461, ge=1, le=65_535)
    tls_certificate: Path | None = None
    """PEM, the whole chain; needed on any address but this machine's own."""
    tls_key: Path | None = None
    calls_a_minute: int = Field(default=600, ge=1, le=1_000_000)
    """Of each API key; a tenth of it may come at once."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        """Refuse what would send keys and citizens' data in clear over a network."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        if self.tls_certificate is None and not is_loopback(self.listen):
            raise ValueError("an API on a network address needs tls_certificate and tls_key; without them it listens on 127.0.0.1")
        return self


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine and no other."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Config(Section):
    """The agent's whole configuration."""

    hall: Annotated[str, AfterValidator(_hall)]
    trust_domain: Annotated[str, AfterValidator(_trust_domain)]
    data_dir: Path
    timezone: str = "Asia/Shanghai"
    """Of cron expressions."""
    hub: HubSection
    link: LinkSection = LinkSection()
    keep: KeepSection = KeepSection()
    reconcile: ReconcileSection = ReconcileSection()
    log: LogSection = LogSection()
    console: ConsoleSection | None = None
    """Without it the agent serves no pages."""
    api: ApiSection | None = None
    """Without it business systems have no interface."""
    source: tuple[dict[str, Any], ...] = ()
    """What node_agent.sources reads."""
    sink: tuple[dict[str, Any], ...] = ()
    """What node_agent.sinks reads."""
    _folder: Path = PrivateAttr(default=Path())

    @classmethod
    def read(cls, raw: dict[str, Any], folder: Path) -> Self:
        """Judge the content of a file that stands in `folder`; raises ValidationError."""
        config = cls.model_validate(raw)
        doors = {"console": _placed(config.console, folder), "api": _placed(config.api, folder)}
        config = config.model_copy(update={"data_dir": (folder / config.data_dir).resolve(), **doors})
        config._folder = folder.resolve()  # noqa: SLF001 - its own
        return config

    @property
    def folder(self) -> Path:
        """Where the configuration file is: what relative paths are relative to."""
        return self._folder

    @property
    def keys_dir(self) -> Path:
        """Where the hall's keys, certificate and charter are."""
        return self.data_dir / "keys"

    @property
    def store_path(self) -> Path:
        """Where the agent's own database is."""
        return self.data_dir / "agent.db"


_Door = TypeVar("_Door", ConsoleSection, ApiSection)


def _placed(door: _Door | None, folder: Path) -> _Door | None:
    """Take a door's files as relative to the configuration."""
    if door is None or door.tls_certificate is None or door.tls_key is None:
        return door
    files = {"tls_certificate": folder / door.tls_certificate, "tls_key": folder / door.tls_key}
    return door.model_copy(update=files)


def load(path: Path) -> Config:
    """Read a configuration file, or raise ConfigInvalid naming file and key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read ({error.strerror}); name the file with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: not TOML: {error}") from error
    try:
        return Config.read(raw, path.parent)
    except ValidationError as error:
        raise ConfigInvalid(f"{path}: {faults(error, Config)}") from error


def faults(error: ValidationError, model: type[BaseModel], tag: str = "") -> str:
    """Say what is wrong, each fault by the path of its key; `model` is of what was read, under `tag` where that chose it."""
    found = [(_path(fault["loc"], tag), fault) for fault in error.errors()]
    unknown = {path: _meant(path, model) for path, fault in found if fault["type"] == _UNKNOWN}
    said = [_unknown_key(path, meant) for path, meant in unknown.items()]
    # A key that was spelt wrong is one fault: that it is missing under its right name is no second one.
    spelt = {(*path[:-1], meant) for path, meant in unknown.items() if meant}
    others = [(path, fault) for path, fault in found if path not in unknown and not (fault["type"] == _MISSING and path in spelt)]
    return "; ".join(said + [f"{_dotted(path)}: {fault['msg'].removeprefix('Value error, ')}" for path, fault in others])


def _path(location: _Path, tag: str) -> _Path:
    return location[1:] if tag and location[:1] == (tag,) else location


def _unknown_key(path: _Path, meant: str) -> str:
    return f"unknown key {_dotted(path)}" + (f"; did you mean {_dotted((*path[:-1], meant))}?" if meant else "")


def _dotted(path: _Path) -> str:
    return ".".join(map(str, path))


def _meant(path: _Path, model: type[BaseModel]) -> str:
    """Return the key next in spelling to an unknown one, of the table in which it stands; empty if there is none."""
    table: type[BaseModel] | None = model
    for key in path[:-1]:
        if isinstance(key, str) and table is not None:
            table = _table(table.model_fields[key].annotation) if key in table.model_fields else None
    near = get_close_matches(str(path[-1]), table.model_fields, n=1) if table is not None else []
    return near[0] if near else ""


def _table(annotation: object) -> type[BaseModel] | None:
    """Return the model within an annotation, such as that of an optional table or of a list of tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_table, get_args(annotation))), None)
