"""Word vectors to start from."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.errors import UsageError
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoder
from model.preprocessing.vocabulary import Vocabulary
from training.flagship.vocabulary import is_hashtag
from training.glove import Embedding

Vectors = Callable[[str], npt.NDArray[np.floating[Any]] | None]
"""A token's vector, [dimension], or None."""

_SPREAD: Final = 0.3
"""Standard deviation of vectors that start at random where none is known."""


def initial_embedding(vocabulary: Vocabulary, vectors: Vectors, dimension: int, *, seed: int) -> Embedding:
    """Lay out the vectors of words and pieces; row 0, the padding, is zeros.

    A hashtag without a vector starts at the mean of the words in it; what else has none, at random, as far from 0 as
    the others are. Raises UsageError for a vector of another dimension or one that is not finite.
    """
    random = np.random.default_rng([seed, vocabulary.size, dimension])
    matrix = random.normal(size=(vocabulary.size + 1, dimension))
    found = np.zeros(len(matrix), dtype=bool)
    for i, word in enumerate(vocabulary.words, 1):
        vector = vectors(word)
        if vector is not None:
            if np.shape(vector) != (dimension,) or not np.isfinite(vector).all():
                raise UsageError(
                    f"the vector of {word!r} should be {dimension} finite numbers, received the shape "
                    f"{list(np.shape(vector))}: give vectors of the student's dimension"
                )
            matrix[i], found[i] = vector, True
    matrix[~found] *= matrix[found].std() if found.any() else _SPREAD
    encode = Encoder(Preprocessing(cleanup="tweet"), vocabulary).encode
    known = found.copy()
    for i, word in enumerate(vocabulary.words, 1):
        if is_hashtag(word) and not known[i]:
            parts = [part for part in encode(word).ids[1:] if known[part]]
            if parts:
                matrix[i], found[i] = matrix[parts].mean(axis=0), True
    matrix[0] = 0
    return Embedding(matrix.astype(np.float32), int(vocabulary.size - found[1:].sum()))
