"""Making rare classes count: where the weights go decides whether they do anything."""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from model.errors import UsageError


class ClassWeighting(StrEnum):
    """What happens to the balanced class weights (inverse frequency, mean 1 over the training tweets)."""

    LOSS = "loss"
    """Each tweet's loss is multiplied by its class's weight: an error on a rare class costs more."""
    OUTPUT_BIAS = "output-bias"
    """The output layer's bias starts at the weights: what the brand study did, by mistake. It only shifts where
    training starts; the loss still rewards the common class."""
    NONE = "none"
    """No weights."""


def balanced_weights(targets: npt.NDArray[np.intp], labels: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Weigh each class by rows / (classes x rows of the class): [classes], as scikit-learn's "balanced".

    Raises UsageError if a class has no row to learn from.
    """
    counts = np.bincount(targets, minlength=len(labels))
    if not counts.all():
        absent = ", ".join(repr(labels[index]) for index in np.flatnonzero(counts == 0))
        raise UsageError(
            f"none of the {len(targets)} training tweets is labelled {absent}: give a larger or better mixed file"
        )
    return np.asarray(len(targets) / (len(labels) * counts), dtype=np.float64)


def tweet_weights(
    weighting: ClassWeighting, weights: npt.NDArray[np.float64], targets: npt.NDArray[np.intp]
) -> npt.NDArray[np.float32]:
    """Weight of each tweet's loss: [tweets], all 1 unless the loss is what is weighted."""
    if weighting is ClassWeighting.LOSS:
        return weights[targets].astype(np.float32)
    return np.ones(len(targets), dtype=np.float32)


def initial_output_bias(weighting: ClassWeighting, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Where the output layer's bias starts: [classes], zeros unless it is given the weights."""
    if weighting is ClassWeighting.OUTPUT_BIAS:
        return weights.astype(np.float32)
    return np.zeros(len(weights), dtype=np.float32)
