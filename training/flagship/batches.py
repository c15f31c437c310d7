"""Which texts make up a batch, and how large a step it takes."""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from training.flagship.config import StudentConfig


def bucketed_batches(
    lengths: npt.NDArray[np.int32], config: StudentConfig, *, epoch: int
) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the row numbers of each batch of an epoch: every row once, those of a batch of about equal length.

    Rows are shuffled, sorted by length within stretches of a few batches, and cut; then the batches are shuffled. Only
    ``seed`` and ``epoch`` decide the order.
    """
    random = np.random.default_rng([config.seed, epoch])
    order = random.permutation(len(lengths))
    stretch = config.batch_size * config.bucket_batches
    batches = []
    for start in range(0, len(order), stretch):
        rows = order[start : start + stretch]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[at : at + config.batch_size] for at in range(0, len(rows), config.batch_size)]
    for number in random.permutation(len(batches)):
        yield batches[number]


def batches_an_epoch(rows: int, config: StudentConfig) -> int:
    """Count the batches that :func:`bucketed_batches` yields."""
    return -(-rows // config.batch_size)


def learning_rate(step: int, steps: int, config: StudentConfig) -> float:
    """Return the learning rate of a step (from 0): a straight rise, then half a cosine down to 0 at the last step."""
    rising = config.warmup * steps
    if step < rising:
        return config.learning_rate * (step + 1) / (rising + 1)
    done = (step - rising) / max(1.0, steps - rising)
    return config.learning_rate * (1 + math.cos(math.pi * min(1.0, done))) / 2


def averaging(step: int, config: StudentConfig) -> float:
    """Return how much of the averaged weights a step (from 0) keeps: little at first, when they are random."""
    return min(config.averaging, (1 + step) / (10 + step))
