"""Word vectors distilled from a teacher: what it makes of each token alone, in fewer dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from training.flagship.cache import Cache, identity, texts_identity
from training.flagship.progress import Reporter

SPREAD: Final = 0.4
"""About that of GloVe's vectors, which networks are used to."""
_NAME: Final = "vectors"


class Reader(Protocol):
    """A teacher that shows what it makes of a text before it decides."""

    @property
    def identity(self) -> str:
        """Digest of everything that decides it."""

    def pooled(self, texts: Sequence[str], reporter: Reporter) -> npt.NDArray[np.float32]:
        """Return [texts, hidden size]."""


@dataclass(frozen=True)
class WordVectors:
    """From token to vector: what a student's embedding starts from."""

    tokens: Sequence[str]
    matrix: npt.NDArray[np.float32]
    """[tokens, dimension]; components have mean 0 and, all together, the standard deviation ``SPREAD``."""

    @cached_property
    def _places(self) -> dict[str, int]:
        return {token: place for place, token in enumerate(self.tokens)}

    def __call__(self, token: str) -> npt.NDArray[np.float32] | None:
        """Return a token's vector, [dimension]; None for a token that the teacher was not asked about."""
        place = self._places.get(token)
        return None if place is None else np.asarray(self.matrix[place])


def word_vectors(
    teacher: Reader, tokens: Sequence[str], dimension: int, cache: Cache, reporter: Reporter
) -> WordVectors:
    """Send each token through the teacher alone, and keep the directions in which tokens differ most.

    tokens: of the student's vocabulary, no two the same, more than ``dimension``. Raises ValueError for fewer, or for
    more dimensions than the teacher has.
    """
    under = identity(teacher.identity, texts_identity(tokens), dimension)
    stored = cache.made(
        _NAME, under, lambda: {_NAME: principal_components(teacher.pooled(tokens, reporter), dimension)}
    )
    return WordVectors(tokens, stored[_NAME])


def principal_components(rows: npt.NDArray[np.float32], dimension: int) -> npt.NDArray[np.float32]:
    """Return rows in the ``dimension`` directions of most variance, at one common scale: [rows, dimension].

    The scale is that of ``SPREAD``. A direction's sign is that of its largest entry, so that the result does
    not depend on who computes it. Raises ValueError for fewer rows or columns than dimensions.
    """
    if min(rows.shape) < dimension:
        raise ValueError(f"{rows.shape[0]} rows of {rows.shape[1]} columns have no {dimension} dimensions")
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(centred.T @ centred)
    kept = directions[:, ::-1][:, :dimension]
    largest = np.abs(kept).argmax(axis=0)
    kept = kept * np.sign(kept[largest, np.arange(dimension)])
    turned = centred @ kept
    spread = max(float(np.sqrt((turned**2).mean())), np.finfo(np.float32).tiny)
    return np.asarray(SPREAD * turned / spread, dtype=np.float32)
