"""The bag of n-grams in Keras, which has none."""

from functools import cache
from typing import Any

from model.architecture.config import NGRAM_MULTIPLIER, NGRAMS, Ngrams


def keras_ngrams(keras: Any, ngrams: Ngrams, outputs: int) -> Any:  # noqa: ANN401 - Keras ships no types
    """Make the Keras layer, whose weights are 0 at first; it computes in 32 bits under any policy.

    keras: the module.
    """
    return _layer_class(keras)(ngrams, outputs)


@cache
def _layer_class(keras: Any) -> Any:  # noqa: ANN401
    ops = keras.ops

    class BagOfNgrams(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
        """Int32 ids [rows, columns], padded on the right with 0, to [rows, outputs]."""

        def __init__(self, ngrams: Ngrams, outputs: int) -> None:
            super().__init__(name=NGRAMS, dtype="float32")
            self._ngrams = ngrams
            self._outputs = outputs

        def build(self, _shape: tuple[int, ...]) -> None:
            self.table = self.add_weight(shape=(self._ngrams.buckets, self._outputs), initializer="zeros", name=NGRAMS)

        def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return (shape[0], self._outputs)

        def call(self, ids: Any) -> Any:  # noqa: ANN401
            buckets = self._ngrams.buckets
            length = ops.sum(ops.cast(ids > 0, "float32"), axis=1, keepdims=True)
            places = ops.mod(ids, buckets)
            total = self._added(places, ids)
            for number in range(1, self._ngrams.longest):
                last = ids[:, number:]
                places = ops.mod(places[:, :-1] * NGRAM_MULTIPLIER + last, buckets)
                total += self._added(places, last)
            return total / ops.sqrt(length)

        def _added(self, places: Any, last: Any) -> Any:  # noqa: ANN401
            """Add up the weights at some places, but of n-grams that end in padding."""
            inside = ops.expand_dims(ops.cast(last > 0, "float32"), -1)
            return ops.sum(ops.take(self.table, places, axis=0) * inside, axis=1)

    return BagOfNgrams
