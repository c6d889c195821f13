"""Tell open pages that something they show has changed.

Laws: a page is told topics, never contents: it fetches what it shows again, as whoever it is by then. What a page is still to be told is a
set, so a slow page costs nobody anything; a session that ends takes its pages along.
"""

import asyncio
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

TOPICS: Final = frozenset({"link", "exchange", "todo", "guidance", "unread"})
"""What can change: the link to the hub, what was sent and received, what needs action, threads of guidance, those of one's own."""
_THREAD: Final = re.compile(r"thread-[0-9a-f-]{36}")
"""One thread of guidance; such topics are made by `of_thread`."""
MOST_TOPICS: Final = 8
MOST_PAGES: Final = 2_000
MOST_PAGES_OF_SESSION: Final = 40


def of_thread(thread: str) -> str:
    """Return the topic of one thread of guidance."""
    return f"thread-{thread}"


def _known(topics: Iterable[str]) -> frozenset[str]:
    found = [topic for topic in topics if topic in TOPICS or _THREAD.fullmatch(topic)]
    return frozenset(found[:MOST_TOPICS])


@dataclass(slots=True, eq=False)
class Page:
    """One open page of a user: what it wants to hear of, and what it has not heard yet."""

    session: str
    number: str
    topics: frozenset[str]
    news: set[str] = field(default_factory=set)
    closed: bool = False
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def stir(self) -> None:
        """Wake whoever waits."""
        self._stirred.set()

    async def next(self) -> set[str]:
        """Wait for news and take them; empty when the page is to be closed."""
        await self._stirred.wait()
        self._stirred.clear()
        taken, self.news = self.news, set()
        return set() if self.closed else taken


class Live:
    """The open pages of one agent; use it in the loop, `publish_from_thread` from elsewhere."""

    def __init__(self) -> None:
        self._pages: set[Page] = set()
        self._loop = asyncio.get_running_loop()

    def __len__(self) -> int:
        return len(self._pages)

    def open(self, session: str, number: str, topics: Iterable[str]) -> Page | None:
        """Take a page in; None when there are too many."""
        of_session = sum(page.session == session for page in self._pages)
        if len(self._pages) >= MOST_PAGES or of_session >= MOST_PAGES_OF_SESSION:
            return None
        page = Page(session, number, _known(topics))
        self._pages.add(page)
        return page

    def close(self, page: Page) -> None:
        """Forget a page."""
        self._pages.discard(page)

    @property
    def sessions(self) -> set[str]:
        """The sessions that have pages open."""
        return {page.session for page in self._pages}

    def end(self, sessions: Iterable[str]) -> None:
        """Close the pages of sessions that have ended."""
        ended = set(sessions)
        for page in self._pages:
            if page.session in ended:
                page.closed = True
                page.stir()

    def publish(self, topic: str, numbers: Collection[str] | None = None) -> None:
        """Tell every page that wants to hear of a topic; where numbers are given, those of these users alone."""
        for page in self._pages:
            if topic in page.topics and (numbers is None or page.number in numbers):
                page.news.add(topic)
                page.stir()

    def publish_all(self) -> None:
        """Tell every page to look at everything."""
        for page in self._pages:
            page.news |= page.topics
            page.stir()

    def publish_from_thread(self, topic: str) -> None:
        """Do as `publish`, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.publish, topic)
