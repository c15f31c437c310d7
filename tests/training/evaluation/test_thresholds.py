import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.thresholds import DEFAULT, choose_threshold

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=12)


def f1(truth: npt.NDArray[np.bool_], decided: npt.NDArray[np.bool_]) -> float:
    return float(2 * (truth & decided).sum() / (truth.sum() + decided.sum()))


@given(ROWS)
def test_no_other_threshold_has_a_better_f1(rows: list[tuple[bool, float]]) -> None:
    truth = np.array([positive for positive, _ in rows])
    probability = np.array([value for _, value in rows])
    if not truth.any():
        return
    chosen = choose_threshold(truth, probability)
    assert 0 <= chosen <= 1
    assert f1(truth, probability >= chosen) == max(f1(truth, probability >= value) for value in probability)


def test_the_threshold_lies_between_what_gets_the_label_and_what_does_not() -> None:
    truth = np.array([True, True, False, False])
    assert choose_threshold(truth, np.array([0.9, 0.6, 0.2, 0.1])) == pytest.approx(0.4)
    assert choose_threshold(np.array([True]), np.array([0.8])) == pytest.approx(0.4)


def test_of_equally_good_ones_the_highest_is_taken() -> None:
    # From .9: precision 1, recall 1/2; from .3: precision 1/2, recall 1: both 2/3.
    truth = np.array([True, False, False, True])
    assert choose_threshold(truth, np.array([0.9, 0.5, 0.4, 0.3])) == pytest.approx(0.7)


def test_neighbouring_numbers_without_a_middle_are_told_apart() -> None:
    low = 0.5
    high = float(np.nextafter(low, 1))
    chosen = choose_threshold(np.array([True, False]), np.array([high, low]))
    assert low < chosen <= high


def test_a_constant_prediction_gives_everything_the_label() -> None:
    assert choose_threshold(np.array([True, False, False]), np.full(3, 0.07)) <= 0.07


def test_without_a_positive_tweet_there_is_nothing_to_choose_by() -> None:
    assert choose_threshold(np.array([False, False]), np.array([0.1, 0.9])) == DEFAULT
    assert choose_threshold(np.array([], dtype=np.bool_), np.array([])) == DEFAULT


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        choose_threshold(np.array([True]), np.array([0.1, 0.2]))
