import numpy as np

from model.rows import padded_rows


def test_rows_are_padded_on_the_right_with_zeros() -> None:
    ids, lengths = padded_rows([[3], [1, 2, 5], [4, 4]])
    assert ids.tolist() == [[3, 0, 0], [1, 2, 5], [4, 4, 0]]
    assert lengths.tolist() == [1, 3, 2]
    assert ids.dtype == lengths.dtype == np.int32


def test_no_rows_make_an_empty_rectangle() -> None:
    assert padded_rows([])[0].shape == (0, 0)
