"""Which tweets of one fold are found again in another: a second look at folds, which knows nothing of clusters.

The clustering that folds are made by (:mod:`training.data.clusters`) leaves out most pairs; here all that share
anything are counted.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.intp]

_BLOCK: Final = 2_000
"""Tweets that are compared with all others at once: some 100 MB."""


class Likeness(NamedTuple):
    """How alike two texts must be: by the Jaccard similarity of their sets of so many words in a row."""

    words: int
    least: float


NEAR_DUPLICATE: Final = Likeness(words=3, least=0.8)
"""As of clusters: of a short tweet, no word between others may differ."""
LOOK_ALIKE: Final = Likeness(words=2, least=0.6)
"""Much looser: of eleven words, one between others may differ."""


def pairs_across(normalised: Sequence[str], folds: Integers, likeness: Likeness) -> Integers:
    """Return the positions of each two texts that are alike although their folds differ: [pairs, 2], ascending.

    A text of fewer words than are looked at in a row is like another only if it is the same.
    """
    found = [np.stack([one, other]) for one, other in _alike(normalised, likeness)]
    pairs = np.concatenate([np.empty((2, 0), np.intp), *found], axis=1).T
    return np.asarray(pairs[folds[pairs[:, 0]] != folds[pairs[:, 1]]])


def _alike(normalised: Sequence[str], likeness: Likeness) -> Iterator[tuple[Integers, Integers]]:
    from scipy.sparse import csr_array  # noqa: PLC0415 - keeps `--help` quick

    numbers: dict[str, int] = {}
    sets = [{numbers.setdefault(run, len(numbers)) for run in _runs(text, likeness.words)} for text in normalised]
    sizes = np.array([len(one) for one in sets])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    holds = np.fromiter((number for one in sets for number in one), np.intp, ends[-1])
    shape = (len(sets), max(1, len(numbers)))
    matrix = csr_array((np.ones(len(holds), np.int32), holds, ends), shape=shape)
    for start in range(0, len(sets), _BLOCK):
        shared = (matrix[start : start + _BLOCK] @ matrix.T).tocoo()
        one, other = shared.row + start, shared.col
        # Written as products, so that no rounding decides.
        enough = shared.data * (1 + likeness.least) >= likeness.least * (sizes[one] + sizes[other]) - 1e-9
        kept = enough & (one < other)
        yield one[kept].astype(np.intp), other[kept].astype(np.intp)


def _runs(text: str, words: int) -> set[str]:
    found = text.split(" ")
    return {" ".join(found[start : start + words]) for start in range(len(found) - words + 1)} or {text}
