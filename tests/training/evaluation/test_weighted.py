import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from training.evaluation import weighted
from training.evaluation.weighted import Counts, Ranking

TRUTH = np.array([True, False, True, True, False])
SCORES = np.array([0.9, 0.8, 0.8, 0.3, 0.1])
ONES = np.ones((1, 5))


def counts(weights: weighted.Floats = ONES) -> Counts:
    return Ranking(TRUTH, SCORES).under(weights)


def test_equal_scores_share_a_threshold() -> None:
    assert counts().hits.tolist() == [[1, 2, 3, 3]]
    assert counts().falls.tolist() == [[0, 1, 1, 2]]


def test_figures_of_a_ranking_are_those_worked_out_by_hand() -> None:
    # Pairs: .9 beats both; the .8 ties one and beats one; .3 beats one: 4.5 of 6.
    assert weighted.roc_area(counts())[0] == pytest.approx(4.5 / 6)
    # Thresholds .9, .8, .3 add a third of recall each at precisions 1, 2/3, 3/4.
    assert weighted.average_precision(counts())[0] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    # Recall .5 is reached from .8 down: best precision there is 3/4.
    assert weighted.precision_at_recall(counts(), 0.5)[0] == pytest.approx(3 / 4)
    assert weighted.precision_at_recall(counts(), 1 / 3)[0] == 1


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_under_any_weights_they_are_scikit_learn_s(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = np.append(random.random(30) < 0.3, [True, False])
    scores = random.integers(10, size=32) / 10
    weights = random.integers(1, 4, size=(2, 32)).astype(np.float64)
    found = Ranking(truth, scores).under(weights)
    for row, drawn in enumerate(weights):
        assert weighted.roc_area(found)[row] == pytest.approx(metrics.roc_auc_score(truth, scores, sample_weight=drawn))
        assert weighted.average_precision(found)[row] == pytest.approx(
            metrics.average_precision_score(truth, scores, sample_weight=drawn)
        )
        precision, recall, _ = metrics.precision_recall_curve(truth, scores, sample_weight=drawn)
        assert weighted.precision_at_recall(found, 0.767)[row] == pytest.approx(precision[recall >= 0.767].max())


def test_a_weight_is_a_tweet_that_comes_so_often() -> None:
    drawn = np.array([2, 0, 1, 3, 1])
    repeated = Ranking(np.repeat(TRUTH, drawn), np.repeat(SCORES, drawn)).under(np.ones((1, 7)))
    for figure in (weighted.roc_area, weighted.average_precision):
        assert figure(counts(drawn[None].astype(np.float64)))[0] == pytest.approx(figure(repeated)[0])


def test_what_has_no_positive_or_no_negative_tweet_is_undefined() -> None:
    without_positives = counts(np.array([[0.0, 1, 0, 0, 1]]))
    assert np.isnan(weighted.roc_area(without_positives)[0])
    assert np.isnan(weighted.average_precision(without_positives)[0])
    assert np.isnan(weighted.precision_at_recall(without_positives, 0.5)[0])
    without_negatives = counts(np.array([[1.0, 0, 1, 1, 0]]))
    assert np.isnan(weighted.roc_area(without_negatives)[0])
    assert weighted.average_precision(without_negatives)[0] == 1


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_decisions_are_scikit_learn_s(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, decided = random.integers(3, size=(2, 20))
    confusion = weighted.confusions(truth, decided, 4, np.ones((1, 20)))
    assert confusion[0].tolist() == metrics.confusion_matrix(truth, decided, labels=range(4)).tolist()
    found = weighted.decisions(confusion)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, decided, labels=range(4), zero_division=0)
    assert found.accuracy[0] == pytest.approx(metrics.accuracy_score(truth, decided))
    assert found.precision[0] == pytest.approx(precision)
    assert found.recall[0] == pytest.approx(recall)
    assert found.f1[0] == pytest.approx(f1)
    assert found.macro_f1[0] == pytest.approx(metrics.f1_score(truth, decided, average="macro", zero_division=0))


def test_specificity_is_the_recall_of_what_is_not_the_class() -> None:
    # Two of the three others are left alone; the recall of the class is 1/2.
    confusion = weighted.confusions(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 1]), 2, ONES)
    found = weighted.decisions(confusion)
    assert found.specificity[0].tolist() == pytest.approx([2 / 3, 1 / 2])
    assert found.recall[0].tolist() == pytest.approx([1 / 2, 2 / 3])


def test_the_calibration_error_is_that_worked_out_by_hand() -> None:
    bins = np.array([0, 0, 3, 3])
    predicted = np.array([0.1, 0.3, 0.8, 0.6])
    came_true = np.array([False, True, True, True])
    # Bin 0: .2 predicted, .5 came true; bin 3: .7 predicted, 1 came true.
    error = weighted.calibration_error(bins, predicted, came_true, np.array([[1.0, 1, 1, 1], [0, 0, 1, 1]]))
    assert error.tolist() == pytest.approx([0.5 * 0.3 + 0.5 * 0.3, 0.3])


def test_a_mean_passes_over_what_is_undefined() -> None:
    means = weighted.mean_of_defined(np.array([[1.0, np.nan, 2.0], [np.nan, np.nan, np.nan]]))
    assert means[0] == 1.5
    assert np.isnan(means[1])
