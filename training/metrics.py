"""How good predictions are: figures that can be recomputed from truth and probabilities alone."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from training.data.tweets import class_shares
from training.evaluation import weighted


class ClassScores(TypedDict):
    """One class's figures; 0 where a ratio has nothing to divide by."""

    precision: float
    recall: float
    f1: float
    tweets: int


class Scores(TypedDict):
    """What a model card shows."""

    tweets: int
    accuracy: float
    macro_f1: float
    """Over the classes that occur or were decided."""
    auc_flat: float
    """Area under the ROC curve over all (tweet, class) pairs at once. It rewards knowing the class shares: a
    constant prediction scores .83 on the brand tweets. Never quote it alone."""
    auc_macro: float
    """Mean over the classes of one-vs-rest areas; a constant prediction scores .5."""
    per_class: dict[str, ClassScores]


def score(
    labels: Sequence[str],
    truth: npt.NDArray[np.intp],
    probabilities: npt.NDArray[np.floating],
    threshold: float | None = None,
) -> Scores:
    """Score predictions. The most probable class is the decision, or with a threshold the first of two from there on.

    truth: [tweets] class indices; probabilities: [tweets, classes], finite.
    The areas are NaN-free: a class that does not occur, or is all there is, is left out of the macro mean.
    Raises ValueError when the shapes do not fit or there is nothing to score.
    """
    if probabilities.shape != (len(truth), len(labels)) or not len(truth):
        raise ValueError(f"{len(truth)} truths over {len(labels)} labels do not fit {probabilities.shape}")
    weights = np.ones((1, len(truth)))
    confusion = weighted.confusions(truth, decided(probabilities, threshold), len(labels), weights)
    figures = weighted.decisions(confusion)
    one_hot = truth[:, None] == np.arange(len(labels))
    areas = [_area(one_hot[:, index], probabilities[:, index]) for index in range(len(labels))]
    auc_macro = weighted.mean_of_defined(np.array(areas))
    return Scores(
        tweets=len(truth),
        accuracy=float(figures.accuracy[0]),
        macro_f1=float(figures.macro_f1[0]),
        auc_flat=_area(one_hot.ravel(), probabilities.ravel()),
        auc_macro=float(auc_macro) if np.isfinite(auc_macro) else weighted.NO_AREA,
        per_class={
            label: ClassScores(
                precision=float(figures.precision[0, index]),
                recall=float(figures.recall[0, index]),
                f1=float(figures.f1[0, index]),
                tweets=int(one_hot[:, index].sum()),
            )
            for index, label in enumerate(labels)
        },
    )


def decided(
    probabilities: npt.NDArray[np.floating], threshold: float | npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.intp]:
    """Return the index of each row's label: [rows], from [rows, labels].

    threshold: probability from which on the first of two labels is given, for all rows or [rows]; without one the
    most probable label is.
    """
    if threshold is None:
        return np.asarray(probabilities.argmax(axis=1), dtype=np.intp)
    return np.where(probabilities[:, 0] >= threshold, np.intp(0), np.intp(1))


def constant_scores(
    labels: Sequence[str], truth: npt.NDArray[np.intp], training_targets: npt.NDArray[np.intp]
) -> Scores:
    """Score what needs no model: the training tweets' class shares, predicted for every tweet."""
    shares = class_shares(training_targets, len(labels))
    return score(labels, truth, np.tile(shares, (len(truth), 1)))


def _area(positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]) -> float:
    counts = weighted.Ranking(positive, scores).under(np.ones((1, len(positive))))
    return float(weighted.roc_area(counts)[0])
