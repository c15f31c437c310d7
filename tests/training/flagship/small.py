"""Texts of our own writing with soft targets, a small student, and who watches it."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from training.checkpoint import Epoch
from training.flagship.config import StudentConfig
from training.flagship.transfer import TransferSet
from training.flagship.vocabulary import VocabularyConfig

LABELS = ("negative", "neutral", "positive")
_SAID = {
    "negative": ("I hate my {}", "the {} broke again :(", "worst {} ever #fail", "so angry about this {}!!"),
    "neutral": ("the {} is here", "they show a {} at noon", "a {} in the window", "where is the {}?"),
    "positive": ("I love my {}", "the {} is great :)", "best {} ever #win", "so happy about this {}!!"),
}
NEW = ("I hate my toaster", "the toaster is here", "best toaster ever #win", "so happy :)", "", "qqq \u65e5 #zzz")
"""Texts that no sentence of :func:`transfer` is."""
_THINGS = ("phone", "tablet", "camera", "laptop", "speaker", "watch", "charger", "app")


def transfer(things: Sequence[str] = _THINGS, sure: float = 0.9) -> TransferSet:
    """Every sentence about every thing; sure: probability of the right class."""
    texts, targets = [], []
    for (number, said), thing in product(enumerate(_SAID.values()), things):
        for sentence in said:
            texts.append(sentence.format(thing))
            targets.append(np.where(np.arange(len(LABELS)) == number, sure, (1 - sure) / (len(LABELS) - 1)))
    return TransferSet(texts, np.array(targets, np.float32), np.ones(len(texts), np.float32))


def config(**changes: Any) -> StudentConfig:  # noqa: ANN401 - any of the fields
    """A student that learns in a second."""
    fields: dict[str, Any] = {
        "seed": 3,
        "vocabulary": VocabularyConfig(words=60, hashtags=5, pieces=20, least_count=2),
        "dimension": 8,
        "units": 6,
        "attention_units": 4,
        "longest_ngram": 2,
        "ngram_buckets": 500,
        "token_dropout": 0.05,
        "spatial_dropout": 0.05,
        "dropout": 0.1,
        "batch_size": 8,
        "bucket_batches": 3,
        "learning_rate": 0.03,
        "averaging": 0.9,
        "max_epochs": 6,
    }
    return StudentConfig(**(fields | changes))


class Watcher:
    """Remembers what it is told; interrupts the run at the end of an epoch if it is to."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.said: list[str] = []
        self.epochs: list[Epoch] = []
        self.begun: dict[str, int] = {}
        self.batches = 0
        self._stop_after = stop_after

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        self.begun = {"first_epoch": first_epoch, "epochs": epochs, "batches": batches}

    def batch_done(self, epoch: int, batch: int) -> None:
        self.batches += 1
        if epoch == self._stop_after and batch > 1:
            raise KeyboardInterrupt

    def epoch_done(self, epoch: Epoch, best_epoch: int) -> None:
        assert best_epoch <= epoch["epoch"]
        self.epochs.append(epoch)
