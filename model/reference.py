"""What tweets looked like when a bundle was made, to tell later when they look different.

Training counts held-out tweets and the worker counts those of the stream by the same code, so that a difference
between the two is one of the tweets.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from model.strict import Strict

FEATURES: Final = ("class", "confidence", "length", "out_of_vocabulary")
"""What is counted of each tweet: see :class:`Reference`."""
_MOST_BINS: Final = 1_000
_FEW: Final = 256

Count = Annotated[int, Field(ge=0, le=2**53)]


class Histogram(Strict):
    """Counts of values in bins. A bin includes its lower edge, the last one also its upper."""

    edges: Annotated[tuple[float, ...], Field(min_length=2, max_length=_MOST_BINS + 1)]
    """Ascending, one more than there are bins."""
    counts: tuple[Count, ...]

    @model_validator(mode="after")
    def _bins_fit(self) -> Self:
        if len(self.counts) != len(self.edges) - 1 or not all(low < high for low, high in pairwise(self.edges)):
            raise ValueError(f"{len(self.edges)} ascending edges and a count a bin were expected")
        return self


class Reference(Strict):
    """Held-out tweets in numbers. Held-out ones, because a network is surer of tweets that it has seen."""

    tweets: Annotated[int, Field(gt=0, le=2**53)]
    labels: dict[str, Count]
    """Tweets by the label that the model gives them."""
    confidence: Histogram
    """Tweets by the probability of their most probable label."""
    words: Histogram
    """Tweets by ids that go to the network: cut to its length, 0 for an empty tweet."""
    unknown: Histogram
    """Tweets by unknown words / (known + unknown ones), of tweets with either."""

    @model_validator(mode="after")
    def _counts_every_tweet(self) -> Self:
        for name, counts in (
            ("labels", self.labels.values()),
            ("confidence", self.confidence.counts),
            ("words", self.words.counts),
        ):
            if sum(counts) != self.tweets:
                raise ValueError(f"the counts of {name} sum to {sum(counts)}, expected {self.tweets} tweets")
        return self


class Traits(NamedTuple):
    """What is counted of some tweets, [tweets] each."""

    labels: npt.NDArray[np.intp]
    """Index of the label given."""
    confidence: npt.NDArray[np.float32]
    words: npt.NDArray[np.int32]
    """Ids that went to the network."""
    unknown: npt.NDArray[np.int32]
    """Words that the vocabulary lacks."""


class Bins:
    """The bins of all features side by side, and one more for whatever a feature cannot be told of.

    labels: how many there are. The others are edges as in :class:`Histogram`; what lies beyond them belongs to the
    bins at the ends.
    """

    def __init__(
        self, labels: int, confidence: Sequence[float], words: Sequence[float], unknown: Sequence[float]
    ) -> None:
        self._inner = [np.asarray(edges[1:-1], np.float64) for edges in (confidence, words, unknown)]
        sizes = [labels, *(len(edges) - 1 for edges in (confidence, words, unknown))]
        ends = np.cumsum(sizes).tolist()
        self._starts = [end - size for size, end in zip(sizes, ends, strict=True)]
        self.slices = dict(zip(FEATURES, map(slice, self._starts, ends), strict=True))
        """Where each feature's bins are."""
        self.number: int = ends[-1] + 1

    @classmethod
    def of(cls, reference: Reference) -> Self:
        """Return the bins of a reference."""
        edges = (histogram.edges for histogram in (reference.confidence, reference.words, reference.unknown))
        return cls(len(reference.labels), *edges)

    def place(self, tweets: Traits) -> npt.NDArray[np.intp]:
        """Return the bin of each feature of each tweet: [features, tweets]."""
        words = tweets.unknown + tweets.words
        share = tweets.unknown / np.maximum(words, 1)
        values = (tweets.confidence.astype(np.float64), tweets.words, share)
        placed = np.empty((len(FEATURES), len(tweets.labels)), np.intp)
        placed[0] = tweets.labels
        for row, (inner, value) in enumerate(zip(self._inner, values, strict=True), start=1):
            placed[row] = _edges_reached(inner, value) + self._starts[row]
        placed[-1, words == 0] = self.number - 1
        return placed

    def count(self, tweets: Traits) -> npt.NDArray[np.int64]:
        """Return how many tweets are in each bin: [bins]."""
        return np.bincount(self.place(tweets).ravel(), minlength=self.number)


def _edges_reached(edges: npt.NDArray[np.float64], values: npt.NDArray[np.number]) -> npt.NDArray[np.integer]:
    """Count the edges, ascending, that each value reaches."""
    if len(values) < _FEW:
        return np.searchsorted(edges, values, side="right")
    # Of many values each step of a search is a branch that the processor guesses wrong every other time; comparing
    # all of them with each of a dozen edges takes a third of the time.
    reached = np.zeros(len(values), np.uint16)
    for edge in edges:
        reached += values >= edge
    return reached
