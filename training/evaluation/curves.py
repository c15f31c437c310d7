"""The curves behind the figures, decimated: the mean of the folds' curves, as the areas are the mean of theirs."""

from typing import Final

import numpy as np
import numpy.typing as npt

from training.evaluation.oof import Oof
from training.evaluation.recompute import BINS, Confidence, confidence
from training.evaluation.result import Curves, ReliabilityBin
from training.evaluation.weighted import Counts, Floats, Ranking

_GRID: Final = np.linspace(0, 1, 101)
_DECIMALS: Final = 4


def curves(oof: Oof) -> Curves:
    """Sample ROC, precision-recall and reliability curves."""
    roc: dict[str, tuple[float, ...]] = {}
    precision_recall: dict[str, tuple[float, ...]] = {}
    for index, label in enumerate(oof.labels):
        by_fold = [counts for fold in np.unique(oof.fold) if (counts := _counts(oof, fold, index)) is not None]
        if by_fold:
            roc[label] = _rounded(np.mean([_roc(counts) for counts in by_fold], axis=0))
            precision_recall[label] = _rounded(np.mean([_precisions(counts) for counts in by_fold], axis=0))
    return Curves(
        grid=_rounded(_GRID),
        roc=roc,
        precision_recall=precision_recall,
        reliability=_reliability(confidence(oof)),
    )


def _counts(oof: Oof, fold: int, label: int) -> Counts | None:
    """Rank a fold's tweets; None if only the label, or not the label, is in it."""
    tweets = oof.fold == fold
    positive = oof.target[tweets] == label
    if positive.all() or not positive.any():
        return None
    return Ranking(positive, oof.probabilities[tweets, label]).under(np.ones((1, len(positive))))


def _roc(counts: Counts) -> Floats:
    hits, falls = (np.concatenate([[0.0], side[0] / side[0, -1]]) for side in counts)
    return np.asarray(np.interp(_GRID, falls, hits), dtype=np.float64)


def _precisions(counts: Counts) -> Floats:
    """Return the precision at the first threshold that reaches each recall, without interpolation."""
    hits, falls = counts.hits[0], counts.falls[0]
    first = np.searchsorted(hits / hits[-1], _GRID - 1e-9)
    return np.asarray(hits[first] / (hits[first] + falls[first]))


def _reliability(found: Confidence) -> tuple[ReliabilityBin, ...]:
    return tuple(_bin(number, found, found.bins == number) for number in range(BINS))


def _bin(number: int, found: Confidence, inside: npt.NDArray[np.bool_]) -> ReliabilityBin:
    tweets = int(inside.sum())
    return ReliabilityBin(
        low=round(number / BINS, _DECIMALS),
        high=round((number + 1) / BINS, _DECIMALS),
        tweets=tweets,
        predicted=round(min(1.0, float(found.predicted[inside].mean())), _DECIMALS) if tweets else None,
        actual=round(float(found.came_true[inside].mean()), _DECIMALS) if tweets else None,
    )


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), _DECIMALS) for value in values)
