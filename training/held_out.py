"""A trained network's figures on the tweets that were kept from it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.architecture.weights import Weights
from training.evaluation.thresholds import validation_threshold
from training.metrics import Scores, constant_scores, score
from training.prepare import Prepared


@dataclass(frozen=True)
class Evaluation:
    """Figures on the test part, and the probabilities that they come from."""

    scores: Scores
    constant: Scores
    probabilities: npt.NDArray[np.float32]
    """[test tweets, labels], in the order of the split."""
    threshold: float | None
    """Probability from which on the first of two labels is given; None where the most probable label wins."""


def evaluate(prepared: Prepared, weights: Weights) -> Evaluation:
    """Predict the test part as it would be served, and score it; a binary task's threshold is the validation part's."""
    labels, targets, split = prepared.tweets.labels, prepared.tweets.targets, prepared.split
    predict = prepared.predictor(weights)
    threshold = validation_threshold(targets[split.validation], predict(split.validation))
    probabilities = predict(split.test)
    return Evaluation(
        scores=score(labels, targets[split.test], probabilities, threshold),
        constant=constant_scores(labels, targets[split.test], targets[split.train]),
        probabilities=probabilities,
        threshold=threshold,
    )
