"""Stand in front of every page: what comes in is bounded, what goes out is closed to other sites.

Laws: a request for another host is refused (DNS rebinding); a body is never longer than MOST_BYTES, where files are taken than
MOST_WITH_FILES, and is not waited for longer than it takes on a slow line; an answer runs no script, loads no style and talks to nothing
but ours (CSP level 3); what fails is told to people without its insides, and its insides to the log.
"""

import asyncio
from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger(__name__)

MOST_BYTES: Final = 256 * 1024
MOST_WITH_FILES: Final = 24 * 1024 * 1024
BODY_SECONDS: Final = 30
WITH_FILES_SECONDS: Final = 600
TAKES_FILES: Final = ("/guidance/new", "/guidance/threads/")
"""How the paths begin whose forms take files from browsers without our script; with it files come in pieces."""
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),  # but for what says otherwise: our own files
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_SORRY: Final = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>出错了 · Something failed</title>'
    "<h1>出错了</h1><p>本页没有打开，您没有做错什么。请稍后重试；仍不行，请告知本厅管理员查看代理日志。</p>"
    '<h2 lang="en">Something failed</h2><p lang="en">It was not your doing. Try again; if it stays, ask your administrator to look into'
    " the agent&#39;s log.</p>"
).encode()


class Guard:
    """Wrap an application."""

    def __init__(self, app: ASGIApp, public_origin: str) -> None:
        parts = urlsplit(public_origin)
        self._app = app
        self._host = parts.netloc.casefold().encode()
        self._headers = [*_HEADERS, _HSTS] if parts.scheme == "https" else list(_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if dict(scope["headers"]).get(b"host", b"").lower() != self._host:
            await _refuse(scope, send, 421)
            return
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False
        taken = 0
        has_files = scope["method"] == "POST" and scope["path"].startswith(TAKES_FILES)
        most, seconds = (MOST_WITH_FILES, WITH_FILES_SECONDS) if has_files else (MOST_BYTES, BODY_SECONDS)
        until: float | None = asyncio.get_running_loop().time() + seconds

        async def bounded() -> Message:
            nonlocal taken, until
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, headers={"connection": "close"}) from None
            if not message.get("more_body"):
                until = None  # what is waited for now is that the browser leaves
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413)
            return message

        async def closed(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                said = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in self._headers if one[0] not in said)]
            await send(message)

        try:
            await self._app(scope, bounded, closed)
        except ClientDisconnect:
            return  # whoever left wants no answer
        except Exception as error:  # noqa: BLE001 - whatever a page fails with, people get a page
            _log.exception("a page failed", path=scope["path"], error=type(error).__name__)
            if not began:
                await _plain(closed, 500, _SORRY)


async def sorry(_request: Request, _error: Exception) -> Response:
    """Say that a page failed, and nothing of how."""
    return HTMLResponse(_SORRY, 500, headers={"cache-control": "no-store"})


async def _refuse(scope: Scope, send: Send, status: int) -> None:
    """Refuse before anything is looked at."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await _plain(send, status, b"This console has another address: ask your administrator.")


async def _plain(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
