import numpy as np
import pytest

from tests.training.evaluation.tables import table
from training.evaluation.curves import curves
from training.evaluation.recompute import BINS, figures

BRANDS = ("i can't tell", "negative", "neutral", "positive")


@pytest.mark.parametrize("labels", [("hateful", "not_hateful"), BRANDS])
def test_the_areas_under_the_curves_are_those_of_the_figures(labels: tuple[str, ...]) -> None:
    oof = table(rows=800, labels=labels)
    drawn, made = curves(oof), figures(oof)
    assert drawn.grid == tuple(round(place / 100, 4) for place in range(101))
    for found in made.per_class:
        assert found.auc is not None
        assert found.average_precision is not None
        area = np.trapezoid(drawn.roc[found.label], drawn.grid)
        assert area == pytest.approx(found.auc.value, abs=0.02)
        assert np.mean(drawn.precision_recall[found.label]) == pytest.approx(found.average_precision.value, abs=0.02)


def test_a_constant_draws_the_diagonal_and_the_share_of_the_class() -> None:
    oof = table(rows=40, folds=1, target=np.repeat([0, 1], [10, 30]), probabilities=np.tile([0.25, 0.75], (40, 1)))
    drawn = curves(oof)
    assert drawn.roc["hateful"] == drawn.grid
    assert set(drawn.precision_recall["hateful"]) == {0.25}


def test_a_perfect_ranking_draws_the_corner() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8]])
    drawn = curves(table(rows=4, folds=1, target=np.array([0, 0, 1, 1]), probabilities=probabilities))
    assert set(drawn.roc["hateful"]) == {1}
    assert set(drawn.precision_recall["hateful"]) == {1}


def test_a_label_without_a_curve_is_left_out() -> None:
    drawn = curves(table(target=np.ones(60, dtype=np.intp)))
    assert drawn.roc == {}
    assert drawn.precision_recall == {}


def test_every_tweet_is_in_one_bin_of_the_reliability_curve() -> None:
    oof = table(rows=500)
    bins = curves(oof).reliability
    assert len(bins) == BINS
    assert sum(one.tweets for one in bins) == 500
    assert bins[0].low == 0
    assert bins[-1].high == 1
    for one in bins:
        assert (one.predicted is None) == (one.tweets == 0)
        assert one.predicted is None or one.low - 1e-4 <= one.predicted <= one.high + 1e-4
