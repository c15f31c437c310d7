"""What published batches and their predictions look like: size, padding, how sure the model is, how they drift."""

from typing import Final

import numpy as np
import numpy.typing as npt

from model.classifier import FAILED, Classifier
from model.reference import Traits
from stream.drift import watch
from stream.metrics import Metrics
from stream.predictor import Predicted
from stream.settings import Settings

_LEAST: Final = float(np.finfo(np.float32).tiny)
"""Stands in for a probability of 0, whose logarithm is none; next to nothing times it is 0 all the same."""


class Distributions:
    """Describes each published batch in the metrics, all of its tweets at once."""

    def __init__(self, settings: Settings, classifier: Classifier, metrics: Metrics) -> None:
        self._metrics = metrics
        self._max_tweets = settings.batch.max_tweets
        self._drift = watch(classifier, settings.drift, metrics)
        # One label is no choice: its entropy is 0, whatever it is divided by.
        self._most_entropy = float(np.log(max(2, len(classifier.labels))))

    def observe(self, predicted: Predicted) -> None:
        """Take note of a batch that is published: its shape, and the answers to its labelled tweets."""
        batch, predictions, _ = predicted
        lengths, unknown = batch.encoded.rows.lengths, batch.encoded.unknown
        self._describe_shape(predicted)
        rows = _labelled(predicted)
        if len(rows):
            confidence = self._describe_answers(predictions.probabilities[rows])
            if self._drift is not None:
                self._drift.observe(Traits(predictions.labels[rows], confidence, lengths[rows], unknown[rows]))

    def _describe_shape(self, predicted: Predicted) -> None:
        batch, metrics = predicted.batch, self._metrics
        encoded, tokens = batch.encoded, len(batch.encoded.rows.ids)
        metrics.tokens.inc(tokens)
        metrics.tokens_unknown.inc(int(encoded.unknown.sum(dtype=np.int64)))
        metrics.tokens_truncated.inc(int(encoded.truncated.sum(dtype=np.int64)))
        metrics.batch_tweets.observe(len(batch))
        metrics.batch_fill.observe(len(batch) / self._max_tweets)
        metrics.batch_tokens.observe(tokens)
        if predicted.predictions.padding is not None:
            metrics.batch_padding.observe(predicted.predictions.padding)

    def _describe_answers(self, answers: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability of each tweet's most probable label; answers: [tweets, labels]."""
        # By label, then by tweet: NumPy is several times as quick along long rows as along short ones.
        probabilities = np.ascontiguousarray(answers.T).clip(_LEAST, 1)
        confidence: npt.NDArray[np.float32] = probabilities.max(axis=0)
        self._metrics.confidence.observe(confidence)
        entropy = -(probabilities * np.log(probabilities)).sum(axis=0)
        self._metrics.entropy.observe((entropy / self._most_entropy).clip(0, 1))
        return confidence


def _labelled(predicted: Predicted) -> npt.NDArray[np.intp]:
    """Return the rows of a batch that became results, ascending."""
    batch, predictions, revoked = predicted
    labelled = predictions.labels != FAILED
    if batch.rejected:
        labelled[list(batch.rejected)] = False
    if revoked:
        labelled &= [record.partition() not in revoked for record in batch.records]
    return np.flatnonzero(labelled)
