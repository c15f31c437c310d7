import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.engines.shapes import bucket, buckets, padded


def test_buckets_come_in_two_steps_an_octave() -> None:
    assert buckets(100) == [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]


@given(st.integers(1, 100_000))
def test_a_bucket_holds_its_size_and_is_its_own_bucket(size: int) -> None:
    assert size <= bucket(size) <= max(1, 1.5 * size)
    assert bucket(bucket(size)) == bucket(size)


def test_rows_are_padded_with_one_token_and_never_with_zeros_alone() -> None:
    larger = padded(np.array([[5, 6], [7, 0]], np.int32), rows=4, columns=3)
    assert larger.tolist() == [[5, 6, 0], [7, 0, 0], [1, 0, 0], [1, 0, 0]]


def test_a_batch_that_fits_is_not_copied() -> None:
    ids = np.ones((2, 3), np.int32)
    assert padded(ids, rows=2, columns=3) is ids
