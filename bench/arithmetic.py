"""What is computed from measured times: rates, percentiles, medians, and who goes when."""

import statistics
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

_T = TypeVar("_T")

_LOOKS: Final = 1_000
"""How often a stretch is looked at."""

Times = npt.NDArray[np.float64]
"""Seconds, [n], in any order."""


class Rate(NamedTuple):
    """Results a second once it flows."""

    per_second: float
    counted: int
    """Results that arrived in that stretch."""
    seconds: float


class Spread(NamedTuple):
    """A figure of several rounds."""

    median: float
    lowest: float
    highest: float
    rounds: int


def steady_rate(arrivals: Times, warm_up_s: float, seconds: float) -> Rate:
    """Return the rate from ``warm_up_s`` after the first arrival on, for ``seconds``.

    It is the slope of the line that fits best how many had arrived by when: results come in bursts, a transaction or a
    checkpoint at a time, so a count would depend on whether a burst falls just inside or outside of the stretch.
    seconds: no longer than arrivals were waited for. Raises ValueError when nothing arrives in that stretch.
    """
    ordered = np.sort(arrivals)
    if len(ordered) == 0:
        raise ValueError("no result arrived")
    begin = ordered[0] + warm_up_s
    looks = np.linspace(begin, begin + seconds, _LOOKS)
    there = np.searchsorted(ordered, looks, side="right")
    counted = int(there[-1] - there[0])
    if counted <= 0:
        raise ValueError(f"nothing arrived after the first {warm_up_s:g} s: measure for longer")
    slope, _ = np.polyfit(looks - begin, there, 1)
    return Rate(float(slope), counted, seconds)


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
