"""Whoever floods, stalls or garbles what they send holds up nobody else, and learns nothing."""

import asyncio
import http.client
import socket

import pytest
import sqlalchemy as sa

from node_agent.accounts import lockout, sessions
from node_agent.accounts.tables import sign_in_failures
from node_agent.accounts.users import Held
from tests.console.staffed import ADMINISTRATOR, CHEAP, CLERK, PASSWORD, Staffed, ask
from tests.console.visitor import COOKIE, Visitor


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
