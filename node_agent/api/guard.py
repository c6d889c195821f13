"""Stand in front of every call: whose key it is, how often it calls, how much it sends.

Laws: nothing of a body is read before its key is known; a body is never longer than MOST_BYTES; what fails is told without its insides, and
the log is told who called what and what came of it, never what was sent.
"""

import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from directory.record_json import MOST_BYTES
from node_agent.api.keys import ApiKey, Unknown
from node_agent.api.rates import Rates
from node_agent.api.refusing import Refused, answer, refused_of

_log = structlog.get_logger(__name__)

HEALTH: Final = "/v1/health"
OPENAPI: Final = "/v1/openapi.json"
PUBLIC: Final = frozenset({HEALTH, OPENAPI})
"""What anyone may ask: it says nothing of anybody."""
_HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_SCHEME: Final = "bearer"

Known = Callable[[str], Awaitable[ApiKey | Unknown]]


class Guard:
    """Wrap an application; `known` tells whose a key is."""

    def __init__(self, app: ASGIApp, known: Known, rates: Rates) -> None:
        self._app = app
        self._known = known
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            return
        call = _Call(scope, receive, send)
        try:
            await self._admit(call)
            await self._app(scope, call.receive, call.send)
        except Exception as error:  # noqa: BLE001 - whatever a call fails with, whoever called is answered
            if not isinstance(error, Refused):
                failed(error)
            if call.status == 0:
                await answer(refused_of(error))(scope, receive, call.send)
        finally:
            call.tell()

    async def _admit(self, call: "_Call") -> None:
        """Raise Refused for a call that does not come in."""
        if call.scope["path"] in PUBLIC:
            return
        key = await self._known(call.key_text())
        if isinstance(key, Unknown):
            raise _unknown(key)
        call.scope.setdefault("state", {})["key"] = key
        call.key = key
        if wait := self._rates.wait(key.id):
            raise Refused("REASON_QUOTA", "this key calls too often: see `calls_a_minute` of the agent", retry_after=wait)
        declared = call.header(b"content-length")
        if declared.isdigit() and int(declared) > MOST_BYTES:
            raise _too_large()


class _Call:
    """One call on its way: what it may still send, what it was answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.key: ApiKey | None = None
        self.status = 0
        self._receive, self._send = receive, send
        self._taken = 0
        self._began = time.monotonic()

    def header(self, name: bytes) -> str:
        """Return a header, empty when it is not there or stands there twice."""
        found = [value for known, value in self.scope["headers"] if known == name]
        return found[0].decode("latin-1") if len(found) == 1 else ""

    def key_text(self) -> str:
        """Return the key that is shown, empty for none."""
        scheme, _, text = self.header(b"authorization").partition(" ")
        return text.strip() if scheme.lower() == _SCHEME else ""

    async def receive(self) -> Message:
        """Give the next part of the body; raises Refused when it is too long."""
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > MOST_BYTES:
            raise _too_large()
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(one for one in _HEADERS if one[0] not in said)]
        await self._send(message)

    def tell(self) -> None:
        """Write down that there was a call; a path that is not ours may hold anything, and is not written down."""
        if self.scope["path"] in PUBLIC:
            return
        operation = getattr(self.scope.get("route"), "name", "")
        key = self.key
        ms = round((time.monotonic() - self._began) * 1000)
        _log.info(
            "api called", operation=operation, key=key.id if key else "", system=key.given.system if key else "", status=self.status, ms=ms
        )


def failed(error: Exception) -> None:
    """Tell the log where a call failed; what an error says may be of a person, and is left out."""
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-5:]]
    _log.error("api call failed", kind=type(error).__name__, where=where)


def _unknown(why: Unknown) -> Refused:
    if why is Unknown.EXPIRED:
        return Refused("REASON_TOKEN_EXPIRED", "this API key has expired: ask the hall's administrator for another")
    return Refused("REASON_TOKEN_INVALID", "no API key that is known here: send `Authorization: Bearer <key>`")


def _too_large() -> Refused:
    return Refused("REASON_TOO_LARGE", f"a body has at most {MOST_BYTES} bytes")
