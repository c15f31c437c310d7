"""Probabilities that are as sure as they are right: a temperature (Guo et al., 2017), and a bias for each class.

With both it is the bias-corrected temperature scaling of Alexandari, Kundaje and Shrikumar (2020).
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from model.architecture.config import NGRAMS, Architecture, layer_name
from model.architecture.weights import Weights
from training.flagship.transfer import TransferSet

_LEAST_PROBABILITY: Final = 1e-7
_RANGE: Final = (math.log(0.1), math.log(10.0))
_MOST_BIAS: Final = 2.0
"""Either way, before the mean is taken off."""
_ROUNDS: Final = 60
_GOLDEN: Final = (math.sqrt(5) - 1) / 2


def soft_cross_entropy(probabilities: npt.NDArray[np.floating], truth: TransferSet, temperature: float = 1.0) -> float:
    """Mean weighted loss of probabilities, [texts, classes], in nats; 0 if nothing weighs.

    temperature: what the logits behind the probabilities are divided by first.
    """
    return _loss(_logits(probabilities) / temperature, truth)


def _logits(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    logits: npt.NDArray[np.float64] = np.log(np.clip(probabilities.astype(np.float64), _LEAST_PROBABILITY, 1))
    return logits


def _loss(logits: npt.NDArray[np.float64], truth: TransferSet) -> float:
    highest = logits.max(axis=1, keepdims=True)
    logs = logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))
    losses = -(truth.targets * logs).sum(axis=1)
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


def fit_temperature_and_bias(
    probabilities: npt.NDArray[np.floating], truth: TransferSet
) -> tuple[float, npt.NDArray[np.float64]]:
    """Find the temperature, and what is to be added to each class's logit behind it, of the least loss.

    The biases, [classes], sum to 0. A network that knows the rare classes' words less often outside of its training
    tweets gives them too little on all of the others, which no temperature mends. The loss has one valley only. Bounds
    as :func:`fit_temperature` has; two classes' biases differ by 4 at most.
    """
    logits, classes = _logits(probabilities), probabilities.shape[1]
    found = minimize(
        lambda of: _loss(logits * of[0] + of[1:], truth),
        x0=np.append(1.0, np.zeros(classes)),
        method="L-BFGS-B",
        bounds=[(math.exp(_RANGE[0]), math.exp(_RANGE[1])), *[(-_MOST_BIAS, _MOST_BIAS)] * classes],
    )
    biases = np.asarray(found.x[1:], np.float64)
    return 1 / float(found.x[0]), biases - biases.mean()


def with_temperature(
    architecture: Architecture, weights: Weights, temperature: float, bias: npt.NDArray[np.floating] | None = None
) -> Weights:
    """Divide the logits by a temperature, then add a bias a class; serving knows nothing of it, the weights hold it.

    Weights of n-grams are rounded to 16 bits again.
    """
    last = len(architecture.layers) - 1
    name = layer_name(last, architecture.layers[last])
    scaled = {part: weights[part] / np.float32(temperature) for part in (f"{name}.kernel", f"{name}.bias")}
    if bias is not None:
        scaled[f"{name}.bias"] += bias.astype(np.float32)
    if NGRAMS in weights:
        scaled[NGRAMS] = rounded(weights[NGRAMS] / np.float32(temperature))
    return weights | scaled


def rounded(table: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Round to what 16 bits can hold, in which a bundle keeps it then."""
    return table.astype(np.float16).astype(np.float32)
