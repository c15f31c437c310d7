"""The teacher that sees letters: logistic regression over TF-IDF of words and of characters within words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.data.marks import HASHTAG
from training.evaluation.baselines import log_loss, probabilities_of, regression, tfidf_features
from training.flagship.cache import identity
from training.flagship.fold import Fold
from training.flagship.progress import Reporter
from training.flagship.recipe import LinearConfig
from training.flagship.texts import EDITION, readable

_WORD: Final = r"(?u)#\w\w+|\b\w\w+\b"
_LEAST_PROBABILITY: Final = 1e-7


@dataclass(frozen=True)
class LinearTeacher:
    """Learns from a fold's training part, and chooses its penalty on the validation part."""

    fold: Fold
    config: LinearConfig
    name: str = "linear"

    @property
    def identity(self) -> str:
        """Digest of everything that decides the answers."""
        return identity(self.name, EDITION, self.fold.identity, self.config.model_dump(), version("scikit-learn"))

    def logits(self, texts: Sequence[str], reporter: Reporter) -> npt.NDArray[np.float32]:
        """Return the logarithms of each text's probabilities: [texts, classes]."""
        if "_fitted" not in self.__dict__:
            reporter.say(f"{self.fold.name}: fitting the linear teacher to {len(self.fold.split.train)} tweets")
        features, model = self._fitted
        found = probabilities_of(model, features.transform(list(map(with_hashtags, texts))), self.fold.classes)
        return np.log(np.maximum(found, _LEAST_PROBABILITY)).astype(np.float32)

    @cached_property
    def _fitted(self) -> tuple[Any, Any]:
        """The features and the regression, fitted once a run: that is quicker than reading them would be."""
        config, fold = self.config, self.fold
        features = tfidf_features(config.words, config.characters, config.least_tweets, word=_WORD)
        learnt = features.fit_transform(list(map(with_hashtags, fold.texts(fold.split.train))))
        watched = features.transform(list(map(with_hashtags, fold.texts(fold.split.validation))))
        # A tweet with a mean label counts once for each class that it got, by the share of those who gave it.
        rows, targets = np.nonzero(fold.targets)
        shares, weights = fold.targets[rows, targets], fold.class_weights(config.class_weight_power)
        truth = fold.corpus.tweets.targets[fold.split.validation]

        def loss(model: Any) -> float:  # noqa: ANN401 - scikit-learn ships no types
            return log_loss(probabilities_of(model, watched, fold.classes), truth, weights)

        models = [
            regression(penalty, weights, targets).fit(learnt[rows], targets, sample_weight=shares)
            for penalty in config.penalties
        ]
        return features, min(models, key=loss)


def with_hashtags(text: str) -> str:
    """Return a text as the linear teacher reads it: every hashtag both whole and without its mark."""
    return HASHTAG.sub(_twice, readable(text))


def _twice(tag: re.Match[str]) -> str:
    return f" {tag[0]} {tag[0][1:]} "
