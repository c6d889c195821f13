"""Sign people in, and change their passwords.

Laws: an unknown number, a wrong password and a disabled user get the same answer after the same work; while an account or an address is
closed, no password is looked at, whether there is such an account or not. Failures elsewhere do not close an account where its user
has signed in before: nobody is locked out of the own place by others.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

import sqlalchemy as sa

from node_agent.accounts import acts, lockout, passwords, places, sessions, users
from node_agent.accounts.acts import Act, Done
from node_agent.accounts.errors import PasswordUnusable
from node_agent.accounts.lockout import FORGOTTEN_AFTER, FREE_BY_ACCOUNT, FREE_BY_ADDRESS, Failures
from node_agent.accounts.passwords import Hasher, PasswordFault
from node_agent.accounts.sessions import Session, Visit
from node_agent.accounts.tables import sign_in_failures

_T = TypeVar("_T")

ACCOUNT: Final = "account "
ADDRESS: Final = "address "


class Store(Protocol):
    """Where accounts are kept; each piece of work is a transaction of its own."""

    async def write(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Run work in a transaction; return when it is durable."""
        ...

    async def read(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Run work on one state."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people sign in: the store of accounts, and what checks passwords."""

    store: Store
    hasher: Hasher
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(passwords.PARALLEL))
    """Failures are counted before the next password is looked at, so that guesses that come together are no more than others."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """It was the right password; `token` is the new session's."""

    token: str


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """It was not, or nobody looked: `closed` tells which."""

    closed: bool


async def sign_in(desk: Desk, claim: tuple[str, str], visit: Visit, now: datetime) -> SignedIn | NotSignedIn:
    """Sign in whoever claims a staff number with a password."""
    async with desk.turns:
        return await _sign_in(desk, claim, visit, now)


async def _sign_in(desk: Desk, claim: tuple[str, str], visit: Visit, now: datetime) -> SignedIn | NotSignedIn:
    number, password = claim
    keys = await desk.store.read(lambda connection: _keys(connection, number, visit, now))
    if await desk.store.read(lambda connection: _is_closed(connection, keys, now)):
        return NotSignedIn(closed=True)
    user = await desk.store.read(lambda connection: users.find(connection, number)) if users.is_number(number) else None
    right = await desk.hasher.check(user.password if user else "", password)
    if user is None or not right or user.disabled:
        await desk.store.write(lambda connection: _note_failure(connection, keys, now))
        return NotSignedIn(closed=False)
    renewed = await desk.hasher.hash(password) if desk.hasher.is_outdated(user.password) else ""

    def begin(connection: sa.Connection) -> str | None:
        again = users.find(connection, number)
        if again is None or again.disabled or again.password != user.password:
            return None  # it was changed while the password was looked at
        connection.execute(sa.delete(sign_in_failures).where(sign_in_failures.c.key == keys[0][0]))
        if renewed:
            users.renew_hash(connection, number, user.password, renewed)
        places.note(connection, number, visit.address, now)
        return sessions.begin(connection, number, visit, now)

    token = await desk.store.write(begin)
    return SignedIn(token) if token else NotSignedIn(closed=False)


async def change_password(desk: Desk, session: Session, given: tuple[str, str], visit: Visit, now: datetime) -> SignedIn | NotSignedIn:
    """Set a new password for who knows the old one, given as (old, new), and begin a new session.

    Every other session of the user ends. A wrong old password counts as a failed sign-in. Raises PasswordUnusable.
    """
    async with desk.turns:
        return await _change_password(desk, session, given, visit, now)


async def _change_password(desk: Desk, session: Session, given: tuple[str, str], visit: Visit, now: datetime) -> SignedIn | NotSignedIn:
    old, new = given
    keys = await desk.store.read(lambda connection: _keys(connection, session.number, visit, now))
    if await desk.store.read(lambda connection: _is_closed(connection, keys, now)):
        return NotSignedIn(closed=True)
    user = await desk.store.read(lambda connection: users.get(connection, session.number))
    if not await desk.hasher.check(user.password, old):
        await desk.store.write(lambda connection: _note_failure(connection, keys, now))
        return NotSignedIn(closed=False)
    if wrong := passwords.fault(new, session.number):
        raise PasswordUnusable(wrong)
    if passwords.normal(old) == passwords.normal(new):
        raise PasswordUnusable(PasswordFault.UNCHANGED)
    hashed = await desk.hasher.hash(new)

    def change(connection: sa.Connection) -> str | None:
        if all(one.id != session.id for one in sessions.of_user(connection, session.number, now)):
            return None  # it was ended while the password was looked at
        users.set_password(connection, session.number, hashed, now, must_change=False)
        acts.note(connection, Done(now, session.number, session.number, Act.PASSWORD_CHANGED, ""))
        return _again(connection, session, visit, now)

    token = await desk.store.write(change)
    return SignedIn(token) if token else NotSignedIn(closed=False)


def _again(connection: sa.Connection, session: Session, visit: Visit, now: datetime) -> str:
    """Begin a session that acts as an ended one did."""
    token = sessions.begin(connection, session.number, visit, now)
    begun = sessions.find(connection, token, now)
    if begun is None or (begun.role, begun.department) == (session.role, session.department):
        return token
    return sessions.act_as(connection, begun, session.role, session.department) or token


_Keys = tuple[tuple[str, int], ...]
"""Under what failures are counted, and how many cost nothing."""


def _keys(connection: sa.Connection, number: str, visit: Visit, now: datetime) -> _Keys:
    own_place = f" at {visit.address}" if places.is_known(connection, number, visit.address, now) else ""
    by_account = ((ACCOUNT + number.casefold() + own_place, FREE_BY_ACCOUNT),) if users.is_number(number) else ()
    return (*by_account, (ADDRESS + visit.address, FREE_BY_ADDRESS))


def _is_closed(connection: sa.Connection, keys: _Keys, now: datetime) -> bool:
    return any(lockout.is_closed(_failures(connection, key), free, now) for key, free in keys)


def _failures(connection: sa.Connection, key: str) -> Failures | None:
    row: Any = connection.execute(sa.select(sign_in_failures).where(sign_in_failures.c.key == key)).one_or_none()
    return Failures(row.count, datetime.fromtimestamp(row.last_at / 1000, UTC)) if row is not None else None


def _note_failure(connection: sa.Connection, keys: _Keys, now: datetime) -> None:
    forgotten = int((now - FORGOTTEN_AFTER).timestamp() * 1000)
    connection.execute(sa.delete(sign_in_failures).where(sign_in_failures.c.last_at < forgotten))
    for key, _ in keys:
        after = lockout.counted(_failures(connection, key), now)
        values = {"key": key, "count": after.count, "last_at": int(after.last_at.timestamp() * 1000)}
        connection.execute(sa.insert(sign_in_failures).prefix_with("OR REPLACE").values(**values))
