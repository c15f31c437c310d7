"""A network as data: an embedding, recurrent layers, perhaps pooling, dense layers, perhaps n-grams beside them.

The names and shapes of its weights follow from the config alone, so a file of weights can be checked before any
number in it is used.
"""

import re
from itertools import pairwise
from math import prod
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model.strict import Strict

Shape = tuple[int, ...]
PoolingKind = Literal["max", "attention", "mean"]
Activation = Literal["swish", "softmax", "sigmoid", "relu", "tanh", "elu", "selu", "linear"]

MAX_PARAMETERS = 256 * 1024 * 1024
"""An ONNX graph must stay under 2 GiB, and a bundle from a stranger must not take all memory."""
MAX_LAYERS = 64
EMBEDDING = "embedding"
NGRAMS = "ngrams"
NGRAM_MULTIPLIER = 8111
"""A prime; times the most buckets that there may be, and an id more, it stays within 32 bits.

Frequent words have low ids: with 1021, pairs of frequent words shared their place with a single word two and a half
times as often as by chance; with this one, a quarter more often.
"""
LONGEST_NGRAM = 5
MOST_BUCKETS = 262_144
BATCH_NORMALIZATION_PARTS = ("gamma", "beta", "moving_mean", "moving_variance")
BATCH_NORMALIZATION_EPSILON = 1e-3
"""What Keras adds to a variance before its root is taken."""

_ORDER = re.compile("(lstm )+(pooling )?dense( dense)*")

Size = Annotated[int, Field(gt=0, le=1_000_000)]
Rate = Annotated[float, Field(ge=0, lt=1)]


class EmbeddingConfig(Strict):
    """A table of word vectors; row 0 stands for padding."""

    rows: Annotated[int, Field(gt=1, le=10_000_000)]
    """Words in the vocabulary, plus one for the padding."""
    dimension: Size
    trainable: bool = False
    columns: Size | None = None
    """``None``: padding is masked, so a row may have any width. A number: nothing is masked; the network was trained
    on rows padded on the right to exactly that many columns, row 0 being the padding's own vector, and it reads the
    padding of such rows when it predicts, too."""


class Ngrams(Strict):
    """A bag of n-grams of ids, which remembers what a recurrent network would have to learn.

    Each has a weight an output. Their sum, divided by the root of the row's length, is added to what the last layer's
    activation is of. Linear models beside deep ones: Cheng et al., 2016; n-grams found by a hash: Joulin et al., 2016.
    The place of one ``a b c`` is ``((a % buckets * 8111 + b) % buckets * 8111 + c) % buckets``: two may share one.
    """

    longest: Annotated[int, Field(ge=1, le=LONGEST_NGRAM)]
    """Ids of the longest ones; all shorter ones count, too."""
    buckets: Annotated[int, Field(gt=1, le=MOST_BUCKETS)]
    """Weights an output. No more, so that the hash stays within 32 bits."""


class LSTM(Strict):
    """A recurrent layer: activation tanh, recurrent activation sigmoid, bias on (what cuDNN can run)."""

    type: Literal["lstm"] = "lstm"
    units: Size
    bidirectional: bool = False
    """Two passes, forward and backward, side by side: ``2 * units`` outputs."""
    return_sequences: bool = False
    """One output a token, for a further LSTM; otherwise one a tweet."""
    dropout: Rate = 0
    """Share of the inputs that are zero while training, the same ones at every token of a tweet."""


class Dense(Strict):
    """A fully connected layer with a bias."""

    type: Literal["dense"] = "dense"
    units: Size
    activation: Activation = "linear"
    l2: Annotated[float, Field(ge=0)] = 0
    """While training, the loss has this times the sum of the kernel's squares added to it."""


class Dropout(Strict):
    """Sets inputs to zero at random while training; does nothing when serving."""

    type: Literal["dropout"] = "dropout"
    rate: Rate


class SpatialDropout(Strict):
    """Sets whole features of a tweet's tokens to zero at random while training, the same ones at every token."""

    type: Literal["spatial_dropout"] = "spatial_dropout"
    rate: Rate


class TokenDropout(Strict):
    """Sets all features of a tweet's tokens to zero at random while training: what was read of some words."""

    type: Literal["token_dropout"] = "token_dropout"
    rate: Rate


class Pooling(Strict):
    """Makes one vector a tweet of one vector a token: several ways to pool, side by side. Padding does not count.

    ``max``: the largest of each feature. ``attention``: the mean weighted by a softmax over the tokens of
    ``tanh(x kernel + bias) context`` (additive attention: Yang et al., 2016). ``mean``: the plain one.
    """

    type: Literal["pooling"] = "pooling"
    kinds: Annotated[tuple[PoolingKind, ...], Field(min_length=1)]
    units: Size = 32
    """Of the attention: columns of its kernel."""

    @model_validator(mode="after")
    def _each_kind_once(self) -> Self:
        if len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"kinds of pooling must differ from each other; received {list(self.kinds)}")
        return self


class BatchNormalization(Strict):
    """Scales and shifts each feature: by its batch's mean and variance while training, by moving ones when serving.

    Momentum 0.99, epsilon 1e-3: the defaults of Keras. While training, masked tokens do not count.
    """

    type: Literal["batch_normalization"] = "batch_normalization"


Layer = Annotated[
    LSTM | Pooling | Dense | Dropout | SpatialDropout | TokenDropout | BatchNormalization, Field(discriminator="type")
]


class Architecture(Strict):
    """One or more LSTM, perhaps one Pooling, then one or more Dense; the other layers anywhere before the last one.

    What drops whole features or tokens can only stand where there are tokens.
    """

    embedding: EmbeddingConfig
    layers: Annotated[tuple[Layer, ...], Field(min_length=2, max_length=MAX_LAYERS)]
    ngrams: Ngrams | None = None

    @model_validator(mode="after")
    def _layers_fit_together(self) -> Self:
        kinds = [layer.type for layer in self.layers if isinstance(layer, LSTM | Pooling | Dense)]
        if _ORDER.fullmatch(" ".join(kinds)) is None:
            raise ValueError(
                f"layers must be one or more lstm, at most one pooling, then one or more dense; received {kinds}"
            )
        if self.layers[-1].type != "dense":
            raise ValueError(f"the last layer must be dense; received {self.layers[-1].type}")
        recurrent = [layer for layer in self.layers if isinstance(layer, LSTM)]
        pooled = "pooling" in kinds
        for layer, following in pairwise([*recurrent, None]):
            if layer is not None and layer.return_sequences is (following is None and not pooled):
                raise ValueError(
                    "every lstm before another one or before a pooling must return sequences, and no other may"
                )
        self._refuse_drops_without_tokens()
        if self.ngrams and self.columns is not None:
            raise ValueError("n-grams need masked padding: leave out embedding.columns, or ngrams")
        parameters = sum(prod(shape) for shape in self.weight_shapes().values())
        if parameters > MAX_PARAMETERS:
            raise ValueError(f"at most {MAX_PARAMETERS} parameters are served; this network has {parameters}")
        return self

    def _refuse_drops_without_tokens(self) -> None:
        last = max(
            index
            for index, layer in enumerate(self.layers)
            if isinstance(layer, Pooling) or (isinstance(layer, LSTM) and not layer.return_sequences)
        )
        for layer in self.layers[last:]:
            if layer.type in ("spatial_dropout", "token_dropout"):
                raise ValueError(f"a {layer.type} must stand where there is one vector a token")

    @property
    def outputs(self) -> int:
        """Numbers that the network gives for a tweet."""
        last = self.layers[-1]
        return last.units if isinstance(last, Dense) else 0

    @property
    def columns(self) -> int | None:
        """Columns that every row must have, or ``None`` if padding is masked: see :class:`EmbeddingConfig`."""
        return self.embedding.columns

    @property
    def trainable_parameters(self) -> int:
        """Parameters that gradients change: neither a frozen embedding's nor moving means and variances."""
        frozen = () if self.embedding.trainable else (EMBEDDING,)
        return sum(
            prod(shape)
            for name, shape in self.weight_shapes().items()
            if name not in frozen and not name.endswith((".moving_mean", ".moving_variance"))
        )

    def weight_shapes(self) -> dict[str, Shape]:
        """Every weight array's name and shape, in the layout of Keras.

        ``kernel`` is [inputs, outputs]; an LSTM's kernels have four gates side by side, in Keras' order i, f, c, o.
        """
        shapes: dict[str, Shape] = {EMBEDDING: (self.embedding.rows, self.embedding.dimension)}
        if self.ngrams:
            shapes[NGRAMS] = (self.ngrams.buckets, self.outputs)
        width = self.embedding.dimension
        for index, layer in enumerate(self.layers):
            if isinstance(layer, LSTM):
                for name in lstm_directions(index, layer):
                    shapes[f"{name}.kernel"] = (width, 4 * layer.units)
                    shapes[f"{name}.recurrent_kernel"] = (layer.units, 4 * layer.units)
                    shapes[f"{name}.bias"] = (4 * layer.units,)
                width = layer.units * (2 if layer.bidirectional else 1)
            elif isinstance(layer, Pooling):
                if "attention" in layer.kinds:
                    shapes[f"{layer_name(index, layer)}.kernel"] = (width, layer.units)
                    shapes[f"{layer_name(index, layer)}.bias"] = (layer.units,)
                    shapes[f"{layer_name(index, layer)}.context"] = (layer.units, 1)
                width *= len(layer.kinds)
            elif isinstance(layer, Dense):
                shapes[f"{layer_name(index, layer)}.kernel"] = (width, layer.units)
                shapes[f"{layer_name(index, layer)}.bias"] = (layer.units,)
                width = layer.units
            elif isinstance(layer, BatchNormalization):
                for part in BATCH_NORMALIZATION_PARTS:
                    shapes[f"{layer_name(index, layer)}.{part}"] = (width,)
        return shapes


def layer_name(index: int, layer: Layer) -> str:
    """Name of the layer at a place in the list, such as ``lstm_0``."""
    return f"{layer.type}_{index}"


def lstm_directions(index: int, layer: LSTM) -> list[str]:
    """Prefixes of an LSTM's weight names, one a direction, forward first."""
    name = layer_name(index, layer)
    return [f"{name}.forward", f"{name}.backward"] if layer.bidirectional else [f"{name}.forward"]
