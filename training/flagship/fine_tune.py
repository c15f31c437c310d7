"""Fine-tuning a pretrained encoder on labelled texts, in segments that a stopped run goes on after."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.errors import WarbleError
from training.batches import bucketed_batches
from training.flagship.bert import KerasModel, build_classifier
from training.flagship.cache import Cache
from training.flagship.keras_runtime import column_step, compiled, settled
from training.flagship.pretrained import Pretrained
from training.flagship.progress import Reporter
from training.flagship.recipe import TeacherConfig
from training.flagship.wordpieces import Rows, padded
from training.keras_networks import as_array, built_under, restart_dropout
from training.precision import Precision

SEGMENT: Final = 100
"""Steps from one checkpoint to the next."""
_TOGETHER: Final = 16
"""Batches that are sorted by length together."""
_CHECKPOINT: Final = "checkpoint"
_STEP: Final = "step"
_SECONDS: Final = "seconds"


@dataclass(frozen=True)
class Lesson:
    """What is learnt from."""

    rows: Rows
    targets: npt.NDArray[np.float32]
    """[texts, classes] each text's mean label."""
    weights: npt.NDArray[np.float32]
    """[texts] weight of each text's loss."""


class FineTuning:
    """An encoder with a head and an optimizer. What a segment does depends on its number, the weights and the seed."""

    def __init__(
        self,
        pretrained: Pretrained,
        classes: int,
        config: TeacherConfig,
        *,
        seed: int,
        precision: Precision = Precision.AUTO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build the network with pretrained weights and a random head that only ``seed`` decides."""
        import keras  # noqa: PLC0415 - seconds to import

        keras.utils.set_random_seed(seed)
        self._config = config
        self._seed = seed
        self._clock = clock
        self._columns = column_step()
        self.model: KerasModel = built_under(
            settled(precision), lambda: build_classifier(pretrained.shape, classes, dropout=config.dropout)
        )
        pretrained.load_into(self.model)
        self._optimizer = keras.optimizers.AdamW(
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            epsilon=1e-8,
            global_clipnorm=config.clip_norm,
        )
        self._optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
        self._optimizer.build(self.model.trainable_variables)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing)
        compiled(self.model, self._optimizer, loss)

    def learn(self, lesson: Lesson, under: str, cache: Cache, reporter: Reporter, title: str) -> float:
        """Take all steps, or those that are left after the last checkpoint; return how many seconds it took.

        under: the identity of the run, which checkpoints are kept under. title: for the progress that is shown.
        Raises WarbleError if the loss is not finite.
        """
        lengths = np.array([len(row) for row in lesson.rows])
        batches = [
            batch
            for epoch in range(self._config.epochs)
            for batch in bucketed_batches(
                lengths, self._config.batch_size, seed=self._seed, epoch=epoch, together=_TOGETHER
            )
        ]
        done, seconds = self._restored(cache.find(_CHECKPOINT, under))
        with reporter.task(title, len(batches), done) as advance:
            while done < len(batches):
                started, ahead = self._clock(), batches[done : done + SEGMENT]
                loss = self._segment(lesson, ahead, done, len(batches), advance)
                done += len(ahead)
                seconds += self._clock() - started
                if not np.isfinite(loss):
                    raise WarbleError(f"{title}: the loss of step {done} is {loss}: lower the recipe's learning rate")
                reporter.say(f"{title}: step {done} of {len(batches)}, loss {loss:.3f}, {seconds:.0f} s")
                if done < len(batches):
                    cache.keep(_CHECKPOINT, under, self._state() | {_STEP: np.array(done), _SECONDS: np.array(seconds)})
        return seconds

    def _segment(
        self,
        lesson: Lesson,
        batches: list[npt.NDArray[np.intp]],
        first: int,
        steps: int,
        advance: Callable[[int], None],
    ) -> float:
        """Take some steps; return their mean loss."""
        restart_dropout(self.model, seed=self._seed, number=first)
        total = 0.0
        for step, batch in enumerate(batches, start=first):
            self._optimizer.learning_rate = self._config.learning_rate * rate_at(step, steps, self._config.warmup)
            total += self._step(lesson, batch)
            advance(1)
        return total / len(batches)

    def _step(self, lesson: Lesson, batch: npt.NDArray[np.intp]) -> float:
        """Take one step; return the batch's loss before it."""
        # A short batch is filled up with rows that do not count, so that backends compile for few shapes.
        size = self._config.batch_size
        filled = np.concatenate([batch, np.full(size - len(batch), batch[0], dtype=np.intp)])
        weights = lesson.weights[filled]
        weights[len(batch) :] = 0
        loss = self.model.train_on_batch(
            padded(lesson.rows, filled, self._columns), lesson.targets[filled], sample_weight=weights
        )
        return float(as_array(loss))

    def _state(self) -> dict[str, npt.NDArray[Any]]:
        return {
            **{f"weights/{name}": value for name, value in weights_of(self.model).items()},
            **{f"optimizer/{index}": as_array(one) for index, one in enumerate(self._optimizer.variables)},
        }

    def _restored(self, state: Mapping[str, npt.NDArray[Any]] | None) -> tuple[int, float]:
        """Go back to a checkpoint; return how many steps and seconds it holds."""
        if state is None:
            return 0, 0.0
        set_weights(
            self.model,
            {key.removeprefix("weights/"): value for key, value in state.items() if key.startswith("weights/")},
        )
        for index, variable in enumerate(self._optimizer.variables):
            variable.assign(state[f"optimizer/{index}"])
        return int(state[_STEP]), float(state[_SECONDS])


def rate_at(step: int, steps: int, warmup: float) -> float:
    """Return the share of the learning rate at a step, counted from 0: up in a line, then down to 0 in a line."""
    rising = max(1.0, warmup * steps)
    return min((step + 1) / rising, (steps - step) / max(1.0, steps - rising), 1.0)


def weights_of(model: KerasModel) -> dict[str, npt.NDArray[np.float32]]:
    """Copy a network's weights, by their place in it: names depend on what else was built before."""
    return {f"{index:03}": as_array(variable) for index, variable in enumerate(model.trainable_variables)}


def set_weights(model: KerasModel, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Copy weights of :func:`weights_of` into a network of the same shape."""
    for index, variable in enumerate(model.trainable_variables):
        variable.assign(weights[f"{index:03}"])
