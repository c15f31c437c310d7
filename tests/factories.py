"""Small, quick stand-ins for the real thing."""

from pathlib import Path
from typing import Any

import numpy as np

from model.architecture.config import LSTM, Architecture, BatchNormalization, Dense, Dropout, EmbeddingConfig
from model.architecture.weights import Weights
from model.bundle.metadata import Metadata
from model.bundle.write import write_bundle
from model.preprocessing.config import Preprocessing
from model.preprocessing.vocabulary import SKIP, Vocabulary

BRAND_LABELS = ("i can't tell", "negative", "neutral", "positive")
WORDS = ("love", "hate", "ipad", "phone", "store", "line", "great", "broken", "app", "launch", "battery", "meh")
GOLDEN_TEXTS = (
    "I love my ipad",
    "the battery is broken and I hate it",
    "long line at the store",
    "great app launch, great phone",
    "meh",
    "love love love",
    "ipads and phones at the launch",
    "",
    "#hashtag only",
)


def tiny_vocabulary() -> Vocabulary:
    """Twelve words, a plural for each, and a few stop words."""
    forms = {word: i for i, word in enumerate(WORDS, 1)}
    forms |= {f"{word}s": i for i, word in enumerate(WORDS, 1)}
    forms |= dict.fromkeys(("i", "my", "the", "is", "and", "it", "at"), SKIP)
    return Vocabulary(words=WORDS, forms=forms)


def tiny_architecture(rows: int = len(WORDS) + 1, outputs: int = len(BRAND_LABELS)) -> Architecture:
    """The brand network in small."""
    return Architecture(
        embedding=EmbeddingConfig(rows=rows, dimension=4),
        layers=(
            LSTM(units=3, bidirectional=True, return_sequences=True),
            LSTM(units=5),
            Dense(units=4, activation="swish"),
            Dropout(rate=0.5),
            Dense(units=outputs, activation="softmax"),
        ),
    )


def without_a_mask(columns: int, outputs: int = len(BRAND_LABELS)) -> Architecture:
    """A hate network in small, without a mask and with batch normalisation."""
    return Architecture(
        embedding=EmbeddingConfig(rows=len(WORDS) + 1, dimension=4, trainable=True, columns=columns),
        layers=(
            LSTM(units=3, bidirectional=True, return_sequences=True, dropout=0.3),
            BatchNormalization(),
            LSTM(units=4, bidirectional=True, dropout=0.3),
            BatchNormalization(),
            Dense(units=5, activation="relu", l2=0.02),
            Dense(units=outputs, activation="softmax"),
        ),
    )


def random_weights(architecture: Architecture, seed: int = 67, scale: float = 1.0) -> Weights:
    """Weights large enough for the answers to differ from tweet to tweet."""
    random = np.random.default_rng(seed)
    weights = {
        name: random.normal(scale=scale, size=shape).astype(np.float32)
        for name, shape in architecture.weight_shapes().items()
    }
    # Batch normalisation must not level the answers, as it does not in a trained network.
    for name, array in weights.items():
        match name.rpartition(".")[2]:
            case "gamma":
                weights[name] = 1 + np.float32(0.3) * array
            case "beta":
                weights[name] = np.float32(0.3) * array
            case "moving_mean":
                weights[name] = np.float32(0.1) * array
            case "moving_variance":
                weights[name] = np.float32(0.05) + np.float32(0.1) * np.abs(array)
    return weights


def tiny_metadata(**changes: Any) -> Metadata:  # noqa: ANN401 - any of the fields
    """The metadata of the tiny bundle, some of its fields changed."""
    labels = changes.get("labels", BRAND_LABELS)
    fields: dict[str, Any] = {
        "name": "tiny",
        "version": "1.0.0",
        "task": "brands",
        "labels": labels,
        "prior": tuple(np.full(len(labels), 1 / len(labels)).tolist())
        if len(labels) != len(BRAND_LABELS)
        else (0.02, 0.06, 0.59, 0.33),
        "preprocessing": Preprocessing(cleanup="brands-notebook", max_length=20),
        "architecture": tiny_architecture(outputs=len(labels)),
    }
    return Metadata(**(fields | changes))


def tiny_bundle(path: Path, *, seed: int = 67, overwrite: bool = False, **changes: Any) -> Path:  # noqa: ANN401
    """Write a valid bundle of a few kilobytes in some milliseconds, without TensorFlow or NLTK.

    changes: fields of the metadata, such as ``name``, ``labels``, ``prior`` or ``threshold``. Returns ``path``.
    """
    metadata = tiny_metadata(**changes)
    return write_bundle(
        path,
        metadata=metadata,
        vocabulary=tiny_vocabulary(),
        weights=random_weights(metadata.architecture, seed),
        golden_texts=GOLDEN_TEXTS,
        model_card="# Tiny\n\nRandom weights, for tests.\n",
        overwrite=overwrite,
    )
