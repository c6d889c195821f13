"""Whoever floods, stalls or garbles what they send holds up nobody else, and learns nothing."""

import asyncio
import resource
import socket
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
import uvicorn
from uvicorn.server import ServerState

from node_agent import patience
from node_agent.accounts import lockout, passwords, sessions, users
from node_agent.accounts.sessions import Visit
from node_agent.accounts.signing_in import NotSignedIn, SignedIn, sign_in
from node_agent.accounts.tables import sign_in_failures
from node_agent.console import guard
from node_agent.errors import StoreError
from tests.console.staffed import CHEAP, CLERK, PASSWORD, Staffed, ask


def raw(port: int, sent: bytes, *, until_closed: float) -> bytes | None:
    """Send bytes as they are; return what came back until the console hung up, None where it never did."""
    with socket.create_connection(("127.0.0.1", port), 5) as wire:
        wire.sendall(sent)
        wire.settimeout(until_closed)
        came = b""
        try:
            while piece := wire.recv(4096):
                came += piece
        except TimeoutError:
            return None
        return came


@pytest.mark.parametrize("charset", ["unicode_escape", "raw_unicode_escape", "utf-7", "utf-16-le", "no-such", "idna"])
async def test_a_form_in_odd_signs_is_refused_and_breaks_nothing(hall: Staffed, charset: str) -> None:
    mine = await hall.signed_in(CLERK)
    token = (await ask(mine.get, "/account")).form_token
    parts = {"form_token": token, "form": "order o-1", "content": r"\ud800 \x00"}
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts.items()) + "--x--\r\n"
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    page = await ask(mine._ask, "POST", "/drafts", body, {"Origin": mine.origin, "Content-Type": kind})
    assert page.status < 500
    assert page.status != 400 or "没有完整收到" in page.text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_a_piece_of_a_file_that_is_sent_as_a_form_is_refused(hall: Staffed, kind: str) -> None:
    mine = await hall.signed_in(CLERK)
    token = (await ask(mine.get, "/account")).form_token
    sent = {"Origin": mine.origin, "Content-Type": kind, "X-Form-Token": token}
    for offset in ("0", "%C2%B2", "9" * 12, "-1", ""):
        page = await ask(mine._ask, "POST", f"/guidance/uploads/u?offset={offset}", "a=b", sent)
        assert page.status in {400, 404, 415}, (kind, offset)


@pytest.mark.parametrize("size", ["²", "9" * 5_000, "-1", "1e3", ""])
async def test_a_size_that_is_none_is_refused(hall: Staffed, size: str) -> None:
    mine = await hall.signed_in(CLERK)
    fields = {"form": "ask", "name": "a.txt", "sha256": "0" * 64, "size": size}
    assert (await ask(mine.send, "/guidance/uploads", "/account", **fields)).status == 422


async def test_guesses_that_come_all_at_once_are_counted_like_others(hall: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    check = CHEAP.check

    async def counted(kept: str, password: str) -> bool:
        looked.append(password)
        return await check(kept, password)

    monkeypatch.setattr(CHEAP, "check", counted)
    await hall.add("q42", "clerk")
    guesses = [f"falsch falsch falsch {number}" for number in range(4 * lockout.FREE_BY_ACCOUNT)]
    try:
        with ThreadPoolExecutor(len(guesses)) as all_at_once:  # threads of its own: the console hashes in the loop's
            loop = asyncio.get_running_loop()
            tried = (loop.run_in_executor(all_at_once, hall.visitor().sign_in, "q42", guess) for guess in guesses)
            pages = await asyncio.gather(*tried)
    finally:
        hall.write(lambda connection: connection.execute(sa.delete(sign_in_failures)))
    assert len(looked) < lockout.FREE_BY_ACCOUNT + passwords.PARALLEL
    assert sorted({page.status for page in pages}) == [401, 429]


@pytest.mark.parametrize("begins", [b"", b"GET / HTTP/1.1\r\n", b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
async def test_who_says_nothing_or_only_half_is_hung_up_on(hall: Staffed, monkeypatch: pytest.MonkeyPatch, begins: bytes) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)
    assert await asyncio.to_thread(raw, hall.port, begins, until_closed=4) is not None


async def test_a_body_that_never_comes_is_not_waited_for(hall: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.3)
    head = f"POST /sign-in HTTP/1.1\r\nHost: localhost:{hall.port}\r\nOrigin: http://localhost:{hall.port}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nnumber=1"
    came = await asyncio.to_thread(raw, hall.port, head.encode(), until_closed=4)
    assert came is not None
    assert b" 408 " in came


async def test_nobody_locks_another_out_of_where_they_work(hall: Staffed) -> None:
    await hall.add("q43", "clerk")
    await hall.signed_in("q43")
    try:
        claim, now = ("q43", "falsch falsch falsch"), hall.hands.now()
        tried = [await sign_in(hall.desk, claim, Visit("10.9.8.7", ""), now) for _ in range(lockout.FREE_BY_ACCOUNT + 1)]
        assert tried[-1] == NotSignedIn(closed=True)
        assert isinstance(await sign_in(hall.desk, ("q43", PASSWORD), Visit("10.9.8.8", ""), hall.hands.now()), NotSignedIn)
        assert (await ask(hall.visitor().sign_in, "q43", PASSWORD)).status == 303, "whence the user signed in before"
    finally:
        hall.write(lambda connection: connection.execute(sa.delete(sign_in_failures)))


async def test_where_one_works_guesses_are_counted_too(hall: Staffed) -> None:
    await hall.add("q44", "clerk")
    await hall.signed_in("q44")
    try:
        tried = [(await ask(hall.visitor().sign_in, "q44", "falsch falsch falsch")).status for _ in range(lockout.FREE_BY_ACCOUNT + 1)]
        assert tried == [401] * lockout.FREE_BY_ACCOUNT + [429]
        assert (await ask(hall.visitor().sign_in, "q44", PASSWORD)).status == 429
    finally:
        hall.write(lambda connection: connection.execute(sa.delete(sign_in_failures)))


async def test_with_a_stolen_session_the_password_is_not_guessed(hall: Staffed) -> None:
    await hall.add("q45", "clerk")
    mine = await hall.signed_in("q45")
    new = "一个谁也猜不到的新密码呀"
    try:
        for number in range(lockout.FREE_BY_ACCOUNT):
            page = await ask(mine.send, "/account/password", "/account/password", old=f"falsch falsch {number}", new=new, again=new)
            assert page.status == 422
        page = await ask(mine.send, "/account/password", "/account/password", old=PASSWORD, new=new, again=new)
        assert page.status == 429
        assert "尝试次数过多" in page.text
    finally:
        hall.write(lambda connection: connection.execute(sa.delete(sign_in_failures)))


async def test_a_session_that_is_ended_while_its_password_is_changed_is_not_given_another(
    hall: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hall.add("q46", "clerk")
    mine = await hall.signed_in("q46")
    hashing = CHEAP.hash

    async def meanwhile(password: str) -> str:
        hall.write(lambda connection: sessions.revoke_all(connection, "q46"))
        return await hashing(password)

    monkeypatch.setattr(CHEAP, "hash", meanwhile)
    new = "一个谁也猜不到的新密码呀"
    page = await ask(mine.send, "/account/password", "/account/password", old=PASSWORD, new=new, again=new)
    assert page.status == 422
    assert hall.look(lambda connection: sessions.of_user(connection, "q46", hall.hands.now())) == []


async def test_one_address_has_a_share_of_the_connections_and_this_machine_all(monkeypatch: pytest.MonkeyPatch) -> None:
    aborted: list[str] = []

    class Wire(asyncio.Transport):
        def __init__(self, address: str) -> None:
            super().__init__({"peername": (address, 1), "sockname": ("10.1.2.3", 443)})

        def abort(self) -> None:
            aborted.append(self.get_extra_info("peername")[0])

        def is_closing(self) -> bool:
            return False

    config = uvicorn.Config(lambda: None, http=patience.Impatient, limit_concurrency=8, log_config=None)
    monkeypatch.setattr(config, "loaded_app", None, raising=False)
    state = ServerState()
    config.load()
    opened = []
    for address in ["10.1.1.1"] * 3 + ["10.1.1.2"] + ["127.0.0.1"] * 5:
        opened.append(patience.Impatient(config, state, {}))
        opened[-1].connection_made(Wire(address))
    assert aborted == ["10.1.1.1"]
    for one in opened:
        one.connection_lost(OSError())


@pytest.mark.parametrize(("files", "most"), [(1_024, 512), (20_000, 2_000), (resource.RLIM_INFINITY, 2_000)])
def test_connections_leave_the_agent_its_files(monkeypatch: pytest.MonkeyPatch, files: int, most: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert patience.most_connections() == most


async def test_what_the_store_refuses_is_told_without_what_was_to_be_kept(hall: Staffed) -> None:
    secret = "220102199001018888"

    def put(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO users (number, name) VALUES (:number, :name)"), {"number": secret, "name": secret})

    with pytest.raises(StoreError) as told:
        hall.write(put)
    said = "".join(traceback.format_exception(told.value))
    assert "NOT NULL" in said
    assert secret not in said


async def test_one_address_that_guesses_at_many_accounts_is_closed(hall: Staffed) -> None:
    now = hall.hands.now()
    try:
        for number in range(lockout.FREE_BY_ADDRESS):
            outcome = await sign_in(hall.desk, (f"r{number}", "falsch falsch falsch"), Visit("10.9.8.9", ""), now)
            assert outcome == NotSignedIn(closed=False)
        assert await sign_in(hall.desk, (CLERK, PASSWORD), Visit("10.9.8.9", ""), now) == NotSignedIn(closed=True)
        assert isinstance(await sign_in(hall.desk, (CLERK, PASSWORD), Visit("10.9.8.10", ""), now), SignedIn)
    finally:
        hall.write(lambda connection: connection.execute(sa.delete(sign_in_failures)))


async def test_a_disabled_account_answers_as_any_other_that_is_guessed_at(hall: Staffed) -> None:
    await hall.add("q47", "clerk")
    hall.write(lambda connection: users.disable(connection, "q47"))
    try:
        tried = [(await ask(hall.visitor().sign_in, "q47", PASSWORD)).status for _ in range(lockout.FREE_BY_ACCOUNT + 1)]
    finally:
        hall.write(lambda connection: connection.execute(sa.delete(sign_in_failures)))
    assert tried == [401] * lockout.FREE_BY_ACCOUNT + [429]


async def test_nothing_of_a_session_is_left_in_the_browser_once_it_is_ended(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    page = await ask(mine.send, "/account/sign-out", "/account")
    assert page.headers["clear-site-data"] == '"cache"'
    assert mine.cookie == ""


async def test_a_password_that_was_changed_while_the_old_one_was_looked_at_signs_nobody_in(
    hall: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hall.add("q48", "clerk")
    other, check = await CHEAP.hash("ein ganz anderes Kennwort"), CHEAP.check

    async def meanwhile(kept: str, password: str) -> bool:
        hall.write(lambda connection: users.set_password(connection, "q48", other, hall.hands.now(), must_change=False))
        return await check(kept, password)

    monkeypatch.setattr(CHEAP, "check", meanwhile)
    assert (await ask(hall.visitor().sign_in, "q48", PASSWORD)).status == 401
    assert hall.look(lambda connection: sessions.of_user(connection, "q48", hall.hands.now())) == []
