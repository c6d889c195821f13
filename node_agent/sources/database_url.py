"""Read the address of a database of the hall, as sources and sinks have it.

Laws: a password is in a file, never in the URL; a SQLite file is relative to the configuration file.
"""

from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
from pydantic import AfterValidator
from sqlalchemy.exc import ArgumentError

from node_agent.errors import ConfigInvalid


def _without_password(value: str) -> str:
    try:
        url = sa.make_url(value)
    except ArgumentError as error:
        raise ValueError("not a SQLAlchemy URL") from error
    if url.password is not None:
        raise ValueError("put the password into a file and name it in password_file")
    return value


DatabaseUrl = Annotated[str, AfterValidator(_without_password)]


def resolved(url: str, folder: Path) -> str:
    """Make the file of a SQLite URL absolute; any other URL, and what is none, stays as it is."""
    try:
        parts = sa.make_url(url)
    except ArgumentError:
        return url
    if parts.get_backend_name() != "sqlite" or parts.database in {None, "", ":memory:"} or str(parts.database).startswith("file:"):
        return url
    return parts.set(database=str(folder / str(parts.database))).render_as_string(hide_password=False)


def with_password(url: str, password_file: Path | None) -> sa.URL:
    """Return the URL with the password of the file, if there is one. Raises ConfigInvalid."""
    parts = sa.make_url(url)
    if password_file is None:
        return parts
    try:
        return parts.set(password=password_file.read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"password_file {password_file} cannot be read: {error}") from error
