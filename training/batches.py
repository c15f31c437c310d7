"""Tweets to learn from, and which of them make up a batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from training.inputs import Inputs


@dataclass(frozen=True)
class Examples:
    """The tweets of one part of the split that have something to read."""

    inputs: Inputs
    targets: npt.NDArray[np.intp]
    """[tweets] index of each tweet's label."""
    weights: npt.NDArray[np.float32]
    """[tweets] weight of each tweet's loss."""

    def __len__(self) -> int:
        """Count the tweets."""
        return len(self.inputs)


def shuffled_batches(
    count: int, batch_size: int | Literal["all"], *, seed: int, epoch: int
) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the row numbers of each batch of an epoch, in an order that only ``seed`` and ``epoch`` decide."""
    order = np.random.default_rng([seed, epoch]).permutation(count)
    size = batch_rows(count, batch_size)
    for start in range(0, count, size):
        yield order[start : start + size]


def bucketed_batches(
    lengths: npt.NDArray[np.integer], batch_size: int, *, seed: int, epoch: int, together: int
) -> list[npt.NDArray[np.intp]]:
    """Return the row numbers of each batch of an epoch: random, but each of rows of about the same length.

    The rows are shuffled, runs of ``together`` batches are sorted by length and cut, and the batches are shuffled:
    a third of the padding of batches that are cut at random. Only ``seed`` and ``epoch`` decide.
    lengths: [rows]
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths)).astype(np.intp)
    batches = []
    for start in range(0, len(order), batch_size * together):
        run = order[start : start + batch_size * together]
        run = run[np.argsort(lengths[run], kind="stable")]
        batches += [run[first : first + batch_size] for first in range(0, len(run), batch_size)]
    return [batches[place] for place in random.permutation(len(batches))]


def batch_rows(count: int, batch_size: int | Literal["all"]) -> int:
    """Return how many of ``count`` rows a whole batch has."""
    return max(1, count) if batch_size == "all" else batch_size
