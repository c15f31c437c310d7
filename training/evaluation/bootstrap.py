"""How far a figure could be off: it is made again from tweets drawn with replacement."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np

from training.evaluation.result import Difference, Estimate
from training.evaluation.weighted import Floats

RESAMPLES: Final = 1000
SEED: Final = 67
_INTERVAL: Final = (2.5, 97.5)
_DRAWN_AT_ONCE: Final = 2_000_000
"""Most weights in memory."""
_DECIMALS: Final = 6

Statistic = Callable[[Floats], Mapping[str, Floats]]
"""Weights, [resamples, tweets], to named figures, [resamples] each."""


def estimates(statistic: Statistic, tweets: int) -> dict[str, Estimate | None]:
    """Give each figure its percentile interval (Efron, 1979) over 1,000 resamples of ``tweets`` tweets.

    Where a tweet stands for its cluster of near-duplicates, as in grouped folds, drawing tweets is drawing clusters;
    elsewhere near-duplicates make intervals a little too narrow. They are about other tweets of the same kind, not
    about other seeds. Resamples in which a figure is undefined are left out; a figure that is undefined on the tweets
    themselves is None.
    Deterministic. A calibration error grows with noise, so its interval may lie above it.
    """
    return {
        name: None if found is None else Estimate(**{key: max(0.0, one) for key, one in found.items()})
        for name, found in _percentiles(statistic, tweets).items()
    }


def differences(one: Statistic, other: Statistic, tweets: int) -> dict[str, Difference | None]:
    """Give by how much each figure of one exceeds the other's an interval, as :func:`estimates` does.

    Both are made of the same resamples: what is hard for both moves no difference.
    """

    def difference(weights: Floats) -> dict[str, Floats]:
        subtrahends = other(weights)
        return {name: value - subtrahends[name] for name, value in one(weights).items()}

    return {
        name: None if found is None else Difference(**found) for name, found in _percentiles(difference, tweets).items()
    }


def _percentiles(statistic: Statistic, tweets: int) -> dict[str, dict[str, float] | None]:
    values = {name: float(value[0]) for name, value in statistic(np.ones((1, tweets))).items()}
    parts = [statistic(weights) for weights in _resampled(tweets)]
    drawn = {name: np.concatenate([part[name] for part in parts]) for name in values}
    return {
        name: None if np.isnan(value) else _interval(value, drawn[name][np.isfinite(drawn[name])])
        for name, value in values.items()
    }


def _interval(value: float, drawn: Floats) -> dict[str, float]:
    low, high = np.percentile(drawn, _INTERVAL) if len(drawn) else (value, value)
    return {name: _rounded(one) for name, one in (("value", value), ("low", low), ("high", high))}


def _rounded(value: float) -> float:
    return min(1.0, max(-1.0, round(float(value), _DECIMALS)))


def _resampled(tweets: int) -> Iterator[Floats]:
    """Yield how often each tweet was drawn, [some resamples, tweets], ``RESAMPLES`` rows in all."""
    random = np.random.default_rng(SEED)
    at_once = max(1, _DRAWN_AT_ONCE // tweets)
    for start in range(0, RESAMPLES, at_once):
        drawn = random.integers(tweets, size=(min(at_once, RESAMPLES - start), tweets))
        yield np.stack([np.bincount(row, minlength=tweets) for row in drawn]).astype(np.float64)
