import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.thresholds import DEFAULT, choose_threshold, expected_threshold

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


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_no_other_threshold_has_a_better_expected_f1(values: list[float]) -> None:
    probability = np.array(values)

    def expected(threshold: float) -> float:
        given_it = probability[probability >= threshold]
        return float(2 * given_it.sum() / max(len(given_it) + probability.sum(), 1e-300))

    chosen = expected_threshold(np.stack([probability, 1 - probability], axis=1))
    assert chosen is not None
    assert 0 < chosen <= 0.5
    assert expected(chosen) == pytest.approx(max(expected(value) for value in values), rel=1e-9)


def test_of_few_tweets_the_expected_threshold_is_nearer_to_the_best_one_than_a_chosen_one() -> None:
    random = np.random.default_rng(67)
    probability = random.beta(0.2, 2.5, size=200_000)
    truth = random.random(len(probability)) < probability
    best = choose_threshold(truth, probability)
    parts = np.split(np.arange(40_000), 40)
    chosen = [choose_threshold(truth[part], probability[part]) for part in parts]
    expected = [expected_threshold(np.stack([probability[part], 1 - probability[part]], axis=1)) for part in parts]
    distances = [np.abs(np.array(found, dtype=np.float64) - best).mean() for found in (expected, chosen)]
    assert distances[0] < distances[1] / 2


def test_more_labels_have_no_expected_threshold_and_nothing_to_expect_has_the_default() -> None:
    assert expected_threshold(np.full((4, 3), 1 / 3)) is None
    assert expected_threshold(np.array([[0.0, 1.0]])) == DEFAULT
    assert expected_threshold(np.empty((0, 2))) == DEFAULT
