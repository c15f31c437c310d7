"""A network together with its optimizer: what learns, one batch at a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from model.architecture.weights import Weights
from training.batches import Examples
from training.checkpoint import Arrays
from training.inputs import Inputs
from training.keras_networks import built_under, optimizer_state, restart_dropout, restore_optimizer
from training.networks import Network
from training.precision import Precision, resolved
from training.presets.schema import FitConfig
from training.runtime import tensorflow


class Learner:
    """A Keras network and its optimizer.

    What a step does depends only on the weights, the optimizer's state and what :meth:`begin_epoch` was told.
    """

    def __init__(
        self, network: Network, settings: FitConfig, *, seed: int, precision: Precision = Precision.FLOAT32
    ) -> None:
        """Build the network with random weights that only ``seed`` decides."""
        tf = tensorflow()
        import keras  # noqa: PLC0415 - seconds to import

        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self._network = network
        self._is_sigmoid = network.outputs == 1
        self._model = built_under(resolved(precision), network.build)
        self._optimizer = keras.optimizers.get(
            {"class_name": settings.optimizer, "config": {"learning_rate": settings.learning_rate}}
        )
        self._optimizer.build(self._model.trainable_variables)
        self._loss = (
            keras.losses.BinaryCrossentropy() if self._is_sigmoid else keras.losses.SparseCategoricalCrossentropy()
        )
        self._step, self._answer = self._traced(tf)

    def start_from(self, given: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Replace some of the initial weights, by name."""
        self._network.set_weights(self._model, self.weights() | dict(given))

    def weights(self) -> Weights:
        """Copy all weights, by the names that the network gives them."""
        return self._network.get_weights(self._model)

    def optimizer_state(self) -> Arrays:
        """Copy all that the optimizer remembers, its learning rate included."""
        return optimizer_state(self._optimizer)

    def restore(self, weights: Weights, optimizer: Arrays) -> None:
        """Go back to where :meth:`weights` and :meth:`optimizer_state` were taken."""
        self._network.set_weights(self._model, weights)
        restore_optimizer(self._optimizer, optimizer)

    def begin_epoch(self, *, seed: int, epoch: int) -> None:
        """Restart the dropout's random numbers, so that an epoch is the same whether or not others ran before."""
        restart_dropout(self._model, seed=seed, number=epoch)

    def learn(self, examples: Examples, batch: npt.NDArray[np.intp]) -> float:
        """Take one step on the rows ``batch``; return the batch's mean weighted loss before it."""
        targets = examples.targets[batch]
        # One sigmoid answers for the first of two labels.
        expected = (targets == 0).astype(np.float32)[:, None] if self._is_sigmoid else targets[:, None]
        return float(self._step(examples.inputs.take(batch), expected, examples.weights[batch]))

    def predict(self, inputs: Inputs) -> npt.NDArray[np.float32]:
        """Predict tweets without dropout: [tweets, labels]."""
        batches = list(inputs.batches())
        answers = np.concatenate([self._answer(inputs.take(batch)).numpy() for batch in batches])
        outputs = np.empty_like(answers, dtype=np.float32)
        outputs[np.concatenate(batches)] = answers
        return np.hstack([outputs, 1 - outputs]) if self._is_sigmoid else outputs

    def _traced(self, tf: Any) -> tuple[Any, Any]:  # noqa: ANN401 - TensorFlow ships no types
        """Trace a step and an answer once for batches of every shape.

        Keras' own ``train_on_batch`` traces for the shapes that it meets, so that a step would depend, in its last
        digit, on which batches came before it: a continued run could not end as an unbroken one.
        """
        model, optimizer = self._model, self._optimizer
        inputs = tf.TensorSpec(tuple(model.inputs[0].shape), model.inputs[0].dtype)
        expected = tf.TensorSpec([None, 1], tf.float32 if self._is_sigmoid else tf.int64)

        def step(batch: Any, targets: Any, weights: Any) -> Any:  # noqa: ANN401
            with tf.GradientTape() as tape:
                loss = self._loss(targets, model(batch, training=True), sample_weight=weights)
                loss = tf.add_n([loss, *model.losses])
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            return loss

        def answer(batch: Any) -> Any:  # noqa: ANN401
            return model(batch, training=False)

        # No compiled kernels: they may add up in another order on the next machine.
        signature = [inputs, expected, tf.TensorSpec([None], tf.float32)]
        return (
            tf.function(step, input_signature=signature, jit_compile=False),
            tf.function(answer, input_signature=[inputs], jit_compile=False),
        )
