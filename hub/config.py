"""Read the hub's configuration: TOML in, a frozen model out.

Laws: an unknown key stops the start and names its path; secrets are paths to files, never values.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from hub.errors import ConfigInvalid

MOST_DAYS = 1_000
"""Working days of a limit: some four years."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _duration(value: object) -> object:
    """Read `"90s"`, `"5m"`, `"1d"`; anything else goes to pydantic as it is."""
    if isinstance(value, str):
        for unit, seconds in _UNITS.items():
            number = value.removesuffix(unit)
            if number != value and number.replace(".", "", 1).isdigit():
                return timedelta(seconds=float(number) * seconds)
    return value


def _without_password(url: str) -> str:
    """Refuse a password in the URL: PostgreSQL reads ~/.pgpass, or the file that PGPASSFILE names."""
    try:
        password = sa.make_url(url).password
    except sa.exc.ArgumentError:
        msg = f"{url!r} is not a SQLAlchemy URL"
        raise ValueError(msg) from None
    if password:
        msg = "a password does not belong in the configuration; leave it out and put it in the file that PGPASSFILE names"
        raise ValueError(msg)
    return url


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListenSection(_Section):
    """Where the hub listens, `host:port`; port 0 takes a free one, and the ready file says which."""

    exchange: str = "0.0.0.0:7443"
    enrolment: str = "0.0.0.0:7444"
    admin: str = "127.0.0.1:7445"
    advertised: str = ""
    """What enrolled halls are told to connect to; empty: the address of `exchange`."""


class LimitsSection(_Section):
    """What binds before an agent seals."""

    frame_bytes: int = Field(default=4 * 1024 * 1024 - 65_536, ge=65_536, le=64 * 1024 * 1024)
    envelope_bytes: int = Field(default=256 * 1024, ge=1024)
    batch_length: int = Field(default=256, ge=1, le=512)
    batches_in_flight: int = Field(default=8, ge=1, le=64)
    delivery_bytes: int = Field(default=1024 * 1024, ge=65_536)
    group_batches: int = Field(default=32, ge=1, le=256)
    questions_a_minute: int = Field(default=600, ge=1)
    """Of one hall."""
    licence_queries_a_minute: int = Field(default=1_000, ge=1)
    """Of one person of a hall."""
    licence_decisions: int = Field(default=20_000, ge=500)
    """Of one question about licences: a query about a holder, of no type, takes one for each type."""


class WitnessSection(_Section):
    """How often a checkpoint is proposed to the halls for cosigning."""

    every: Duration = Field(default=timedelta(minutes=1), ge=timedelta(milliseconds=100))


class SharingSection(_Section):
    """Within how many working days applications and reports of errors are answered, and how long a term may be."""

    answer_unconditional: int = Field(default=1, ge=1, le=MOST_DAYS)
    answer_conditional: int = Field(default=10, ge=1, le=MOST_DAYS)
    share_within: int = Field(default=20, ge=1, le=MOST_DAYS)
    answer_correction: int = Field(default=10, ge=1, le=MOST_DAYS)
    longest_term_days: int = Field(default=5 * 366, ge=1, le=36_600)


class AttachmentsSection(_Section):
    """Where the files stand that guidance names, how many bytes of them one hall may hand in, and for how long they are kept."""

    folder: Path = Path("attachments")
    hall_bytes: int = Field(default=5 * 1024**3, ge=1024 * 1024)
    keep: Duration = Field(default=timedelta(days=3 * 365), ge=timedelta(days=1))
    """How long a file is kept behind its handing in."""


class Config(_Section):
    """The hub's whole configuration."""

    trust_domain: str
    database: Annotated[str, AfterValidator(_without_password)]
    keys: Path
    """Folder of the hub's keys and certificates, as `ca init` made it."""
    listen: ListenSection = ListenSection()
    limits: LimitsSection = LimitsSection()
    witness: WitnessSection = WitnessSection()
    sharing: SharingSection = SharingSection()
    attachments: AttachmentsSection = AttachmentsSection()
    drain_grace: Duration = Field(default=timedelta(seconds=10), ge=timedelta(seconds=1))
    lease_silence: Duration = Field(default=timedelta(seconds=3), ge=timedelta(seconds=1))
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    log_format: str = Field(default="json", pattern="^(json|console)$")


def load(path: Path) -> Config:
    """Read a configuration file, or raise ConfigInvalid naming the key; relative paths are relative to the file."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); name the file with --config"
        raise ConfigInvalid(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not TOML: {error}"
        raise ConfigInvalid(msg) from error
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        msg = f"{path}: {faults}"
        raise ConfigInvalid(msg) from error
    attachments = config.attachments.model_copy(update={"folder": path.parent / config.attachments.folder})
    beside = {"keys": path.parent / config.keys, "database": _beside(path.parent, config.database), "attachments": attachments}
    return config.model_copy(update=beside)


def _beside(folder: Path, url: str) -> str:
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(prefix + "/"):
        return f"{prefix}{(folder / url.removeprefix(prefix)).resolve()}"
    return url
