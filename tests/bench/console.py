"""Measure the console with two hundred people before it: how soon a message is on the page that shows its thread, and what a session costs.

Laws: the pages are those of real programs, over their sockets and connections as a browser has them: each open page hears of its thread,
of the menu's count and of the link, and fetches what it shows again; the messages come from another hall through the hub. A message's
time runs from the moment at which the agent takes it in to that at which its page has it drawn. Memory is the agent's, at rest, with
every page open, over what it was with none.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import sqlalchemy as sa
from websockets.asyncio.client import ClientConnection, connect

from directory.guidance.vocabulary import Kind
from directory.refusal import Refused
from node_agent import db, hall_keys
from node_agent.accounts import sessions, users
from node_agent.accounts.sessions import Visit
from node_agent.accounts.users import Held
from node_agent.config import load
from node_agent.guidance import desk, rulebook
from node_agent.guidance.speaking import Asked, Here, Speaker, Spoken, Words
from node_agent.guidance.tables import messages, threads
from node_agent.outbox import Actor, EnvelopeWriter
from tests.bench.usage import resident_bytes
from tests.province.build import COUNTIES, PROVINCE_HALL, HallSetup, Province, province
from tests.province.processes import free_port, wait_until

STAFF: Final = 200
MESSAGES: Final = 300
RATE: Final = 10.0
"""Messages a second, each to one of the pages."""
REST_SECONDS: Final = 3.0
COOKIE: Final = "__Host-tongban"
_CLERK: Final = Actor("1024", "clerk", "")
_PEOPLE: Final = [f"g{number:03}" for number in range(STAFF)]


@dataclass(frozen=True, slots=True)
class Console:
    """What one run showed: milliseconds to the page, KiB of memory a session, and the messages that came."""

    staff: int
    messages: int
    page_p50_ms: float
    page_p95_ms: float
    whole_p95_ms: float
    """From the moment at which the other hall said it."""
    session_kb: float


@dataclass(slots=True)
class _Page:
    """One open page: its thread, and when which message was drawn."""

    port: int
    token: str
    thread: str
    drawn: dict[str, float] = field(default_factory=dict)

    async def live(self, socket: ClientConnection) -> None:
        """Fetch what has changed, for as long as the page is open."""
        async for news in socket:
            topics = set(str(news).split(","))
            if f"thread-{self.thread}" in topics:
                where = f"/guidance/threads/{COUNTIES[0]}/{self.thread}"
                lines = await self.get(f"{where}?part=lines")
                at = time.time()
                for text in lines.split("message ")[1:]:
                    self.drawn.setdefault(text.partition(".")[0], at)
                await self.get(f"{where}?part=head")
            if "unread" in topics:
                await self.get("/guidance/unread")

    async def get(self, path: str) -> str:
        """Fetch a part of a page on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        heads = (f"host: localhost:{self.port}", f"cookie: {COOKIE}={self.token}", "x-live: 1", "connection: close")
        writer.write("\r\n".join((f"GET {path} HTTP/1.1", *heads, "", "")).encode())
        answer = await reader.read(-1)
        writer.close()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise AssertionError(answer[:200])
        return answer.decode()

    def socket(self) -> connect:
        """Open the live connection."""
        headers = {"cookie": f"{COOKIE}={self.token}"}
        path = f"ws://localhost:{self.port}/live?topics=link,unread,thread-{self.thread}"
        return connect(path, origin=f"http://localhost:{self.port}", additional_headers=headers, proxy=None)  # type: ignore[arg-type]


def measure(folder: Path, told: Callable[[str], None]) -> Console:
    """Run a province of two halls with a console, and talk; raises ProgramFailed."""
    port = free_port()
    section = {"public_origin": f"http://localhost:{port}", "port": port}
    setups = [HallSetup(PROVINCE_HALL, sections={"console": section}), HallSetup(COUNTIES[0])]
    with province(folder, setups) as built:
        for hall in (PROVINCE_HALL, COUNTIES[0]):
            wait_until(lambda: built.report(hall)["directory"]["documents"] > 0, "the halls have heard of the province")  # noqa: B023
        names = _ask(built, STAFF)
        store = db.connect(built.hall_folder(PROVINCE_HALL) / "data" / "agent.db")
        wait_until(lambda: _count(store) == STAFF, "all questions have come", 120)
        told(f"{STAFF} threads have come; as many people open them")
        _claim(store, names)
        pages = [_Page(port, token, name) for token, name in zip(_signed_in(store), names, strict=True)]
        try:
            return asyncio.run(_talk(built, store, pages, told))
        finally:
            store.dispose()


def _signed_in(store: sa.Engine) -> list[str]:
    now, whence = datetime.now(UTC), Visit("127.0.0.1", "bench")
    with db.begin(store) as connection:
        for number in _PEOPLE:
            users.add(connection, number, f"示例{number}", "-", now)
            users.set_password(connection, number, "-", now, must_change=False)
            users.give(connection, number, Held("guide"))
        return [sessions.begin(connection, number, whence, now) for number in _PEOPLE]


async def _talk(built: Province, store: sa.Engine, pages: Sequence[_Page], told: Callable[[str], None]) -> Console:
    pid = built.agents[PROVINCE_HALL].pid
    for page in pages[:40]:  # what is made once is made before
        await page.get("/guidance/unread")
    await asyncio.sleep(REST_SECONDS)
    before = resident_bytes(pid)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(page.socket()) for page in pages]
        for page in pages:
            await page.get(f"/guidance/threads/{COUNTIES[0]}/{page.thread}")
        listening = [asyncio.create_task(page.live(socket)) for page, socket in zip(pages, sockets, strict=True)]
        await asyncio.sleep(REST_SECONDS)
        told(f"{MESSAGES} messages at {RATE:g} a second")
        said = await asyncio.to_thread(_follow_up, built, [page.thread for page in pages])
        await asyncio.sleep(REST_SECONDS)
        session_kb = (resident_bytes(pid) - before) / 1024 / len(pages)
        if failed := [task.exception() for task in listening if task.done()]:
            raise AssertionError(failed[0])
        for task in listening:
            task.cancel()
    drawn = {marker: at for page in pages for marker, at in page.drawn.items() if marker in said}
    kept = _kept(store)
    to_page = [(at - kept[marker]) * 1e3 for marker, at in drawn.items()]
    whole = [(at - said[marker]) * 1e3 for marker, at in drawn.items()]
    return Console(len(pages), len(drawn), statistics.median(to_page), _p95(to_page), _p95(whole), session_kb)


def _p95(milliseconds: Sequence[float]) -> float:
    return statistics.quantiles(milliseconds, n=20)[18]


def _speaker(built: Province, connection: sa.Connection) -> Speaker:
    config, now = load(built.hall_config(COUNTIES[0])), datetime.now(UTC)
    writer = EnvelopeWriter(config.trust_domain, config.hall, hall_keys.load(config).epoch)
    return Speaker(connection, Here(config.hall, writer, rulebook.read_on(connection, now)), _CLERK, now)


def _ask(built: Province, count: int) -> list[str]:
    """Let the county ask so many questions; return the names of their threads."""
    engine = db.connect(built.hall_folder(COUNTIES[0]) / "data" / "agent.db")
    names = [str(uuid4()) for _ in range(count)]
    with db.begin(engine) as connection:
        speaker = _speaker(built, connection)
        for number, name in enumerate(names):
            _said(speaker.ask(Asked(guiding_hall=PROVINCE_HALL), Words(text=f"第 {number} 问（示例）", ident=name)))
    engine.dispose()
    return names


def _follow_up(built: Province, names: Sequence[str]) -> dict[str, float]:
    """Say more in one thread after the other, paced; return when each was durable there."""
    engine = db.connect(built.hall_folder(COUNTIES[0]) / "data" / "agent.db")
    said = {}
    begun = time.monotonic()
    for number in range(MESSAGES):
        time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
        marker = f"{number:05}"
        with db.begin(engine) as connection:
            key = COUNTIES[0], names[number % len(names)]
            _said(_speaker(built, connection).say(key, Kind.FOLLOWED_UP, Words(text=f"message {marker}.")))
        said[marker] = time.time()
    engine.dispose()
    return said


def _claim(store: sa.Engine, names: Sequence[str]) -> None:
    """Give each person one thread, in which so much is new for them."""
    with db.begin(store) as connection:
        for number, name in zip(_PEOPLE, names, strict=True):
            desk.claim(connection, (COUNTIES[0], name), Actor(number, "guide", ""), datetime.now(UTC))


def _said(done: Spoken | Refused) -> None:
    if isinstance(done, Refused):
        raise AssertionError(done.why)


def _count(store: sa.Engine) -> int:
    with db.reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(threads)) or 0


def _kept(store: sa.Engine) -> dict[str, float]:
    """Return when the agent took each message in, Unix seconds, by its marker."""
    with db.reading(store) as connection:
        rows = connection.execute(sa.select(messages.c.payload, messages.c.kept_at))
        marked = ((row.payload.partition(b"message ")[2].partition(b".")[0].decode("ascii", "replace"), row.kept_at) for row in rows)
        return {marker: at / 1e3 for marker, at in marked if marker}
