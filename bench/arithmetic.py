"""What is computed from measured times: rates, percentiles, medians, and who goes when."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

_T = TypeVar("_T")

Times = npt.NDArray[np.float64]
"""Seconds, [n], in any order."""


class Rate(NamedTuple):
    """Results a second once it flows."""

    per_second: float
    counted: int
    """Results that arrived after the warm-up."""
    seconds: float
    """From the arrival that ended the warm-up to the last one."""


class Spread(NamedTuple):
    """A figure of several rounds."""

    median: float
    lowest: float
    highest: float
    rounds: int


def steady_rate(arrivals: Times, warm_up_s: float) -> Rate:
    """Return the rate between two arrivals: the first one ``warm_up_s`` or more after the very first, and the last.

    What arrives together with the opening arrival is not counted, so that results which come in bursts, a
    transaction at a time, are not counted for time that was not measured.
    Raises ValueError when nothing arrives after the warm-up.
    """
    ordered = np.sort(arrivals)
    if len(ordered) == 0:
        raise ValueError("no result arrived")
    opening = int(np.searchsorted(ordered, ordered[0] + warm_up_s, side="left"))
    if opening == len(ordered) or ordered[opening] == ordered[-1]:
        raise ValueError(f"nothing arrived after the first {warm_up_s:g} s: measure for longer")
    counted = len(ordered) - int(np.searchsorted(ordered, ordered[opening], side="right"))
    seconds = float(ordered[-1] - ordered[opening])
    return Rate(counted / seconds, counted, seconds)


def percentiles(values: Times, wanted: Sequence[float] = (50, 95, 99)) -> dict[str, float]:
    """Return ``p50``, ... and ``max``: each a value that was measured, none in between.

    Raises ValueError when there are none.
    """
    if len(values) == 0:
        raise ValueError("no value was measured")
    found = np.percentile(values, wanted, method="inverted_cdf")
    named = {f"p{percent:g}": float(value) for percent, value in zip(wanted, found, strict=True)}
    return {**named, "max": float(np.max(values))}


def spread(values: Sequence[float]) -> Spread:
    """Return the median of several rounds, with the lowest and the highest. Raises ValueError when there are none."""
    if not values:
        raise ValueError("no round was measured")
    return Spread(float(statistics.median(values)), float(min(values)), float(max(values)), len(values))


def rotated(names: Sequence[_T], turn: int) -> list[_T]:
    """Return ``names`` so that another one begins in each round: what a machine does to the first, it does to all."""
    if not names:
        return []
    start = turn % len(names)
    return [*names[start:], *names[:start]]
