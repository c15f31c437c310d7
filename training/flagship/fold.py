"""A fold: what its teachers and its student may learn from, and what they must never have seen."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from training.data.datasets import DatasetName
from training.data.folds import grouped_folds, whole_fold
from training.data.splits import Split, split_rows
from training.evaluation.contenders import STUDY_PRESETS
from training.flagship.cache import identity
from training.flagship.corpus import Corpus
from training.flagship.near import HeldOut
from training.flagship.transfer import TransferSet
from training.presets.preset import load_preset
from training.weighting import balanced_weights

FINAL: Final = "final"
"""Name of what is shipped."""
OUTER: Final = "fold-"
"""What the names of the folds of cross-validation begin with."""


@dataclass(frozen=True)
class Fold:
    """A task's tweets, cut into parts."""

    name: str
    corpus: Corpus
    split: Split

    @property
    def number(self) -> int:
        """Count the folds of cross-validation before it; 0 for one that is none of them."""
        return int(self.name.removeprefix(OUTER)) if self.name.startswith(OUTER) else 0

    def texts(self, part: npt.NDArray[np.intp]) -> list[str]:
        """Return the tweets of a part."""
        return [self.corpus.tweets.texts[row] for row in part]

    @property
    def classes(self) -> int:
        """Count the labels."""
        return len(self.corpus.tweets.labels)

    @cached_property
    def targets(self) -> npt.NDArray[np.float32]:
        """[training tweets, classes] the mean label of all tweets that are the same, those that are held out left out.

        Annotators often disagree about the very same tweet; what they say together tells more than the first of them.
        """
        labels, same = self.corpus.tweets.targets, self.corpus.same
        learnt = np.ones(len(labels), dtype=np.bool_)
        learnt[np.concatenate([self.split.validation, self.split.test])] = False
        counts = np.zeros((same.max() + 1, self.classes), dtype=np.float32)
        np.add.at(counts, (same[learnt], labels[learnt]), 1)
        of_tweets = counts[same[self.split.train]]
        return np.asarray(of_tweets / of_tweets.sum(axis=1, keepdims=True))

    def class_weights(self, power: float) -> npt.NDArray[np.float64]:
        """Balanced weights of the training part's classes, to a power: [classes]. Raises UsageError if one is empty."""
        targets = self.corpus.tweets.targets[self.split.train]
        return np.asarray(balanced_weights(targets, self.corpus.tweets.labels) ** power)

    @cached_property
    def held_out(self) -> HeldOut:
        """What nothing that is learnt from may be near: all tweets of the validation and the test part's clusters."""
        clusters = self.corpus.clusters
        outside = clusters[np.concatenate([self.split.validation, self.split.test])]
        return HeldOut(self.corpus.normalised[row] for row in np.flatnonzero(np.isin(clusters, outside)).tolist())

    @cached_property
    def identity(self) -> str:
        """Digest of the tweets and the parts."""
        parts = [hashlib.sha256(part.astype("<i8").tobytes()).hexdigest() for part in self.split]
        return identity(self.corpus.identity, parts)

    def validation(self, power: float) -> TransferSet:
        """Return the validation tweets with their own labels, weighted by class: what a student chooses by.

        power: of the class weights. With that of the teachers' tilt, the least loss is that of their probabilities.
        """
        rows = self.split.validation
        targets = self.corpus.tweets.targets[rows]
        weights = self.class_weights(power)[targets]
        one_hot = np.eye(self.classes, dtype=np.float32)[targets]
        return TransferSet(self.texts(rows), one_hot, (weights / weights.mean()).astype(np.float32))


def outer_folds(corpus: Corpus, folds: int, seed: int) -> list[Fold]:
    """Cut the tweets for grouped cross-validation, as every evaluation does: `fold-0`, `fold-1`, ...

    Raises UsageError if a class has too few clusters.
    """
    splits = grouped_folds(corpus.tweets, corpus.clusters, folds, seed=seed)
    return [Fold(f"{OUTER}{number}", corpus, split) for number, split in enumerate(splits)]


def study_fold(corpus: Corpus, task: DatasetName) -> Fold:
    """Cut the tweets as the task's study did: `study`. It leaks near-duplicates, and is for comparison only.

    Raises UsageError for too few tweets.
    """
    config = load_preset(STUDY_PRESETS[task]).split
    return Fold("study", corpus, split_rows(corpus.tweets.targets, config))


def final_fold(corpus: Corpus, seed: int) -> Fold:
    """Cut the tweets for what is shipped: `final`, all clusters but a validation part, and nothing to test on.

    Raises UsageError if a class has too few clusters.
    """
    return Fold(FINAL, corpus, whole_fold(corpus.tweets, corpus.clusters, seed=seed))
