"""Tweets of our own making, and a preset so small that a search over it takes seconds.

`python -m tests.training.search.small DIRECTORY OUT` searches, and dies of SIGKILL in the middle of its second trial.
"""

import csv
import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from model.architecture.config import LSTM, Dense
from training.precision import Precision
from training.presets.preset import load_preset
from training.presets.schema import Preset, RandomEmbedding, RecurrentPreset, SearchSpace, TokenizerConfig
from training.search.progress import SearchReporter
from training.search.search import Request, search

TRIALS = 3
FOLDS = 2
DIVERGES = 3e38
"""A learning rate after which no loss is finite."""
SEED = 5
"""Of draws of which the second one diverges."""


def write_tweets(path: Path, rows: int = 120) -> Path:
    """Write tweets of random words, so that none is another's near-duplicate; a third is hateful and says so."""
    random = np.random.default_rng(67)
    words = [f"{first}{last}" for first in ("ba", "de", "ki", "lo", "mu") for last in ("ra", "so", "ti", "ven")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "label", "tweet"))
        for row in range(rows):
            hateful = int(row % 3 == 0)
            text = " ".join(random.choice(words, size=6)) + (" awful" if hateful else " lovely")
            writer.writerow((row, hateful, text))
    return path


def preset(**changes: Any) -> Preset:  # noqa: ANN401 - any of the fields
    """A network of a few dozen weights and a space of a few values."""
    shipped = load_preset("hate-narrow")
    assert isinstance(shipped, RecurrentPreset)
    fields: dict[str, Any] = {
        "name": "small",
        "preprocessing": shipped.preprocessing.model_copy(update={"max_length": 8}),
        "tokenizer": TokenizerConfig(num_words=50),
        "embedding": RandomEmbedding(source="random", dimension=3, mask=False),
        "layers": (
            LSTM(type="lstm", units=2, bidirectional=False, return_sequences=False, dropout=0.0),
            Dense(type="dense", units=4, activation="relu", l2=0.0),
            Dense(type="dense", units=1, activation="sigmoid", l2=0.0),
        ),
        "fit": shipped.fit.model_copy(update={"batch_size": "all", "max_epochs": 2}),
        "search": SearchSpace(
            optimizers=("adam",),
            learning_rates=(0.03, DIVERGES),
            dense_layers=(0, 1),
            dense_units=(2, 3),
            activations=("relu", "tanh"),
            dropouts=(0.0, 0.5),
        ),
    }
    return shipped.model_copy(update=fields | changes)


def request(directory: Path, out: Path, **changes: Any) -> Request:  # noqa: ANN401 - any of the fields
    """A search of three trials over ``tweets.csv`` in a directory."""
    fields: dict[str, Any] = {
        "preset": preset(),
        "data": directory / "tweets.csv",
        "glove": None,
        "out": out,
        "trials": TRIALS,
        "folds": FOLDS,
        "subset": 1.0,
        "max_epochs": None,
        "seed": SEED,
        "precision": Precision.FLOAT32,
        "overwrite": False,
    }
    return Request(**(fields | changes))


def quiet(console: Console | None = None) -> SearchReporter:
    """A reporter whose lines nobody reads."""
    return SearchReporter(console or Console(file=io.StringIO(), force_terminal=False), trials=TRIALS, folds=FOLDS)


class Killer(SearchReporter):
    """Kills its own process, as a power cut would, once the first epoch of the second fold of a trial is done."""

    def __init__(self, trial: int) -> None:
        super().__init__(Console(stderr=True), trials=TRIALS, folds=FOLDS)
        self._moment = trial

    def epoch_done(self, epoch: Any, best_epoch: int) -> None:  # noqa: ANN401 - not looked at
        """Die if this is the moment."""
        del epoch, best_epoch
        if self._running and self._running[0] == self._moment and self._fold == 1:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    search(request(Path(sys.argv[1]), Path(sys.argv[2])), Killer(0))
