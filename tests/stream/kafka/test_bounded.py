"""Calls that may never come back."""

from collections.abc import Callable
from threading import Event

import pytest

from stream.kafka.bounded import HungError, bounded


def never() -> None:
    raise AssertionError


def sleeper(released: Event) -> Callable[[], None]:
    def sleep() -> None:
        released.wait()

    return sleep


def test_what_the_call_raised_is_raised_here() -> None:
    def fail() -> None:
        message = "as the client said"
        raise ValueError(message)

    with pytest.raises(ValueError, match="as the client said"):
        bounded(fail, 60, never)


def test_a_call_that_comes_back_is_waited_for_with_a_pulse_meanwhile() -> None:
    go, done = Event(), Event()

    def call() -> None:
        go.wait()
        done.set()

    bounded(call, 0.01, go.set, clock=lambda: 0.0)
    assert done.is_set()


def test_something_else_is_done_while_the_call_is_under_way() -> None:
    begun, done = Event(), Event()
    order = []

    def call() -> None:
        begun.set()
        done.wait()
        order.append("answered")

    def meanwhile() -> None:
        begun.wait()
        order.append("done meanwhile")
        done.set()

    bounded(call, 60, never, meanwhile=meanwhile)
    assert order == ["done meanwhile", "answered"]


def test_a_call_that_does_not_come_back_in_time_is_left_behind() -> None:
    released = Event()
    times = iter([0.0, 5.0, 12.0])
    pulses: list[None] = []
    try:
        with pytest.raises(HungError, match="no answer"):
            bounded(sleeper(released), 0.01, lambda: pulses.append(None), clock=lambda: next(times))
    finally:
        released.set()
    assert len(pulses) >= 1


def test_a_pulse_that_raises_ends_the_wait() -> None:
    released = Event()

    def stop() -> None:
        raise InterruptedError

    try:
        with pytest.raises(InterruptedError):
            bounded(sleeper(released), 0.01, stop)
    finally:
        released.set()
