"""How good predictions are: figures that can be recomputed from truth and probabilities alone."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from training.data.tweets import class_shares


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
    auc_flat: float
    """Area under the ROC curve over all (tweet, class) pairs at once. It rewards knowing the class shares: a
    constant prediction scores .83 on the brand tweets. Never quote it alone."""
    auc_macro: float
    """Mean over the classes of one-vs-rest areas; a constant prediction scores .5."""
    per_class: dict[str, ClassScores]


def score(labels: Sequence[str], truth: npt.NDArray[np.intp], probabilities: npt.NDArray[np.floating]) -> Scores:
    """Score predictions, the most probable class being the decision.

    truth: [tweets] class indices; probabilities: [tweets, classes], finite.
    The areas are NaN-free: a class that does not occur, or is all there is, is left out of the macro mean.
    Raises ValueError when the shapes do not fit or there is nothing to score.
    """
    if probabilities.shape != (len(truth), len(labels)) or not len(truth):
        raise ValueError(f"{len(truth)} truths over {len(labels)} labels do not fit {probabilities.shape}")
    decided = probabilities.argmax(axis=1)
    per_class = {label: _class_scores(truth == index, decided == index) for index, label in enumerate(labels)}
    one_hot = truth[:, None] == np.arange(len(labels))
    areas = [
        _area(one_hot[:, index], probabilities[:, index])
        for index in range(len(labels))
        if 0 < one_hot[:, index].sum() < len(truth)
    ]
    return Scores(
        tweets=len(truth),
        accuracy=float((decided == truth).mean()),
        macro_f1=float(np.mean([scores["f1"] for scores in per_class.values()])),
        auc_flat=_area(one_hot.ravel(), probabilities.ravel()),
        auc_macro=float(np.mean(areas)) if areas else 0.5,
        per_class=per_class,
    )


def constant_scores(
    labels: Sequence[str], truth: npt.NDArray[np.intp], training_targets: npt.NDArray[np.intp]
) -> Scores:
    """Score what needs no model: the training tweets' class shares, predicted for every tweet."""
    shares = class_shares(training_targets, len(labels))
    return score(labels, truth, np.tile(shares, (len(truth), 1)))


def _class_scores(is_class: npt.NDArray[np.bool_], is_decided: npt.NDArray[np.bool_]) -> ClassScores:
    hits = int((is_class & is_decided).sum())
    decided, actual = int(is_decided.sum()), int(is_class.sum())
    return ClassScores(
        precision=hits / decided if decided else 0.0,
        recall=hits / actual if actual else 0.0,
        f1=2 * hits / (decided + actual) if decided + actual else 0.0,
        tweets=actual,
    )


def _area(truth: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]) -> float:
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - keeps `--help` quick

    return float(roc_auc_score(truth, scores))
