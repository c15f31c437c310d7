"""Whether the stream still looks like the tweets that the model was judged by.

Two figures a feature, over a sliding window of labelled tweets, against the bundle's reference:

- the Jensen-Shannon distance: the root of the divergence of Lin, "Divergence measures based on the Shannon entropy",
  IEEE Transactions on Information Theory 37 (1991), to base 2, so from 0 (alike) to 1 (nothing in common). The root
  is a metric (Endres and Schindelin, "A new metric for probability distributions", same journal, 49, 2003);
- the population stability index, the sum over bins of (p - q) ln(p / q), without an upper bound, as credit scoring
  uses it: Siddiqi, "Credit Risk Scorecards" (2006). It is undefined for an empty bin, so each bin of both
  distributions has half a tweet added (the Krichevsky-Trofimov estimate). Between samples of m and n
  tweets of one and the same distribution in b bins its mean is about (b - 1)(1 / m + 1 / n): Yurdakul,
  "Statistical properties of population stability index" (2018).
"""

import functools
import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from model.classifier import Classifier
from model.reference import FEATURES, Bins, Reference, Traits
from stream.logs import get_logger
from stream.metrics import Metrics
from stream.settings import DriftSettings

_CHUNKS: Final = 50
"""The window slides by a fiftieth of its length."""
_SMOOTHING: Final = 0.5

Counts = npt.NDArray[np.int64]
Measure = Callable[[Counts, Counts], float]


class Drift:
    """Counts the last tweets by the bins of a reference, and tells how far the two are apart.

    The window holds at most ``settings.window`` tweets, in chunks of which the oldest goes as a whole. One thread
    observes, any thread may ask.
    """

    def __init__(self, reference: Reference, settings: DriftSettings) -> None:
        self._settings = settings
        self._bins = Bins.of(reference)
        self._reference = {
            "class": _array(list(reference.labels.values())),
            "confidence": _array(reference.confidence.counts),
            "length": _array(reference.words.counts),
            "out_of_vocabulary": _array(reference.unknown.counts),
        }
        self._chunk_tweets = max(1, settings.window // _CHUNKS)
        self._most_full = settings.window // self._chunk_tweets - 1
        self._full: deque[Counts] = deque()
        self._open = self._nothing()
        self._open_tweets = 0
        self._seen = self._nothing()
        """All chunks together. Replaced, never changed: another thread may be reading it."""

    def observe(self, tweets: Traits) -> None:
        """Take the next tweets into the window."""
        placed = self._bins.place(tweets)[:, -self._settings.window :]
        _, number = placed.shape
        if not number:
            return
        if self._open_tweets == self._chunk_tweets:
            self._close()
        # One count over all chunks at once: the bins of the next chunk lie behind those of the one before.
        begun = self._open_tweets
        chunks = (np.arange(number) + begun) // self._chunk_tweets
        length = (int(chunks[-1]) + 1) * self._bins.number
        first, *further = np.bincount((placed + chunks * self._bins.number).ravel(), minlength=length).reshape(
            -1, self._bins.number
        )
        self._open = self._open + first
        for counts in further:
            self._close()
            self._open = counts
        self._open_tweets = (begun + number - 1) % self._chunk_tweets + 1
        gone = [self._full.popleft() for _ in range(len(self._full) - self._most_full)]
        self._seen = np.sum([self._seen, first, *further], axis=0) - np.sum([self._nothing(), *gone], axis=0)

    def _close(self) -> None:
        self._full.append(self._open)
        self._open, self._open_tweets = self._nothing(), 0

    @property
    def tweets(self) -> int:
        """How many tweets the window holds."""
        return int(self._seen[self._bins.slices["class"]].sum())

    def jensen_shannon_distance(self, feature: str) -> float:
        """Return the distance of one of ``FEATURES``, 0 to 1; NaN while the window holds too few tweets."""
        return self._compare(feature, jensen_shannon_distance)

    def population_stability_index(self, feature: str) -> float:
        """Return the index of one of ``FEATURES``, from 0 on; NaN while the window holds too few tweets."""
        return self._compare(feature, population_stability_index)

    def _compare(self, feature: str, measure: Measure) -> float:
        seen = self._seen
        if seen[self._bins.slices["class"]].sum() < self._settings.min_tweets:
            return math.nan
        return measure(self._reference[feature], seen[self._bins.slices[feature]])

    def _nothing(self) -> Counts:
        return np.zeros(self._bins.number, np.int64)


def watch(classifier: Classifier, settings: DriftSettings, metrics: Metrics) -> Drift | None:
    """Compare the stream with the bundle's reference from now on, and export both; None for a bundle without one."""
    reference = classifier.metadata.reference
    model = f"{classifier.name}@{classifier.version}"
    if reference is None:
        get_logger().warning(
            "drift_not_watched",
            model=model,
            detail="the bundle holds no reference histograms",
            hint="'warble-train reference' adds them",
        )
        return None
    for label, tweets in reference.labels.items():
        metrics.reference_class_ratio.labels(classifier.task, model, label).set(tweets / reference.tweets)
    drift = Drift(reference, settings)
    metrics.drift_window.set_function(lambda: drift.tweets)
    for feature in FEATURES:
        # Computed when somebody asks: a scrape every few seconds, not each batch.
        metrics.drift_jensen_shannon.labels(feature).set_function(
            functools.partial(drift.jensen_shannon_distance, feature)
        )
        metrics.drift_stability.labels(feature).set_function(
            functools.partial(drift.population_stability_index, feature)
        )
    return drift


def jensen_shannon_distance(reference: Counts, seen: Counts) -> float:
    """Return the distance between two histograms over the same bins, neither of them empty; NaN if one is."""
    if not reference.sum() or not seen.sum():
        return math.nan
    p, q = reference / reference.sum(), seen / seen.sum()
    middle = (p + q) / 2
    return math.sqrt(max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2))


def population_stability_index(reference: Counts, seen: Counts) -> float:
    """Return the index between two histograms over the same bins, smoothed as said above; NaN if one is empty."""
    if not reference.sum() or not seen.sum():
        return math.nan
    p, q = ((counts + _SMOOTHING) / (counts + _SMOOTHING).sum() for counts in (reference, seen))
    return float(((p - q) * np.log(p / q)).sum())


def _divergence(p: npt.NDArray[np.float64], q: npt.NDArray[np.float64]) -> float:
    """Return the Kullback-Leibler divergence to base 2; q is positive wherever p is."""
    there = p > 0
    return float((p[there] * np.log2(p[there] / q[there])).sum())


def _array(counts: Sequence[int]) -> Counts:
    return np.array(counts, np.int64)
