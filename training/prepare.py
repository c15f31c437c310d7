"""From tweets and a split to what a network learns from, and back to probabilities."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from model.architecture.config import Dense
from model.architecture.weights import Weights
from model.errors import UsageError
from training.batches import Examples
from training.data.splits import Split
from training.data.tweets import LabelledTweets, class_shares
from training.inputs import Inputs
from training.networks import Network
from training.precision import Precision
from training.presets.schema import Preset, RecurrentPreset
from training.weighting import ClassWeighting, balanced_weights, initial_output_bias, tweet_weights

Predictor = Callable[[npt.NDArray[np.intp]], npt.NDArray[np.float32]]
"""From tweets to their probabilities, [tweets, labels]."""


@dataclass(frozen=True)
class Prepared(ABC):
    """A preset together with its data. All that is fitted to texts or labels is fitted to the training part alone."""

    preset: Preset
    tweets: LabelledTweets
    split: Split

    @property
    @abstractmethod
    def network(self) -> Network:
        """What is trained."""

    @property
    @abstractmethod
    def vocabulary_size(self) -> int:
        """Words, or features, that the network knows."""

    @abstractmethod
    def inputs(self, part: npt.NDArray[np.intp]) -> Inputs:
        """Return tweets, each of which has something to read, as the network reads them."""

    @abstractmethod
    def readable(self, part: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Leave out the tweets in which the clean-up leaves nothing to read."""

    @abstractmethod
    def predictor(self, weights: Weights) -> Predictor:
        """Build the network with trained weights, to predict tweets; the prior where there is nothing to read."""

    @abstractmethod
    def unknown_share(self, part: npt.NDArray[np.intp]) -> npt.NDArray[np.float64] | None:
        """Share of each tweet's words that the vocabulary lacks; None if that cannot be told."""

    @property
    def initial_weights(self) -> Mapping[str, npt.NDArray[np.float32]]:
        """Weights that do not start at random."""
        weighting = self.preset.fit.class_weighting
        if weighting is not ClassWeighting.OUTPUT_BIAS:
            return {}
        return {self.network.output_bias: initial_output_bias(weighting, self.class_weights)}

    @cached_property
    def prior(self) -> npt.NDArray[np.float64]:
        """Share of each class in the training part."""
        return class_shares(self.tweets.targets[self.split.train], len(self.tweets.labels))

    @cached_property
    def class_weights(self) -> npt.NDArray[np.float64]:
        """Balanced weights of the training part's classes."""
        return balanced_weights(self.tweets.targets[self.split.train], self.tweets.labels)

    def under(self, weighting: ClassWeighting) -> Self:
        """Return the same data under another class weighting."""
        return replace(self, preset=self.preset.changed(weighting=weighting))

    def examples(self, part: npt.NDArray[np.intp]) -> Examples:
        """Take the tweets of a part of the split that have something to read."""
        readable = self.readable(part)
        targets = self.tweets.targets[readable]
        return Examples(
            inputs=self.inputs(readable),
            targets=targets,
            weights=tweet_weights(self.preset.fit.class_weighting, self.class_weights, targets),
        )

    def run(self, precision: Precision) -> dict[str, str]:
        """Name everything that decides the trained weights, for telling one run's checkpoint from another's."""
        training, validation = (self.examples(part) for part in (self.split.train, self.split.validation))
        labels = training.targets.tobytes() + b"|" + validation.targets.tobytes()
        return {
            "preset": self.preset.model_dump_json(exclude={"seed", "name", "description", "study", "search"}),
            "seed": str(self.preset.seed),
            "data": hashlib.sha256(labels).hexdigest(),
            "preprocessing": f"{training.inputs.digest()} {validation.inputs.digest()}",
            "initial weights": _digest(self.initial_weights),
            "precision": str(precision),
            "keras": version("keras"),
            "numpy": version("numpy"),
        }

    def refuse_wrong_outputs(self) -> None:
        """Raise UsageError if the network's last layer does not answer for the labels."""
        outputs, labels = self.network.outputs, len(self.tweets.labels)
        if outputs != labels and (outputs, labels) != (1, 2):
            raise UsageError(
                f"preset {self.preset.name!r} has {outputs} outputs, its data {labels} labels: "
                "change the last layer's units"
            )
        last, wanted = self.preset.layers[-1], "sigmoid" if outputs == 1 else "softmax"
        if isinstance(last, Dense) and last.activation != wanted:
            raise UsageError(
                f"preset {self.preset.name!r} ends in {last.activation}, which gives no probabilities: with "
                f"{outputs} {'output' if outputs == 1 else 'outputs'} the last layer's activation must be {wanted}"
            )
        if outputs == 1 and self.preset.fit.class_weighting is ClassWeighting.OUTPUT_BIAS:
            raise UsageError(
                f"preset {self.preset.name!r} has one output, so no bias a class to put the weights in: "
                "choose the class weighting loss or none"
            )


def prepare(preset: Preset, tweets: LabelledTweets, split: Split, *, glove: Path) -> Prepared:
    """Fit the preset's vocabulary or features to the training part, and encode every tweet.

    glove: the file, or the directory in which the preset's file is looked for.
    Raises UsageError for files that are missing or not what they should be.
    """
    if isinstance(preset, RecurrentPreset):
        from training.recurrent import prepare_recurrent  # noqa: PLC0415 - each imports what only it needs

        prepared: Prepared = prepare_recurrent(preset, tweets, split, glove)
    else:
        from training.tfidf import prepare_tfidf  # noqa: PLC0415

        prepared = prepare_tfidf(preset, tweets, split)
    prepared.refuse_wrong_outputs()
    return prepared


def _digest(arrays: Mapping[str, npt.NDArray[np.float32]]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(name.encode() + b"\0" + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
