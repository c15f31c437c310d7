"""A broker that has heard us, and whose answer does not come."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_MORE_THAN_ANY_ANSWER = 1 << 20


@contextmanager
def answers_withheld() -> Iterator[None]:
    """Let requests out of this process, but no broker's answer in: the kernel keeps it until there is more."""
    with _sockets() as sockets:
        for connection in sockets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _MORE_THAN_ANY_ANSWER)
        try:
            yield
        finally:
            for connection in sockets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)


@contextmanager
def _sockets() -> Iterator[list[socket.socket]]:
    """Give the connections of this process, as duplicates that are closed again."""
    with ExitStack() as copies:
        connections = []
        for path in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # what lists the directory is closed by now
                if stat.S_ISSOCK(path.stat().st_mode):
                    connection = copies.enter_context(socket.socket(fileno=os.dup(int(path.name))))
                    if connection.family == socket.AF_INET and _is_connected(connection):
                        connections.append(connection)
        yield connections


def _is_connected(connection: socket.socket) -> bool:
    with suppress(OSError):
        connection.getpeername()
        return True
    return False
