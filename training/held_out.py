"""A trained network's figures on the tweets that were kept from it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.architecture.weights import Weights
from model.engines.choose import load_engine
from training.metrics import Scores, constant_scores, score
from training.predict import predict_or_prior
from training.prepare import Prepared


@dataclass(frozen=True)
class Evaluation:
    """Figures on the test part, and the probabilities that they come from."""

    scores: Scores
    constant: Scores
    probabilities: npt.NDArray[np.float32]
    """[test tweets, classes], in the order of the split."""


def evaluate(prepared: Prepared, weights: Weights) -> Evaluation:
    """Predict the test part with the engine that serves on a CPU, and score it."""
    engine = load_engine(prepared.architecture, weights, engine="onnx", device="cpu")
    test = prepared.split.test
    probabilities = predict_or_prior(engine.predict, [prepared.encoded[row].ids for row in test], prepared.prior)
    truth = prepared.tweets.targets[test]
    labels = prepared.tweets.labels
    return Evaluation(
        scores=score(labels, truth, probabilities),
        constant=constant_scores(labels, truth, prepared.tweets.targets[prepared.split.train]),
        probabilities=probabilities,
    )
