import numpy as np

from training.batches import shuffled_batches


def order(*, seed: int, epoch: int) -> list[int]:
    return [int(row) for row in np.concatenate(list(shuffled_batches(100, 32, seed=seed, epoch=epoch)))]


def test_an_epoch_holds_every_row_once_in_batches_of_the_size_asked_for() -> None:
    assert [len(batch) for batch in shuffled_batches(100, 32, seed=1, epoch=1)] == [32, 32, 32, 4]
    assert sorted(order(seed=1, epoch=1)) == list(range(100))


def test_the_order_depends_on_seed_and_epoch_and_nothing_else() -> None:
    first = order(seed=1, epoch=1)
    assert order(seed=1, epoch=1) == first
    assert order(seed=2, epoch=1) != first
    assert order(seed=1, epoch=2) != first
