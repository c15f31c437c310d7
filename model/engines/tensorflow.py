"""TensorFlow: the engine for a GPU, where cuDNN runs the LSTM; on a CPU it serves as the second opinion."""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from model.architecture.config import Architecture
from model.architecture.keras_builder import build_keras, set_weights
from model.architecture.tensorflow_runtime import import_tensorflow
from model.engines.base import Ids, Lengths, Outputs
from model.engines.shapes import as_trained, bucket, buckets, padded
from model.errors import UsageError

Device = Literal["cpu", "gpu"]


def visible_gpus() -> int:
    """GPUs that TensorFlow can use; imports TensorFlow."""
    return len(import_tensorflow().config.list_physical_devices("GPU"))


class TensorFlowEngine:
    """A Keras model in one ``tf.function`` of a fixed signature.

    Columns are padded up to a few lengths, or to those that a network without a mask was trained on; on a GPU rows too
    (``pads_rows`` overrules that), for a GPU plans anew for each shape; rows are padded with one dummy token, never
    with zeros.
    Raises UsageError where TensorFlow is not installed, or where it sees no GPU and one is asked for.
    """

    name = "tensorflow"

    def __init__(
        self,
        architecture: Architecture,
        weights: Mapping[str, npt.NDArray[np.float32]],
        *,
        device: Device,
        threads: int,
        pads_rows: bool | None = None,
    ) -> None:
        tf = import_tensorflow()
        _configure(tf, threads)
        if device == "gpu" and not tf.config.list_physical_devices("GPU"):
            raise UsageError(
                "TensorFlow sees no GPU here: check the driver and 'warble[gpu]', or set the device to 'cpu' or 'auto'"
            )
        self.device: Device = device
        # Every network is built so that cuDNN can run its LSTMs (see shapes.py), and "auto" then takes it.
        self.kernel = "tensorflow-cudnn" if device == "gpu" else "tensorflow-cpu"
        self._pads_rows = device == "gpu" if pads_rows is None else pads_rows
        self._columns = architecture.columns
        place = f"/{device.upper()}:0"
        with tf.device(place):
            # Keras picks cuDNN whenever a GPU is visible, also for a network that runs on the CPU.
            model = build_keras(architecture, use_cudnn="auto" if device == "gpu" else False)
            set_weights(model, architecture, weights)

        def run(ids: Any) -> Any:  # noqa: ANN401 - TensorFlow ships no types
            with tf.device(place):
                return model(ids, training=False)

        self._run = tf.function(run, input_signature=[tf.TensorSpec([None, self._columns], tf.int32)])

    def warm(self, longest: int, max_tokens: int) -> None:
        """Trace the function, and run it over one full batch of each length."""
        for columns in [self._columns] if self._columns else buckets(longest):
            rows = max(1, max_tokens // columns) if self._pads_rows else 1
            self.predict(np.ones((rows, columns), np.int32), np.full(rows, columns, np.int32))

    def cells(self, rows: int, longest: int) -> int:
        """See :meth:`model.engines.base.Engine.cells`."""
        return math.prod(self._shape(rows, self._columns or longest))

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        """See :meth:`model.engines.base.Engine.predict`; the lengths follow from the ids' zeros."""
        ids = as_trained(ids, self._columns)
        rows, columns = self._shape(*ids.shape)
        outputs: Outputs = self._run(padded(ids, rows=rows, columns=columns)).numpy()[: len(lengths)]
        return outputs

    def _shape(self, rows: int, columns: int) -> tuple[int, int]:
        return bucket(rows) if self._pads_rows else rows, self._columns or bucket(columns)


def _configure(tf: Any, threads: int) -> None:  # noqa: ANN401
    # Whoever ran an operation in this process before has settled these; TensorFlow then refuses to change them.
    with suppress(RuntimeError):
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)  # noqa: FBT003 - TensorFlow's signature
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    # TensorFloat-32 keeps 10 bits of a product's inputs: the GPU's answers would leave the golden ones by 1e-3.
    tf.config.experimental.enable_tensor_float_32_execution(False)  # noqa: FBT003
