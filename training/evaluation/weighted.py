"""Figures under weights of the tweets: one implementation for a figure and for its bootstrap distribution.

Every function takes weights, [resamples, tweets]: how often each tweet was drawn. All ones give the plain figure.
A figure without anything to divide by is NaN, or 0 where that is the custom (precision, recall, F1).
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NO_AREA: Final = 0.5
"""What a macro ROC area is where no class has one."""


class Counts(NamedTuple):
    """What is above each threshold, from the highest down; the last threshold lets everything through."""

    hits: Floats
    """[resamples, thresholds] weight of the positive tweets."""
    falls: Floats
    """[resamples, thresholds] weight of the negative ones."""


class Ranking:
    """Tweets from the highest score down; equal scores share a threshold.

    positive: [tweets]; scores: [tweets], finite, at least one.
    """

    def __init__(self, positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ranked = scores[self._order]
        self._ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        self._positive = positive[self._order]

    def under(self, weights: Floats) -> Counts:
        """Count what is above each threshold."""
        ordered = weights[:, self._order]
        above = np.cumsum(ordered, axis=1)[:, self._ends]
        hits = np.cumsum(ordered * self._positive, axis=1)[:, self._ends]
        return Counts(hits, above - hits)


def roc_area(counts: Counts) -> Floats:
    """Return the area under the ROC curve, ties counting half: [resamples], NaN without both kinds of tweets."""
    hits, falls = counts
    middles = hits - np.diff(hits, axis=1, prepend=0) / 2
    return divided((np.diff(falls, axis=1, prepend=0) * middles).sum(axis=1), hits[:, -1] * falls[:, -1])


def average_precision(counts: Counts) -> Floats:
    """Return the mean of the precisions, weighted by the recall that each threshold adds: [resamples].

    As scikit-learn's, without interpolation. NaN without positive tweets.
    """
    hits, falls = counts
    steps = np.diff(hits, axis=1, prepend=0)
    return divided((steps * divided(hits, hits + falls, otherwise=0)).sum(axis=1), hits[:, -1])


def precision_at_recall(counts: Counts, recall: float) -> Floats:
    """Return the best precision of a threshold with at least this recall: [resamples], NaN without positive tweets."""
    hits, falls = counts
    enough = hits >= recall * hits[:, -1:]
    best = np.where(enough, divided(hits, hits + falls, otherwise=0), 0).max(axis=1)
    return np.where(hits[:, -1] > 0, best, np.nan)


def confusions(truth: npt.NDArray[np.intp], decided: npt.NDArray[np.intp], classes: int, weights: Floats) -> Floats:
    """Return [resamples, classes, classes] weights of tweets: true class by decided class."""
    cells = (truth * classes + decided)[:, None] == np.arange(classes * classes)
    return np.asarray((weights @ cells.astype(np.float64)).reshape(-1, classes, classes))


class Decisions(NamedTuple):
    """What follows from a confusion matrix; 0 where there is nothing to divide by."""

    accuracy: Floats
    """[resamples]"""
    precision: Floats
    """[resamples, classes], as the next three."""
    recall: Floats
    f1: Floats
    specificity: Floats
    """Share of the other classes' tweets that did not get the label."""
    macro_f1: Floats
    """[resamples] over the classes that occur or were decided, as scikit-learn's."""


def decisions(confusion: Floats) -> Decisions:
    """Derive figures from [resamples, classes, classes] confusion matrices."""
    total = confusion.sum(axis=(1, 2))
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    actual, decided = confusion.sum(axis=2), confusion.sum(axis=1)
    others = total[:, None] - actual
    f1 = divided(2 * hits, actual + decided, otherwise=0)
    return Decisions(
        accuracy=divided(hits.sum(axis=1), total),
        precision=divided(hits, decided, otherwise=0),
        recall=divided(hits, actual, otherwise=0),
        f1=f1,
        specificity=divided(others - (decided - hits), others, otherwise=0),
        macro_f1=divided(f1.sum(axis=1), (actual + decided > 0).sum(axis=1).astype(np.float64)),
    )


def calibration_error(
    bins: npt.NDArray[np.intp], predicted: Floats, came_true: npt.NDArray[np.bool_], weights: Floats
) -> Floats:
    """Return the mean distance, over bins, of predicted probability and frequency, weighted by tweets: [resamples].

    bins: [tweets] number of each tweet's bin; predicted: [tweets] probability; came_true: [tweets].
    """
    in_bin = bins[:, None] == np.arange(bins.max() + 1)
    gaps = weights @ (in_bin * (predicted - came_true)[:, None])
    return divided(np.abs(gaps).sum(axis=1), weights.sum(axis=1))


def mean_of_defined(values: Floats) -> Floats:
    """Return the mean over the last axis, NaN left out: NaN where nothing is left."""
    defined = np.isfinite(values)
    return divided(np.where(defined, values, 0).sum(axis=-1), defined.sum(axis=-1).astype(np.float64))


def divided(numerator: Floats, denominator: Floats, otherwise: float = np.nan) -> Floats:
    """Divide, with ``otherwise`` where the denominator is 0."""
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), otherwise, dtype=np.float64)
    return np.divide(numerator, denominator, out=result, where=denominator != 0)
