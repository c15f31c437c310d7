"""A training run small enough to repeat; as a program it kills itself in the middle, for real.

`python -m tests.training.small_run WORK_DIR EPOCH BATCH` dies of SIGKILL once it has done that batch of that epoch.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from model.architecture.config import LSTM, Architecture, Dense, Dropout, EmbeddingConfig
from training.batches import Examples
from training.checkpoint import Checkpoint, Epoch
from training.inputs import TokenRows
from training.learner import Learner
from training.loop import Loop
from training.networks import RecurrentNetwork
from training.presets.schema import FitConfig
from training.progress import Reporter
from training.weighting import ClassWeighting

SEED = 67
EPOCHS = 4
ARCHITECTURE = Architecture(
    embedding=EmbeddingConfig(rows=13, dimension=4),
    layers=(
        LSTM(units=3, bidirectional=True),
        Dense(units=4, activation="swish"),
        Dropout(rate=0.5),
        Dense(units=4, activation="softmax"),
    ),
)
"""One LSTM: most of a small run is Keras tracing its layers."""
BATCH = 16
FIT = FitConfig(
    batch_size=BATCH,
    optimizer="adam",
    learning_rate=0.01,
    max_epochs=EPOCHS,
    patience=EPOCHS,
    class_weighting=ClassWeighting.LOSS,
)
RUN = {"preset": "small", "seed": str(SEED)}


class Silent:
    """A reporter for those who only want the result."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        """Say nothing."""

    def batch_done(self, epoch: int, batch: int) -> None:
        """Say nothing."""

    def epoch_done(self, epoch: Epoch, best_epoch: int) -> None:
        """Say nothing."""


def examples(count: int, seed: int, *, labels: int = 4, columns: int | None = None) -> Examples:
    """Random rows of 1 to 9 ids; the label depends on the first one, so that there is something to learn."""
    random = np.random.default_rng(seed)
    rows = tuple(tuple(random.integers(1, 13, size=random.integers(1, 10)).tolist()) for _ in range(count))
    targets = np.array([row[0] % labels for row in rows], dtype=np.intp)
    return Examples(TokenRows(rows, columns), targets, random.uniform(0.5, 2, size=count).astype(np.float32))


def run(
    work_dir: Path,
    reporter: Reporter | None = None,
    *,
    seed: int = SEED,
    settings: FitConfig = FIT,
    learner: Learner | None = None,
) -> Checkpoint:
    """Train, or go on training, in a work directory."""
    learner = learner or Learner(RecurrentNetwork(ARCHITECTURE), settings, seed=seed)
    identity = named(seed)
    # Whole batches only: Keras would trace the network once more for a smaller one.
    training = examples(6 * BATCH, 1)
    loop = Loop(learner, training, examples(30, 2), settings, seed, reporter or Silent(), clock=lambda: 0.0)
    return loop.train(identity, work_dir)


def named(seed: int) -> dict[str, str]:
    """Name the run with another seed."""
    return RUN | {"seed": str(seed)}


class Killer(Silent):
    """Kills its own process, as a power cut would, once a batch is done."""

    def __init__(self, epoch: int, batch: int) -> None:
        self._moment = (epoch, batch)

    def batch_done(self, epoch: int, batch: int) -> None:
        """Die if this is the batch."""
        if (epoch, batch) == self._moment:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Killer(int(sys.argv[2]), int(sys.argv[3])))
