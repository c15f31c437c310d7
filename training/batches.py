"""Encoded tweets, and which of them make up a batch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Examples:
    """Encoded tweets of one part of the split; none of them is empty."""

    rows: tuple[tuple[int, ...], ...]
    """Word ids of each tweet, at least one."""
    targets: npt.NDArray[np.intp]
    """[tweets] index of each tweet's label."""
    weights: npt.NDArray[np.float32]
    """[tweets] weight of each tweet's loss."""

    def __len__(self) -> int:
        """Count the tweets."""
        return len(self.rows)


def shuffled_batches(count: int, batch_size: int, *, seed: int, epoch: int) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the row numbers of each batch of an epoch, in an order that only ``seed`` and ``epoch`` decide."""
    order = np.random.default_rng([seed, epoch]).permutation(count)
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]
