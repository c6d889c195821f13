"""Know one request: who makes it, in which language it is answered, what was sent along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import HTTPConnection, Request

from directory.scopes.law import Law
from directory.scopes.principal import Principal
from node_agent.accounts import sessions
from node_agent.accounts.sessions import Session
from node_agent.accounts.sessions import Visit as Whence
from node_agent.console.site import Site
from node_agent.console.words import Words, chosen, words
from node_agent.guidance import queues
from node_agent.law import Known
from node_agent.outbox import Actor

COOKIE: Final = "__Host-tongban"
"""The prefix binds it to this host, this path and TLS (RFC 6265bis §4.1.3.2); localhost counts as TLS to browsers."""
FORM_TOKEN: Final = "form_token"  # noqa: S105 - the name of a field


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page; `session` is None for who is not signed in, `form` and `files` hold what was sent."""

    site: Site
    request: Request
    now: datetime
    words: Words
    session: Session | None
    token: str
    known: Known | None
    form: Mapping[str, str] = field(default_factory=dict)
    files: tuple[UploadFile, ...] = ()
    unread: int = 0
    """Threads of guidance of one's own in which something new was said; of a whole page alone."""

    @property
    def law(self) -> Law | None:
        """The law of today, as the hall knows it."""
        return self.known.law if self.known is not None else None

    @property
    def whence(self) -> Whence:
        """Whence it comes."""
        return whence(self.request)

    @property
    def signed_in(self) -> Session:
        """The session of a page that is for those who are signed in."""
        if self.session is None:
            raise LookupError("nobody is signed in")
        return self.session

    @property
    def who(self) -> Principal:
        """The person as the hall asserts it."""
        return principal(self.site.hall, self.signed_in)

    @property
    def actor(self) -> Actor:
        """The person as what they say is signed with."""
        session = self.signed_in
        return Actor(session.number, session.role, session.department)

    @property
    def form_token(self) -> str:
        """What the forms of this page hold."""
        return sessions.form_token(self.token) if self.token else ""

    def asked(self, name: str, most: int = 200) -> str:
        """Return a value of the query, cut to `most` signs; empty if there is none."""
        return self.request.query_params.get(name, "").strip()[:most]


def principal(hall: str, session: Session) -> Principal:
    """Return whom a session stands for."""
    return Principal(hall, session.role, session.department, session.number)


def whence(connection: HTTPConnection) -> Whence:
    """Return whence a connection comes, as this machine sees it: a header would be the visitor's own word."""
    address = connection.client.host if connection.client else "unknown"
    return Whence(address, connection.headers.get("user-agent", ""))


async def recognised(site: Site, connection: HTTPConnection) -> tuple[Session | None, str]:
    """Return the live session of a connection's cookie, with its token; (None, "") where there is none. Raises StoreError."""
    token = connection.cookies.get(COOKIE, "")
    if not token or len(token) > sessions.TOKEN_BYTES * 2:
        return None, ""
    now = site.now()
    session = await site.keeping.read(lambda connection: sessions.find(connection, token, now))
    return (session, token) if session is not None else (None, "")


async def visit(site: Site, request: Request) -> Visit:
    """Take a request in; raises StoreError."""
    session, token = await recognised(site, request)
    if session is not None and site.now() - session.seen_at >= sessions.SEEN_EVERY and not _is_unattended(request):
        now = site.now()
        await site.keeping.write(lambda connection: sessions.seen(connection, session, now))
    wanted = session.language if session is not None else ""
    language = chosen(wanted, request.headers.get("accept-language", ""), site.section.languages)
    unread = await _unread(site, session) if session is not None and not _is_unattended(request) else 0
    return Visit(site, request, site.now(), words(language), session, token, await site.known(), unread=unread)


async def _unread(site: Site, session: Session) -> int:
    who = Actor(session.number, session.role, session.department)
    return await site.keeping.read(lambda connection: queues.unread(connection, who))


def _is_unattended(request: Request) -> bool:
    """Tell whether the page asked by itself, with nobody before it: that keeps no session alive."""
    return "x-live" in request.headers
