"""Copy a hub's province that was made once, so that each test has one of its own without waiting for it.

Law: what is copied was made by the command that operators use, its tables by the revisions; nobody has been enrolled or served.
"""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

from hub.config import Config, load
from tests.hub.running import make_province
from tests.province import postgres

CONFIG = "hub.toml"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a schema of PostgreSQL holds, in the words of its own tool, and what this one is called."""

    name: str
    dump: str

    @classmethod
    def of(cls, url: sa.URL) -> "Schema":
        """Take down the schema that a URL looks into."""
        name, tool = schema_name(url), (postgres.binaries() or Path()) / "pg_dump"
        where = ["--host", str(url.query["host"]), "--username", url.username or "", "--schema", name, url.database or ""]
        done = subprocess.run([tool, "--inserts", "--no-owner", *where], capture_output=True, text=True, check=True)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("\\")]  # words to psql alone
        return cls(name, "\n".join(lines).replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", 1))

    def put(self, url: sa.URL) -> None:
        """Make the same in the schema that a URL looks into, in one transaction."""
        script = self.dump.replace(self.name, schema_name(url))
        with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as connection:
            connection.execute(script.encode())


@dataclass(frozen=True, slots=True)
class Made:
    """A province in a folder, on SQLite within it or in a schema of PostgreSQL."""

    folder: Path
    schema: Schema | None
    new_database: Callable[[], str]

    def copy(self, folder: Path) -> Config:
        """Make the same in another folder, with a database of its own."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        if self.schema is not None:
            url = sa.make_url(self.new_database())
            self.schema.put(url)
            text = (folder / CONFIG).read_text("utf-8")
            (folder / CONFIG).write_text(text.replace(self.schema.name, schema_name(url)), "utf-8")
        return load(folder / CONFIG)


def made(folder: Path, new_database: Callable[[], str]) -> Made:
    """Make the province that is copied."""
    url = new_database()
    if url.startswith("sqlite"):
        make_province(folder)
        return Made(folder, None, new_database)
    make_province(folder, url)
    return Made(folder, Schema.of(sa.make_url(url)), new_database)


def schema_name(url: sa.URL) -> str:
    """Return the schema that a URL looks into, as `new_database` says it."""
    return str(url.query["options"]).rpartition("=")[2]
