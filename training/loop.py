"""Epoch after epoch until the validation loss stops falling; each ends in a checkpoint, so a kill costs one."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.errors import UsageError, WarbleError
from training.batches import Examples, batch_rows, shuffled_batches
from training.checkpoint import Checkpoint, Epoch, load_checkpoint, save_checkpoint
from training.learner import Learner
from training.metrics import score
from training.presets.schema import FitConfig
from training.progress import Reporter

_LEAST_PROBABILITY = 1e-7
"""Keras clips probabilities here before it takes their logarithm; so do we, to report the loss it would."""


@dataclass(frozen=True)
class Loop:
    """A training run.

    An epoch is a function of the weights, the optimizer's state, the seed and its own number. So a run that was killed
    ends, once continued, as it would have without the kill.
    """

    learner: Learner
    training: Examples
    validation: Examples
    settings: FitConfig
    seed: int
    reporter: Reporter
    clock: Callable[[], float] = time.monotonic

    def train(self, run: Mapping[str, str], work_dir: Path) -> Checkpoint:
        """Train until ``patience`` epochs brought no better validation loss; return the last checkpoint.

        ``run`` names everything that decides the result. Raises UsageError if ``work_dir`` holds the checkpoint of
        another run, WarbleError if the loss is not finite.
        """
        state = resume(run, work_dir)
        if state is None:
            weights = self.learner.weights()
            state = Checkpoint(run, weights, self.learner.optimizer_state(), best_weights=weights, best_epoch=0)
        else:
            self.learner.restore(state.weights, state.optimizer)
        self.reporter.begin(
            first_epoch=len(state.history) + 1,
            epochs=self.settings.max_epochs,
            batches=-(-len(self.training) // batch_rows(len(self.training), self.settings.batch_size)),
        )
        while not state.finished:
            state = self._next_epoch(state)
            save_checkpoint(state, work_dir)
            self.reporter.epoch_done(state.history[-1], state.best_epoch)
        return state

    def _next_epoch(self, state: Checkpoint) -> Checkpoint:
        number = len(state.history) + 1
        started = self.clock()
        self.learner.begin_epoch(seed=self.seed, epoch=number)
        total = 0.0
        batches = shuffled_batches(len(self.training), self.settings.batch_size, seed=self.seed, epoch=number)
        for done, batch in enumerate(batches, start=1):
            total += self.learner.learn(self.training, batch) * len(batch)
            self.reporter.batch_done(number, done)
        probabilities = self.learner.predict(self.validation.inputs)
        validation_loss = cross_entropy(self.validation.targets, probabilities)
        if not np.isfinite(validation_loss):
            raise WarbleError(
                f"the validation loss of epoch {number} is {validation_loss}: lower the preset's learning rate"
            )
        labels = [str(index) for index in range(probabilities.shape[1])]
        epoch = Epoch(
            epoch=number,
            loss=total / len(self.training),
            validation_loss=validation_loss,
            validation_macro_f1=score(labels, self.validation.targets, probabilities)["macro_f1"],
            seconds=self.clock() - started,
        )
        best = min((past["validation_loss"] for past in state.history), default=np.inf)
        improved = epoch["validation_loss"] < best
        best_epoch = number if improved else state.best_epoch
        weights = self.learner.weights()
        return replace(
            state,
            weights=weights,
            optimizer=self.learner.optimizer_state(),
            best_weights=weights if improved else state.best_weights,
            best_epoch=best_epoch,
            history=(*state.history, epoch),
            finished=number >= self.settings.max_epochs or number - best_epoch >= self.settings.patience,
        )


def resume(run: Mapping[str, str], work_dir: Path) -> Checkpoint | None:
    """Find the checkpoint of this very run; None if there is none, UsageError if there is another run's."""
    state = load_checkpoint(work_dir)
    if state is None:
        return None
    different = sorted(key for key in run.keys() | state.run.keys() if run.get(key) != state.run.get(key))
    if different:
        raise UsageError(
            f"{work_dir} holds the checkpoint of another run (different: {', '.join(different)}): "
            "give another --work-dir, or start anew with --overwrite"
        )
    return state


def cross_entropy(targets: npt.NDArray[np.intp], probabilities: npt.NDArray[np.float32]) -> float:
    """Mean loss of probabilities, [tweets, classes]: what early stopping watches.

    No class weights, as Keras' own ``fit`` leaves them out of the validation loss. With them, the two dozen validation
    tweets of the rarest class, weighing 14 each, decide when to stop; without them the validation macro-F1 at the
    best epoch was higher for each of three seeds.
    """
    right = probabilities[np.arange(len(targets)), targets].astype(np.float64)
    return float(np.mean(-np.log(np.clip(right, _LEAST_PROBABILITY, 1))))
