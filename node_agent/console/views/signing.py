"""Let people in and out, and let them keep their own account: password, language, role, sessions."""

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response

from node_agent.accounts import acts, passwords, sessions, users
from node_agent.accounts.acts import Act, Done
from node_agent.accounts.errors import PasswordUnusable
from node_agent.accounts.signing_in import SignedIn, change_password, sign_in
from node_agent.console.doors import SIGN_IN, local_target
from node_agent.console.pages import done, draw, message, with_cookie, without_cookie
from node_agent.console.visit import Visit


async def show_sign_in(visit: Visit) -> Response:
    """Ask for number and password."""
    if visit.session is not None:
        return RedirectResponse("/", 303)
    return draw(visit, "sign_in.html", number="", target=local_target(visit.asked("next", 1_000)), fault="")


async def take_sign_in(visit: Visit) -> Response:
    """Sign in; whatever session came along is none any more."""
    number, target = visit.form.get("number", "").strip(), local_target(visit.form.get("next", ""))
    claim = (number, visit.form.get("password", ""))
    outcome = await sign_in(visit.site.desk, claim, visit.whence, visit.now)
    if isinstance(outcome, SignedIn):
        if visit.session is not None:
            ended = visit.session.id
            await visit.site.keeping.write(lambda connection: sessions.revoke(connection, ended))
            visit.site.live.end([ended])
        return with_cookie(RedirectResponse(target, 303), outcome.token)
    fault = "closed" if outcome.closed else "wrong"
    return draw(visit, "sign_in.html", 429 if outcome.closed else 401, number=number[:32], target=target, fault=fault)


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    ended = visit.signed_in.id
    await visit.site.keeping.write(lambda connection: sessions.revoke(connection, ended))
    visit.site.live.end([ended])
    return without_cookie(RedirectResponse(SIGN_IN, 303))


async def show_password(visit: Visit) -> Response:
    """Ask for a new password."""
    return draw(visit, "password.html", fault="", least=passwords.LEAST)


async def take_password(visit: Visit) -> Response:
    """Change the password; every other session of the user ends."""
    new = visit.form.get("new", "")
    if new != visit.form.get("again", ""):
        return draw(visit, "password.html", 422, fault="differs", least=passwords.LEAST)
    before = await visit.site.keeping.read(lambda connection: sessions.of_user(connection, visit.signed_in.number, visit.now))
    given = (visit.form.get("old", ""), new)
    try:
        outcome = await change_password(visit.site.desk, visit.signed_in, given, visit.whence, visit.now)
    except PasswordUnusable as error:
        return draw(visit, "password.html", 422, fault=error.fault.value, least=passwords.LEAST)
    if not isinstance(outcome, SignedIn):
        fault = "closed" if outcome.closed else "wrong"
        return draw(visit, "password.html", 429 if outcome.closed else 422, fault=fault, least=passwords.LEAST)
    visit.site.live.end(one.id for one in before)
    return with_cookie(done("/", "password"), outcome.token)


async def show_account(visit: Visit) -> Response:
    """Show the own account."""
    number = visit.signed_in.number
    user = await visit.site.keeping.read(lambda connection: users.get(connection, number))
    open_sessions = await visit.site.keeping.read(lambda connection: sessions.of_user(connection, number, visit.now))
    return draw(visit, "account.html", user=user, open_sessions=open_sessions)


async def take_language(visit: Visit) -> Response:
    """Remember the language."""
    language, number = visit.form.get("language", ""), visit.signed_in.number
    if language in visit.site.section.languages:
        await visit.site.keeping.write(lambda connection: users.set_language(connection, number, language))
    return RedirectResponse(local_target(visit.form.get("back", "")), 303)


async def take_role(visit: Visit) -> Response:
    """Act in another role that is held: the session gets a new token."""
    role, _, department = visit.form.get("role", "").partition("/")
    session = visit.signed_in
    token = await visit.site.keeping.write(lambda connection: sessions.act_as(connection, session, role, department))
    if token is None:
        return await message(visit, "not-yours", 403)
    visit.site.live.end([session.id])
    return with_cookie(RedirectResponse("/", 303), token)


async def end_session(visit: Visit) -> Response:
    """End one of the own sessions, or all others."""
    session, which = visit.signed_in, visit.form.get("session", "")
    now = visit.now

    def end(connection: sa.Connection) -> None:
        if which:
            sessions.revoke(connection, which, session.number)
        else:
            sessions.revoke_all(connection, session.number, but=session.id)
        acts.note(connection, Done(now, session.number, session.number, Act.SESSIONS_ENDED, ""))

    await visit.site.keeping.write(end)
    others = visit.site.live.sessions - {session.id}
    visit.site.live.end([which] if which else others & await _gone(visit))
    if which == session.id:
        return without_cookie(RedirectResponse(SIGN_IN, 303))
    return done("/account", "sessions")


async def _gone(visit: Visit) -> set[str]:
    """Return the sessions with open pages that are none any more."""
    alive = await visit.site.keeping.read(lambda connection: sessions.alive(connection, visit.now))
    return visit.site.live.sessions - {one.id for one in alive}
