import os
import signal

import pytest

from stream.interrupt import Interrupt, Interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_only_sets_the_flag(number: signal.Signals) -> None:
    interrupt = Interrupt()
    with interrupt.on_signals():
        os.kill(os.getpid(), number)
        assert interrupt.set


def test_the_second_signal_acts_as_always() -> None:
    with Interrupt().on_signals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupt().on_signals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_read_that_blocks_is_broken_off() -> None:
    interrupt = Interrupt()
    read_end, write_end = os.pipe()

    def read(size: int) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        return os.read(read_end, size)

    try:
        with interrupt.on_signals(), pytest.raises(Interrupted):
            interrupt.reading(read)(10)
        with pytest.raises(Interrupted):
            interrupt.reading(read)(10)
    finally:
        os.close(read_end)
        os.close(write_end)
