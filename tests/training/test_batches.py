import numpy as np
import pytest

from training.batches import bucketed_batches, shuffled_batches

LENGTHS = np.random.default_rng(67).integers(1, 40, 1_003).astype(np.int32)


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


def test_every_row_comes_once_an_epoch_in_batches_of_about_equal_length() -> None:
    batches = bucketed_batches(LENGTHS, 10, seed=3, epoch=1, together=20)
    assert sorted(np.concatenate(batches).tolist()) == list(range(1_003))
    assert len(batches) == 101
    padded = sum(len(batch) * LENGTHS[batch].max() for batch in batches)
    assert padded < 1.1 * LENGTHS.sum()


def test_only_seed_and_epoch_decide_the_order() -> None:
    def first(seed: int, epoch: int) -> list[int]:
        rows: list[int] = bucketed_batches(LENGTHS, 8, seed=seed, epoch=epoch, together=3)[0].tolist()
        return rows

    assert first(1, 1) == first(1, 1)
    assert first(1, 1) != first(1, 2)
    assert first(1, 1) != first(2, 1)


def test_batches_do_not_come_by_length() -> None:
    batches = bucketed_batches(LENGTHS, 8, seed=3, epoch=1, together=500)
    longest = [int(LENGTHS[batch].max()) for batch in batches]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.3


def test_an_epoch_has_every_row_once_in_an_order_of_its_own() -> None:
    lengths = np.array([1 + place % 23 for place in range(500)])
    one, again, other = (bucketed_batches(lengths, 8, seed=1, epoch=epoch, together=16) for epoch in (0, 0, 1))
    assert sorted(np.concatenate(one).tolist()) == list(range(500))
    assert [batch.tolist() for batch in one] == [batch.tolist() for batch in again]
    assert np.concatenate(one).tolist() != np.concatenate(other).tolist()
    assert sum(len(batch) < 8 for batch in one) == 1


def test_batches_hold_rows_of_about_the_same_length_but_come_in_no_order_of_length() -> None:
    lengths = np.random.default_rng(1).integers(3, 60, size=2048)
    batches = bucketed_batches(lengths, 32, seed=1, epoch=0, together=16)
    assert np.mean([np.ptp(lengths[batch]) for batch in batches]) < 10
    firsts = [lengths[batch[0]] for batch in batches]
    assert np.corrcoef(firsts, range(len(firsts)))[0, 1] == pytest.approx(0, abs=0.3)
