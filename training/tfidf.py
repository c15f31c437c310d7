"""A TF-IDF preset with its data: features fitted to the training part, and a dense network over them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.architecture.weights import Weights
from model.errors import UsageError
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.inputs import FeatureRows
from training.learner import Learner
from training.networks import FeatureNetwork
from training.prepare import Predictor, Prepared
from training.presets.schema import TfidfPreset


@dataclass(frozen=True)
class TfidfPrepared(Prepared):
    """A TF-IDF preset together with its data."""

    preset: TfidfPreset
    matrix: Any
    """[tweets, features], sparse."""

    @property
    def network(self) -> FeatureNetwork:
        """See :class:`Prepared`."""
        return FeatureNetwork(self.vocabulary_size, self.preset.layers)

    @property
    def vocabulary_size(self) -> int:
        """See :class:`Prepared`."""
        return int(self.matrix.shape[1])

    def readable(self, part: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Keep every tweet: a row of zeros is a row."""
        return part

    def inputs(self, part: npt.NDArray[np.intp]) -> FeatureRows:
        """See :class:`Prepared`."""
        return FeatureRows(self.matrix[part])

    def predictor(self, weights: Weights) -> Predictor:
        """See :class:`Prepared`."""
        learner = Learner(self.network, self.preset.fit, seed=self.preset.seed)
        learner.start_from(weights)
        return lambda part: learner.predict(self.inputs(part))

    def unknown_share(self, part: npt.NDArray[np.intp]) -> None:
        """Tell nothing: the vectorizer does not count what it leaves out."""
        del part


def prepare_tfidf(preset: TfidfPreset, tweets: LabelledTweets, split: Split) -> TfidfPrepared:
    """Fit the features to the training part, and give every tweet its own.

    Raises UsageError if the clean-up leaves no word.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - keeps `--help` quick

    from training.preprocessing.reference import tokens  # noqa: PLC0415 - NLTK

    config = preset.tfidf
    cleaned = [" ".join(tokens(text)) for text in tweets.texts]
    vectorizer = TfidfVectorizer(
        max_features=config.max_features,
        norm=config.norm,
        strip_accents=config.strip_accents,
        stop_words=config.stop_words,
        dtype=np.float32,
    )
    try:
        vectorizer.fit([cleaned[row] for row in split.train])
    except ValueError:
        raise UsageError("the clean-up leaves no word of the training part: give another file") from None
    return TfidfPrepared(preset=preset, tweets=tweets, split=split, matrix=vectorizer.transform(cleaned))
