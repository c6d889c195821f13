"""Invite a hall."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from cryptography.hazmat.primitives.serialization import Encoding

from certs.authority import ROOT
from certs.identity import read_certificate
from hub.cli.opening import config_option, fail, json_option, opened, show, told
from hub.db import transaction
from hub.registry import halls, tokens


@click.command()
@click.argument("hall")
@config_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File for the token; default: HALL.token.")
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How long it may be used.")
@json_option
@told
def token(hall: str, config_path: Path, out: Path | None, days: int, *, as_json: bool) -> None:
    """Write a one-time token with which the node of HALL enrols; it also carries the province's root.

    An older unused token of the hall ends. Hand the file over by a safe way, then delete it.

    \b
    Example:
      tongban-hub token gongzhuling --config province/hub.toml
    """  # noqa: D301
    out = out or Path(f"{hall}.token")
    with opened(config_path) as (config, database):
        root = read_certificate((config.keys / ROOT).read_bytes())
        with transaction(database.writer) as connection:
            known = halls.load(connection).get(hall)
            if known is None:
                fail(f"no hall has the id {hall!r}; `tongban-hub hall list` names them")
            if not known.linked:
                fail(f"{hall} is not linked; `tongban-hub hall link {hall}` first")
            text = tokens.issue(connection, hall, root, datetime.now(UTC), timedelta(days=days))
        _write(out, text, root.public_bytes(Encoding.PEM))
    show({"hall": hall, "file": str(out), "days": days}, [f"wrote {out}: works once, for {days} days"], as_json=as_json)


def _write(path: Path, text: str, root: bytes) -> None:
    """Write token and root, readable by nobody else."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text.encode() + b"\n" + root)
