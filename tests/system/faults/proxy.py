"""A network that a test can break: one TCP proxy in front of each broker, all in one thread."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, Self

HOST = "127.0.0.1"
_CHUNK = 1 << 18
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_ANSWER_S = 30.0


class Mode(StrEnum):
    """What a link does to the bytes that it is given."""

    PASS = "pass"  # noqa: S105 - no password
    CUT = "cut"
    """Every connection is reset, also each new one."""
    BLACK_HOLE = "black-hole"
    """Connections open and stay open, and nothing arrives until the link heals: then all of it does."""
    DEAF = "deaf"
    """Requests arrive, answers are held until the link heals."""


class Link:
    """The way from clients to one broker. What a method asks for holds when it returns."""

    def __init__(self, network: "Network", port: int, target: int) -> None:
        self._network = network
        self._target = target
        self._listener = socket.create_server((HOST, port), backlog=128)
        self._listener.settimeout(0)
        self.port = int(self._listener.getsockname()[1])
        self.mode = Mode.PASS
        self.delay_s = 0.0
        self._requests, self._answers = asyncio.Event(), asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        network.run(self._set(Mode.PASS, 0.0))
        network.run(self._listen())

    def set(self, mode: Mode, *, delay_s: float = 0.0) -> None:
        """Change what happens to bytes from now on. ``delay_s`` holds each chunk back in both directions."""
        self._network.run(self._set(mode, delay_s))

    def cut(self) -> None:
        """Reset every connection, and each new one."""
        self.set(Mode.CUT)

    def black_hole(self) -> None:
        """Hold every byte, without a word."""
        self.set(Mode.BLACK_HOLE)

    def hold_answers(self) -> None:
        """Let requests pass and hold what the broker answers."""
        self.set(Mode.DEAF)

    def slow(self, delay_s: float) -> None:
        """Hold each chunk back for ``delay_s`` seconds in each direction."""
        self.set(Mode.PASS, delay_s=delay_s)

    def heal(self) -> None:
        """Let everything pass again, what was held first."""
        self.set(Mode.PASS)

    async def _set(self, mode: Mode, delay_s: float) -> None:
        self.mode, self.delay_s = mode, delay_s
        for gate, is_open in (
            (self._requests, mode in {Mode.PASS, Mode.DEAF}),
            (self._answers, mode is Mode.PASS),
        ):
            (gate.set if is_open else gate.clear)()
        if mode is Mode.CUT:
            for connection in self._connections:
                connection.cancel()
            if self._connections:
                await asyncio.wait(self._connections)

    async def _listen(self) -> None:
        self._network.keep(asyncio.create_task(self._accept()))

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        with self._listener:
            while True:
                client, _ = await loop.sock_accept(self._listener)
                if self.mode is Mode.CUT:
                    _reset(client)
                    continue
                connection = asyncio.create_task(self._carry(client))
                self._connections.add(connection)
                connection.add_done_callback(self._connections.discard)

    async def _carry(self, client: socket.socket) -> None:
        broker = socket.socket()
        ends = (client, broker)
        try:
            for end in ends:
                end.settimeout(0)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._requests.wait()
            await asyncio.get_running_loop().sock_connect(broker, (HOST, self._target))
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(client, broker, self._requests))
                pumps.create_task(self._pump(broker, client, self._answers))
        except* OSError:
            pass  # the broker is away, or one of the two hung up
        finally:
            for end in ends:
                _reset(end) if self.mode is Mode.CUT else end.close()

    async def _pump(self, source: socket.socket, sink: socket.socket, gate: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(source, _CHUNK):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await gate.wait()
            await loop.sock_sendall(sink, data)
        await gate.wait()
        sink.shutdown(socket.SHUT_WR)


class Network:
    """The links of one cluster, and the thread that serves them until the block ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()

    def link(self, port: int, target: int) -> Link:
        """Carry connections to ``port``, any free one if it is 0, on to ``target``, both on this host."""
        return Link(self, port, target)

    def run(self, what: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the network's thread and wait for its end."""
        asyncio.run_coroutine_threadsafe(what, self._loop).result(_ANSWER_S)

    def keep(self, task: asyncio.Task[None]) -> None:
        """Let a task run until the network closes."""
        self._tasks.add(task)

    def close(self) -> None:
        """Hang up every connection and stop listening."""
        self.run(self.hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_ANSWER_S)
        self._loop.close()

    async def hang_up(self) -> None:
        """End every connection and every listener."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _reset(end: socket.socket) -> None:
    """Close without a farewell: what is still on its way is lost, as when a cable is cut."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    end.close()
