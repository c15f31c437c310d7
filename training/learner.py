"""A network together with its optimizer: what learns, one batch at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.architecture.config import EMBEDDING, Architecture, Dense, layer_name
from model.architecture.keras_builder import KerasModel, build_keras, get_weights, set_weights
from model.architecture.tensorflow_runtime import import_tensorflow
from model.architecture.weights import Weights
from model.rows import padded_rows
from training.batches import Examples
from training.checkpoint import Arrays
from training.predict import predict_rows


class Learner:
    """A Keras network and Adam.

    What a step does depends only on the weights, the optimizer's state and what :meth:`begin_epoch` was told.
    """

    def __init__(self, architecture: Architecture, *, learning_rate: float, seed: int) -> None:
        """Build the network with random weights that only ``seed`` decides."""
        tensorflow = import_tensorflow()
        import keras  # noqa: PLC0415 - seconds to import

        keras.utils.set_random_seed(seed)
        tensorflow.config.experimental.enable_op_determinism()
        self._architecture = architecture
        self._network: KerasModel = build_keras(architecture)
        self._optimizer = keras.optimizers.Adam(learning_rate=learning_rate)
        self._network.compile(
            optimizer=self._optimizer,
            loss=keras.losses.SparseCategoricalCrossentropy(),
            jit_compile=False,  # a compiled kernel may add up in another order on the next machine
        )
        self._optimizer.build(self._network.trainable_variables)

    def start_from(self, embedding: npt.NDArray[np.float32], output_bias: npt.NDArray[np.float32]) -> None:
        """Give the embedding its vectors, [rows, dimension], and the output layer its bias, [classes]."""
        weights = self.weights()
        last = self._architecture.layers[-1]
        if not isinstance(last, Dense):
            raise TypeError(f"the last layer should be dense, received {last.type}")
        name = layer_name(len(self._architecture.layers) - 1, last)
        weights |= {EMBEDDING: embedding, f"{name}.bias": output_bias}
        set_weights(self._network, self._architecture, weights)

    def weights(self) -> Weights:
        """Copy all weights, by the names that the architecture declares."""
        return get_weights(self._network, self._architecture)

    def optimizer_state(self) -> Arrays:
        """Copy all that Adam remembers, its learning rate included."""
        return {
            f"{index}.{variable.name}": np.array(variable.numpy())
            for index, variable in enumerate(self._optimizer.variables)
        }

    def restore(self, weights: Weights, optimizer: Arrays) -> None:
        """Go back to where :meth:`weights` and :meth:`optimizer_state` were taken."""
        set_weights(self._network, self._architecture, weights)
        for index, variable in enumerate(self._optimizer.variables):
            variable.assign(optimizer[f"{index}.{variable.name}"])

    def begin_epoch(self, *, seed: int, epoch: int) -> None:
        """Restart the dropout's random numbers, so that an epoch is the same whether or not others ran before."""
        for index, generator in enumerate(_seed_generators(self._network)):
            words = np.random.SeedSequence([seed, epoch, index]).generate_state(2)
            generator.state.assign(words.astype(generator.state.dtype))

    def learn(self, examples: Examples, batch: npt.NDArray[np.intp]) -> float:
        """Take one step on the rows ``batch``; return the batch's mean weighted loss before it.

        The batch is as wide as its longest row: the network skips padding, so 100 columns would give the same result
        for several times the work.
        """
        ids, _ = padded_rows([examples.rows[row] for row in batch])
        loss = self._network.train_on_batch(ids, examples.targets[batch], sample_weight=examples.weights[batch])
        return float(loss)

    def predict(self, rows: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        """Predict encoded tweets, none of them empty, without dropout: [tweets, classes]."""
        return predict_rows(lambda ids, _: np.asarray(self._network.predict_on_batch(ids)), rows)


def _seed_generators(network: KerasModel) -> Iterator[Any]:
    for layer in network.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            yield generator
