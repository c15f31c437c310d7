"""What a network reads: rows of word ids, or rows of features."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from model.batching import cut
from model.rows import padded_rows

MAX_TOKENS: Final = 16_384
"""Most padded tokens of a batch that is predicted."""
MAX_ROWS: Final = 2_048
"""Most rows of features that are predicted at once."""

Rows = npt.NDArray[np.intp]


class Inputs(Protocol):
    """The tweets of one part of a split, as a network reads them."""

    def __len__(self) -> int:
        """Count the tweets."""

    def take(self, rows: Rows) -> npt.NDArray[Any]:
        """Return these rows as one batch."""

    def batches(self) -> Iterator[Rows]:
        """Yield the numbers of all rows, each once, in batches that are fit to be predicted."""

    def digest(self) -> str:
        """Name the content: SHA-256."""


@dataclass(frozen=True)
class TokenRows:
    """Word ids of each tweet, at least one."""

    rows: tuple[tuple[int, ...], ...]
    columns: int | None = None
    """Columns of every batch, for a network without a mask; otherwise a batch is as wide as its longest row."""

    def __len__(self) -> int:
        """Count the tweets."""
        return len(self.rows)

    def take(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return int32 [rows, columns], padded with 0 on the right.

        A network with a mask skips padding, so more columns would give the same result for several times the work.
        """
        ids, _ = padded_rows([self.rows[row] for row in rows])
        if self.columns is None:
            return ids
        return np.pad(ids, ((0, 0), (0, self.columns - ids.shape[1])))

    def batches(self) -> Iterator[Rows]:
        """Yield batches of about equal length and at most ``MAX_TOKENS`` padded tokens."""
        yield from by_length(self.rows, self.columns)

    def digest(self) -> str:
        """Name the rows and the width."""
        return hashlib.sha256(repr((self.rows, self.columns)).encode()).hexdigest()


@dataclass(frozen=True)
class FeatureRows:
    """TF-IDF features of each tweet: a sparse matrix, [tweets, features]."""

    matrix: Any
    """A ``scipy.sparse.csr_matrix``; SciPy ships no types."""

    def __len__(self) -> int:
        """Count the tweets."""
        return int(self.matrix.shape[0])

    def take(self, rows: Rows) -> npt.NDArray[np.float32]:
        """Return float32 [rows, features]."""
        return np.asarray(self.matrix[rows].toarray(), dtype=np.float32)

    def batches(self) -> Iterator[Rows]:
        """Yield batches of at most ``MAX_ROWS`` rows."""
        for start in range(0, len(self), MAX_ROWS):
            yield np.arange(start, min(start + MAX_ROWS, len(self)))

    def digest(self) -> str:
        """Name the matrix."""
        parts = (self.matrix.data, self.matrix.indices, self.matrix.indptr)
        return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def by_length(rows: Sequence[Sequence[int]], columns: int | None) -> Iterator[Rows]:
    """Yield row numbers, sorted by length, in batches of at most ``MAX_TOKENS`` padded tokens.

    columns: what every row costs, however short, to a network without a mask.
    """
    order = np.array(sorted(range(len(rows)), key=lambda row: len(rows[row])), dtype=np.intp)
    for batch in cut([columns or len(rows[row]) for row in order], MAX_TOKENS):
        yield order[batch]
