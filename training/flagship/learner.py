"""A student's network with its optimizer and the average of its weights, one batch at a time."""

from typing import Any

import numpy as np
import numpy.typing as npt

from model.architecture.config import NGRAMS, Architecture
from model.architecture.keras_builder import get_weights, set_weights
from model.architecture.weights import Weights
from model.engines.base import Ids
from training.checkpoint import Arrays
from training.flagship.config import StudentConfig
from training.keras_networks import built_under, optimizer_state, restart_dropout, restore_optimizer
from training.networks import RecurrentNetwork
from training.precision import Precision, resolved
from training.runtime import tensorflow

_AVERAGE = "average/"


class SoftLearner:
    """A Keras network that learns soft targets.

    A second network of the same shape holds the exponential moving average of its weights, and gives the answers. What
    a step does depends only on the weights, the state and the arguments.
    """

    def __init__(
        self, architecture: Architecture, config: StudentConfig, *, precision: Precision = Precision.FLOAT32
    ) -> None:
        """Build the network with random weights that only the config's seed decides."""
        tf = tensorflow()
        import keras  # noqa: PLC0415 - seconds to import

        keras.utils.set_random_seed(config.seed)
        tf.config.experimental.enable_op_determinism()
        self._architecture = architecture
        network, settled = RecurrentNetwork(architecture), resolved(precision)
        self._model, self._average = (built_under(settled, network.build) for _ in range(2))
        self._optimizer = keras.optimizers.AdamW(
            config.learning_rate, weight_decay=config.weight_decay, global_clipnorm=config.clip_norm
        )
        self._optimizer.exclude_from_weight_decay(var_names=["embedding", "bias", NGRAMS])
        self._optimizer.build(self._model.trainable_variables)
        self._step, self._answer = self._traced(tf)

    def start_from(self, weights: Weights) -> None:
        """Replace some of the initial weights, by name; the average starts at what there is then."""
        together = self.weights() | weights
        for model in (self._model, self._average):
            set_weights(model, self._architecture, together)

    def weights(self) -> Weights:
        """Copy the weights that learn."""
        return get_weights(self._model, self._architecture)

    def averaged_weights(self) -> Weights:
        """Copy the average."""
        return get_weights(self._average, self._architecture)

    def state(self) -> Arrays:
        """Copy all else that the next step depends on: what the optimizer remembers, and the average."""
        average = {f"{_AVERAGE}{name}": array for name, array in self.averaged_weights().items()}
        return optimizer_state(self._optimizer) | average

    def restore(self, weights: Weights, state: Arrays) -> None:
        """Go back to where :meth:`weights` and :meth:`state` were taken."""
        set_weights(self._model, self._architecture, weights)
        average = {
            name.removeprefix(_AVERAGE): array.astype(np.float32)
            for name, array in state.items()
            if name.startswith(_AVERAGE)
        }
        set_weights(self._average, self._architecture, average)
        restore_optimizer(self._optimizer, state)

    def begin_epoch(self, *, seed: int, epoch: int) -> None:
        """Restart the dropout's random numbers, so that an epoch is the same whether or not others ran before."""
        restart_dropout(self._model, seed=seed, number=epoch)

    def learn(
        self,
        ids: Ids,
        targets: npt.NDArray[np.float32],
        weights: npt.NDArray[np.float32],
        *,
        learning_rate: float,
        averaging: float,
    ) -> float:
        """Take one step; return the batch's mean weighted loss before it.

        ids: [rows, columns], no row of zeros alone; targets: [rows, classes]; weights: [rows]; averaging: how much of
        the average is kept.
        """
        self._optimizer.learning_rate.assign(learning_rate)
        return float(self._step(ids, targets, weights, np.float32(averaging)))

    def predict(self, ids: Ids) -> npt.NDArray[np.float32]:
        """Answer as the averaged weights do, without dropout: [rows, classes]."""
        answers: npt.NDArray[np.float32] = self._answer(ids).numpy()
        return answers

    def _traced(self, tf: Any) -> tuple[Any, Any]:  # noqa: ANN401 - TensorFlow ships no types
        """Trace a step and an answer once for batches of every shape: see ``training.learner.Learner``."""
        import keras  # noqa: PLC0415

        model, average, optimizer = self._model, self._average, self._optimizer
        cross_entropy = keras.losses.CategoricalCrossentropy()
        pairs = list(zip(average.trainable_variables, model.trainable_variables, strict=True))

        def step(ids: Any, targets: Any, weights: Any, averaging: Any) -> Any:  # noqa: ANN401
            with tf.GradientTape() as tape:
                loss = cross_entropy(targets, model(ids, training=True), sample_weight=weights)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            for mean, latest in pairs:
                mean.assign(averaging * mean + (1 - averaging) * latest)
            return loss

        def answer(ids: Any) -> Any:  # noqa: ANN401
            return average(ids, training=False)

        rows = tf.TensorSpec([None, None], tf.int32)
        numbers = tf.TensorSpec([None], tf.float32)
        signature = [rows, tf.TensorSpec([None, self._architecture.outputs], tf.float32), numbers]
        # No compiled kernels: they may add up in another order on the next machine.
        return (
            tf.function(step, input_signature=[*signature, tf.TensorSpec([], tf.float32)], jit_compile=False),
            tf.function(answer, input_signature=[rows], jit_compile=False),
        )
