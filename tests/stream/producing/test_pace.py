import pytest

from stream.producing.pace import LARGEST_DEBT_S, Pace
from tests.stream.clocks import ManualClock


def send(pace: Pace, clock: ManualClock, count: int, *, oversleep: float = 0.0) -> None:
    for _ in range(count):
        wait = pace.wait()
        if wait > 0:
            clock.advance(wait + oversleep)
        pace.sent()


@pytest.mark.parametrize("rate", [0.5, 60, 1_000, 33_333])
@pytest.mark.parametrize("oversleep", [0.0, 0.01])
def test_the_rate_is_kept_also_when_every_wait_is_a_bit_too_long(rate: float, oversleep: float) -> None:
    clock = ManualClock()
    start = clock.now
    pace = Pace(rate, clock)
    seconds = 20
    send(pace, clock, int(rate * seconds) + 1, oversleep=oversleep)
    assert clock.now - start == pytest.approx(seconds, abs=2 * oversleep + 1e-6)


def test_the_first_record_does_not_wait() -> None:
    assert Pace(0.001, ManualClock()).wait() == 0


def test_after_a_stall_only_the_last_second_is_caught_up() -> None:
    clock = ManualClock()
    pace = Pace(10, clock)
    send(pace, clock, 1)
    clock.advance(60)
    before = clock.now
    count = 0
    while pace.wait() == 0:
        pace.sent()
        count += 1
    assert clock.now == before
    assert count == pytest.approx(LARGEST_DEBT_S * 10, abs=1)
