"""A finished bundle under evaluation: it answers as it would serve."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from model.classifier import Classifier
from model.errors import UsageError, WarbleError
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.candidate import FoldAnswer
from training.evaluation.thresholds import DEFAULT

NOTE: Final = (
    "a finished bundle was scored: it may have been trained on these very tweets, and then its figures flatter it"
)


@dataclass(frozen=True)
class BundleCandidate:
    """Learns nothing; decides by the bundle's own threshold."""

    classifier: Classifier
    precision: str = "float32"

    @property
    def name(self) -> str:
        """Name the bundle and its version."""
        return f"{self.classifier.name}@{self.classifier.version}"

    @property
    def identity(self) -> Mapping[str, str]:
        """Everything beside data and split that decides the answers."""
        return {"bundle": self.name} | self.classifier.digests

    @property
    def device(self) -> str:
        """Where the engine runs."""
        return self.classifier.engine.device

    def check(self, labels: tuple[str, ...]) -> None:
        """Raise UsageError unless the bundle tells the data's labels apart."""
        if self.classifier.labels != labels:
            raise UsageError(
                f"bundle {self.name!r} knows the labels {', '.join(self.classifier.labels)}, the data "
                f"{', '.join(labels)}: give a bundle or data of the same task"
            )

    def answer(self, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:  # noqa: ARG002 - the interface
        """See :class:`training.evaluation.candidate.Candidate`.

        Raises WarbleError if the network fails for a tweet.
        """
        encoded, unknown, truncated = self.classifier.encode_all([tweets.texts[row] for row in split.test])
        predictions = self.classifier.predict(encoded)
        for place, why in predictions.failed.items():
            row = tweets.rows[split.test[place]]
            raise WarbleError(f"bundle {self.name!r} fails for data row {row + 1}: {why}: verify the bundle")
        return FoldAnswer(
            validation=np.empty((0, len(tweets.labels))),
            test=predictions.probabilities.astype(np.float64),
            epochs=0,
            seconds=0.0,
            unknown_share=unknown / np.maximum(1, unknown + encoded.lengths + truncated),
            threshold=self._threshold(),
        )

    def _threshold(self) -> float:
        """Return the bundle's threshold as one of its first label."""
        threshold = self.classifier.metadata.threshold
        if threshold is None:
            return DEFAULT
        # The classifier compares its own probabilities, which are float32.
        value = np.float32(threshold.value)
        if threshold.label == self.classifier.labels[0]:
            return float(value)
        # The second label from p on is the first one above 1 - p, strictly (to a rounding: both need not add up to 1).
        return min(1.0, float(np.nextafter(1 - value, np.float32(2))))
