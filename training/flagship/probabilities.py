"""From scores to probabilities that can be believed."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from training.evaluation.weighted import Floats

_PULL: Final = 1e-3
"""Of the penalty that keeps the fit finite where a class is missing or all are told apart."""
_TEMPERATURES: Final = (0.2, 5.0)
_HALVINGS: Final = 40
_LEAST: Final = 1e-12


@dataclass(frozen=True)
class Calibration:
    """Softmax of scaled and shifted scores (Platt, 1999; with one scale: bias-corrected temperature scaling)."""

    scale: float
    offsets: Floats
    """[classes]"""

    def probabilities(self, scores: npt.NDArray[np.floating]) -> Floats:
        """Return [texts, classes] from [texts, classes] scores."""
        return softmax(self.scale * scores + self.offsets)


def calibrated(scores: npt.NDArray[np.floating], targets: npt.NDArray[np.floating]) -> Calibration:
    """Find the scale and the offsets of least log loss. scores, targets: [texts, classes], at least one text."""
    from scipy.optimize import minimize  # noqa: PLC0415 - keeps `--help` quick

    classes = scores.shape[1]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scale, offsets = np.exp(parameters[0]), parameters[1:]
        found = softmax(scale * scores + offsets)
        wrong = (found - targets) / len(scores)
        value = -(targets * np.log(np.maximum(found, _LEAST))).sum() / len(scores)
        slopes = np.concatenate([[scale * (wrong * scores).sum()], wrong.sum(axis=0)])
        return float(value + _PULL * (parameters**2).sum()), slopes + 2 * _PULL * parameters

    best = minimize(loss, np.zeros(1 + classes), jac=True, method="L-BFGS-B").x
    return Calibration(float(np.exp(best[0])), np.asarray(best[1:]))


def tilted(probabilities: Floats, prior: Floats, power: float) -> Floats:
    """Divide each class's probability by a power of its share, [classes], so that rare classes are named, too."""
    raised = probabilities * np.maximum(prior, _LEAST) ** -power
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def heated(probabilities: Floats, temperature: float) -> Floats:
    """Flatten probabilities (temperature above 1), or sharpen them (below); their order stays."""
    return softmax(np.log(np.maximum(probabilities, _LEAST)) / temperature)


def honest_temperature(probabilities: Floats, truth: npt.NDArray[np.intp]) -> float:
    """Find the temperature at which the most probable labels are as probable, on average, as they are right.

    probabilities: [texts, classes], truth: [texts], of a part that nothing was trained on.
    """
    right = float((probabilities.argmax(axis=1) == truth).mean())
    low, high = _TEMPERATURES
    for _ in range(_HALVINGS):
        middle = (low * high) ** 0.5
        confident = heated(probabilities, middle).max(axis=1).mean() > right
        low, high = (middle, high) if confident else (low, middle)
    return float((low * high) ** 0.5)


def softmax(scores: npt.NDArray[np.floating]) -> Floats:
    """Return exponentials that sum to 1 in each row."""
    raised = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
