import pytest

from stream.errors import BrokerError
from stream.stopping import Stop
from tests.stream.clocks import ManualClock


def test_without_a_stop_a_wait_may_last_for_ever() -> None:
    clock = ManualClock()
    stop = Stop(30, clock)
    clock.advance(1_000_000)
    stop.check()
    assert not stop.is_asked
    assert stop.elapsed_s() == 0


def test_a_stop_that_is_asked_for_is_over_after_its_time() -> None:
    clock = ManualClock()
    stop = Stop(30, clock)
    stop.ask()
    assert stop.is_asked
    stop.check()
    clock.advance(30)
    stop.check()
    clock.advance(0.1)
    with pytest.raises(BrokerError, match=r"within 30 s of the stop: .* raise WARBLE_KAFKA__SHUTDOWN_TIMEOUT_S"):
        stop.check()


def test_the_end_of_a_bounded_read_is_bounded_too() -> None:
    clock = ManualClock()
    stop = Stop(5, clock)
    stop.begin()
    clock.advance(3)
    stop.begin()
    assert stop.elapsed_s() == 3
    assert not stop.is_asked
    clock.advance(3)
    with pytest.raises(BrokerError):
        stop.check()
