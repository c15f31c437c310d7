"""A network as data: an embedding, recurrent layers, dense layers.

The names and shapes of its weights follow from the config alone, so a file of weights can be checked before any
number in it is used.
"""

from itertools import pairwise
from math import prod
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model.strict import Strict

Shape = tuple[int, ...]
Activation = Literal["swish", "softmax", "sigmoid", "relu", "linear"]

MAX_PARAMETERS = 256 * 1024 * 1024
"""An ONNX graph must stay under 2 GiB, and a bundle from a stranger must not take all memory."""
MAX_LAYERS = 64
EMBEDDING = "embedding"

Size = Annotated[int, Field(gt=0, le=1_000_000)]


class EmbeddingConfig(Strict):
    """A table of word vectors; row 0 stands for padding and is masked."""

    rows: Annotated[int, Field(gt=1, le=10_000_000)]
    """Words in the vocabulary, plus one for the padding."""
    dimension: Size
    trainable: bool = False


class LSTM(Strict):
    """A recurrent layer: activation tanh, recurrent activation sigmoid, bias on (what cuDNN can run)."""

    type: Literal["lstm"] = "lstm"
    units: Size
    bidirectional: bool = False
    """Two passes, forward and backward, side by side: ``2 * units`` outputs."""
    return_sequences: bool = False
    """One output a token, for a further LSTM; otherwise one a tweet."""


class Dense(Strict):
    """A fully connected layer with a bias."""

    type: Literal["dense"] = "dense"
    units: Size
    activation: Activation = "linear"


class Dropout(Strict):
    """Sets inputs to zero at random while training; does nothing when serving."""

    type: Literal["dropout"] = "dropout"
    rate: Annotated[float, Field(ge=0, lt=1)]


Layer = Annotated[LSTM | Dense | Dropout, Field(discriminator="type")]


class Architecture(Strict):
    """One or more LSTM, then one or more Dense; dropout anywhere between them."""

    embedding: EmbeddingConfig
    layers: Annotated[tuple[Layer, ...], Field(min_length=2, max_length=MAX_LAYERS)]

    @model_validator(mode="after")
    def _layers_fit_together(self) -> Self:
        kinds = [layer.type for layer in self.layers if layer.type != "dropout"]
        if kinds != sorted(kinds, reverse=True) or {*kinds} != {"lstm", "dense"}:
            raise ValueError(f"layers must be one or more lstm, then one or more dense; received {kinds}")
        if self.layers[-1].type != "dense":
            raise ValueError("the last layer must be dense; received dropout")
        recurrent = [layer for layer in self.layers if isinstance(layer, LSTM)]
        for layer, following in pairwise([*recurrent, None]):
            if layer is not None and layer.return_sequences is (following is None):
                raise ValueError("every lstm but the last must return sequences, and the last must not")
        parameters = sum(prod(shape) for shape in self.weight_shapes().values())
        if parameters > MAX_PARAMETERS:
            raise ValueError(f"at most {MAX_PARAMETERS} parameters are served; this network has {parameters}")
        return self

    @property
    def outputs(self) -> int:
        """Numbers that the network gives for a tweet."""
        last = self.layers[-1]
        return 0 if isinstance(last, Dropout) else last.units

    @property
    def trainable_parameters(self) -> int:
        """Parameters that training changes, a frozen embedding not among them."""
        shapes = self.weight_shapes()
        if not self.embedding.trainable:
            del shapes[EMBEDDING]
        return sum(prod(shape) for shape in shapes.values())

    def weight_shapes(self) -> dict[str, Shape]:
        """Every weight array's name and shape, in the layout of Keras.

        ``kernel`` is [inputs, outputs]; an LSTM's kernels have four gates side by side, in Keras' order i, f, c, o.
        """
        shapes: dict[str, Shape] = {EMBEDDING: (self.embedding.rows, self.embedding.dimension)}
        width = self.embedding.dimension
        for index, layer in enumerate(self.layers):
            if isinstance(layer, LSTM):
                for name in lstm_directions(index, layer):
                    shapes[f"{name}.kernel"] = (width, 4 * layer.units)
                    shapes[f"{name}.recurrent_kernel"] = (layer.units, 4 * layer.units)
                    shapes[f"{name}.bias"] = (4 * layer.units,)
                width = layer.units * (2 if layer.bidirectional else 1)
            elif isinstance(layer, Dense):
                shapes[f"{layer_name(index, layer)}.kernel"] = (width, layer.units)
                shapes[f"{layer_name(index, layer)}.bias"] = (layer.units,)
                width = layer.units
        return shapes


def layer_name(index: int, layer: LSTM | Dense | Dropout) -> str:
    """Name of the layer at a place in the list, such as ``lstm_0``."""
    return f"{layer.type}_{index}"


def lstm_directions(index: int, layer: LSTM) -> list[str]:
    """Prefixes of an LSTM's weight names, one a direction, forward first."""
    name = layer_name(index, layer)
    return [f"{name}.forward", f"{name}.backward"] if layer.bidirectional else [f"{name}.forward"]
