"""The networks that a Learner trains: how each is built, and its weights by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from model.architecture.config import Architecture, BatchNormalization, Dense, Dropout, layer_name
from model.architecture.keras_builder import KerasModel, build_keras, get_weights, keras_layer, set_weights
from model.architecture.weights import Weights


class Network(Protocol):
    """A network to train. Its last layer is dense: a softmax over the labels, or one sigmoid for the first of two."""

    @property
    def outputs(self) -> int:
        """Numbers that the network gives for a tweet."""

    @property
    def output_bias(self) -> str:
        """Name of the last layer's bias."""

    def build(self) -> KerasModel:
        """Build the network with random weights."""

    def get_weights(self, model: KerasModel) -> Weights:
        """Copy the weights of a model that :meth:`build` built, by name."""

    def set_weights(self, model: KerasModel, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Copy named weights into a model that :meth:`build` built."""


@dataclass(frozen=True)
class RecurrentNetwork:
    """A network over word ids."""

    architecture: Architecture

    @property
    def outputs(self) -> int:
        """See :class:`Network`."""
        return self.architecture.outputs

    @property
    def output_bias(self) -> str:
        """See :class:`Network`."""
        last = len(self.architecture.layers) - 1
        return f"{layer_name(last, self.architecture.layers[last])}.bias"

    def build(self) -> KerasModel:
        """See :class:`Network`."""
        return build_keras(self.architecture)

    def get_weights(self, model: KerasModel) -> Weights:
        """See :class:`Network`."""
        return get_weights(model, self.architecture)

    def set_weights(self, model: KerasModel, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """See :class:`Network`."""
        set_weights(model, self.architecture, weights)


@dataclass(frozen=True)
class FeatureNetwork:
    """Dense layers over features, [tweets, features]."""

    features: int
    layers: Sequence[Dense | Dropout | BatchNormalization]

    @property
    def outputs(self) -> int:
        """See :class:`Network`."""
        last = self.layers[-1]
        return last.units if isinstance(last, Dense) else 0

    @property
    def output_bias(self) -> str:
        """See :class:`Network`."""
        last = len(self.layers) - 1
        return f"{layer_name(last, self.layers[last])}.bias"

    def build(self) -> KerasModel:
        """See :class:`Network`."""
        import keras  # noqa: PLC0415 - seconds to import

        inputs = keras.Input(shape=(self.features,), dtype="float32", name="features")
        hidden = inputs
        for index, layer in enumerate(self.layers):
            dtype = "float32" if index == len(self.layers) - 1 else None
            hidden = keras_layer(keras, layer, layer_name(index, layer), dtype=dtype)(hidden)
        return keras.Model(inputs, hidden, name="features")

    def get_weights(self, model: KerasModel) -> Weights:
        """See :class:`Network`."""
        return {name: np.array(variable.numpy(), np.float32) for name, variable in _variables(model)}

    def set_weights(self, model: KerasModel, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """See :class:`Network`."""
        for name, variable in _variables(model):
            variable.assign(weights[name])


def _variables(model: KerasModel) -> list[tuple[str, Any]]:
    return [(f"{layer.name}.{variable.name}", variable) for layer in model.layers for variable in layer.weights]
