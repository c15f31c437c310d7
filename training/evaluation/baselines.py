"""What any network must beat: the classes' shares, and a linear model over words and characters."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.data.splits import Split
from training.data.tweets import LabelledTweets, class_shares
from training.evaluation.candidate import FoldAnswer
from training.evaluation.weighted import Floats, divided

_WORDS: Final = (1, 2)
_CHARACTERS: Final = (2, 5)
_WORD: Final = r"(?u)\b\w\w+\b"
"""scikit-learn's own."""
_LEAST_TWEETS: Final = 2
"""In how many training tweets a feature must occur."""
_PENALTIES: Final = (1.0, 5.0)
"""scikit-learn's C: the inverse of the L2 penalty's strength. Of equally good ones the first is taken."""
_TOLERANCE: Final = 1e-3
_LEAST_PROBABILITY: Final = 1e-12
_BINARY: Final = 2
_MOST_STEPS: Final = 1000
"""Of the solver; it needs far fewer, and warns if it runs out of them."""


@dataclass(frozen=True)
class ClassPrior:
    """Predicts the shares of the classes in training for every tweet: what can be had without reading any."""

    name: str = "prior"
    device: str = "cpu"
    precision: str = "float64"

    @property
    def identity(self) -> Mapping[str, str]:
        """There is nothing to decide."""
        return {}

    def answer(self, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:  # noqa: ARG002 - the interface
        """See :class:`training.evaluation.candidate.Candidate`."""
        shares = class_shares(tweets.targets[split.train], len(tweets.labels))
        return FoldAnswer(
            validation=np.tile(shares, (len(split.validation), 1)),
            test=np.tile(shares, (len(split.test), 1)),
            epochs=0,
            seconds=0.0,
        )


@dataclass(frozen=True)
class Logistic:
    """Logistic regression over TF-IDF of words (1 and 2 in a row) and characters (2 to 5 in a row, within words).

    Texts are read as they stand, in lower case; sublinear counts; features of at least two training tweets. The
    penalty is chosen from two by the validation part's log loss: the brand tweets want the stronger one, the hate
    tweets the weaker one, which is worth .05 of average precision there.
    """

    weighted: bool
    """Whether a class's errors cost in inverse proportion to its share."""
    device: str = "cpu"
    precision: str = "float64"

    @property
    def name(self) -> str:
        """Name the variant."""
        return "logistic-weighted" if self.weighted else "logistic"

    @property
    def identity(self) -> Mapping[str, str]:
        """Everything beside data and split that decides the answers."""
        return {
            "features": f"TF-IDF words {_WORDS} characters {_CHARACTERS} from {_LEAST_TWEETS} tweets",
            "penalties": str(_PENALTIES),
            "tolerance": str(_TOLERANCE),
            "weighted": str(self.weighted),
            "scikit-learn": version("scikit-learn"),
        }

    def answer(self, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:  # noqa: ARG002 - the interface
        """See :class:`training.evaluation.candidate.Candidate`."""
        started = time.monotonic()
        train, validation, test = ([tweets.texts[row] for row in part] for part in split)
        classes, features = len(tweets.labels), tfidf_features()
        learnt, watched = features.fit_transform(train), features.transform(validation)
        targets = tweets.targets[split.train]
        weights = _class_weights(targets, classes) if self.weighted else np.ones(classes)
        models = [regression(penalty, weights, targets).fit(learnt, targets) for penalty in _PENALTIES]
        truth = tweets.targets[split.validation]
        model = min(models, key=lambda one: log_loss(probabilities_of(one, watched, classes), truth, weights))
        seconds = time.monotonic() - started
        return FoldAnswer(
            validation=probabilities_of(model, watched, classes),
            test=probabilities_of(model, features.transform(test), classes),
            epochs=0,
            seconds=seconds,
        )


def tfidf_features(
    words: tuple[int, int] = _WORDS,
    characters: tuple[int, int] = _CHARACTERS,
    least_tweets: int = _LEAST_TWEETS,
    *,
    word: str = _WORD,
) -> Any:  # noqa: ANN401 - scikit-learn ships no types
    """Make what turns texts into features, not fitted yet.

    words, characters: fewest and most in a row; least_tweets: in how many texts a feature must occur; word: a pattern.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - keeps `--help` quick
    from sklearn.pipeline import FeatureUnion  # noqa: PLC0415

    common = {"sublinear_tf": True, "min_df": least_tweets, "lowercase": True}
    return FeatureUnion(
        [
            ("words", TfidfVectorizer(analyzer="word", ngram_range=words, token_pattern=word, **common)),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=characters, **common)),
        ]
    )


def _class_weights(targets: npt.NDArray[np.intp], classes: int) -> Floats:
    """Return tweets / (occurring classes x tweets of the class), scikit-learn's "balanced"; 0 for an absent class."""
    counts = np.bincount(targets, minlength=classes).astype(np.float64)
    return divided(np.full(classes, len(targets) / np.count_nonzero(counts)), counts, otherwise=0)


def regression(penalty: float, weights: Floats, targets: npt.NDArray[np.intp]) -> Any:  # noqa: ANN401 - scikit-learn
    """Make a regression, not fitted yet. weights: [classes]; targets: [tweets], all that it will be fitted to."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - keeps `--help` quick

    occurring = np.unique(targets).tolist()
    return LogisticRegression(
        C=penalty,
        class_weight={index: float(weights[index]) for index in occurring},
        # liblinear is the quicker one, for two classes only.
        solver="liblinear" if len(occurring) == _BINARY else "lbfgs",
        tol=_TOLERANCE,
        max_iter=_MOST_STEPS,
    )


def probabilities_of(model: Any, features: Any, classes: int) -> Floats:  # noqa: ANN401 - scikit-learn
    """Return [tweets, classes]; 0 for a class that training did not see."""
    answers = np.zeros((features.shape[0], classes))
    answers[:, model.classes_] = model.predict_proba(features)
    return answers


def log_loss(probabilities: Floats, truth: npt.NDArray[np.intp], weights: Floats) -> float:
    """Return the sum of the true classes' negative log probabilities, weighted by class."""
    right = probabilities[np.arange(len(truth)), truth]
    return float((weights[truth] * -np.log(np.clip(right, _LEAST_PROBABILITY, 1))).sum())
