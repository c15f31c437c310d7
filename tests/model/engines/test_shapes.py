import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.engines.shapes import as_trained, bucket, buckets, padded


def test_buckets_come_in_two_steps_an_octave() -> None:
    assert buckets(100) == [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]


@given(st.integers(1, 100_000))
def test_a_bucket_holds_its_size_and_is_its_own_bucket(size: int) -> None:
    assert size <= bucket(size) <= max(1, 1.5 * size)
    assert bucket(bucket(size)) == bucket(size)


def test_rows_are_padded_with_one_token_and_never_with_zeros_alone() -> None:
    larger = padded(np.array([[5, 6], [7, 0]], np.int32), rows=4, columns=3)
    assert larger.tolist() == [[5, 6, 0], [7, 0, 0], [1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("columns", [2, 3, 5])
def test_rows_get_the_columns_that_the_network_was_trained_on(columns: int) -> None:
    ids = np.array([[5, 6, 0], [7, 0, 0]], np.int32)
    assert as_trained(ids, columns).tolist() == [[5, 6] + [0] * (columns - 2), [7] + [0] * (columns - 1)]


def test_a_network_that_masks_padding_takes_any_columns() -> None:
    ids = np.ones((2, 3), np.int32)
    assert as_trained(ids, None) is ids


def test_a_row_that_would_lose_ids_is_refused() -> None:
    with pytest.raises(ValueError, match="the network reads 2 columns, received a row of more"):
        as_trained(np.array([[1, 0, 0], [1, 2, 3]], np.int32), 2)


def test_a_batch_that_fits_is_not_copied() -> None:
    ids = np.ones((2, 3), np.int32)
    assert padded(ids, rows=2, columns=3) is ids
