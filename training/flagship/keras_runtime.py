"""Keras on whichever backend it runs: TensorFlow on a CPU, JAX where there is a GPU (``KERAS_BACKEND=jax``)."""

import os
import sys
from typing import Any

from model.errors import UsageError
from training.dependencies import require_packages
from training.flagship.bert import KerasModel
from training.precision import Precision
from training.runtime import prepare_kernels, tensorflow


def gpus() -> list[str]:
    """Name the GPUs that the backend sees."""
    import keras  # noqa: PLC0415 - seconds to import

    # Asked for GPUs where there is none, JAX fails.
    return [name for name in keras.distribution.list_devices() if name.startswith(("gpu", "cuda"))]


def settled(precision: Precision) -> Precision:
    """Settle ``auto`` for this machine."""
    if precision is not Precision.AUTO:
        return precision
    return Precision.BFLOAT16 if gpus() else Precision.FLOAT32


def column_step() -> int:
    """Return of how many columns a batch's width should be a multiple.

    TensorFlow takes any width on a CPU, where padding costs; what compiles for each width runs on a GPU, where it
    hardly does.
    """
    import keras  # noqa: PLC0415

    return 8 if keras.backend.backend() == "tensorflow" else 32


def compiled(model: KerasModel, optimizer: Any, loss: Any) -> None:  # noqa: ANN401 - Keras ships no types
    """Make a network ready for ``train_on_batch`` and ``predict_on_batch``.

    TensorFlow's own kernels are quick on a CPU, and take any shape; compiled for each, they would be no quicker.
    """
    import keras  # noqa: PLC0415

    jit = keras.backend.backend() != "tensorflow"
    model.compile(optimizer=optimizer, loss=loss, jit_compile=jit)


def check_backend() -> None:
    """Raise UsageError unless Keras runs on TensorFlow, which students are trained with."""
    import keras  # noqa: PLC0415

    if (backend := keras.backend.backend()) != "tensorflow":
        raise UsageError(
            f"students are trained with TensorFlow, and Keras runs on {backend!r}: go --until transfer here, "
            "and on from there without KERAS_BACKEND"
        )


def forget_networks() -> None:
    """Give back what networks that are no longer used hold, if there ever was one."""
    if "keras" in sys.modules:
        import keras  # noqa: PLC0415

        keras.utils.clear_session()


def prepare_keras() -> None:
    """Refuse to start without the packages that a flagship needs; quieten and speed up TensorFlow, if it is used.

    To be called before Keras is imported, which then takes the backend that ``KERAS_BACKEND`` names, or TensorFlow.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    require_packages((backend, "keras", "safetensors", "tokenizers", "sklearn", "scipy", "pandas", "ftfy"), "flagship")
    if backend == "tensorflow":
        prepare_kernels()
        tensorflow()
