"""How exactly a network computes while it learns; its weights are float32 in any case."""

from enum import StrEnum

from training.runtime import tensorflow


class Precision(StrEnum):
    """Which numbers a training step multiplies."""

    AUTO = "auto"
    """``bfloat16`` on a GPU, ``float32`` on a CPU."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    """Mixed: products in bfloat16, sums and weights in float32. Quicker on a GPU, and on a CPU with matrix units."""


def resolved(precision: Precision) -> Precision:
    """Settle ``auto`` for this machine; imports TensorFlow."""
    if precision is not Precision.AUTO:
        return precision
    gpus = tensorflow().config.list_physical_devices("GPU")
    return Precision.BFLOAT16 if gpus else Precision.FLOAT32


def keras_policy(precision: Precision) -> str:
    """Name the Keras dtype policy of a settled precision."""
    return "mixed_bfloat16" if precision is Precision.BFLOAT16 else "float32"
