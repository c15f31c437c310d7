"""Several teachers as one: their standardised logits are added, by shares that the validation part chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from training.evaluation.weighted import Floats
from training.flagship.probabilities import Calibration, calibrated, heated, honest_temperature, softmax, tilted
from training.flagship.recipe import EnsembleConfig

Logits = npt.NDArray[np.floating]
_LEAST_SPREAD: Final = 1e-6
_LEAST: Final = 1e-12


@dataclass(frozen=True)
class Standard:
    """What makes logits of one teacher comparable with another's."""

    offsets: Floats
    """[classes]"""
    spread: float

    def of(self, logits: Logits) -> Floats:
        """Return [texts, classes] with mean 0 in each class and spread 1 over the texts that this was made of."""
        return np.asarray((_centred(logits) - self.offsets) / self.spread)


@dataclass(frozen=True)
class Ensemble:
    """What was chosen on a validation part, to be used on any texts."""

    linear: Standard
    encoders: Standard | None
    """None where the linear model teaches alone."""
    share: float
    """Of the encoders."""
    calibration: Calibration
    prior: Floats
    """[classes] shares in the training part."""
    tilt: float
    temperature: float

    def probabilities(self, linear: Logits, encoders: Sequence[Logits]) -> Floats:
        """Return [texts, classes] from each teacher's logits for the same texts."""
        scores = _mixed(self.linear, self.encoders, self.share, linear, encoders)
        return heated(tilted(self.calibration.probabilities(scores), self.prior, self.tilt), self.temperature)


def choose(
    linear: Logits, encoders: Sequence[Logits], truth: npt.NDArray[np.intp], prior: Floats, config: EnsembleConfig
) -> Ensemble:
    """Choose share, calibration and temperature on a validation part.

    linear, encoders: [texts, classes] each, of the validation texts; truth: [texts]; prior: [classes] of the training
    part. The share is that of the least log loss in which classes weigh as much as the tilt will make them count;
    of equally good ones the first. Without any encoder the share is 0.
    """
    standards = _standard(linear), _standard(_mean(encoders)) if encoders else None
    one_hot = np.eye(linear.shape[1])[truth]
    weights = np.maximum(prior, _LEAST) ** -config.tilt

    def fitted(share: float) -> tuple[Calibration, Floats]:
        scores = _mixed(*standards, share, linear, encoders)
        calibration = calibrated(scores, one_hot)
        return calibration, calibration.probabilities(scores)

    def loss(share: float) -> float:
        _, found = fitted(share)
        right = found[np.arange(len(truth)), truth]
        return float((weights[truth] * -np.log(np.maximum(right, _LEAST))).sum())

    share = min(config.shares, key=loss) if encoders else 0.0
    calibration, found = fitted(share)
    # Untilted, the probabilities are honest as they are.
    temperature = honest_temperature(tilted(found, prior, config.tilt), truth) if config.tilt else 1.0
    return Ensemble(*standards, share, calibration, prior, config.tilt, temperature)


def _mixed(
    of_linear: Standard, of_encoders: Standard | None, share: float, linear: Logits, encoders: Sequence[Logits]
) -> Floats:
    scores = (1 - share) * of_linear.of(linear)
    return scores if of_encoders is None else scores + share * of_encoders.of(_mean(encoders))


def _mean(logits: Sequence[Logits]) -> Floats:
    return np.asarray(np.mean([_centred(one) for one in logits], axis=0))


def _centred(logits: Logits) -> Floats:
    """Take the logarithms of the probabilities, less their mean in each row: what a softmax cannot see goes."""
    logarithms = np.log(np.maximum(softmax(logits), _LEAST))
    return np.asarray(logarithms - logarithms.mean(axis=1, keepdims=True))


def _standard(logits: Logits) -> Standard:
    centred = _centred(logits)
    offsets = centred.mean(axis=0)
    return Standard(offsets, max(float((centred - offsets).std()), _LEAST_SPREAD))
