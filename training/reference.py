"""The reference of a bundle: its histograms over tweets that were held out."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from model.preprocessing.encoder import Encoded
from model.reference import Bins, Histogram, Reference, Traits
from training.metrics import decided

_CONFIDENCE_EDGES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)
"""Fine near 1, where a network of two labels mostly is."""
_SHARE_EDGES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_LENGTH_EDGES: Final = tuple(map(float, (0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 101)))


def reference_of(
    labels: Sequence[str],
    encoded: Sequence[Encoded],
    probabilities: npt.NDArray[np.float32],
    threshold: float | None = None,
) -> Reference:
    """Count held-out tweets by decided label, confidence, words and unknown share.

    threshold: of a binary task's first label; without one the most probable label counts.
    """
    given = decided(probabilities, threshold)
    empty = [row for row, tweet in enumerate(encoded) if not tweet.ids]
    given[empty] = probabilities[empty].argmax(axis=1)  # as it is served: the prior's most common class, always
    bins = Bins(len(labels), _CONFIDENCE_EDGES, _LENGTH_EDGES, _SHARE_EDGES)
    counts = bins.count(
        Traits(
            labels=given,
            confidence=probabilities.max(axis=1),
            words=np.array([len(row.ids) for row in encoded], np.int32),
            unknown=np.array([row.unknown for row in encoded], np.int32),
        )
    )
    by_label, confidence, words, unknown = (tuple(counts[part].tolist()) for part in bins.slices.values())
    return Reference(
        tweets=len(encoded),
        labels=dict(zip(labels, by_label, strict=True)),
        confidence=Histogram(edges=_CONFIDENCE_EDGES, counts=confidence),
        words=Histogram(edges=_LENGTH_EDGES, counts=words),
        unknown=Histogram(edges=_SHARE_EDGES, counts=unknown),
    )
