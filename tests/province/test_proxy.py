import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.province.processes import wait_until
from tests.province.proxy import TcpProxy


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65_536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def proxy() -> Iterator[TcpProxy]:
    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with TcpProxy(server.server_address) as proxy:  # type: ignore[arg-type]  # an IPv4 address is a pair
            yield proxy
        server.shutdown()


def connect(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 5)


def echoed(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    got = b""
    while len(got) < len(data) and (more := connection.recv(65_536)):
        got += more
    return got


def assert_broken(proxy: TcpProxy) -> None:
    """Use a connection, which breaks at the latest then."""
    with pytest.raises(OSError, match=r"reset|Broken pipe"), connect(proxy) as connection:
        echoed(connection, b"anyone")


def test_bytes_pass_unchanged_both_ways_and_so_does_the_end(proxy: TcpProxy) -> None:
    data = bytes(range(256)) * 4096
    with connect(proxy) as connection:
        sender = threading.Thread(target=connection.sendall, args=(data,))
        sender.start()
        got = b""
        while len(got) < len(data):
            got += connection.recv(65_536)
        sender.join()
        assert got == data
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_a_cut_breaks_what_is_open_and_refuses_what_is_new_until_restored(proxy: TcpProxy) -> None:
    with connect(proxy) as connection:
        assert echoed(connection, b"before") == b"before"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            echoed(connection, b"during")
    assert_broken(proxy)
    wait_until(lambda: proxy.connections == 0, "no connections", 5)
    proxy.restore()
    with connect(proxy) as connection:
        assert echoed(connection, b"after") == b"after"


def test_a_freeze_ends_nothing_and_brings_everything_later(proxy: TcpProxy) -> None:
    with connect(proxy) as connection:
        assert echoed(connection, b"before") == b"before"
        proxy.freeze()
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            echoed(connection, b"during")
        proxy.restore()
        connection.settimeout(5)
        assert connection.recv(100) == b"during"


def test_a_delay_holds_each_way_and_keeps_the_order(proxy: TcpProxy) -> None:
    proxy.delay(0.1)
    with connect(proxy) as connection:
        begun = time.monotonic()
        assert echoed(connection, b"one") == b"one"
        assert time.monotonic() - begun >= 0.2
        for word in (b"a", b"b", b"c"):
            connection.sendall(word)
            time.sleep(0.01)
        got = b""
        while len(got) < 3:
            got += connection.recv(10)
        assert got == b"abc"


def test_a_peer_that_is_gone_is_a_closed_connection_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
    with TcpProxy(address) as proxy:
        assert_broken(proxy)
        wait_until(lambda: proxy.connections == 0, "no connections", 5)
