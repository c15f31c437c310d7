"""What tweets looked like when a bundle was made, to tell later when they look different."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from model.preprocessing.encoder import Encoded
from training.metrics import decided

_CONFIDENCE_EDGES: Final = np.linspace(0, 1, 11)
_SHARE_EDGES: Final = np.linspace(0, 1, 11)
_LENGTH_EDGES: Final = np.array([0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 101])


def reference_histograms(
    labels: Sequence[str],
    encoded: Sequence[Encoded],
    probabilities: npt.NDArray[np.float32],
    threshold: float | None = None,
) -> dict[str, JsonValue]:
    """Count held-out tweets by decided label, confidence, words and unknown share.

    Held-out ones, because a network is surer of tweets that it has seen.
    Each histogram is ``edges`` (n + 1, ascending; a bin includes its lower edge, the last one also its upper) and
    ``counts`` (n); ``labels`` counts by name. ``unknown`` is unknown words / (known + unknown ones), of tweets with
    either. threshold: of a binary task's first label; without one the most probable label counts.
    """
    counts = np.bincount(decided(probabilities, threshold), minlength=len(labels))
    lengths = np.array([len(row.ids) for row in encoded])
    shares = np.array(
        [row.unknown / (row.unknown + len(row.ids)) for row in encoded if row.unknown or row.ids], dtype=float
    )
    return {
        "tweets": len(encoded),
        "labels": {label: int(count) for label, count in zip(labels, counts, strict=True)},
        "confidence": _histogram(probabilities.max(axis=1), _CONFIDENCE_EDGES),
        "words": _histogram(lengths.clip(max=int(_LENGTH_EDGES[-1])), _LENGTH_EDGES),
        "unknown": _histogram(shares, _SHARE_EDGES),
    }


def _histogram(values: npt.NDArray[np.generic], edges: npt.NDArray[np.generic]) -> dict[str, JsonValue]:
    counts, _ = np.histogram(values, bins=edges)
    return {"edges": [round(float(edge), 6) for edge in edges], "counts": [int(count) for count in counts]}
