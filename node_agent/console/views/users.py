"""Let the hall's administrator keep its users.

Law: what may be done is decided by the rules of access for the person before the screen (node_agent.accounts.giving), again for each act.
"""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from starlette.responses import Response

from directory.staff_numbers import staff_number_fault
from node_agent.accounts import acts, giving, passwords, sessions, users
from node_agent.accounts.acts import Act, Done
from node_agent.accounts.errors import AccountRefused, NumberTelling, UserExists
from node_agent.accounts.users import Held, User
from node_agent.console.pages import done, draw, message
from node_agent.console.visit import Visit

PAGE: Final = 50


async def show_list(visit: Visit) -> Response:
    """Draw a page of users."""
    return await _list(visit, "")


async def _list(visit: Visit, fault: str, status: int = 200) -> Response:
    after, now = visit.asked("after", 32), visit.now

    def read(connection: sa.Connection) -> tuple[list[User], dict[str, int]]:
        found = users.listed(connection, after, PAGE + 1)
        signed_in: dict[str, int] = {}
        for session in sessions.alive(connection, now):
            signed_in[session.number] = signed_in.get(session.number, 0) + 1
        return found, signed_in

    found, signed_in = await visit.site.keeping.read(read)
    more = found[PAGE - 1].number if len(found) > PAGE else ""
    facts = {"rows": found[:PAGE], "more": more, "is_first": not after, "signed_in": signed_in, "typed": _repeatable(visit.form)}
    return draw(visit, "users.html", status, fault=fault, **_choices(visit), **facts)


async def add(visit: Visit) -> Response:
    """Add a user, and show the first password this once."""
    number, name = visit.form.get("number", "").strip(), visit.form.get("name", "").strip()
    held = _held(visit)
    if giving.refusal_of_giver(visit.law, visit.who, held):
        return await _list(visit, "role", 422)
    made = passwords.initial()
    hashed = await visit.site.desk.hasher.hash(made)
    now, by = visit.now, visit.signed_in.number

    def put(connection: sa.Connection) -> None:
        users.add(connection, number, name, hashed, now)
        users.give(connection, number, held)
        acts.note(connection, Done(now, by, number, Act.ADDED, ""))
        acts.note(connection, Done(now, by, number, Act.ROLE_GIVEN, _spelt(held)))

    try:
        await visit.site.keeping.write(put)
    except UserExists:
        return await _list(visit, "exists", 422)
    except NumberTelling:
        return await _list(visit, "citizen-id", 422)
    except AccountRefused:
        return await _list(visit, "name", 422)
    return draw(visit, "user_password.html", number=number, name=name, made=made)


def _repeatable(form: Mapping[str, str]) -> dict[str, str]:
    """Return what a form may show again: a number that is a citizen id is not among it."""
    return {name: value for name, value in form.items() if name != "number" or not staff_number_fault(value)}


async def show_one(visit: Visit) -> Response:
    """Draw one user."""
    return await _one(visit, "")


async def _one(visit: Visit, fault: str, status: int = 200) -> Response:
    number, now = str(visit.request.path_params["number"]), visit.now
    user = await visit.site.keeping.read(lambda connection: users.find(connection, number))
    if user is None:
        return await message(visit, "absent", 404)
    open_sessions = await visit.site.keeping.read(lambda connection: sessions.of_user(connection, number, now))
    history = await visit.site.keeping.read(lambda connection: acts.of(connection, number))
    facts = {"user": user, "open_sessions": open_sessions, "history": history}
    return draw(visit, "user.html", status, fault=fault, **_choices(visit), **facts)


async def change(visit: Visit) -> Response:
    """Do one thing to a user."""
    number, what = str(visit.request.path_params["number"]), visit.form.get("do", "")
    user = await visit.site.keeping.read(lambda connection: users.find(connection, number))
    if user is None:
        return await message(visit, "absent", 404)
    if not _may_change(visit, user, what):
        return await _one(visit, "role", 422)
    if what == "password":
        return await _new_password(visit, user)
    held, now, by = _held(visit), visit.now, visit.signed_in.number

    def do(connection: sa.Connection) -> Act | None:
        act = _do(connection, number, what, held)
        if act is not None:
            detail = _spelt(held) if act in {Act.ROLE_GIVEN, Act.ROLE_TAKEN} else ""
            acts.note(connection, Done(now, by, number, act, detail))
        return act

    before = await visit.site.keeping.read(lambda connection: sessions.of_user(connection, number, now))
    act = await visit.site.keeping.write(do)
    if act is None:
        return await message(visit, "absent", 404)
    if act is not Act.ENABLED:
        visit.site.live.end(one.id for one in before)
    return done(f"/users/{number}", act.value)


def _may_change(visit: Visit, user: User, what: str) -> bool:
    """Tell whether the person may do this: give or take a role that the hall may have, else anything to who holds no role beyond it."""
    if what in {"give", "take"}:
        held = _held(visit)
        gone = what == "take" and held in user.roles
        may_edit = giving.may_edit(visit.law, visit.who, held.role)
        return may_edit if gone else not giving.refusal_of_giver(visit.law, visit.who, held)
    return giving.may_edit(visit.law, visit.who)


def _do(connection: sa.Connection, number: str, what: str, held: Held) -> Act | None:
    match what:
        case "give":
            users.give(connection, number, held)
            return Act.ROLE_GIVEN
        case "take":
            users.take(connection, number, held)
            return Act.ROLE_TAKEN
        case "disable":
            users.disable(connection, number)
            return Act.DISABLED
        case "enable":
            users.enable(connection, number)
            return Act.ENABLED
        case "end-sessions":
            sessions.revoke_all(connection, number)
            return Act.SESSIONS_ENDED
        case _:
            return None


async def _new_password(visit: Visit, user: User) -> Response:
    """Give a user a new first password, shown this once; the sessions end."""
    made = passwords.initial()
    hashed = await visit.site.desk.hasher.hash(made)
    now, by = visit.now, visit.signed_in.number
    before = await visit.site.keeping.read(lambda connection: sessions.of_user(connection, user.number, now))

    def put(connection: sa.Connection) -> None:
        users.set_password(connection, user.number, hashed, now, must_change=True)
        acts.note(connection, Done(now, by, user.number, Act.PASSWORD_SET, ""))

    await visit.site.keeping.write(put)
    visit.site.live.end(one.id for one in before)
    return draw(visit, "user_password.html", number=user.number, name=user.name, made=made)


async def show_sessions(visit: Visit) -> Response:
    """Draw who is signed in."""
    rows = await visit.site.keeping.read(lambda connection: sessions.alive(connection, visit.now))
    return draw(visit, "sessions.html", rows=rows)


async def end_session(visit: Visit) -> Response:
    """End a session of anybody."""
    which, now, by = visit.form.get("session", ""), visit.now, visit.signed_in.number

    def end(connection: sa.Connection) -> None:
        found = next((one for one in sessions.alive(connection, now) if one.id == which), None)
        if found is not None:
            sessions.revoke(connection, which)
            acts.note(connection, Done(now, by, found.number, Act.SESSIONS_ENDED, ""))

    await visit.site.keeping.write(end)
    visit.site.live.end([which])
    return done("/users/sessions", "sessions")


def _choices(visit: Visit) -> dict[str, object]:
    departments = dict(visit.known.departments) if visit.known is not None else {}
    own = {one: name for one, name in departments.items() if visit.law is not None and visit.law.hall_of(one) == visit.site.hall}
    return {"roles": giving.possible(visit.law, visit.site.hall), "departments": own}


def _held(visit: Visit) -> Held:
    return Held(visit.form.get("role", ""), visit.form.get("department", "").strip())


def _spelt(held: Held) -> str:
    return f"{held.role}/{held.department}" if held.department else held.role
