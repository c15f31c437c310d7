"""From files to what a network learns from."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.architecture.config import Architecture, EmbeddingConfig
from model.errors import UsageError
from model.preprocessing.encoder import Encoded, Encoder
from model.preprocessing.vocabulary import Vocabulary
from training.batches import Examples
from training.data.brands import read_brands
from training.data.splits import Split, split_rows
from training.data.tweets import LabelledTweets, class_shares
from training.glove import Embedding, read_glove
from training.presets.preset import Preset
from training.weighting import ClassWeighting, balanced_weights, tweet_weights


@dataclass(frozen=True)
class Prepared:
    """A preset together with its data."""

    preset: Preset
    tweets: LabelledTweets
    split: Split
    vocabulary: Vocabulary
    encoded: tuple[Encoded, ...]
    """Each tweet, in file order."""
    embedding: Embedding
    architecture: Architecture
    data_file: str
    """Name, without its directory: where a file lay is nobody's business."""
    data_digest: str
    """SHA-256."""
    glove_file: str
    glove_digest: str

    @cached_property
    def prior(self) -> npt.NDArray[np.float64]:
        """Share of each class in the training part."""
        return class_shares(self.tweets.targets[self.split.train], len(self.tweets.labels))

    @cached_property
    def class_weights(self) -> npt.NDArray[np.float64]:
        """Balanced weights of the training part's classes."""
        return balanced_weights(self.tweets.targets[self.split.train], self.tweets.labels)

    def under(self, weighting: ClassWeighting) -> "Prepared":
        """Return the same data under another class weighting."""
        return replace(self, preset=self.preset.changed(weighting=weighting))

    def examples(self, part: npt.NDArray[np.intp]) -> Examples:
        """Take the rows of a part of the split in which a word is left."""
        filled = np.array([row for row in part if self.encoded[row].ids], dtype=np.intp)
        targets = self.tweets.targets[filled]
        return Examples(
            rows=tuple(tuple(self.encoded[row].ids) for row in filled),
            targets=targets,
            weights=tweet_weights(self.preset.fit.class_weighting, self.class_weights, targets),
        )

    def run(self) -> dict[str, str]:
        """Name everything that decides the trained weights, for telling one run's checkpoint from another's."""
        ids = json.dumps([list(row.ids) for row in self.encoded])
        return {
            "preset": self.preset.model_dump_json(exclude={"seed", "description"}),
            "seed": str(self.preset.seed),
            "data": self.data_digest,
            "word vectors": self.glove_digest,
            "preprocessing": hashlib.sha256(ids.encode()).hexdigest(),
            "keras": version("keras"),
            "numpy": version("numpy"),
        }


def prepare(preset: Preset, data: Path, glove: Path | None = None) -> Prepared:
    """Read, split and encode the preset's data, and look its words up in GloVe.

    glove: default: the preset's file, beside ``data``. The words are those of the training part alone.
    Raises UsageError for files that are missing or not what they should be.
    """
    from training.preprocessing.compiler import compile_vocabulary  # noqa: PLC0415 - NLTK
    from training.preprocessing.reference import tokens  # noqa: PLC0415
    from training.preprocessing.tokenizer import fit_words  # noqa: PLC0415

    glove = glove or data.parent / preset.embedding.file
    if not glove.is_file():
        # Before the clean-up, which takes seconds.
        raise UsageError(f"there is no GloVe file {glove}: name it with --glove FILE")
    tweets = read_brands(data)
    split = split_rows(len(tweets), preset.split)
    words = fit_words((tokens(tweets.texts[row]) for row in split.train), preset.tokenizer.num_words)
    if not words:
        raise UsageError(f"the clean-up leaves no word of {data.name}'s training part: give another file")
    embedding = read_glove(glove, words, preset.embedding.dimension)
    vocabulary = compile_vocabulary(words)
    encoder = Encoder(preset.preprocessing, vocabulary)
    architecture = Architecture(
        embedding=EmbeddingConfig(
            rows=len(words) + 1, dimension=preset.embedding.dimension, trainable=preset.embedding.trainable
        ),
        layers=preset.layers,
    )
    if architecture.outputs != len(tweets.labels):
        raise UsageError(
            f"preset {preset.name!r} has {architecture.outputs} outputs, its data {len(tweets.labels)} labels: "
            "change the last layer's units"
        )
    return Prepared(
        preset=preset,
        tweets=tweets,
        split=split,
        vocabulary=vocabulary,
        encoded=tuple(encoder.encode(text) for text in tweets.texts),
        embedding=embedding,
        architecture=architecture,
        data_file=data.name,
        data_digest=_digest(data),
        glove_file=glove.name,
        glove_digest=_digest(glove),
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
