"""Start a PostgreSQL of our own, and stop it.

Laws: it listens on a Unix socket in its own temporary folder and nowhere else; fsync and synchronous_commit stay on, since that is
what is tested; it never runs as root, because PostgreSQL refuses to. Each test gets a database of its own.
"""

import os
import pwd
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.province.processes import Program, ProgramFailed

DEBIAN = Path("/usr/lib/postgresql")
USER = "tongban"
STOP_SECONDS = 20.0


def binaries() -> Path | None:
    """Return the folder with initdb and postgres, of the newest version where there are several; None without them."""
    versions = sorted((path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    return versions[-1] if versions else Path(found).parent if found and shutil.which("postgres") else None


def missing() -> str:
    """Say why PostgreSQL cannot be started here; empty when it can."""
    if binaries() is None:
        return "PostgreSQL's binaries are not installed (initdb, postgres)"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL refuses to run as root, and there is no user postgres or nobody"
    return ""


def _other_user() -> str | None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


class PostgreSQL:
    """A server in a folder of its own."""

    def __init__(self, folder: Path, server: Program) -> None:
        self.folder = folder
        self.server = server

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"tongban_{uuid.uuid4().hex[:12]}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Connect to the server as its owner, outside any transaction."""
        return psycopg.connect(host=str(self.folder), user=USER, dbname="postgres", autocommit=True)

    def answers(self) -> bool:
        """Tell whether it takes connections."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """End the postmaster at once; its children end when they see that it is gone."""
        self.server.kill()

    def start(self) -> None:
        """Start it, after a kill too, and wait until it answers."""
        self.server.start()
        self.server.wait_for(self.answers, "PostgreSQL answers")

    def stop(self) -> None:
        """Stop it without waiting for its clients (SIGINT: fast shutdown); raises ProgramFailed when it does not end."""
        self.server.stop(STOP_SECONDS, signal.SIGINT)


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server in a temporary folder for as long as the block lasts; raises ProgramFailed where `missing` says why."""
    bin_folder = binaries()
    if bin_folder is None or missing():
        raise ProgramFailed(missing())
    user = _other_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="tongban-pg-"))
    if user:
        shutil.chown(folder, user, user_group(user))
    server = PostgreSQL(folder, Program(_server_command(bin_folder, folder), folder / "server.log", user=user))
    try:
        _initialise(bin_folder, folder, user)
        server.start()
        yield server
        server.stop()
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def user_group(user: str) -> int:
    """Return the id of a user's own group."""
    return pwd.getpwnam(user).pw_gid


def _initialise(bin_folder: Path, folder: Path, user: str | None) -> None:
    # --no-sync: what initdb writes need not outlive the machine; what the tests write is synced by the server itself.
    options = ["--no-sync", "--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"]
    initdb = Program([bin_folder / "initdb", *options, "--pgdata", folder / "data"], folder / "initdb.log", user=user)
    initdb.start()
    if initdb.wait(120):
        raise ProgramFailed(f"initdb: {initdb.log_end()}")


def _server_command(bin_folder: Path, folder: Path) -> list[str]:
    settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "200", "timezone": "UTC"}
    return [str(bin_folder / "postgres"), "-D", str(folder / "data"), *(f"--{name}={value}" for name, value in settings.items())]
