"""How many batches an epoch of a student has, and how large a step each takes."""

import math

from training.flagship.config import StudentConfig


def batches_an_epoch(rows: int, config: StudentConfig) -> int:
    """Count the batches of an epoch."""
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
