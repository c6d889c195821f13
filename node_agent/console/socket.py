"""Keep a connection to each open page, over which it hears that something changed."""

import asyncio
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from node_agent.console.live import Live, Page
from node_agent.console.site import Site
from node_agent.console.visit import recognised
from node_agent.errors import StoreError

ENDED: Final = 4401
"""Close code: the session is over. Our script then stops."""
TOO_MANY: Final = 4429


async def serve(site: Site, socket: WebSocket) -> None:
    """Tell one page of news until it leaves, or its session ends."""
    if socket.headers.get("origin", "").casefold() != site.section.public_origin.casefold():
        await socket.close(1008)
        return
    try:
        session, _ = await recognised(site, socket)
    except StoreError:
        session = None
    await socket.accept()
    if session is None:
        await socket.close(ENDED)
        return
    page = site.live.open(session.id, session.number, socket.query_params.get("topics", "")[:400].split(","))
    if page is None:
        await socket.close(TOO_MANY)
        return
    await _tell(site.live, page, socket)


async def _tell(live: Live, page: Page, socket: WebSocket) -> None:
    listening = asyncio.create_task(_left(socket))
    telling = asyncio.create_task(_news(page, socket))
    try:
        await asyncio.wait({listening, telling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        live.close(page)
        for task in (listening, telling):
            task.cancel()
        await asyncio.gather(listening, telling, return_exceptions=True)


async def _left(socket: WebSocket) -> None:
    """Wait until the page leaves; what it says is passed over."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError):
        return


async def _news(page: Page, socket: WebSocket) -> None:
    while True:
        news = await page.next()
        if page.closed:
            await socket.close(ENDED)
            return
        if news:
            await socket.send_text(",".join(sorted(news)))
