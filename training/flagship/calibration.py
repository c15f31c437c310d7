"""Temperature scaling: probabilities that are as sure as they are right (Guo et al., 2017)."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from model.architecture.config import NGRAMS, Architecture, layer_name
from model.architecture.weights import Weights
from training.flagship.transfer import TransferSet

_LEAST_PROBABILITY: Final = 1e-7
_RANGE: Final = (math.log(0.1), math.log(10.0))
_ROUNDS: Final = 60
_GOLDEN: Final = (math.sqrt(5) - 1) / 2


def soft_cross_entropy(probabilities: npt.NDArray[np.floating], truth: TransferSet, temperature: float = 1.0) -> float:
    """Mean weighted loss of probabilities, [texts, classes], in nats; 0 if nothing weighs.

    temperature: what the logits behind the probabilities are divided by first.
    """
    logits = np.log(np.clip(probabilities.astype(np.float64), _LEAST_PROBABILITY, 1)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    losses = -(truth.targets * logits).sum(axis=1)
    weights = truth.weights.astype(np.float64)
    return float((losses * weights).sum() / max(weights.sum(), _LEAST_PROBABILITY))


def fit_temperature(probabilities: npt.NDArray[np.floating], truth: TransferSet) -> float:
    """Find the temperature of the least loss, by golden sections; the loss has one valley only.

    Returns a number from 0.1 to 10: a validation part of a few texts must not make all probabilities 0 and 1.
    """
    low, high = _RANGE
    for _ in range(_ROUNDS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if soft_cross_entropy(probabilities, truth, math.exp(left)) <= soft_cross_entropy(
            probabilities, truth, math.exp(right)
        ):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def with_temperature(architecture: Architecture, weights: Weights, temperature: float) -> Weights:
    """Divide the logits by a temperature: fold it into what makes them, so that serving knows nothing of it.

    Weights of n-grams are rounded to 16 bits again.
    """
    last = len(architecture.layers) - 1
    name = layer_name(last, architecture.layers[last])
    scaled = {part: weights[part] / np.float32(temperature) for part in (f"{name}.kernel", f"{name}.bias")}
    if NGRAMS in weights:
        scaled[NGRAMS] = rounded(weights[NGRAMS] / np.float32(temperature))
    return weights | scaled


def rounded(table: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Round to what 16 bits can hold, in which a bundle keeps it then."""
    return table.astype(np.float16).astype(np.float32)
