import pytest

from tests.training.flagship.small import config
from training.flagship.batches import averaging, batches_an_epoch, learning_rate


def test_an_epoch_s_batches_are_counted_with_the_last_one_of_what_is_left() -> None:
    assert batches_an_epoch(1_003, config(batch_size=10)) == 101
    assert batches_an_epoch(1_000, config(batch_size=10)) == 100


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    chosen = config(learning_rate=0.5, warmup=0.1)
    rates = [learning_rate(step, 100, chosen) for step in range(100)]
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == pytest.approx(0.5)
    assert 0 < rates[0] < 0.1
    assert 0 < rates[-1] < 0.001


@pytest.mark.parametrize("warmup", [0.0, 1.0])
def test_there_may_be_no_rise_or_no_fall(warmup: float) -> None:
    rates = [learning_rate(step, 10, config(learning_rate=1.0, warmup=warmup)) for step in range(10)]
    assert rates == sorted(rates, reverse=warmup == 0)
    assert all(0 < rate <= 1 for rate in rates)


def test_the_average_forgets_its_random_start_quickly() -> None:
    kept = [averaging(step, config(averaging=0.99)) for step in range(2_000)]
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (0.1, 0.99)
    assert averaging(5, config(averaging=0.0)) == 0
