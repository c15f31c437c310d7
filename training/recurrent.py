"""A recurrent preset with its data: words, ids, embedding, and the network that will be served."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.architecture.config import EMBEDDING, Architecture, EmbeddingConfig
from model.architecture.head import two_label_softmax
from model.architecture.weights import Weights
from model.engines.choose import load_engine
from model.errors import UsageError
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoded, Encoder
from model.preprocessing.vocabulary import Vocabulary
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.glove import Embedding, read_glove
from training.inputs import TokenRows
from training.networks import RecurrentNetwork
from training.predict import predict_or_prior
from training.prepare import Predictor, Prepared
from training.preprocessing.tokenizer import fit_words
from training.presets.schema import GloveEmbedding, RecurrentPreset


@dataclass(frozen=True)
class RecurrentPrepared(Prepared):
    """A recurrent preset together with its data."""

    preset: RecurrentPreset
    vocabulary: Vocabulary
    encoded: tuple[Encoded, ...]
    """Each tweet, in file order."""
    embedding: Embedding | None
    """Word vectors to start from."""
    architecture: Architecture
    """As it is trained; :meth:`served` is what a bundle holds."""

    @property
    def network(self) -> RecurrentNetwork:
        """See :class:`Prepared`."""
        return RecurrentNetwork(self.architecture)

    @property
    def vocabulary_size(self) -> int:
        """See :class:`Prepared`."""
        return len(self.vocabulary.words)

    @property
    def initial_weights(self) -> Mapping[str, npt.NDArray[np.float32]]:
        """See :class:`Prepared`."""
        weights = dict(super().initial_weights)
        if self.embedding is not None:
            weights[EMBEDDING] = self.embedding.matrix
        return weights

    def readable(self, part: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """See :class:`Prepared`."""
        return np.array([row for row in part if self.encoded[row].ids], dtype=np.intp)

    def inputs(self, part: npt.NDArray[np.intp]) -> TokenRows:
        """See :class:`Prepared`."""
        rows = tuple(tuple(self.encoded[row].ids) for row in part)
        return TokenRows(rows, self.architecture.embedding.columns)

    def served(self, weights: Weights) -> tuple[Architecture, Weights]:
        """Return the network as a bundle holds it: one probability a label, whatever it was trained as."""
        if self.architecture.outputs == 1:
            return two_label_softmax(self.architecture, weights)
        return self.architecture, weights

    def predictor(self, weights: Weights) -> Predictor:
        """Predict with the engine that serves on a CPU."""
        engine = load_engine(*self.served(weights), engine="onnx", device="cpu")

        def predict(part: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
            rows = [self.encoded[row].ids for row in part]
            return predict_or_prior(engine.predict, rows, self.prior, self.architecture.embedding.columns)

        return predict

    def unknown_share(self, part: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """See :class:`Prepared`; 0 for a tweet without words."""
        counts = [(self.encoded[row].unknown, len(self.encoded[row].ids) + self.encoded[row].truncated) for row in part]
        return np.array([unknown / max(1, unknown + known) for unknown, known in counts])


def prepare_recurrent(preset: RecurrentPreset, tweets: LabelledTweets, split: Split, glove: Path) -> RecurrentPrepared:
    """Fit the vocabulary, look its words up in GloVe if the preset says so, and encode every tweet."""
    # Before the clean-up, which takes seconds.
    vectors = glove_file(preset, glove)
    start = preset.embedding
    tokens = tokenize(preset.preprocessing)
    words = fit_words((tokens(tweets.texts[row]) for row in split.train), preset.tokenizer.num_words)
    if not words:
        raise UsageError("the clean-up leaves no word of the training part: give another file")
    vocabulary = _vocabulary(preset.preprocessing, words)
    encoder = Encoder(preset.preprocessing, vocabulary)
    return RecurrentPrepared(
        preset=preset,
        tweets=tweets,
        split=split,
        vocabulary=vocabulary,
        encoded=tuple(encoder.encode(text) for text in tweets.texts),
        embedding=read_glove(vectors, words, start.dimension) if vectors else None,
        architecture=Architecture(
            embedding=EmbeddingConfig(
                rows=len(words) + 1,
                dimension=start.dimension,
                trainable=start.trainable,
                columns=None if start.mask else preset.preprocessing.max_length,
            ),
            layers=preset.layers,
        ),
    )


def tokenize(preprocessing: Preprocessing) -> Callable[[str], Sequence[str]]:
    """Choose the plain pipeline whose words the clean-up counts."""
    if preprocessing.cleanup == "keras-tokenizer":
        from model.preprocessing.keras_tokens import tokens  # noqa: PLC0415

        return tokens
    from training.preprocessing.reference import tokens as reference_tokens  # noqa: PLC0415 - NLTK

    return reference_tokens


def _vocabulary(preprocessing: Preprocessing, words: Sequence[str]) -> Vocabulary:
    if preprocessing.cleanup == "keras-tokenizer":
        return Vocabulary.of_words(words)
    from training.preprocessing.compiler import compile_vocabulary  # noqa: PLC0415 - NLTK

    return compile_vocabulary(words)


def glove_file(preset: RecurrentPreset, glove: Path) -> Path | None:
    """Return the file of word vectors that a preset starts from, if it starts from any.

    glove: the file itself, or the directory that holds the preset's. Raises UsageError if it is not there.
    """
    embedding = preset.embedding
    if not isinstance(embedding, GloveEmbedding):
        return None
    path = glove / embedding.file if glove.is_dir() else glove
    if not path.is_file():
        raise UsageError(f"there is no GloVe file {path}: name it with --glove FILE")
    return path
