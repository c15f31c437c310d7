"""Stopping in good order: the first signal ends the reading, the second one the process."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_stop_signals(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have SIGINT and SIGTERM handled by ``handle`` while the block runs."""
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Interrupted(Exception):  # noqa: N818 -- no error: it ends a read that would go on waiting
    """A signal arrived while the process waited for its input."""


class Interrupt:
    """Whether to stop, as a flag that the loop asks; a read that blocks is broken off at once."""

    def __init__(self) -> None:
        self.set = False
        self._reading = False

    def reading(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Wrap a read that may block for long; it raises Interrupted when a signal arrives meanwhile."""

        def interruptible(size: int) -> bytes:
            self._reading = True
            try:
                if self.set:
                    raise Interrupted
                return read(size)
            finally:
                self._reading = False

        return interruptible

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Set the flag on SIGINT and SIGTERM while the block runs; a second signal acts as it always does."""
        with on_stop_signals(self._handle):
            yield

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.set = True
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        if self._reading:
            raise Interrupted
