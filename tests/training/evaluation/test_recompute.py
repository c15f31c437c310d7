import numpy as np
import pytest
from sklearn import metrics

from tests.training.evaluation.tables import table
from training.evaluation.recompute import BINS, confidence, figures
from training.evaluation.result import ClassFigures, Estimate, Figures

BRANDS = ("i can't tell", "negative", "neutral", "positive")


def every_estimate(found: Figures) -> list[Estimate]:
    values = [value for _, value in found if isinstance(value, Estimate)]
    values += [value for one in found.per_class for _, value in one if isinstance(value, Estimate)]
    return values + [value for _, value in found.binary or () if isinstance(value, Estimate)]


def by_label(found: Figures) -> dict[str, ClassFigures]:
    return {one.label: one for one in found.per_class}


def test_figures_of_four_classes_are_scikit_learn_s() -> None:
    oof = table(rows=300, labels=BRANDS)
    found = figures(oof)
    decided = oof.probabilities.argmax(axis=1)
    one_hot = oof.target[:, None] == np.arange(4)
    folds = [oof.fold == fold for fold in range(3)]
    assert found.tweets == 300
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(oof.target, decided), abs=1e-6)
    assert found.macro_f1.value == pytest.approx(metrics.f1_score(oof.target, decided, average="macro"), abs=1e-6)
    # Ranked within each fold, and averaged.
    areas = [metrics.roc_auc_score(oof.target[fold], oof.probabilities[fold], multi_class="ovr") for fold in folds]
    assert found.auc_macro.value == pytest.approx(np.mean(areas), abs=1e-6)
    flat = [metrics.roc_auc_score(one_hot[fold].ravel(), oof.probabilities[fold].ravel()) for fold in folds]
    assert found.auc_flat.value == pytest.approx(np.mean(flat), abs=1e-6)
    precisions = [metrics.average_precision_score(one_hot[fold], oof.probabilities[fold]) for fold in folds]
    assert found.average_precision_macro.value == pytest.approx(np.mean(precisions), abs=1e-6)
    assert np.array(found.confusion).tolist() == metrics.confusion_matrix(oof.target, decided).tolist()
    f1 = metrics.f1_score(oof.target, decided, average=None)
    assert [one.f1.value for one in found.per_class] == pytest.approx(f1, abs=1e-6)
    assert found.binary is None
    assert found.answers is not None
    assert found.answers.macro_f1.value == pytest.approx(np.mean(f1[1:]), abs=1e-6)
    others = [one.auc.value for one in found.per_class[1:] if one.auc]
    assert found.answers.auc_macro.value == pytest.approx(np.mean(others), abs=1e-6)


def test_figures_of_two_classes_decide_by_the_threshold() -> None:
    oof = table(rows=300)
    found = figures(oof)
    truth, decided = oof.target == 0, oof.probabilities[:, 0] >= 0.4
    assert found.binary is not None
    assert found.binary.positive == "hateful"
    assert found.binary.f1.value == pytest.approx(metrics.f1_score(truth, decided), abs=1e-6)
    assert found.binary.specificity.value == pytest.approx(metrics.recall_score(~truth, ~decided), abs=1e-6)
    assert by_label(found)["hateful"].recall.value == pytest.approx(metrics.recall_score(truth, decided), abs=1e-6)
    best = []
    for fold in range(3):
        rows = oof.fold == fold
        precision, recall, _ = metrics.precision_recall_curve(truth[rows], oof.probabilities[rows, 0])
        best.append(precision[recall >= 0.767].max())
    assert found.binary.precision_at_recall is not None
    assert found.binary.precision_at_recall.value == pytest.approx(np.mean(best), abs=1e-6)
    assert found.answers is None


def test_every_interval_is_around_its_figure_and_narrows_with_tweets() -> None:
    small, large = figures(table(rows=100)), figures(table(rows=1600))
    for found in (small, large):
        error = found.expected_calibration_error
        assert all(one.low <= one.value <= one.high for one in every_estimate(found) if one is not error)
    assert large.accuracy.high - large.accuracy.low < (small.accuracy.high - small.accuracy.low) / 3


def test_the_same_tweets_give_the_same_figures() -> None:
    assert figures(table()) == figures(table())


def test_a_constant_that_differs_from_fold_to_fold_has_no_area_to_show() -> None:
    # Over all folds at once, the constants' ranking would follow the folds' class shares, and not be .5.
    shares = np.repeat([[0.3, 0.7], [0.5, 0.5], [0.7, 0.3]], 20, axis=0)
    found = figures(table(rows=60, probabilities=shares, fold=np.repeat([0, 1, 2], 20)))
    assert found.auc_macro == Estimate(value=0.5, low=0.5, high=0.5)


def test_one_class_alone_has_figures_that_are_defined_and_others_that_are_none() -> None:
    found = figures(table(target=np.ones(60, dtype=np.intp)))
    hateful = by_label(found)["hateful"]
    assert (hateful.tweets, hateful.recall.value, hateful.f1.value) == (0, 0, 0)
    assert hateful.auc is None
    assert hateful.average_precision is None
    assert found.binary is not None
    assert found.binary.precision_at_recall is None
    assert found.auc_macro.value == 0.5
    assert by_label(found)["not_hateful"].average_precision == Estimate(value=1, low=1, high=1)


def test_one_tweet_is_enough() -> None:
    found = figures(table(rows=1, target=np.array([0]), probabilities=np.array([[0.9, 0.1]])))
    assert found.accuracy == Estimate(value=1, low=1, high=1)
    assert figures(table(rows=1, labels=BRANDS, target=np.array([0]))).tweets == 1


def test_a_class_missing_from_one_fold_is_averaged_over_the_others() -> None:
    oof = table(rows=90)
    target = np.where(oof.fold == 0, 1, oof.target)
    found = by_label(figures(table(rows=90, target=target)))["hateful"].auc
    areas = [
        metrics.roc_auc_score(target[oof.fold == fold] == 0, oof.probabilities[oof.fold == fold, 0]) for fold in (1, 2)
    ]
    assert found is not None
    assert found.value == pytest.approx(np.mean(areas), abs=1e-6)


def test_confidence_is_that_of_the_positive_label_of_two_and_of_the_best_of_more() -> None:
    two = confidence(table(rows=2, probabilities=np.array([[0.1, 0.9], [1.0, 0.0]]), target=np.array([0, 0])))
    assert two.predicted.tolist() == [0.1, 1.0]
    assert two.came_true.tolist() == [True, True]
    assert two.bins.tolist() == [1, BINS - 1]
    four = confidence(table(rows=1, labels=BRANDS, probabilities=np.array([[0.1, 0.2, 0.6, 0.1]])))
    assert four.predicted.tolist() == [0.6]
