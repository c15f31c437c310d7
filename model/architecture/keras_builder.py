"""An architecture as a Keras model, for training and for serving on a GPU, and its weights both ways."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from model.architecture.config import (
    BATCH_NORMALIZATION_EPSILON,
    BATCH_NORMALIZATION_PARTS,
    EMBEDDING,
    LSTM,
    NGRAMS,
    Architecture,
    BatchNormalization,
    Dense,
    Dropout,
    Layer,
    Pooling,
    SpatialDropout,
    TokenDropout,
    layer_name,
    lstm_directions,
)
from model.architecture.keras_ngrams import keras_ngrams
from model.architecture.keras_pooling import keras_pooling
from model.architecture.tensorflow_runtime import import_tensorflow
from model.architecture.weights import Weights, checked

UseCudnn = bool | Literal["auto"]
_DROPPED = {"dropout": None, "spatial_dropout": (None, 1, None), "token_dropout": (None, None, 1)}
"""Along which axes what is dropped is the same: those of length 1."""
KerasModel = Any
"""A ``keras.Model``; Keras ships no types."""


def build_keras(architecture: Architecture, *, use_cudnn: UseCudnn = "auto") -> KerasModel:
    """Build an untrained Keras model.

    Input: int32 ids [rows, columns], padded on the right with 0; at least one id a row (cuDNN fails a whole batch for
    a row that is masked throughout), or exactly ``architecture.columns`` columns where nothing is masked.
    Output: float32 [rows, outputs], also under a policy of mixed precision.
    use_cudnn: as in ``keras.layers.LSTM``; ``False`` is for a CPU beside which TensorFlow also sees a GPU.
    Raises UsageError where TensorFlow is not installed and Keras is not told to run on anything else.
    """
    if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        import_tensorflow()
    import keras  # noqa: PLC0415 - comes with TensorFlow

    ids = keras.Input(shape=(architecture.columns,), dtype="int32", name="ids")
    embedding = architecture.embedding
    hidden = keras.layers.Embedding(
        embedding.rows,
        embedding.dimension,
        mask_zero=architecture.columns is None,
        trainable=embedding.trainable,
        name=EMBEDDING,
    )(ids)
    for index, layer in enumerate(architecture.layers[:-1]):
        hidden = keras_layer(keras, layer, layer_name(index, layer), use_cudnn=use_cudnn)(hidden)
    return keras.Model(ids, _answered(keras, architecture, hidden, ids), name="warble")


def _answered(keras: KerasModel, architecture: Architecture, hidden: KerasModel, ids: KerasModel) -> KerasModel:
    """Apply the last layer: 16 bits are too few for a softmax that sums to 1 and for the logarithm of its loss."""
    index, last = len(architecture.layers) - 1, architecture.layers[-1]
    name, ngrams = layer_name(index, last), architecture.ngrams
    if ngrams is None or not isinstance(last, Dense):
        return keras_layer(keras, last, name, dtype="float32")(hidden)
    logits = keras_layer(keras, last.model_copy(update={"activation": "linear"}), name, dtype="float32")(hidden)
    beside = keras_ngrams(keras, ngrams, last.units)(ids)
    together = keras.layers.Add(dtype="float32")([logits, beside])
    return keras.layers.Activation(last.activation, dtype="float32")(together)


def set_weights(model: KerasModel, architecture: Architecture, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Copy named weights into a model that :func:`build_keras` built.

    Raises ValueError if they are not those that the architecture declares.
    """
    values = checked(architecture, weights)
    for name, variable in _variables(model, architecture):
        variable.assign(values[name])


def get_weights(model: KerasModel, architecture: Architecture) -> Weights:
    """Named copies of the weights of a model that :func:`build_keras` built."""
    return checked(
        architecture,
        {name: np.array(variable.numpy(), np.float32) for name, variable in _variables(model, architecture)},
    )


def keras_layer(
    keras: KerasModel, layer: Layer, name: str, *, dtype: str | None = None, use_cudnn: UseCudnn = "auto"
) -> KerasModel:
    """Make the Keras layer that a declared one stands for.

    keras: the module; dtype: as in Keras, default: the global policy's; use_cudnn: see :func:`build_keras`.
    """
    match layer:
        case LSTM():
            lstm = keras.layers.LSTM(
                layer.units,
                return_sequences=layer.return_sequences,
                dropout=layer.dropout,
                use_cudnn=use_cudnn,
                dtype=dtype,
                name=name,
            )
            return keras.layers.Bidirectional(lstm, dtype=dtype, name=name) if layer.bidirectional else lstm
        case Dense():
            regularizer = keras.regularizers.L2(layer.l2) if layer.l2 else None
            return keras.layers.Dense(
                layer.units, activation=layer.activation, kernel_regularizer=regularizer, dtype=dtype, name=name
            )
        case Dropout() | SpatialDropout() | TokenDropout():
            return keras.layers.Dropout(layer.rate, noise_shape=_DROPPED[layer.type], dtype=dtype, name=name)
        case Pooling():
            return keras_pooling(keras, layer, name)
        case BatchNormalization():
            return keras.layers.BatchNormalization(epsilon=BATCH_NORMALIZATION_EPSILON, dtype=dtype, name=name)


def _variables(model: KerasModel, architecture: Architecture) -> Iterator[tuple[str, Any]]:
    yield EMBEDDING, model.get_layer(EMBEDDING).embeddings
    if architecture.ngrams:
        yield NGRAMS, model.get_layer(NGRAMS).table
    for index, layer in enumerate(architecture.layers):
        name = layer_name(index, layer)
        built = model.get_layer(name)
        match layer:
            case LSTM():
                for prefix, one in zip(lstm_directions(index, layer), _passes(layer, built), strict=True):
                    yield f"{prefix}.kernel", one.cell.kernel
                    yield f"{prefix}.recurrent_kernel", one.cell.recurrent_kernel
                    yield f"{prefix}.bias", one.cell.bias
            case Dense():
                yield f"{name}.kernel", built.kernel
                yield f"{name}.bias", built.bias
            case Pooling():
                if "attention" in layer.kinds:
                    yield f"{name}.kernel", built.kernel
                    yield f"{name}.bias", built.bias
                    yield f"{name}.context", built.context
            case BatchNormalization():
                for part in BATCH_NORMALIZATION_PARTS:
                    yield f"{name}.{part}", getattr(built, part)


def _passes(layer: LSTM, built: KerasModel) -> list[KerasModel]:
    """Take a built LSTM apart into its directions, forward first."""
    return [built.forward_layer, built.backward_layer] if layer.bidirectional else [built]
