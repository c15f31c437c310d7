"""BERT's encoder as a Keras network of our own building, on whichever backend Keras runs.

Devlin et al., "BERT", 2019; the pooling is that of Sentence-BERT (Reimers and Gurevych, 2019).
"""

import math
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

KerasModel = Any
"""A ``keras.Model``; Keras ships no types."""
PADDING: Final = 0
"""The id that fills a row up; nothing attends to it."""
EMBEDDINGS: Final = ("words", "positions", "kinds")
NORM: Final = "norm"
HEAD: Final = "head"


class BertShape(BaseModel):
    """What ``config.json`` says of a network; whatever else stands there decides nothing here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    vocab_size: PositiveInt
    hidden_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    intermediate_size: PositiveInt
    max_position_embeddings: PositiveInt
    type_vocab_size: PositiveInt
    layer_norm_eps: PositiveFloat
    hidden_act: Literal["gelu"]
    pad_token_id: Literal[0] = Field(default=PADDING)
    position_embedding_type: Literal["absolute"] = "absolute"


def build_encoder(shape: BertShape, *, dropout: float = 0.0) -> KerasModel:
    """Build an untrained encoder.

    Input: int32 ids [rows, columns], padded on the right with 0; columns at most ``shape.max_position_embeddings``.
    Output: float32 [rows, hidden_size], the mean over each row's tokens.
    """
    import keras  # noqa: PLC0415 - seconds to import

    ids = keras.Input(shape=(None,), dtype="int32", name="ids")
    return keras.Model(ids, _encoded(keras, ids, shape, dropout), name="encoder")


def build_classifier(shape: BertShape, classes: int, *, dropout: float) -> KerasModel:
    """Build an untrained classifier: :func:`build_encoder` under dropout and a dense layer without activation.

    Output: float32 [rows, classes] logits.
    """
    import keras  # noqa: PLC0415 - seconds to import

    ids = keras.Input(shape=(None,), dtype="int32", name="ids")
    pooled = keras.layers.Dropout(dropout)(_encoded(keras, ids, shape, dropout))
    # 16 bits are too few for what a softmax is taken of.
    logits = keras.layers.Dense(classes, dtype="float32", kernel_initializer=_start(keras), name=HEAD)(pooled)
    return keras.Model(ids, logits, name="teacher")


def layer_name(number: int, part: str) -> str:
    """Name a part of the encoder's layer ``number``, counted from 0."""
    return f"layer{number}.{part}"


def _encoded(keras: Any, ids: Any, shape: BertShape, dropout: float) -> Any:  # noqa: ANN401 - Keras ships no types
    layers, ops = keras.layers, keras.ops
    one = ops.ones_like(ids)
    sizes = (shape.vocab_size, shape.max_position_embeddings, shape.type_vocab_size)
    # Of the two kinds of token (first and second text of a pair) there is only the first, 0.
    looked_up = (ids, ops.cumsum(one, axis=1) - one, ops.zeros_like(ids))
    hidden = layers.add(
        [
            layers.Embedding(rows, shape.hidden_size, name=name)(which)
            for name, rows, which in zip(EMBEDDINGS, sizes, looked_up, strict=True)
        ]
    )
    hidden = layers.Dropout(dropout)(_norm(keras, NORM, shape)(hidden))
    real = ops.not_equal(ids, PADDING)
    for number in range(shape.num_hidden_layers):
        hidden = _layer(keras, hidden, real, number, shape, dropout)
    weights = ops.expand_dims(ops.cast(real, "float32"), -1)
    # The sum over a row in float32, whatever the layers compute in.
    total = ops.sum(ops.cast(hidden, "float32") * weights, axis=1)
    return total / ops.maximum(ops.sum(weights, axis=1), 1.0)


def _layer(
    keras: Any,  # noqa: ANN401 - Keras ships no types
    hidden: Any,  # noqa: ANN401
    real: Any,  # noqa: ANN401
    number: int,
    shape: BertShape,
    dropout: float,
) -> Any:  # noqa: ANN401
    layers = keras.layers
    attention = layers.MultiHeadAttention(
        shape.num_attention_heads,
        shape.hidden_size // shape.num_attention_heads,
        dropout=dropout,
        name=layer_name(number, "attention"),
    )
    attended = attention(hidden, hidden, attention_mask=keras.ops.expand_dims(real, 1))
    hidden = layers.add([hidden, layers.Dropout(dropout)(attended)])
    hidden = _norm(keras, layer_name(number, "attention_norm"), shape)(hidden)
    wide = layers.Dense(shape.intermediate_size, activation=_gelu, name=layer_name(number, "wide"))(hidden)
    narrow = layers.Dense(shape.hidden_size, name=layer_name(number, "narrow"))(wide)
    hidden = layers.add([hidden, layers.Dropout(dropout)(narrow)])
    return _norm(keras, layer_name(number, "norm"), shape)(hidden)


def _gelu(values: Any) -> Any:  # noqa: ANN401 - Keras ships no types
    """Return the exact one: x times the normal distribution's share below x."""
    from keras import ops  # noqa: PLC0415 - seconds to import

    return 0.5 * values * (1.0 + ops.erf(values / math.sqrt(2.0)))


def _norm(keras: Any, name: str, shape: BertShape) -> Any:  # noqa: ANN401 - Keras ships no types
    return keras.layers.LayerNormalization(epsilon=shape.layer_norm_eps, name=name)


def _start(keras: Any) -> Any:  # noqa: ANN401 - Keras ships no types
    """As BERT's own heads start."""
    return keras.initializers.TruncatedNormal(stddev=0.02)
