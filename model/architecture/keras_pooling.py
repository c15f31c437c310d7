"""The pooling layer in Keras, which has none that minds a mask and none that attends."""

from functools import cache
from typing import Any

from model.architecture.config import Pooling

_LOWEST = -3e38
"""Below all that a token's features or score can be; finite, so that nothing becomes NaN."""


def keras_pooling(keras: Any, layer: Pooling, name: str) -> Any:  # noqa: ANN401 - Keras ships no types
    """Make the Keras layer that a declared one stands for; it computes in 32 bits under any policy.

    keras: the module.
    """
    return _layer_class(keras)(layer, name)


@cache
def _layer_class(keras: Any) -> Any:  # noqa: ANN401
    ops = keras.ops

    class MaskedPooling(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
        """[rows, tokens, features] and perhaps a mask [rows, tokens] to [rows, kinds * features]."""

        def __init__(self, layer: Pooling, name: str) -> None:
            super().__init__(name=name, dtype="float32")
            self.supports_masking = True
            self._pooling = layer

        def build(self, shape: tuple[int, ...]) -> None:
            if "attention" in self._pooling.kinds:
                units = self._pooling.units
                self.kernel = self.add_weight(shape=(shape[-1], units), initializer="glorot_uniform", name="kernel")
                self.bias = self.add_weight(shape=(units,), initializer="zeros", name="bias")
                self.context = self.add_weight(shape=(units, 1), initializer="glorot_uniform", name="context")

        def compute_mask(self, _inputs: Any, _mask: Any = None) -> None:  # noqa: ANN401
            return None

        def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return (shape[0], shape[-1] * len(self._pooling.kinds))

        def call(self, inputs: Any, mask: Any = None) -> Any:  # noqa: ANN401
            kept = ops.ones_like(inputs[:, :, :1], dtype="bool") if mask is None else ops.expand_dims(mask, -1)
            return ops.concatenate([getattr(self, f"_{kind}")(inputs, kept) for kind in self._pooling.kinds], axis=-1)

        def _max(self, inputs: Any, kept: Any) -> Any:  # noqa: ANN401
            return ops.max(ops.where(kept, inputs, _LOWEST), axis=1)

        def _attention(self, inputs: Any, kept: Any) -> Any:  # noqa: ANN401
            scores = ops.matmul(ops.tanh(ops.matmul(inputs, self.kernel) + self.bias), self.context)
            # Not `ops.softmax`: it warns of a batch of tweets of one token.
            lowered = ops.where(kept, scores, _LOWEST)
            powers = ops.exp(lowered - ops.max(lowered, axis=1, keepdims=True))
            return ops.sum(ops.where(kept, inputs, 0.0) * powers, axis=1) / ops.sum(powers, axis=1)

        def _mean(self, inputs: Any, kept: Any) -> Any:  # noqa: ANN401
            return ops.sum(ops.where(kept, inputs, 0.0), axis=1) / ops.sum(ops.cast(kept, "float32"), axis=1)

    return MaskedPooling
