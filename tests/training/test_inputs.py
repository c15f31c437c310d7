import numpy as np
import pytest
from scipy.sparse import csr_matrix

from training.inputs import FeatureRows, Inputs, TokenRows

ROWS = ((3, 4, 5), (1,), (9, 9), (7,))
FEATURES = FeatureRows(csr_matrix(np.arange(12, dtype=np.float32).reshape(4, 3)))


def test_a_masked_batch_is_as_wide_as_its_longest_row() -> None:
    rows = TokenRows(ROWS)
    assert rows.take(np.array([1, 2])).tolist() == [[1, 0], [9, 9]]
    assert rows.take(np.array([0])).tolist() == [[3, 4, 5]]


def test_without_a_mask_every_batch_has_the_same_columns() -> None:
    rows = TokenRows(ROWS, columns=4)
    assert rows.take(np.array([1, 2])).tolist() == [[1, 0, 0, 0], [9, 9, 0, 0]]


def test_features_are_taken_as_dense_rows() -> None:
    taken = FEATURES.take(np.array([2, 0]))
    assert taken.tolist() == [[6, 7, 8], [0, 1, 2]]
    assert taken.dtype == np.float32


@pytest.mark.parametrize("inputs", [TokenRows(ROWS), TokenRows(ROWS, 4), FEATURES])
def test_the_batches_hold_every_row_once(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.inputs.MAX_TOKENS", 4)
    monkeypatch.setattr("training.inputs.MAX_ROWS", 3)
    batches = list(inputs.batches())
    assert len(batches) > 1
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(inputs)))


def test_without_a_mask_a_row_costs_all_its_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.inputs.MAX_TOKENS", 4)
    assert [len(batch) for batch in TokenRows(ROWS).batches()] == [2, 1, 1]
    assert [len(batch) for batch in TokenRows(ROWS, 4).batches()] == [1, 1, 1, 1]


def test_a_digest_tells_contents_apart() -> None:
    other = FeatureRows(csr_matrix(np.ones((4, 3), dtype=np.float32)))
    every: list[Inputs] = [TokenRows(ROWS), TokenRows(ROWS[:3]), TokenRows(ROWS, 4), FEATURES, other]
    assert len({inputs.digest() for inputs in every}) == len(every)
    assert TokenRows(ROWS).digest() == TokenRows(ROWS).digest()
