"""An architecture as a Keras model, for training and for serving on a GPU, and its weights both ways."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from model.architecture.config import (
    EMBEDDING,
    LSTM,
    Architecture,
    Dense,
    Dropout,
    layer_name,
    lstm_directions,
)
from model.architecture.tensorflow_runtime import import_tensorflow
from model.architecture.weights import Weights, checked

UseCudnn = bool | Literal["auto"]
KerasModel = Any
"""A ``keras.Model``; Keras ships no types."""


def build_keras(architecture: Architecture, *, use_cudnn: UseCudnn = "auto") -> KerasModel:
    """Build an untrained Keras model.

    Input: int32 ids [rows, columns], padded on the right with 0, at least one id a row (cuDNN fails a whole batch for
    a row that is masked throughout). Output: float32 [rows, outputs].
    use_cudnn: as in ``keras.layers.LSTM``; ``False`` is for a CPU beside which TensorFlow also sees a GPU.
    Raises UsageError where TensorFlow is not installed.
    """
    import_tensorflow()
    import keras  # noqa: PLC0415 - comes with TensorFlow

    ids = keras.Input(shape=(None,), dtype="int32", name="ids")
    embedding = architecture.embedding
    hidden = keras.layers.Embedding(
        embedding.rows, embedding.dimension, mask_zero=True, trainable=embedding.trainable, name=EMBEDDING
    )(ids)
    for index, layer in enumerate(architecture.layers):
        hidden = _keras_layer(keras, layer, layer_name(index, layer), use_cudnn)(hidden)
    return keras.Model(ids, hidden, name="warble")


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


def _keras_layer(keras: KerasModel, layer: LSTM | Dense | Dropout, name: str, use_cudnn: UseCudnn) -> KerasModel:
    match layer:
        case LSTM():
            lstm = keras.layers.LSTM(
                layer.units, return_sequences=layer.return_sequences, use_cudnn=use_cudnn, name=name
            )
            return keras.layers.Bidirectional(lstm, name=name) if layer.bidirectional else lstm
        case Dense():
            return keras.layers.Dense(layer.units, activation=layer.activation, name=name)
        case Dropout():
            return keras.layers.Dropout(layer.rate, name=name)


def _variables(model: KerasModel, architecture: Architecture) -> Iterator[tuple[str, Any]]:
    yield EMBEDDING, model.get_layer(EMBEDDING).embeddings
    for index, layer in enumerate(architecture.layers):
        if isinstance(layer, Dropout):
            continue
        name = layer_name(index, layer)
        built = model.get_layer(name)
        if isinstance(layer, Dense):
            yield f"{name}.kernel", built.kernel
            yield f"{name}.bias", built.bias
            continue
        passes = [built.forward_layer, built.backward_layer] if layer.bidirectional else [built]
        for prefix, one in zip(lstm_directions(index, layer), passes, strict=True):
            yield f"{prefix}.kernel", one.cell.kernel
            yield f"{prefix}.recurrent_kernel", one.cell.recurrent_kernel
            yield f"{prefix}.bias", one.cell.bias
