"""Keep the hall's users.

Laws: a staff number is ASCII and never given to another person, so users are disabled and never deleted; whoever is disabled, or whose
roles or password change, is signed out in the same transaction.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from directory.staff_numbers import staff_number_fault
from directory.texts import name_fault
from node_agent.accounts import sessions
from node_agent.accounts.errors import NameUnusable, NumberTelling, UserExists, UserUnknown
from node_agent.accounts.tables import user_roles, users

# A digit in it: no page of the console has such a name.
_NUMBER: Final = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """A role that a user holds, in a department or, where that is empty, in none."""

    role: str
    department: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """One of the hall's staff."""

    number: str
    name: str
    password: str
    must_change: bool
    disabled: bool
    language: str
    created_at: datetime
    roles: tuple[Held, ...]


def is_number(number: str) -> bool:
    """Tell whether a text may be a staff number."""
    return _NUMBER.fullmatch(number) is not None


def add(connection: sa.Connection, number: str, name: str, password_hash: str, now: datetime) -> None:
    """Add a user who has to change the password at the first sign-in; raises NumberTelling, NameUnusable or UserExists."""
    if telling := staff_number_fault(number):
        raise NumberTelling(telling)
    if not is_number(number):
        raise NameUnusable(f"{number!a} is no staff number: a digit in it, else letters, digits, point, hyphen, at most 32 of them")
    if wrong := name_fault(name):
        raise NameUnusable(wrong)
    if find(connection, number) is not None:
        raise UserExists(f"there is a user {number} already; numbers are not given twice")
    values = {"number": number, "name": name, "password": password_hash, "must_change": True, "disabled": False, "language": ""}
    connection.execute(sa.insert(users).values(**values, created_at=_ms(now), password_at=_ms(now)))


def find(connection: sa.Connection, number: str) -> User | None:
    """Return a user, or None."""
    return next(iter(_read(connection, sa.select(users).where(users.c.number == number))), None)


def get(connection: sa.Connection, number: str) -> User:
    """Return a user, or raise UserUnknown."""
    user = find(connection, number)
    if user is None:
        raise UserUnknown(f"there is no user {number!a}: `tongban-agent user list` names them")
    return user


def names(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, str]:
    """Return what users are called, by their numbers; those that there are not are left out."""
    found = connection.execute(sa.select(users.c.number, users.c.name).where(users.c.number.in_(sorted(set(numbers)))))
    return {row.number: row.name for row in found}


def listed(connection: sa.Connection, after: str = "", limit: int = 100_000) -> list[User]:
    """Return users behind a staff number, in the order of their numbers."""
    return _read(connection, sa.select(users).where(users.c.number > after).order_by(users.c.number).limit(limit))


def disable(connection: sa.Connection, number: str) -> None:
    """Let a user sign in no more; raises UserUnknown."""
    _change(connection, number, disabled=True)
    sessions.revoke_all(connection, number)


def enable(connection: sa.Connection, number: str) -> None:
    """Let a user sign in again; raises UserUnknown."""
    _change(connection, number, disabled=False)


def give(connection: sa.Connection, number: str, role: Held) -> None:
    """Give a user a role; raises UserUnknown. Whether it may be given is judged before (`giving`)."""
    get(connection, number)
    insert = sa.insert(user_roles).prefix_with("OR IGNORE").values(number=number, role=role.role, department=role.department)
    connection.execute(insert)
    sessions.revoke_all(connection, number)


def take(connection: sa.Connection, number: str, role: Held) -> None:
    """Take a role from a user; raises UserUnknown."""
    get(connection, number)
    table = user_roles.c
    connection.execute(sa.delete(user_roles).where(table.number == number, table.role == role.role, table.department == role.department))
    sessions.revoke_all(connection, number)


def set_password(connection: sa.Connection, number: str, password_hash: str, now: datetime, *, must_change: bool) -> None:
    """Set a password and end every session of the user; raises UserUnknown."""
    _change(connection, number, password=password_hash, password_at=_ms(now), must_change=must_change)
    sessions.revoke_all(connection, number)


def renew_hash(connection: sa.Connection, number: str, old: str, new: str) -> None:
    """Keep the same password under another hash, unless it was changed meanwhile."""
    connection.execute(sa.update(users).where(users.c.number == number, users.c.password == old).values(password=new))


def set_language(connection: sa.Connection, number: str, language: str) -> None:
    """Remember in which language a user reads; raises UserUnknown."""
    _change(connection, number, language=language)


def _change(connection: sa.Connection, number: str, **values: Any) -> None:  # noqa: ANN401 - columns of the table
    if connection.execute(sa.update(users).where(users.c.number == number).values(**values)).rowcount == 0:
        get(connection, number)


def _read(connection: sa.Connection, query: "sa.Select[Any]") -> list[User]:
    rows: Sequence[Any] = connection.execute(query).all()
    held: dict[str, list[Held]] = {}
    wanted = sa.select(user_roles).order_by(user_roles.c.role, user_roles.c.department)
    if len(rows) == 1:
        wanted = wanted.where(user_roles.c.number == rows[0].number)
    for row in connection.execute(wanted) if rows else ():
        held.setdefault(row.number, []).append(Held(row.role, row.department))
    return [
        User(
            number=row.number,
            name=row.name,
            password=row.password,
            must_change=row.must_change,
            disabled=row.disabled,
            language=row.language,
            created_at=datetime.fromtimestamp(row.created_at / 1000, UTC),
            roles=tuple(held.get(row.number, ())),
        )
        for row in rows
    ]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
