"""Scored tweets of our own making."""

from typing import Any

import numpy as np

from training.evaluation.oof import Oof

BINARY = ("hateful", "not_hateful")


def table(rows: int = 60, labels: tuple[str, ...] = BINARY, seed: int = 1, folds: int = 3, **changes: Any) -> Oof:  # noqa: ANN401
    """Predictions somewhat better than chance; ``changes`` replace columns."""
    random = np.random.default_rng(seed)
    target = random.integers(len(labels), size=rows)
    logits = random.normal(size=(rows, len(labels)))
    logits[np.arange(rows), target] += 1
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    columns: dict[str, Any] = {
        "row": np.arange(rows) * 2,
        "cluster": np.arange(rows),
        "fold": np.arange(rows) % folds,
        "target": target,
        "threshold": np.full(rows, 0.4 if len(labels) == 2 else np.nan),
        "probabilities": probabilities,
        "words": random.integers(1, 30, size=rows),
        "unknown_share": random.integers(5, size=rows) / 7,
        "retweet": random.random(rows) < 0.3,
        "cluster_size": random.integers(1, 3, size=rows),
        "twin_in_training": random.random(rows) < 0.3,
    }
    return Oof(labels=labels, **(columns | changes))
