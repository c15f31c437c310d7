"""What a link does to the bytes that it carries, against a server that echoes."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.system.faults.proxy import HOST, Link, Mode, Network

PATIENCE_S = 30.0
SILENCE_S = 0.3
"""How long a test listens for what must not come: a fault that is late is missed, never made up."""


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(1 << 16):
            self.server.seen.append(data)  # type: ignore[attr-defined]
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), Echo)
        self.seen: list[bytes] = []
        self.connections = 0

    def verify_request(self, *_: object) -> bool:
        self.connections += 1
        return True


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def link(server: Server) -> Iterator[Link]:
    with Network() as network:
        yield network.link(0, server.server_address[1])


@contextlib.contextmanager
def connected(link: Link) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, link.port), timeout=PATIENCE_S) as client:
        yield client


def echoed(client: socket.socket, data: bytes) -> bytes:
    client.sendall(data)
    return received(client, len(data))


def received(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (more := client.recv(size - len(got))):
        got += more
    return got


def assert_silent(client: socket.socket) -> None:
    client.settimeout(SILENCE_S)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(PATIENCE_S)


def test_bytes_pass_both_ways_unchanged_and_in_order(link: Link) -> None:
    data = bytes(range(256)) * 8_000
    with connected(link) as client:
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        assert received(client, len(data)) == data
        sender.join()


def test_a_farewell_passes_behind_the_last_bytes(link: Link) -> None:
    with connected(link) as client:
        client.sendall(b"last")
        client.shutdown(socket.SHUT_WR)
        assert received(client, 100) == b"last"


def test_a_cut_resets_open_connections_and_new_ones_until_it_heals(link: Link) -> None:
    with connected(link) as client:
        assert echoed(client, b"a") == b"a"
        link.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with contextlib.suppress(ConnectionResetError), connected(link) as client:
        assert client.recv(1) == b""
    link.heal()
    with connected(link) as client:
        assert echoed(client, b"b") == b"b"


def test_a_black_hole_holds_requests_until_it_heals(link: Link, server: Server) -> None:
    with connected(link) as client:
        assert echoed(client, b"before") == b"before"
        link.black_hole()
        client.sendall(b"during")
        assert_silent(client)
        assert server.seen == [b"before"]
        link.heal()
        assert received(client, 6) == b"during"


def test_a_black_hole_accepts_new_connections_and_says_nothing(link: Link, server: Server) -> None:
    link.black_hole()
    with connected(link) as client:
        client.sendall(b"hello")
        assert_silent(client)
        assert server.connections == 0
        link.heal()
        assert received(client, 5) == b"hello"


def test_held_answers_leave_requests_their_way(link: Link, server: Server) -> None:
    with connected(link) as client:
        assert echoed(client, b"before") == b"before"
        link.hold_answers()
        client.sendall(b"during")
        assert_silent(client)
        assert server.seen == [b"before", b"during"]
        link.heal()
        assert received(client, 6) == b"during"


def test_a_slow_link_delivers_all_the_same(link: Link) -> None:
    link.slow(0.01)
    with connected(link) as client:
        assert echoed(client, b"slow") == b"slow"


def test_a_broker_that_is_away_ends_the_connection_and_the_next_one_finds_it_back(server: Server) -> None:
    with Network() as network, socket.socket() as taken:
        taken.bind((HOST, 0))  # bound and deaf: connections are refused
        away = network.link(0, taken.getsockname()[1])
        with connected(away) as client:
            assert client.recv(1) == b""
        there = network.link(0, server.server_address[1])
        with connected(there) as client:
            assert echoed(client, b"x") == b"x"


def test_closing_the_network_hangs_up(server: Server) -> None:
    with Network() as network:
        link = network.link(0, server.server_address[1])
        with connected(link) as client:
            assert echoed(client, b"x") == b"x"
            link.set(Mode.BLACK_HOLE)
            network.run(network.hang_up())
            assert client.recv(1) == b""
