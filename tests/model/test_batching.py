import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.batching import cut

lengths_ascending = st.lists(st.integers(1, 100), max_size=200).map(sorted)


def test_rows_are_cut_by_what_their_padding_costs() -> None:
    assert cut([1, 1, 2, 4, 4], 8) == [slice(0, 3), slice(3, 5)]


def test_no_rows_make_no_batch() -> None:
    assert cut([], 8) == []


def test_a_row_that_fits_alone_goes_alone() -> None:
    assert cut([8, 8], 8) == [slice(0, 1), slice(1, 2)]


def test_a_row_that_never_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1 has 9 tokens, more than the 8"):
        cut([1, 9], 8)


@given(lengths_ascending, st.integers(100, 500))
def test_batches_cover_all_rows_in_order_within_the_budget(lengths: list[int], max_tokens: int) -> None:
    slices = cut(lengths, max_tokens)
    assert [row for part in slices for row in range(part.start, part.stop)] == list(range(len(lengths)))
    assert all(lengths[part.stop - 1] * (part.stop - part.start) <= max_tokens for part in slices)


@given(lengths_ascending, st.integers(100, 500))
def test_no_batch_has_room_for_the_next_row(lengths: list[int], max_tokens: int) -> None:
    for part in cut(lengths, max_tokens)[:-1]:
        assert lengths[part.stop] * (part.stop - part.start + 1) > max_tokens
