import pytest

from stream.demo.tally import WINDOW_S, Dead, Labelled, Tally
from tests.stream.clocks import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tally(clock: ManualClock) -> Tally:
    return Tally(clock)


def add(tally: Tally, label: str = "neutral", latency_ms: float = 10.0) -> None:
    tally.add_labelled(Labelled(label, 0.5, "text"), latency_ms)


def test_the_clock_starts_with_the_first_labelled_tweet(tally: Tally, clock: ManualClock) -> None:
    tally.add_dead(Dead("not-json", ""))
    clock.advance(7)
    assert (tally.started, tally.elapsed()) == (None, 0)
    add(tally)
    clock.advance(3)
    assert tally.elapsed() == pytest.approx(3)


def test_the_rate_is_that_of_the_last_seconds(tally: Tally, clock: ManualClock) -> None:
    for _ in range(1_000):
        add(tally)
        clock.advance(0.01)
    assert tally.rate() == pytest.approx(100, rel=0.01)
    clock.advance(WINDOW_S / 2)
    assert tally.rate() == pytest.approx(50, rel=0.02)
    clock.advance(WINDOW_S)
    assert tally.rate() == 0


def test_a_handful_of_tweets_at_the_start_is_no_large_rate(tally: Tally, clock: ManualClock) -> None:
    for _ in range(5):
        add(tally)
        clock.advance(0.001)
    assert tally.rate() == 5


def test_latencies_are_a_median_and_a_high_percentile(tally: Tally) -> None:
    assert tally.latency_ms() is None
    for latency in range(1, 102):
        add(tally, latency_ms=latency)
    assert tally.latency_ms() == pytest.approx((51, 96))


def test_counts_are_kept_by_label_and_by_reason(tally: Tally) -> None:
    assert tally.shares(("a", "b")) == {"a": 0, "b": 0}
    for label in ("b", "b", "c", "b"):
        add(tally, label)
    for reason in ("not-json", "no-text", "not-json"):
        tally.add_dead(Dead(reason, ""))
    assert (tally.labelled, tally.dead) == (4, 3)
    assert tally.shares(("a", "b", "c")) == {"a": 0, "b": 0.75, "c": 0.25}
    assert tally.reasons == {"not-json": 2, "no-text": 1}


def test_memory_stays_bounded_however_long_it_runs(tally: Tally, clock: ManualClock) -> None:
    for _ in range(20_000):
        add(tally)
        clock.advance(0.01)
        tally.rate()
    assert len(tally.newest) < 1_000
    assert tally.labelled == 20_000
