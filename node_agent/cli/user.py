"""Keep the hall's users from the agent's own machine; works offline, and beside a running agent."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from directory.calendar import beijing_day
from node_agent import db, law, lock
from node_agent.accounts import acts, giving, passwords, sessions, users
from node_agent.accounts.acts import Act, Done
from node_agent.accounts.errors import AccountRefused, RoleNotGiven
from node_agent.accounts.sessions import Session
from node_agent.accounts.users import Held, User
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.config import Config, load

_department_option = click.option("--department", default="", help="As the province's directory names it.")
_password_file_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A new file for the password, instead of the terminal.",
)


@click.group()
def user() -> None:
    """Keep the users of the staff console; the first administrator is made here."""


@user.command()
@click.argument("number")
@click.option("--name", required=True, help="As colleagues know the person.")
@click.option("--role", required=True, help="Such as hall-administrator or clerk.")
@_department_option
@_password_file_option
@config_option
@json_option
@told
def add(number: str, name: str, role: str, department: str, password_file: Path | None, config_path: Path, *, as_json: bool) -> None:
    """Add a user with staff NUMBER, and print a first password, which is asked to be changed at the first sign-in.

    \b
    Example:
      tongban-agent user add 7 --name 李主任 --role hall-administrator --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    password, hashed = _made()
    held = Held(role, department)
    with _accounts(config_path) as (config, connection):
        _check_role(connection, config, held)
        users.add(connection, number, name, hashed, _now())
        users.give(connection, number, held)
        _note(connection, number, Act.ADDED)
        _note(connection, number, Act.ROLE_GIVEN, _spelt(held))
        told_in = _handed(password, password_file)
    show({"user": number, **told_in}, [f"user {number} added", *_line(told_in)], as_json=as_json)


@user.command("list")
@config_option
@json_option
@told
def list_(config_path: Path, *, as_json: bool) -> None:
    """List the users with their roles.

    \b
    Example:
      tongban-agent user list --config agent.toml
    """  # noqa: D301
    with _accounts(config_path) as (_, connection):
        found = users.listed(connection)
    show({"users": [_fact(one) for one in found]}, [_user_line(one) for one in found] or ["no users"], as_json=as_json)


@user.command()
@click.argument("number")
@click.option("--give", multiple=True, help="A role to give; may be repeated.")
@click.option("--take", multiple=True, help="A role to take; may be repeated.")
@_department_option
@config_option
@json_option
@told
def role(number: str, give: tuple[str, ...], take: tuple[str, ...], department: str, config_path: Path, *, as_json: bool) -> None:
    """Give and take roles of the user with staff NUMBER; who was signed in signs in again.

    \b
    Example:
      tongban-agent user role 1024 --give clerk --take reviewer --department housing --config agent.toml
    """  # noqa: D301
    with _accounts(config_path) as (config, connection):
        for word in give:
            _check_role(connection, config, Held(word, department))
            users.give(connection, number, Held(word, department))
            _note(connection, number, Act.ROLE_GIVEN, _spelt(Held(word, department)))
        for word in take:
            users.take(connection, number, Held(word, department))
            _note(connection, number, Act.ROLE_TAKEN, _spelt(Held(word, department)))
        found = users.get(connection, number)
    show(_fact(found), [_user_line(found)], as_json=as_json)


@user.command()
@click.argument("number")
@config_option
@json_option
@told
def disable(number: str, config_path: Path, *, as_json: bool) -> None:
    """Let the user with staff NUMBER sign in no more, and end the sessions; drafts stay.

    \b
    Example:
      tongban-agent user disable 1024 --config agent.toml
    """  # noqa: D301
    with _accounts(config_path) as (_, connection):
        users.disable(connection, number)
        _note(connection, number, Act.DISABLED)
    show({"user": number, "disabled": True}, [f"user {number} is disabled"], as_json=as_json)


@user.command()
@click.argument("number")
@config_option
@json_option
@told
def enable(number: str, config_path: Path, *, as_json: bool) -> None:
    """Let the user with staff NUMBER sign in again.

    \b
    Example:
      tongban-agent user enable 1024 --config agent.toml
    """  # noqa: D301
    with _accounts(config_path) as (_, connection):
        users.enable(connection, number)
        _note(connection, number, Act.ENABLED)
    show({"user": number, "disabled": False}, [f"user {number} is enabled"], as_json=as_json)


@user.command()
@click.argument("number")
@_password_file_option
@config_option
@json_option
@told
def password(number: str, password_file: Path | None, config_path: Path, *, as_json: bool) -> None:
    """Give the user with staff NUMBER a new first password; the old one and all sessions end.

    \b
    Example:
      tongban-agent user password 1024 --config agent.toml
    """  # noqa: D301
    made, hashed = _made()
    with _accounts(config_path) as (_, connection):
        users.set_password(connection, number, hashed, _now(), must_change=True)
        _note(connection, number, Act.PASSWORD_SET)
        told_in = _handed(made, password_file)
    show({"user": number, **told_in}, [f"user {number} has a new password", *_line(told_in)], as_json=as_json)


@user.command("sessions")
@click.argument("number", required=False, default="")
@config_option
@json_option
@told
def sessions_(number: str, config_path: Path, *, as_json: bool) -> None:
    """List who is signed in, or the sessions of the user with staff NUMBER.

    \b
    Example:
      tongban-agent user sessions --config agent.toml
    """  # noqa: D301
    with _accounts(config_path) as (_, connection):
        found = sessions.of_user(connection, number, _now()) if number else sessions.alive(connection, _now())
    lines = [_session_line(one) for one in found] or ["nobody is signed in"]
    show({"sessions": [_session_fact(one) for one in found]}, lines, as_json=as_json)


@user.command()
@click.argument("number")
@config_option
@json_option
@told
def revoke(number: str, config_path: Path, *, as_json: bool) -> None:
    """End all sessions of the user with staff NUMBER; drafts stay.

    \b
    Example:
      tongban-agent user revoke 1024 --config agent.toml
    """  # noqa: D301
    with _accounts(config_path) as (_, connection):
        users.get(connection, number)
        ended = sessions.revoke_all(connection, number)
        _note(connection, number, Act.SESSIONS_ENDED)
    show({"user": number, "ended": ended}, [f"{ended} sessions of user {number} ended"], as_json=as_json)


@contextmanager
def _accounts(config_path: Path) -> Iterator[tuple[Config, sa.Connection]]:
    """Open the accounts for one transaction; raises StoreError."""
    config = load(config_path)
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A running agent has made every table, and is left alone.
    engine = (db.open_store if lock.holder(config.data_dir) is None else db.connect)(config.store_path)
    try:
        with db.begin(engine) as connection:
            yield config, connection
    finally:
        engine.dispose()


def _check_role(connection: sa.Connection, config: Config, held: Held) -> None:
    known = law.compiled(connection, config.hall, beijing_day(_now()))
    if why := giving.refusal(known.law if known else None, config.hall, held):
        raise RoleNotGiven(why)


def _note(connection: sa.Connection, number: str, act: Act, detail: str = "") -> None:
    acts.note(connection, Done(_now(), "", number, act, detail))


def _made() -> tuple[str, str]:
    """Make a first password; return it with its hash."""
    made = passwords.initial()

    async def hashed() -> str:
        return await passwords.Hasher().hash(made)

    return made, asyncio.run(hashed())


def _handed(made: str, file: Path | None) -> dict[str, str]:
    """Write a password to a file that nobody else reads, or hand it back to be shown once; raises AccountRefused."""
    if file is None:
        return {"password": made}
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as written:
            written.write(f"{made}\n")
    except FileExistsError:
        raise AccountRefused(f"{file} is there already; name a new file, nothing was changed") from None
    return {"password_file": str(file)}


def _line(told_in: dict[str, str]) -> list[str]:
    where = f"first password: {told_in['password']}" if "password" in told_in else f"the first password is in {told_in['password_file']}"
    return [where, "it is shown once, and has to be changed at the first sign-in"]


def _spelt(held: Held) -> str:
    return f"{held.role} ({held.department})" if held.department else held.role


def _user_line(one: User) -> str:
    state = ", disabled" if one.disabled else ", first password" if one.must_change else ""
    return f"{one.number:<12} {one.name}: {', '.join(map(_spelt, one.roles)) or 'no role'}{state}"


def _fact(one: User) -> dict[str, Any]:
    roles = [{"role": held.role, "department": held.department} for held in one.roles]
    return {"user": one.number, "name": one.name, "roles": roles, "disabled": one.disabled, "must_change_password": one.must_change}


def _session_line(one: Session) -> str:
    return f"{one.id} {one.number} as {one.role or 'nobody'} from {one.address}, since {one.begun_at:%Y-%m-%d %H:%M}Z"


def _session_fact(one: Session) -> dict[str, Any]:
    at = {"begun_at": one.begun_at.isoformat(), "seen_at": one.seen_at.isoformat()}
    return {"id": one.id, "user": one.number, "role": one.role, "department": one.department, "address": one.address, **at}


def _now() -> datetime:
    return datetime.now(UTC)
