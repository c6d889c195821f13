"""Whatever becomes of the console, the agent goes on; and what changes is told to open pages."""

import asyncio
import gzip
import socket
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection

import pytest
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from node_agent import serving
from node_agent.accounts import sessions
from node_agent.app import Agent
from node_agent.config import ConsoleSection
from node_agent.console.live import MOST_PAGES_OF_SESSION, Live
from node_agent.console.pages import asset_path
from node_agent.console.socket import ENDED
from node_agent.errors import StoreBusy
from node_agent.keeping import Keeping
from tests.console.staffed import ADMINISTRATOR, CLERK, Staffed, ask
from tests.console.visitor import COOKIE, Visitor
from tests.node_agent.linked import Linked, until
from tests.province.processes import free_port


def listening(visitor: Visitor, topics: str = "link", origin: str = "") -> connect:
    headers = {"Cookie": f"{COOKIE}={visitor.cookie}"} if visitor.cookie else {}
    origin = origin or visitor.origin
    return connect(f"ws://localhost:{visitor.port}/live?topics={topics}", origin=origin, additional_headers=headers, proxy=None)  # type: ignore[arg-type]


async def closed_with(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(socket.recv(), 10)
    return socket.close_code or 0


async def test_an_open_page_is_told_what_it_wants_to_hear_of_and_no_contents(hall: Staffed) -> None:
    clerk = await hall.signed_in(CLERK)
    async with listening(clerk, "link,todo") as page:
        for listener in hall.agent.on_received:
            listener()
        assert await asyncio.wait_for(page.recv(), 5) == "todo"
        hall.agent.pulse.tell(submit="open", receive="open")
        assert await asyncio.wait_for(page.recv(), 5) == "link"
        hall.agent.pulse.tell(submit="offline")
        assert await asyncio.wait_for(page.recv(), 5) == "link"


async def test_a_page_without_a_session_hears_nothing(hall: Staffed) -> None:
    async with listening(hall.visitor()) as page:
        assert await closed_with(page) == ENDED


async def test_a_page_without_a_session_is_never_among_those_that_are_told(hall: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(Live, "open", lambda _live, session, *_: opened.append(session))
    async with listening(hall.visitor()) as page:
        assert await closed_with(page) == ENDED
    assert opened == []


async def test_news_of_a_persons_own_threads_are_told_to_that_person_alone() -> None:
    live = Live()
    mine, other = live.open("s", "7", ["unread"]), live.open("t", "8", ["unread"])
    assert mine is not None
    assert other is not None
    live.publish("unread", {"7"})
    assert (mine.news, other.news) == ({"unread"}, set())


async def test_a_page_of_another_site_is_not_connected(hall: Staffed) -> None:
    clerk = await hall.signed_in(CLERK)
    with pytest.raises(InvalidStatus):
        async with listening(clerk, origin="https://evil.example"):
            pass


async def test_the_pages_of_a_session_end_with_it(hall: Staffed) -> None:
    clerk, administrator = await hall.signed_in(CLERK), await hall.signed_in(ADMINISTRATOR)
    async with listening(clerk) as page, listening(administrator) as other:
        assert (await ask(administrator.send, f"/users/{CLERK}", f"/users/{CLERK}", do="end-sessions")).status == 303
        assert await closed_with(page) == ENDED
        hall.write(lambda connection: sessions.revoke_all(connection, ADMINISTRATOR))  # as the command line does
        assert await closed_with(other) == ENDED


async def test_a_session_has_so_many_pages_and_no_more() -> None:
    live = Live()
    pages = [live.open("s", "7", ["link"]) for _ in range(MOST_PAGES_OF_SESSION)]
    assert None not in pages
    assert live.open("s", "7", ["link"]) is None
    assert live.open("t", "7", ["link", "nonsense"]) is not None


async def test_news_for_a_slow_page_do_not_pile_up() -> None:
    live = Live()
    page = live.open("s", "7", ["link", "todo"])
    assert page is not None
    for _ in range(10_000):
        live.publish("link")
        live.publish("todo")
        live.publish("exchange")
    assert await page.next() == {"link", "todo"}


async def test_a_port_that_is_taken_is_an_alarm_and_the_agent_goes_on(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "AGAIN_AFTER", timedelta(milliseconds=50))
    port = free_port()
    section = ConsoleSection(public_origin=f"http://localhost:{port}", port=port)
    config = linked.config.model_copy(update={"console": section})
    config._folder = linked.config.folder
    with closing(socket.create_server(("127.0.0.1", port))):
        agent = Agent(linked.at_hub(config))
        running = asyncio.create_task(agent.run())
        await until((config.data_dir / "agent.db").exists)
        linked.put("a", "b")
        await until(lambda: linked.receipted() == 2)
        assert not running.done()
    while not await asyncio.to_thread(answers, port):  # noqa: ASYNC110 - it is the console that is waited for
        await asyncio.sleep(0.02)
    agent.stop()
    await asyncio.wait_for(running, 20)
    assert not await asyncio.to_thread(answers, port)


def answers(port: int) -> bool:
    try:
        return Visitor(port).get("/sign-in").status == 200
    except OSError:
        return False


async def test_an_agent_without_a_console_serves_no_page(linked: Linked) -> None:
    assert linked.config.console is None
    async with linked.running() as parts:
        assert len(parts.console.on_received) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"public_origin": "http://console.hall.example"},
        {"public_origin": "https://console.hall.example", "listen": "0.0.0.0"},  # noqa: S104 - it is refused
        {"public_origin": "https://console.hall.example", "tls_certificate": "a.pem"},
        {"public_origin": "http://localhost", "tls_certificate": "a.pem", "tls_key": "a.key"},
        {"public_origin": "https://console.hall.example/path"},
        {"public_origin": "localhost:8460"},
        {"public_origin": "http://localhost:8460", "languages": ["de"]},
    ],
)
def test_a_console_that_would_send_cookies_in_clear_does_not_start(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ConsoleSection.model_validate(values)


@pytest.mark.parametrize(
    "values",
    [
        {"public_origin": "http://localhost:8460"},
        {"public_origin": "http://127.0.0.1:8460"},
        {"public_origin": "https://console.hall.example"},
        {"public_origin": "https://console.hall.example", "listen": "10.1.2.3", "tls_certificate": "a.pem", "tls_key": "a.key"},
    ],
)
def test_a_console_behind_tls_or_on_this_machine_starts(values: dict[str, object]) -> None:
    assert ConsoleSection.model_validate(values).port == 8460


async def test_a_locked_store_makes_a_page_say_so(hall: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = await hall.signed_in(CLERK)

    async def busy(*_: object) -> None:
        raise StoreBusy("locked")

    monkeypatch.setattr(Keeping, "read", busy)
    page = await ask(clerk.get, "/account")
    assert page.status == 503
    assert "暂时没有应答" in page.text


async def test_our_own_files_come_compressed_to_who_takes_that_and_pages_never_do(hall: Staffed) -> None:
    clerk = await hall.signed_in(CLERK)

    def fetched(path: str, accepted: str) -> tuple[str | None, bytes]:
        with closing(HTTPConnection("localhost", clerk.port, timeout=10)) as line:
            line.request("GET", path, headers={"Accept-Encoding": accepted, "Cookie": f"{COOKIE}={clerk.cookie}"})
            answer = line.getresponse()
            return answer.headers["Content-Encoding"], answer.read()

    style = asset_path("console.css")
    plain, packed = await asyncio.to_thread(fetched, style, "identity"), await asyncio.to_thread(fetched, style, "br, gzip")
    assert (plain[0], packed[0]) == (None, "gzip")
    assert gzip.decompress(packed[1]) == plain[1]
    assert len(packed[1]) * 3 < len(plain[1])
    assert (await asyncio.to_thread(fetched, "/", "br, gzip"))[0] is None
