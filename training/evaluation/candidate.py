"""What can be evaluated: anything that learns from one part of the tweets and answers another."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from training.data.splits import Split
from training.data.tweets import LabelledTweets


class FoldAnswer(NamedTuple):
    """What a candidate answers for one fold."""

    validation: npt.NDArray[np.float64]
    """[validation rows, labels] probabilities, in the order of the split; [0, labels] from what never trains."""
    test: npt.NDArray[np.float64]
    """[test rows, labels] probabilities, in the order of the split."""
    epochs: int
    """How many it trained; 0 for what has no epochs."""
    seconds: float
    """How long it trained, interruptions left out."""
    unknown_share: npt.NDArray[np.float64] | None = None
    """[test rows] share of the words that the candidate's vocabulary lacks; None from what has no vocabulary."""
    threshold: float | None = None
    """Of a binary task, for what brings its own; None to have one chosen on the validation part."""


class Candidate(Protocol):
    """Something under evaluation."""

    @property
    def name(self) -> str:
        """What the result is filed under."""

    @property
    def identity(self) -> Mapping[str, str]:
        """Everything beside data and split that decides the answers, so that kept ones are not mistaken for others'."""

    @property
    def device(self) -> str:
        """Where it computes, in words for people: ``cpu``, or the GPU's name."""

    @property
    def precision(self) -> str:
        """Of its numbers: ``float32``, ``mixed_float16``, ..."""

    def answer(self, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:
        """Learn from ``split.train``, watch ``split.validation``, and answer it and ``split.test``.

        fold: number of the fold, for messages and for where checkpoints go. Anything chosen (words, weights, when to
        stop) comes from the training and validation parts; the labels of the test part are not looked at.
        """
