import numpy as np
import pytest

from model.rows import Rows, padded_rows
from tests.rows import as_lists


def test_rows_are_padded_on_the_right_with_zeros() -> None:
    ids, lengths = padded_rows([[3], [1, 2, 5], [4, 4]])
    assert ids.tolist() == [[3, 0, 0], [1, 2, 5], [4, 4, 0]]
    assert lengths.tolist() == [1, 3, 2]
    assert ids.dtype == lengths.dtype == np.int32


def test_no_rows_make_an_empty_rectangle() -> None:
    assert padded_rows([])[0].shape == (0, 0)


LISTS = [[3], [], [1, 2, 5], [4, 4], []]


def test_rows_are_the_lists_that_they_were_made_of() -> None:
    rows = Rows.of(LISTS)
    assert as_lists(rows) == LISTS
    assert len(rows) == 5
    assert rows.starts().tolist() == [0, 1, 1, 4, 6]


def test_an_id_that_does_not_fit_is_refused_and_not_cut() -> None:
    with pytest.raises(OverflowError):
        Rows.of([[2**40]])


@pytest.mark.parametrize("places", [[0], [1], [4, 2, 0], [2, 2], []])
def test_rows_can_be_picked_in_any_order(places: list[int]) -> None:
    expected = [LISTS[place] for place in places]
    assert as_lists(Rows.of(LISTS).at(places)) == expected
    ids, lengths = Rows.of(LISTS).rectangle(np.array(places, np.intp))
    assert [row[:length] for row, length in zip(ids.tolist(), lengths.tolist(), strict=True)] == expected
    assert ids.dtype == lengths.dtype == np.int32


@pytest.mark.parametrize("parts", [[], [LISTS], [LISTS, [], [[7]], LISTS]])
def test_rows_can_be_put_one_below_the_other(parts: list[list[list[int]]]) -> None:
    joined = Rows.joined([Rows.of(part) for part in parts])
    assert as_lists(joined) == [row for part in parts for row in part]
    assert joined.ids.dtype == joined.lengths.dtype == np.int32
