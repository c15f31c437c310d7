import numpy as np
import pytest

from tests.training.flagship.small import config
from training.flagship.batches import averaging, batches_an_epoch, bucketed_batches, learning_rate

LENGTHS = np.random.default_rng(67).integers(1, 40, 1_003).astype(np.int32)


def test_every_row_comes_once_an_epoch_in_batches_of_about_equal_length() -> None:
    chosen = config(batch_size=10, bucket_batches=20)
    batches = list(bucketed_batches(LENGTHS, chosen, epoch=1))
    assert sorted(np.concatenate(batches).tolist()) == list(range(1_003))
    assert len(batches) == batches_an_epoch(1_003, chosen) == 101
    padded = sum(len(batch) * LENGTHS[batch].max() for batch in batches)
    assert padded < 1.1 * LENGTHS.sum()


def test_only_seed_and_epoch_decide_the_order() -> None:
    def first(seed: int, epoch: int) -> list[int]:
        rows: list[int] = next(bucketed_batches(LENGTHS, config(seed=seed), epoch=epoch)).tolist()
        return rows

    assert first(1, 1) == first(1, 1)
    assert first(1, 1) != first(1, 2)
    assert first(1, 1) != first(2, 1)


def test_batches_do_not_come_by_length() -> None:
    longest = [int(LENGTHS[batch].max()) for batch in bucketed_batches(LENGTHS, config(bucket_batches=500), epoch=1)]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.3


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
